//! Text to a spanned tree that knows no meaning: YAML, JSON and KDL look the same from here on.

use std::borrow::Cow;

use crate::source::Span;

/// One value of the tree with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node<'s> {
    /// Where the value stands.
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
    /// The text, escapes resolved; for a number or boolean as it was written.
    pub text: Cow<'s, str>,
    /// What it is by its looks. Where text is wanted, every kind but null is text.
    pub kind: ScalarKind,
}

/// What a scalar is by its looks (YAML 1.2 core schema); quoted ones are always [`ScalarKind::Text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarKind {
    /// Quoted, or plain and nothing else.
    Text,
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool,
    /// A decimal, octal (`0o7`) or hexadecimal (`0x1F`) integer.
    Int,
    /// Any other number.
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

/// Which notation a text is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// YAML 1.2, with merge keys.
    Yaml,
    /// JSON (RFC 8259).
    Json,
    /// KDL 2.
    Kdl,
}
