//! Completion: which keys and words may stand in a place.

use super::model::Shape;

/// What may be written in a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The key or word.
    pub text: String,
    /// What it is, in a sentence or more.
    pub doc: String,
}

/// The keys of the record, or the words, that may stand where `path` leads.
///
/// A path names keys of records and names of entries from the root; items of lists need no step. A path that leads
/// nowhere gives nothing.
pub fn keys_at(shape: &Shape, path: &[&str]) -> Vec<Completion> {
    let Some((step, rest)) = path.split_first() else {
        return here(shape);
    };
    match shape {
        Shape::Leaf(_) | Shape::Data => Vec::new(),
        Shape::List { item, .. } => keys_at(item, path),
        Shape::Map { value, .. } => keys_at(value, rest),
        Shape::Record(record) => {
            let field = record.fields.iter().find(|f| f.key == *step);
            field.map(|f| keys_at(&f.shape, rest)).unwrap_or_default()
        }
        Shape::OneOf(one) => one.arms.iter().flat_map(|arm| keys_at(arm, path)).collect(),
    }
}

fn here(shape: &Shape) -> Vec<Completion> {
    match shape {
        Shape::Leaf(leaf) => {
            let complete =
                |(word, doc): &(&str, super::Doc)| Completion { text: (*word).to_owned(), doc: doc.text.clone() };
            leaf.choices.iter().map(complete).collect()
        }
        Shape::List { item, .. } => here(item),
        Shape::Map { .. } | Shape::Data => Vec::new(),
        Shape::Record(record) => {
            let belongs = |key: &str| !record.refused.iter().any(|(name, _)| *name == key);
            let fields = record.fields.iter().filter(|f| belongs(f.key));
            fields.map(|f| Completion { text: f.key.to_owned(), doc: f.doc.text.clone() }).collect()
        }
        Shape::OneOf(one) => one.arms.iter().flat_map(here).collect(),
    }
}
