//! Puts a tree together from the steps that a reader takes through its text, without recursion.

use std::borrow::Cow;

use super::findings::Findings;
use super::keys::Keys;
use super::limits::{MAX_DEPTH, MAX_NODES};
use super::merge::{self, Merge};
use super::tree::{Entry, Node, Scalar, ScalarKind, Value};
use crate::source::{FileId, Span};

/// Why a reader gives up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// Maps and lists stand too deep in each other.
    Depth,
    /// There are too many values.
    Nodes,
    /// Enough is wrong already, or what is wrong leaves nothing to read on from; it has been reported.
    Reported,
}

/// A tree in the making. In a map, every second value that it is handed is a key.
pub(super) struct Builder<'s> {
    file: FileId,
    open: Vec<Frame<'s>>,
    root: Option<Node<'s>>,
    nodes: usize,
}

struct Frame<'s> {
    lo: u32,
    body: Body<'s>,
}

enum Body<'s> {
    List(Vec<Node<'s>>),
    Map { entries: Vec<Entry<'s>>, keys: Keys<'s>, next: Next<'s>, merge: Option<Merge<'s>> },
}

/// What the next value of a map is.
enum Next<'s> {
    Key,
    Value(Cow<'s, str>, Span),
    /// The value of the merge key at this place.
    Merged(Span),
    /// A value whose key is wrong, and so without a place in the tree.
    Dropped,
}

impl<'s> Builder<'s> {
    pub(super) fn new(file: FileId) -> Self {
        Builder { file, open: Vec::new(), root: None, nodes: 0 }
    }

    /// How many maps and lists are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Whether the next value is a map's key.
    pub(super) fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Frame { body: Body::Map { next: Next::Key, .. }, .. }))
    }

    /// Opens a list that begins at `lo`.
    pub(super) fn open_list(&mut self, lo: u32) -> Result<(), Stop> {
        self.push(lo, Body::List(Vec::new()))
    }

    /// Opens a map that begins at `lo`.
    pub(super) fn open_map(&mut self, lo: u32) -> Result<(), Stop> {
        self.push(lo, Body::Map { entries: Vec::new(), keys: Keys::default(), next: Next::Key, merge: None })
    }

    /// Closes the innermost map or list, which ends before `hi`.
    pub(super) fn close(&mut self, hi: u32, findings: &mut Findings<'_>) -> Result<(), Stop> {
        let Some(frame) = self.open.pop() else {
            return Ok(());
        };
        let value = match frame.body {
            Body::List(items) => Value::List(items),
            Body::Map { entries, merge: None, .. } => Value::Map { entries, keyed: false },
            Body::Map { entries, merge: Some(merge), .. } => {
                Value::Map { entries: merge::apply(entries, merge, findings)?, keyed: false }
            }
        };
        self.place(Node { span: Span::new(self.file, frame.lo, hi), value }, findings)
    }

    /// Adds a scalar: a map's key, a value, or the whole document.
    pub(super) fn scalar(
        &mut self,
        span: Span,
        text: Cow<'s, str>,
        kind: ScalarKind,
        findings: &mut Findings<'_>,
    ) -> Result<(), Stop> {
        self.place(Node { span, value: Value::Scalar(Scalar { text, kind }) }, findings)
    }

    /// Adds the merge key `<<`, whose value comes next. Only where [`Builder::wants_key`].
    pub(super) fn merge_key(&mut self, span: Span, findings: &mut Findings<'_>) -> Result<(), Stop> {
        let Some(Frame { body: Body::Map { next, merge, .. }, .. }) = self.open.last_mut() else {
            return Ok(());
        };
        match merge {
            None => *next = Next::Merged(span),
            Some(first) => {
                *next = Next::Dropped;
                findings.duplicate_merge(span, first.key_span)?;
            }
        }
        Ok(())
    }

    /// The whole tree, once everything is closed.
    pub(super) fn finish(self) -> Option<Node<'s>> {
        self.root
    }

    fn push(&mut self, lo: u32, body: Body<'s>) -> Result<(), Stop> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Stop::Depth);
        }
        self.open.push(Frame { lo, body });
        Ok(())
    }

    fn place(&mut self, node: Node<'s>, findings: &mut Findings<'_>) -> Result<(), Stop> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Stop::Nodes);
        }
        let Some(frame) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        let (entries, keys, next, merge) = match &mut frame.body {
            Body::List(items) => {
                items.push(node);
                return Ok(());
            }
            Body::Map { entries, keys, next, merge } => (entries, keys, next, merge),
        };
        match std::mem::replace(next, Next::Key) {
            Next::Value(key, key_span) => entries.push(Entry { key, key_span, value: node }),
            Next::Merged(key_span) => *merge = Some(Merge { at: entries.len(), key_span, value: node }),
            Next::Dropped => {}
            Next::Key => *next = as_key(node, entries, keys, findings)?,
        }
        Ok(())
    }
}

/// What follows a key: its value, or a value to drop where the key cannot be used.
fn as_key<'s>(
    node: Node<'s>,
    entries: &[Entry<'s>],
    keys: &mut Keys<'s>,
    findings: &mut Findings<'_>,
) -> Result<Next<'s>, Stop> {
    let text = match node.value {
        Value::Scalar(Scalar { text, kind }) if kind != ScalarKind::Null => text,
        other => {
            findings.bad_key(node.span, &other)?;
            return Ok(Next::Dropped);
        }
    };
    match keys.find(entries, &text).and_then(|at| entries.get(at)) {
        Some(first) => {
            findings.duplicate_key(&text, node.span, first.key_span)?;
            Ok(Next::Dropped)
        }
        None => Ok(Next::Value(text, node.span)),
    }
}
