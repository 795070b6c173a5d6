//! KDL's nodes onto the tree that YAML and JSON make too. It names no key; `docs/kdl.md` says the same with examples.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Written;
use super::cursor::Cursor;
use crate::diagnostics::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::build::Stop;
use crate::syntax::keys::Keys;
use crate::syntax::tree::{Entry, Node, Scalar, ScalarKind, Value};

/// A node's properties; their names are unique.
#[derive(Default)]
pub(super) struct Properties<'s> {
    entries: Vec<Entry<'s>>,
    keys: Keys<'s>,
}

impl<'s> Properties<'s> {
    pub(super) fn add(
        &mut self,
        cursor: &mut Cursor<'s, '_>,
        key: Cow<'s, str>,
        key_span: Span,
        value: Node<'s>,
    ) -> Result<(), Stop> {
        match self.keys.find(&self.entries, &key).and_then(|at| self.entries.get(at)) {
            Some(first) => cursor.findings.duplicate_key(&key, key_span, first.key_span),
            None => {
                self.entries.push(Entry { key, key_span, value });
                Ok(())
            }
        }
    }
}

/// The nodes of one block so far: a map, or a list if they are all named `-`.
#[derive(Default)]
pub(super) struct Block<'s> {
    entries: Vec<Entry<'s>>,
    keys: Keys<'s>,
    /// The names inside the keyed maps among the entries, by the entry's position.
    tables: BTreeMap<usize, Keys<'s>>,
    items: Vec<Node<'s>>,
}

impl<'s> Block<'s> {
    /// Gives a node its place.
    pub(super) fn add(&mut self, cursor: &mut Cursor<'s, '_>, written: Written<'s>) -> Result<(), Stop> {
        let (dash, name_span) = (written.dash, written.name_span);
        let (mixed, name) = match dash {
            true => (!self.entries.is_empty(), Cow::Borrowed("")),
            false => (!self.items.is_empty(), written.name.clone()),
        };
        if mixed {
            return cursor.findings.push(
                Diagnostic::new(codes::KDL_NODE, "a block holds either `-` items or named nodes, not both")
                    .at(name_span, "of the other kind than those before")
                    .help("give the list a node of its own: `name { - \"item\" }`"),
            );
        }
        let value = node_value(cursor, written)?;
        if dash {
            self.items.push(value);
            return Ok(());
        }
        let Some(at) = self.keys.find(&self.entries, &name) else {
            self.entries.push(Entry { key: name, key_span: name_span, value });
            return Ok(());
        };
        let Some(first) = self.entries.get_mut(at) else {
            return Ok(());
        };
        if !(is_keyed(&first.value) || is_keyed(&value)) || !(as_table(&mut first.value)) {
            return cursor.findings.duplicate_key(&name, name_span, first.key_span);
        }
        let mut more = value;
        if !as_table(&mut more) {
            return cursor.findings.duplicate_key(&name, name_span, first.key_span);
        }
        let (Value::Map { entries, .. }, Value::Map { entries: more, .. }) = (&mut first.value.value, more.value)
        else {
            return Ok(());
        };
        let keys = self.tables.entry(at).or_default();
        for entry in more {
            match keys.find(entries, &entry.key).and_then(|at| entries.get(at)) {
                Some(first) => cursor.findings.duplicate_key(&entry.key, entry.key_span, first.key_span)?,
                None => entries.push(entry),
            }
        }
        Ok(())
    }

    /// The block's value.
    pub(super) fn finish(self) -> Value<'s> {
        if self.items.is_empty() { Value::Map { entries: self.entries, keyed: false } } else { Value::List(self.items) }
    }
}

/// What a node holds.
fn node_value<'s>(cursor: &mut Cursor<'s, '_>, written: Written<'s>) -> Result<Node<'s>, Stop> {
    let Written { annotation, name_span, mut arguments, properties, children, span, .. } = written;
    let whole = Span::new(span.file, name_span.hi, span.hi);
    let forced = match annotation {
        Some((name, _)) if name == "array" => Some(true),
        Some((name, _)) if name == "object" => Some(false),
        Some((name, span)) => {
            cursor.unknown_annotation(&name, span)?;
            None
        }
        None => None,
    };
    let body = !properties.entries.is_empty() || children.is_some();
    // The value's own place: without the node's name, and without the spaces behind it.
    let inner = match (properties.entries.first(), &children) {
        (Some(first), _) => Span::new(span.file, first.key_span.lo, span.hi),
        (None, Some((_, block))) => *block,
        (None, None) => name_span,
    };
    match (forced, arguments.len(), body) {
        (Some(true), ..) => list(cursor, arguments, properties, children, name_span, span),
        (None, 0, false) => {
            let scalar = Scalar { text: Cow::Borrowed(""), kind: ScalarKind::Null };
            Ok(Node { span: name_span, value: Value::Scalar(scalar) })
        }
        (_, 0, _) => Ok(Node { span: inner, value: map(cursor, properties, children, forced.is_some())? }),
        (None, 1, false) => Ok(arguments.pop().unwrap_or(Node { span: whole, value: Value::List(Vec::new()) })),
        (_, 1, _) => {
            let value = map(cursor, properties, children, forced.is_some())?;
            keyed(cursor, arguments, Node { span: inner, value }, span)
        }
        (None, _, false) => Ok(Node { span: covering(&arguments, whole), value: Value::List(arguments) }),
        _ => {
            cursor.findings.push(
                Diagnostic::new(codes::KDL_NODE, "a node with several arguments takes no properties or children")
                    .at(inner, "these have no place")
                    .also(covering(&arguments, name_span), "several arguments make a list")
                    .help("keep one argument, the entry's name, or put the list into the block as a node of its own"),
            )?;
            if children.is_some() {
                // The block tells that an entry is meant: it is read as the first argument's.
                let value = map(cursor, properties, children, forced.is_some())?;
                arguments.truncate(1);
                return keyed(cursor, arguments, Node { span: inner, value }, span);
            }
            Ok(Node { span: covering(&arguments, whole), value: Value::List(arguments) })
        }
    }
}

/// `(array)`: the arguments, or the `-` children, and nothing else.
fn list<'s>(
    cursor: &mut Cursor<'s, '_>,
    arguments: Vec<Node<'s>>,
    properties: Properties<'s>,
    children: Option<(Value<'s>, Span)>,
    name_span: Span,
    span: Span,
) -> Result<Node<'s>, Stop> {
    let fits = properties.entries.is_empty() && (arguments.is_empty() || children.is_none());
    let items = match children {
        None if fits => Some(arguments),
        Some((Value::List(items), _)) if fits => Some(items),
        Some((Value::Map { entries, .. }, _)) if fits && entries.is_empty() => Some(Vec::new()),
        _ => None,
    };
    if let Some(items) = items {
        return Ok(Node { span: covering(&items, span), value: Value::List(items) });
    }
    cursor.findings.push(
        Diagnostic::new(codes::KDL_NODE, "a node marked `(array)` holds arguments or `-` children, and nothing else")
            .at(name_span, "marked as a list")
            .help("leave `(array)` out, or remove what is no item"),
    )?;
    Ok(Node { span, value: Value::List(Vec::new()) })
}

/// Properties, then children.
fn map<'s>(
    cursor: &mut Cursor<'s, '_>,
    properties: Properties<'s>,
    children: Option<(Value<'s>, Span)>,
    forced: bool,
) -> Result<Value<'s>, Stop> {
    let Properties { mut entries, mut keys } = properties;
    match children {
        None => {}
        Some((block, _)) if entries.is_empty() && !(forced && matches!(block, Value::List(_))) => {
            return Ok(block);
        }
        Some((Value::Map { entries: more, .. }, _)) => {
            for entry in more {
                match keys.find(&entries, &entry.key).and_then(|at| entries.get(at)) {
                    Some(first) => cursor.findings.duplicate_key(&entry.key, entry.key_span, first.key_span)?,
                    None => entries.push(entry),
                }
            }
        }
        Some((_, span)) => cursor.findings.push(
            Diagnostic::new(codes::KDL_NODE, "a map takes no `-` items")
                .at(span, "these make a list")
                .help("give the list a node of its own: `name { - \"item\" }`"),
        )?,
    }
    Ok(Value::Map { entries, keyed: false })
}

/// One argument with a body: an entry of a keyed map.
fn keyed<'s>(
    cursor: &mut Cursor<'s, '_>,
    mut arguments: Vec<Node<'s>>,
    body: Node<'s>,
    span: Span,
) -> Result<Node<'s>, Stop> {
    let mut entries = Vec::new();
    if let Some(name) = arguments.pop() {
        match name.value {
            Value::Scalar(Scalar { text, kind }) if kind != ScalarKind::Null => {
                entries.push(Entry { key: text, key_span: name.span, value: body });
            }
            other => cursor.findings.bad_key(name.span, &other)?,
        }
    }
    Ok(Node { span, value: Value::Map { entries, keyed: true } })
}

fn is_keyed(node: &Node<'_>) -> bool {
    matches!(node.value, Value::Map { keyed: true, .. })
}

/// Makes a lone argument an entry without a body, as it must be meant beside entries that have one (`cache "a"` beside
/// `cache "b" { … }`). Says whether the node is a keyed map now.
fn as_table(node: &mut Node<'_>) -> bool {
    let span = node.span;
    if let Value::Scalar(Scalar { text, kind: ScalarKind::Text }) = &mut node.value {
        let empty = Node { span, value: Value::Map { entries: Vec::new(), keyed: false } };
        let entry = Entry { key: std::mem::take(text), key_span: span, value: empty };
        node.value = Value::Map { entries: vec![entry], keyed: true };
    }
    is_keyed(node)
}

/// From the first to the last of the nodes, or the place to fall back on.
fn covering(nodes: &[Node<'_>], otherwise: Span) -> Span {
    match (nodes.first(), nodes.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => otherwise,
    }
}
