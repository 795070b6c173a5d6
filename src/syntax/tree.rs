//! The spanned tree that every syntax becomes.

use std::borrow::Cow;

use crate::source::Span;

/// One value of the tree with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node<'s> {
    /// Where the value stands; a quoted scalar's span includes its quotes, an aliased value's is the anchor's place.
    pub span: Span,
    /// The value.
    pub value: Value<'s>,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'s> {
    /// One text, number, boolean or null.
    Scalar(Scalar<'s>),
    /// A list.
    List(Vec<Node<'s>>),
    /// A record or a table of named entries.
    Map {
        /// The entries in the order of the text. Keys are unique.
        entries: Vec<Entry<'s>>,
        /// Whether the keys came as arguments of KDL nodes (`service "api" { … }`): the map then stands under the
        /// field's singular. YAML and JSON never say so.
        keyed: bool,
    },
}

/// A scalar: its text with escapes resolved, and what a plain one means under the YAML 1.2 core schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Scalar<'s> {
    /// The text, escapes resolved; for a number or boolean as it was written, in YAML's notation.
    pub text: Cow<'s, str>,
    /// What it is by its looks. Where text is wanted, every kind but null is text.
    pub kind: ScalarKind,
}

/// What a scalar is by its looks (YAML 1.2 core schema, section 10.3.2); quoted ones are always [`ScalarKind::Text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarKind {
    /// Quoted, or plain and nothing else.
    Text,
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`, also `True` and `TRUE`.
    Bool,
    /// A decimal (`08`, `-3`), octal (`0o7`) or hexadecimal (`0x1F`) integer of any size.
    Int,
    /// Any other number, `.inf` and `.nan` among them.
    Float,
}

/// One entry of a map.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<'s> {
    /// The key's text.
    pub key: Cow<'s, str>,
    /// The key's place.
    pub key_span: Span,
    /// The value.
    pub value: Node<'s>,
}
