//! What to write instead of a wrong value: examples and defaults from the description, as YAML in one line.

use serde_json::{Value as Json, json};

use super::fields::Form;
use super::model::{Doc, LeafShape, OneOfShape, RecordShape, Shape};
use crate::source::Span;

/// Where a value is being read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// Under a key of a record.
    Key(&'static Form, &'static str),
    /// Under the user's own name, which stands here; the value has this shape.
    Entry(Span, fn() -> Shape),
}

impl Form {
    /// A key with a value to copy: `port: 8080`.
    pub(super) fn example(&self, key: &str) -> Option<String> {
        let at = self.keys.iter().position(|known| *known == key)?;
        let own = Doc::read(self.docs.get(at)?);
        let of_whole = || Doc::read(self.doc).examples.iter().find_map(|whole| whole.get(key).cloned());
        let of_shape = || self.shapes.get(at).and_then(|shape| sample(&shape()));
        let value = own.examples.into_iter().next().or_else(of_whole).or(own.default).or_else(of_shape)?;
        Some(format!("{key}: {}", flow(&value)))
    }

    /// As [`Form::example`], with an ellipsis for a value that has none.
    pub(super) fn to_add(&self, key: &str) -> String {
        format!("`{}`", self.example(key).unwrap_or_else(|| format!("{key}: …")))
    }
}

/// A record to copy, where the shape is one; what else it is, the key above shows better.
pub(super) fn record_example(shape: &Shape) -> Option<String> {
    matches!(shape, Shape::Record(_) | Shape::OneOf(_)).then(|| sample(shape)).flatten().map(|value| flow(&value))
}

/// The forms of a value with several, each to copy: "`{ on: shared-pg }` or `dedicated`".
pub(super) fn forms_examples(shape: &Shape) -> Option<String> {
    let Shape::OneOf(one) = shape else {
        return None;
    };
    let forms: Vec<String> = one.arms.iter().filter_map(sample).map(|value| format!("`{}`", flow(&value))).collect();
    listed(&forms)
}

/// "a, b or c".
pub(super) fn listed(all: &[String]) -> Option<String> {
    let (last, rest) = all.split_last()?;
    Some(if rest.is_empty() { last.clone() } else { format!("{} or {last}", rest.join(", ")) })
}

/// A value of a shape.
fn sample(shape: &Shape) -> Option<Json> {
    match shape {
        Shape::Leaf(leaf) => of_leaf(leaf),
        Shape::List { item, .. } => sample(item).map(|one| json!([one])),
        Shape::Map { value, .. } => sample(value).map(|one| json!({ "name": one })),
        Shape::Record(record) => of_record(record),
        Shape::OneOf(one) => of_one(one),
        Shape::Data => None,
    }
}

fn of_leaf(leaf: &LeafShape) -> Option<Json> {
    if let Some((word, _)) = leaf.choices.first() {
        return Some(json!(word));
    }
    let such_as = leaf.expected.split_once("such as `").and_then(|(_, rest)| rest.split_once('`'));
    if let Some((text, _)) = such_as {
        return Some(serde_json::from_str(text).unwrap_or_else(|_| json!(text)));
    }
    let of_schema = |key: &str| leaf.schema.get(key).cloned();
    let truth = || leaf.schema.get("type").filter(|kind| *kind == "boolean").map(|_| json!(true));
    of_schema("const").or_else(|| of_schema("minimum")).or_else(truth)
}

fn of_record(record: &RecordShape) -> Option<Json> {
    let needed = || {
        let required = record.fields.iter().filter(|field| field.required);
        let values = required.map(|field| {
            let given = field.doc.examples.first().or(field.doc.default.as_ref()).cloned();
            given.or_else(|| sample(&field.shape)).map(|value| (field.key.to_owned(), value))
        });
        values.collect::<Option<serde_json::Map<_, _>>>().filter(|values| !values.is_empty()).map(Json::Object)
    };
    record.doc.examples.first().cloned().or_else(needed)
}

fn of_one(one: &OneOfShape) -> Option<Json> {
    one.doc.examples.first().cloned().or_else(|| one.arms.iter().find_map(sample))
}

/// A value in YAML's flow form. Quotes are YAML's and JSON's alike.
fn flow(value: &Json) -> String {
    match value {
        Json::String(text) if is_plain(text) => text.clone(),
        Json::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Json::Object(entries) => {
            let entries: Vec<String> = entries.iter().map(|(key, value)| format!("{key}: {}", flow(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        other => other.to_string(),
    }
}

/// Whether a text needs no quotes anywhere in YAML.
fn is_plain(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_'))
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_./:*-".contains(c))
        && !text.ends_with(':')
        && serde_json::from_str::<Json>(text).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_yaml() {
        let cases = [
            (json!(8080), "8080"),
            (json!("16"), "\"16\""),
            (json!("ghcr.io/acme/api:1.2"), "ghcr.io/acme/api:1.2"),
            (json!("0 6 * * *"), "\"0 6 * * *\""),
            (json!({ "command": ["bin/seed"], "on": "${x.y}" }), "{ command: [bin/seed], on: \"${x.y}\" }"),
        ];
        for (value, text) in cases {
            assert_eq!(flow(&value), text);
        }
    }

    #[test]
    fn what_has_no_example_is_made_of_its_parts() {
        let shape = crate::manifest::shape();
        let Shape::Record(manifest) = &shape else { panic!("a record") };
        let of = |key: &str| {
            let field = manifest.fields.iter().find(|field| field.key == key);
            field.and_then(|field| sample(&field.shape)).map(|value| flow(&value))
        };
        assert_eq!(of("version").as_deref(), Some("1"));
        assert_eq!(of("secrets").as_deref(), Some("{ name: { key: api_key, path: preview/stripe, store: vault } }"));
        assert_eq!(of("tests").as_deref(), Some("{ e2e: { command: [npx, playwright, test], dir: e2e } }"));
    }
}
