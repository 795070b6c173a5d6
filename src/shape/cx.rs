//! What a decoder carries along: the texts, the sink, and whose value is being read.

use super::example::{Place, record_example};
use crate::diagnostics::{Code, Diagnostic, Severity, Sink, codes};
use crate::source::{SourceMap, Span};
use crate::syntax::{Node, ScalarKind, Value};

/// The state of one decoding.
#[derive(Debug)]
pub struct Cx<'a> {
    map: &'a SourceMap,
    sink: &'a mut Sink,
    owner: Option<Span>,
    errors: usize,
    faults: Vec<&'static str>,
    places: Vec<Place>,
}

impl<'a> Cx<'a> {
    /// A state at the root of a file.
    pub fn new(map: &'a SourceMap, sink: &'a mut Sink) -> Self {
        Cx { map, sink, owner: None, errors: 0, faults: Vec::new(), places: Vec::new() }
    }

    /// The texts.
    pub fn map(&self) -> &'a SourceMap {
        self.map
    }

    /// The key whose value is being read; at the root there is none.
    pub fn owner(&self) -> Option<Span> {
        self.owner
    }

    /// How many errors were reported so far.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Notes that the value of a key was wrong.
    pub(super) fn fault(&mut self, key: &'static str) {
        self.faults.push(key);
    }

    /// Notes that what stands under a key could not be read at all.
    pub(super) fn lose(&mut self, key: &'static str) {
        self.sink.lose(key);
    }

    /// How many keys were noted so far.
    pub(super) fn faults(&self) -> usize {
        self.faults.len()
    }

    /// The keys that were noted since there were so many.
    pub(super) fn faults_since(&self, before: usize) -> Vec<&'static str> {
        self.faults.get(before..).unwrap_or_default().to_vec()
    }

    /// Whether the reader found, directly in a map or list, what it could not make part of it. What is absent there may
    /// be what it could not read.
    pub(super) fn is_torn(&self, node: &Node<'_>) -> bool {
        let inside =
            |outer: Span, inner: Span| outer.file == inner.file && outer.lo <= inner.lo && inner.hi <= outer.hi;
        let torn = [codes::UNKNOWN_ALIAS, codes::BAD_MERGE, codes::KDL_NODE];
        let found = self.sink.found().iter().filter(|d| torn.contains(&d.code));
        found.filter_map(|d| d.primary.as_ref()).any(|label| {
            let deeper = match &node.value {
                Value::Map { entries, .. } => entries.iter().any(|entry| inside(entry.value.span, label.span)),
                Value::List(items) => items.iter().any(|item| inside(item.span, label.span)),
                Value::Scalar(_) => false,
            };
            inside(node.span, label.span) && !deeper
        })
    }

    /// Leaves a finding.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        if diagnostic.severity == Severity::Error {
            self.errors += 1;
        }
        self.sink.push(diagnostic);
    }

    /// Reads the value of a key.
    pub fn under<T>(&mut self, key: Span, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.owner.replace(key);
        let value = read(self);
        self.owner = before;
        value
    }

    /// Reads what stands in a place, which says what could stand there instead.
    pub(super) fn within<T>(&mut self, place: Place, read: impl FnOnce(&mut Self) -> T) -> T {
        self.places.push(place);
        let value = read(self);
        self.places.pop();
        value
    }

    /// What could be written instead of the value that is being read, by the innermost place that has an example.
    fn example(&self) -> Option<String> {
        let example = self.places.iter().rev().find_map(|place| match place {
            Place::Key(form, key) => form.example(key),
            Place::Entry(name, shape) => {
                record_example(&shape()).map(|record| format!("{}: {record}", shown(self.map.snippet(*name))))
            }
        })?;
        Some(format!("for instance `{example}`"))
    }

    /// The key whose value is being read, in words.
    pub fn subject(&self) -> String {
        match self.owner {
            Some(span) => format!("`{}`", shown(self.map.snippet(span).trim_matches(['"', '\'']))),
            None => "the file".to_owned(),
        }
    }

    /// Reports a value of another kind than the one that is expected ("a list", "a port number").
    pub fn expected(&mut self, expected: &str, node: &Node<'_>) {
        if is_null(node) {
            self.no_value(expected, node.span);
            return;
        }
        if self.is_torn(node) {
            return;
        }
        let found = describe(node);
        let message = format!("{} must be {expected}, but this is {found}", self.subject());
        let help = self.example().unwrap_or_else(|| format!("write {expected}"));
        self.refuse(codes::WRONG_TYPE, message, node.span, &format!("this is {found}"), Some(help));
    }

    /// Reports a key without a value.
    pub fn no_value(&mut self, expected: &str, span: Span) {
        let subject = self.subject();
        // A null written as nothing has an empty span: the key shows the place better.
        let place = if span.lo == span.hi { self.owner.unwrap_or(span) } else { span };
        let help = format!("write {expected}, or remove {subject}");
        self.report(
            Diagnostic::new(codes::NO_VALUE, format!("{subject} has no value"))
                .at(place, "nothing is written here")
                .help(help),
        );
    }

    /// Reports a value that is refused; without a help, an example of the place stands for it.
    pub fn refuse(&mut self, code: Code, message: String, span: Span, label: &str, help: Option<String>) {
        let mut diagnostic = Diagnostic::new(code, message).at(span, label);
        diagnostic.help = help.or_else(|| self.example());
        self.report(diagnostic);
    }
}

/// Whether a node is null.
pub(crate) fn is_null(node: &Node<'_>) -> bool {
    matches!(&node.value, Value::Scalar(s) if s.kind == ScalarKind::Null)
}

/// What a node is, in words.
pub(crate) fn describe(node: &Node<'_>) -> &'static str {
    match &node.value {
        Value::List(_) => "a list",
        Value::Map { .. } => "a record",
        Value::Scalar(s) => match s.kind {
            ScalarKind::Text => "text",
            ScalarKind::Null => "nothing",
            ScalarKind::Bool => "true or false",
            ScalarKind::Int | ScalarKind::Float => "a number",
        },
    }
}

/// Shortens a text for a message; long or strange ones would bury it.
pub(crate) fn shown(text: &str) -> String {
    let visible = |c: char| if c.is_control() { c.escape_debug().to_string() } else { c.to_string() };
    let mut short: String = text.chars().take(40).map(visible).collect();
    if text.chars().count() > 40 {
        short.push('…');
    }
    short
}
