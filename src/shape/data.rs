//! Values whose meaning is not known yet: recipe options, settings handed through to a target.

use indexmap::IndexMap;

use super::codec::Codec;
use super::cx::{Cx, is_null};
use super::model::Shape;
use super::template::Template;
use crate::source::Span;
use crate::syntax::{Node, ScalarKind, Value};

/// Any value but null, with places and references.
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub value: DataValue,
}

/// What a [`Data`] holds.
#[derive(Debug, Clone, PartialEq)]
pub enum DataValue {
    /// A scalar as text, with what it is by its looks.
    Scalar(Template, ScalarKind),
    /// A list.
    List(Vec<Data>),
    /// Named values.
    Map(IndexMap<String, Rest>),
}

/// A key that the record does not know, with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Rest {
    /// Where the key stands.
    pub key: Span,
    /// Its value.
    pub data: Data,
}

impl Codec for Data {
    type Out = Data;

    fn shape() -> Shape {
        Shape::Data
    }

    fn decode(node: &Node<'_>, cx: &mut Cx<'_>) -> Option<Data> {
        let value = match &node.value {
            Value::Scalar(scalar) => {
                if is_null(node) {
                    cx.no_value("a value", node.span);
                    return None;
                }
                DataValue::Scalar(Template::parse(&scalar.text, node.span, 2..=3, cx)?, scalar.kind)
            }
            Value::List(items) => DataValue::List(items.iter().filter_map(|item| Data::decode(item, cx)).collect()),
            Value::Map { entries, .. } => {
                let mut out = IndexMap::with_capacity(entries.len());
                for entry in entries {
                    if let Some(data) = cx.under(entry.key_span, |cx| Data::decode(&entry.value, cx)) {
                        out.insert(entry.key.clone().into_owned(), Rest { key: entry.key_span, data });
                    }
                }
                DataValue::Map(out)
            }
        };
        Some(Data { span: node.span, value })
    }
}
