//! The entries of a record, sorted by the keys that its form knows.

use indexmap::IndexMap;

use super::codec::Codec;
use super::cx::{Cx, is_null, shown};
use super::data::{Data, Rest};
use super::example::{Place, listed};
use super::model::{Rule, Shape};
use super::suggest::nearest;
use crate::diagnostics::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::{Entry, Node, Scalar, ScalarKind, Syntax, Value};

/// What the decoder of a record must know of it.
#[derive(Debug)]
pub(crate) struct Form {
    /// Its keys.
    pub keys: &'static [&'static str],
    /// Whether each key must be given.
    pub required: &'static [bool],
    /// What must hold between keys.
    pub rules: &'static [Rule],
    /// Whether other keys are kept.
    pub open: bool,
    /// The key that a lone scalar stands for.
    pub short: Option<&'static str>,
    /// The lines of its doc comment.
    pub doc: &'static [&'static str],
    /// The lines of each key's doc comment.
    pub docs: &'static [&'static [&'static str]],
    /// What the value of each key is.
    pub shapes: &'static [fn() -> Shape],
}

/// The entries of a record, sorted by key.
pub(crate) struct Fields<'n, 's> {
    form: &'static Form,
    /// One place per key of the form.
    found: Vec<Found<'n, 's>>,
    rest: Vec<&'n Entry<'s>>,
    owner: Span,
    /// A lone scalar stands for one key: it has no key of its own to point at.
    is_short: bool,
    /// The reader could not make everything in it part of it: nothing is said to be missing.
    is_torn: bool,
}

#[derive(Clone, Copy)]
enum Found<'n, 's> {
    Nothing,
    /// The key was misspelt, which has been reported.
    Misspelt,
    Value(Span, &'n Node<'s>),
}

impl<'n, 's> Fields<'n, 's> {
    /// Sorts the entries of a node; reports unknown, misplaced and contradicting keys.
    pub fn read(
        node: &'n Node<'s>,
        cx: &mut Cx<'_>,
        form: &'static Form,
        what: &str,
        refused: &'static [(&'static str, &'static str)],
    ) -> Option<Self> {
        let owner = cx.owner().unwrap_or(Span::new(node.span.file, node.span.lo, node.span.lo));
        let mut fields = Fields {
            form,
            found: vec![Found::Nothing; form.keys.len()],
            rest: Vec::new(),
            owner,
            is_short: false,
            is_torn: cx.is_torn(node),
        };
        match (&node.value, form.short) {
            (Value::Map { entries, .. }, _) => fields.sort(entries, what, refused, cx),
            (Value::Scalar(_), Some(short)) if !is_null(node) => {
                fields.is_short = true;
                fields.put(short, Found::Value(owner, node));
            }
            // What the whole file is to be, a key of it shows best.
            _ => {
                match form.needed().next().filter(|_| cx.owner().is_none()) {
                    Some(key) => cx.within(Place::Key(form, key), |cx| cx.expected(what, node)),
                    None => cx.expected(what, node),
                }
                return None;
            }
        }
        let rules = form.rules.iter().filter(|rule| !fields.is_torn || matches!(rule, Rule::AtMostOne(_)));
        for rule in rules {
            fields.hold(rule, what, cx);
        }
        Some(fields)
    }

    /// KDL writes a short form with more beside it as `build "api" target="prod"`, which reads like an entry of a table.
    /// This is the record that it means, `{ context: api, target: prod }`; `None` where the node is anything else.
    pub fn spread(node: &Node<'s>, form: &Form) -> Option<Node<'s>> {
        let short = form.short?;
        let entry = lone_entry(node)?;
        let Value::Map { entries: more, .. } = &entry.value.value else {
            return None;
        };
        let scalar = Scalar { text: entry.key.clone(), kind: ScalarKind::Text };
        let mut entries = vec![Entry {
            key: short.into(),
            key_span: entry.key_span,
            value: Node { span: entry.key_span, value: Value::Scalar(scalar) },
        }];
        entries.extend(more.iter().cloned());
        Some(Node { span: node.span, value: Value::Map { entries, keyed: false } })
    }

    /// Reads the value of a key. `None` means that the record cannot be made.
    pub fn take<C: Codec>(&mut self, key: &'static str, cx: &mut Cx<'_>) -> Option<C::Out> {
        match self.at(key) {
            Found::Value(span, node) => {
                let before = cx.errors();
                let place = Place::Key(self.form, key);
                let read = match self.is_short {
                    true => C::decode(node, cx),
                    false => cx.within(place, |cx| cx.under(span, |cx| C::decode(node, cx))),
                };
                if cx.errors() != before {
                    cx.fault(key);
                }
                if read.is_none() {
                    cx.lose(key);
                }
                read.or_else(C::absent).or_else(|| C::stand_in(node.span))
            }
            Found::Misspelt => {
                cx.fault(key);
                cx.lose(key);
                C::absent().or_else(|| C::stand_in(self.owner))
            }
            Found::Nothing if self.is_torn => C::absent().or_else(|| C::stand_in(self.owner)),
            Found::Nothing => C::absent().or_else(|| {
                let message = format!("{} has no `{key}`", cx.subject());
                self.missing(message, self.owner, key, cx);
                C::stand_in(self.owner)
            }),
        }
    }

    /// The keys that the form does not know, where it is open.
    pub fn rest(&mut self, cx: &mut Cx<'_>) -> IndexMap<String, Rest> {
        let mut out = IndexMap::new();
        for entry in std::mem::take(&mut self.rest) {
            if let Some(data) = cx.under(entry.key_span, |cx| Data::decode(&entry.value, cx)) {
                out.insert(entry.key.clone().into_owned(), Rest { key: entry.key_span, data });
            }
        }
        out
    }

    fn sort(&mut self, entries: &'n [Entry<'s>], what: &str, refused: &[(&str, &str)], cx: &mut Cx<'_>) {
        let mut unknown = Vec::new();
        for entry in entries {
            match self.place(entry) {
                Some(key) => {
                    if let Some((_, home)) = refused.iter().find(|(name, _)| *name == key) {
                        let message = format!("`{key}` is no key of {what}");
                        let misplaced = Diagnostic::new(codes::MISPLACED_KEY, message);
                        let help = format!("remove it, or declare the node under `{home}`");
                        cx.report(misplaced.at(entry.key_span, format!("{home} only")).help(help));
                        continue;
                    }
                    if let Found::Value(first, _) = self.at(key) {
                        let message = format!("`{key}` is given twice");
                        let twice = Diagnostic::new(codes::CONFLICTING_KEYS, message);
                        let twice = twice.at(entry.key_span, "here again").also(first, "first given here");
                        cx.report(twice.help("keep one of the two"));
                    } else {
                        self.put(key, Found::Value(entry.key_span, &entry.value));
                    }
                }
                None => unknown.push(entry),
            }
        }
        for entry in unknown {
            let free =
                |key: &&&str| matches!(self.at(key), Found::Nothing) && !refused.iter().any(|(name, _)| name == *key);
            let near = nearest(&entry.key, self.form.keys.iter().filter(free).copied());
            if self.form.open && near.is_none_or(|key| !self.is_missing(key)) {
                self.rest.push(entry);
                continue;
            }
            let mut diagnostic =
                Diagnostic::new(codes::UNKNOWN_KEY, format!("`{}` is no key of {what}", shown(&entry.key)))
                    .at(entry.key_span, "unknown key");
            diagnostic.help = Some(match near {
                Some(_) if is_bare_entry(entry, near, cx) => {
                    let node = cx.map().snippet(entry.key_span.to(entry.value.span));
                    format!("add a block with its keys: `{} {{ … }}`", shown(node))
                }
                Some(key) => format!("did you mean `{key}`?"),
                None => format!("the keys are {}", self.form.keys.join(", ")),
            });
            cx.report(diagnostic);
            if let Some(key) = near {
                self.put(key, Found::Misspelt);
            }
        }
    }

    /// In an open record a near miss is a misspelling only where the right key is needed and absent.
    fn is_missing(&self, key: &str) -> bool {
        self.form.open && self.form.needed().any(|needed| needed == key) && matches!(self.at(key), Found::Nothing)
    }

    /// The key that an entry belongs to. Keyed maps stand under the field's singular.
    fn place(&self, entry: &Entry<'_>) -> Option<&'static str> {
        let exact = self.form.keys.iter().find(|key| **key == entry.key);
        let plural = || {
            let keyed = matches!(&entry.value.value, Value::Map { keyed: true, .. });
            self.form.keys.iter().find(|key| keyed && key.strip_suffix('s') == Some(&*entry.key))
        };
        exact.or_else(plural).copied()
    }

    fn at(&self, key: &str) -> Found<'n, 's> {
        let index = self.form.keys.iter().position(|k| *k == key);
        index.and_then(|i| self.found.get(i)).copied().unwrap_or(Found::Nothing)
    }

    fn put(&mut self, key: &str, found: Found<'n, 's>) {
        let index = self.form.keys.iter().position(|k| *k == key);
        if let Some(place) = index.and_then(|i| self.found.get_mut(i)) {
            *place = found;
        }
    }

    fn given(&self, key: &str) -> bool {
        !matches!(self.at(key), Found::Nothing)
    }

    fn hold(&self, rule: &Rule, what: &str, cx: &mut Cx<'_>) {
        match *rule {
            Rule::ExactlyOne(keys) => {
                self.at_least_one(keys, cx);
                self.at_most_one(keys, what, cx);
            }
            Rule::AtMostOne(keys) => self.at_most_one(keys, what, cx),
            Rule::AtLeastOne(keys) => self.at_least_one(keys, cx),
            Rule::Needs(first, second) => {
                if let (Found::Value(span, _), Found::Nothing) = (self.at(first), self.at(second)) {
                    let message = format!("`{first}` needs `{second}` beside it");
                    self.missing(message, span, second, cx);
                }
            }
            Rule::NeedsIf(first, word, third) => {
                let Found::Value(span, node) = self.at(first) else {
                    return;
                };
                let is_word = matches!(&node.value, Value::Scalar(s) if s.text == word);
                if is_word && !self.given(third) {
                    let message = format!("`{first}: {word}` needs `{third}` beside it");
                    self.missing(message, span, third, cx);
                }
            }
        }
    }

    fn at_least_one(&self, keys: &[&str], cx: &mut Cx<'_>) {
        if !keys.iter().any(|key| self.given(key)) {
            let message = format!("{} has none of {}", cx.subject(), quoted(keys));
            let missing = Diagnostic::new(codes::MISSING_KEY, message);
            let all: Vec<String> = keys.iter().map(|key| self.form.to_add(key)).collect();
            let help = format!("add {}", listed(&all).unwrap_or_default());
            cx.report(missing.at(self.owner, format!("{} is missing", quoted_or(keys))).help(help));
        }
    }

    fn missing(&self, message: String, span: Span, key: &str, cx: &mut Cx<'_>) {
        let missing = Diagnostic::new(codes::MISSING_KEY, message).at(span, format!("`{key}` is missing"));
        cx.report(missing.help(format!("add {}", self.form.to_add(key))));
    }

    fn at_most_one(&self, keys: &[&str], what: &str, cx: &mut Cx<'_>) {
        let mut places: Vec<(Span, &str)> = Vec::new();
        for key in keys {
            match self.at(key) {
                // A key without a value is reported as such, and that is enough.
                Found::Value(span, node) if !is_null(node) => places.push((span, key)),
                _ => {}
            }
        }
        // What comes first in the text stays, whatever the order of the form.
        places.sort();
        let Some(((first_span, first), later)) = places.split_first() else {
            return;
        };
        for (span, key) in later {
            let message = format!("{what} has either `{first}` or `{key}`, not both");
            let conflict = Diagnostic::new(codes::CONFLICTING_KEYS, message);
            let conflict = conflict.at(*span, "remove this").also(*first_span, "or this");
            cx.report(conflict.help(format!("keep `{first}` or `{key}`")));
        }
    }
}

/// Whether an entry is `service "api"`, which KDL writes for an entry of `services` that has no block yet.
fn is_bare_entry(entry: &Entry<'_>, near: Option<&str>, cx: &Cx<'_>) -> bool {
    let file = cx.map().get(entry.key_span.file);
    file.is_some_and(|file| Syntax::of_path(file.name()) == Some(Syntax::Kdl))
        && near.and_then(|key| key.strip_suffix('s')) == Some(&*entry.key)
        && matches!(&entry.value.value, Value::Scalar(scalar) if scalar.kind == ScalarKind::Text)
}

/// The entry of a table that KDL made of one node with an argument and more beside it.
pub(super) fn lone_entry<'n, 's>(node: &'n Node<'s>) -> Option<&'n Entry<'s>> {
    match &node.value {
        Value::Map { entries, keyed: true } => match entries.as_slice() {
            [entry] if matches!(entry.value.value, Value::Map { .. }) => Some(entry),
            _ => None,
        },
        _ => None,
    }
}

impl Form {
    /// Keys that some rule or field needs; an open record tells misspellings from options by them.
    fn needed(&self) -> impl Iterator<Item = &'static str> {
        let ruled = self.rules.iter().flat_map(|rule| match rule {
            Rule::ExactlyOne(keys) | Rule::AtLeastOne(keys) => *keys,
            _ => &[],
        });
        let required = self.keys.iter().zip(self.required).filter(|(_, required)| **required).map(|(key, _)| key);
        ruled.chain(required).copied()
    }
}

pub(super) fn quoted(keys: &[&str]) -> String {
    keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}

pub(super) fn quoted_or(keys: &[&str]) -> String {
    let all: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    listed(&all).unwrap_or_default()
}
