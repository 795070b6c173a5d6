//! How values are read: one trait, and the containers that every file format needs.

use std::hash::Hash;
use std::marker::PhantomData;

use indexmap::IndexMap;

use super::cx::{Cx, is_null, shown};
use super::example::Place;
use super::leaf::{Leaf, Misread, NO_REFERENCE};
use super::model::{LeafShape, Shape};
use super::rename::rename;
use crate::diagnostics::codes;
use crate::source::{Located, Span};
use crate::syntax::{Node, Scalar, ScalarKind, Value};

/// How a value is read and described.
pub trait Codec {
    /// What reading gives.
    type Out;

    /// Whether a key of this type must be given.
    const REQUIRED: bool = true;

    /// Whether a value is one scalar.
    const SCALAR: bool = false;

    /// The description.
    fn shape() -> Shape;

    /// Reads a value. `None` means that it is wrong and that this has been reported.
    fn decode(node: &Node<'_>, cx: &mut Cx<'_>) -> Option<Self::Out>;

    /// The value of a key that is not given; `None` exactly where it must be given.
    fn absent() -> Option<Self::Out> {
        None
    }

    /// What to go on with when a required value is wrong or missing, so that the rest of its record is still looked
    /// at. Only for values that nothing after the decoder judges again.
    fn stand_in(_span: Span) -> Option<Self::Out> {
        None
    }
}

/// How the name of an entry is read.
pub trait Key {
    /// What reading gives.
    type Out: Hash + Eq;

    /// The description.
    fn shape() -> LeafShape;

    /// Reads a name.
    ///
    /// # Errors
    /// What is wrong with it.
    fn read(text: &str) -> Result<Self::Out, Misread>;

    /// Keeps a refused name, so that what refers to it causes no second error.
    fn refused(_text: &str) -> Option<Self::Out> {
        None
    }
}

/// A named entry. A body that is wrong is `None`; the name stays, so that references to it cause no second error.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot<T> {
    /// Where the name stands.
    pub key: Span,
    /// What stands under it.
    pub body: Option<T>,
    /// Whether something in the body was wrong: then what is absent from it may be what was wrong, and nobody should
    /// complain about its absence.
    pub wrong: bool,
    /// The keys in it whose values were wrong or that were misspelt, those of records within included.
    pub faults: Vec<&'static str>,
}

impl<T> Slot<T> {
    /// Whether the value of one of these keys was wrong, or cannot be told because the whole body is.
    pub fn is_faulty(&self, keys: &[&str]) -> bool {
        self.body.is_none() || self.faults.iter().any(|fault| keys.contains(fault))
    }
}

/// Reads a list that must have an item.
#[derive(Debug)]
pub struct NonEmpty<C>(PhantomData<C>);

/// Reads what `C` reads, and keeps its place.
#[derive(Debug)]
pub struct Spanned<C>(PhantomData<C>);

impl<L: Leaf> Codec for Located<L> {
    type Out = Located<L::Out>;
    const SCALAR: bool = true;

    fn shape() -> Shape {
        Shape::Leaf(L::shape())
    }

    fn decode(node: &Node<'_>, cx: &mut Cx<'_>) -> Option<Self::Out> {
        let Value::Scalar(scalar) = &node.value else {
            cx.expected(L::EXPECTED, node);
            return None;
        };
        if is_null(node) {
            cx.no_value(L::EXPECTED, node.span);
            return None;
        }
        match L::read(scalar) {
            Ok(value) => Some(Located::new(node.span, value)),
            Err(misread) => {
                misread.report(scalar, node.span, L::EXPECTED, cx);
                None
            }
        }
    }

    fn stand_in(span: Span) -> Option<Self::Out> {
        L::stand_in().map(|value| Located::new(span, value))
    }
}

impl<C: Codec> Codec for Option<C> {
    type Out = Option<C::Out>;
    const REQUIRED: bool = false;

    fn shape() -> Shape {
        C::shape()
    }

    fn decode(node: &Node<'_>, cx: &mut Cx<'_>) -> Option<Self::Out> {
        C::decode(node, cx).map(Some)
    }

    fn absent() -> Option<Self::Out> {
        Some(None)
    }
}

impl<C: Codec> Codec for Vec<C> {
    type Out = Vec<C::Out>;
    const REQUIRED: bool = false;

    fn shape() -> Shape {
        Shape::List { item: Box::new(C::shape()), min: 0 }
    }

    fn decode(node: &Node<'_>, cx: &mut Cx<'_>) -> Option<Self::Out> {
        match &node.value {
            Value::List(items) => Some(items.iter().filter_map(|item| C::decode(item, cx)).collect()),
            _ if is_null(node) => {
                cx.no_value("a list", node.span);
                None
            }
            Value::Map { .. } if C::SCALAR => {
                cx.expected("a list", node);
                None
            }
            _ => C::decode(node, cx).map(|one| vec![one]),
        }
    }

    fn absent() -> Option<Self::Out> {
        Some(Vec::new())
    }
}

impl<C: Codec> Codec for NonEmpty<C> {
    type Out = Vec<C::Out>;

    fn shape() -> Shape {
        Shape::List { item: Box::new(C::shape()), min: 1 }
    }

    fn decode(node: &Node<'_>, cx: &mut Cx<'_>) -> Option<Self::Out> {
        if matches!(&node.value, Value::List(items) if items.is_empty()) {
            let message = format!("{} is an empty list", cx.subject());
            cx.refuse(codes::NO_VALUE, message, node.span, "at least one item belongs here", None);
            return None;
        }
        Vec::<C>::decode(node, cx)
    }
}

impl<C: Codec> Codec for Spanned<C> {
    type Out = Located<C::Out>;

    fn shape() -> Shape {
        C::shape()
    }

    fn decode(node: &Node<'_>, cx: &mut Cx<'_>) -> Option<Self::Out> {
        C::decode(node, cx).map(|value| Located::new(node.span, value))
    }
}

impl<C: Codec> Codec for Slot<C> {
    type Out = Slot<C::Out>;

    fn shape() -> Shape {
        C::shape()
    }

    fn decode(node: &Node<'_>, cx: &mut Cx<'_>) -> Option<Self::Out> {
        let (errors, faults) = (cx.errors(), cx.faults());
        let body = C::decode(node, cx);
        Some(Slot {
            key: cx.owner().unwrap_or(node.span),
            body,
            wrong: cx.errors() != errors,
            faults: cx.faults_since(faults),
        })
    }
}

impl<K: Key, C: Codec> Codec for IndexMap<K, C> {
    type Out = IndexMap<K::Out, C::Out>;
    const REQUIRED: bool = false;

    fn shape() -> Shape {
        Shape::Map { key: K::shape(), value: Box::new(C::shape()) }
    }

    fn decode(node: &Node<'_>, cx: &mut Cx<'_>) -> Option<Self::Out> {
        let Value::Map { entries, .. } = &node.value else {
            cx.expected("a record of named entries", node);
            return None;
        };
        let mut out = IndexMap::with_capacity(entries.len());
        for entry in entries {
            let key = match K::read(&entry.key) {
                Ok(key) => Some(key),
                Err(mut misread) => {
                    let expected = K::shape().expected;
                    let fitting = || rename(&entry.key, |name| K::read(name).is_ok());
                    misread.help = misread.help.or_else(|| fitting().map(|name| format!("write `{name}`")));
                    cx.under(entry.key_span, |cx| misread.report_key(&entry.key, entry.key_span, expected, cx));
                    K::refused(&entry.key)
                }
            };
            let place = Place::Entry(entry.key_span, C::shape);
            let value = cx.within(place, |cx| cx.under(entry.key_span, |cx| C::decode(&entry.value, cx)));
            if let (Some(key), Some(value)) = (key, value) {
                out.insert(key, value);
            }
        }
        Some(out)
    }

    fn absent() -> Option<Self::Out> {
        Some(IndexMap::new())
    }
}

impl Misread {
    /// Reports a scalar.
    fn report(self, scalar: &Scalar<'_>, span: Span, expected: &str, cx: &mut Cx<'_>) {
        // KDL's `#inf` is read into YAML's notation; the message shows what was written.
        let text = if scalar.kind == ScalarKind::Float { cx.map().snippet(span) } else { &*scalar.text };
        let message = match &self.message {
            Some(message) => format!("{}: {message}", cx.subject()),
            None if text.is_empty() => format!("{} must be {expected}, not empty", cx.subject()),
            None => format!("{} must be {expected}, not `{}`", cx.subject(), shown(text)),
        };
        let help = self.help.or_else(|| text.contains("${").then(|| NO_REFERENCE.to_owned()));
        cx.refuse(self.code, message, span, "", help);
    }

    /// Reports the name of an entry.
    fn report_key(self, text: &str, span: Span, expected: &str, cx: &mut Cx<'_>) {
        let message = match &self.message {
            Some(message) => format!("`{}`: {message}", shown(text)),
            None => format!("`{}` is not {expected}", shown(text)),
        };
        cx.refuse(self.code, message, span, "", self.help);
    }
}
