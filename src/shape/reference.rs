//! The reference page, in Markdown, from a shape.

use std::fmt::Write as _;

use indexmap::IndexMap;

use super::fields::quoted_or;
use super::model::{Doc, FieldShape, RecordShape, Rule, Shape};

/// The page of a file whose root has this shape: one section per record, one row per key.
pub fn reference(root: &Shape, title: &str, intro: &str) -> String {
    let mut records = IndexMap::new();
    collect(root, &mut records);
    let mut out = format!("# {title}\n\n{intro}\n");
    for record in records.values() {
        section(record, &mut out);
    }
    out
}

fn collect<'a>(shape: &'a Shape, records: &mut IndexMap<&'static str, &'a RecordShape>) {
    match shape {
        Shape::Leaf(_) | Shape::Data => {}
        Shape::List { item, .. } => collect(item, records),
        Shape::Map { value, .. } => collect(value, records),
        Shape::OneOf(one) => one.arms.iter().for_each(|arm| collect(arm, records)),
        Shape::Record(record) => {
            if records.insert(record.name, record).is_none() {
                record.fields.iter().for_each(|field| collect(&field.shape, records));
            }
        }
    }
}

fn section(record: &RecordShape, out: &mut String) {
    let _ = write!(out, "\n## {}\n\n{}\n", record.name, record.doc.text);
    if let Some(short) = record.short {
        let _ = write!(out, "\nA lone value stands for `{short}`.\n");
    }
    for rule in record.rules {
        let _ = write!(out, "\n{}\n", sentence(rule));
    }
    if record.open {
        out.push_str("\nOther keys may stand here too.\n");
    }
    out.push_str("\n| key | value | |\n|---|---|---|\n");
    let refused = |key: &str| record.refused.iter().any(|(name, _)| *name == key);
    for field in record.fields.iter().filter(|f| !refused(f.key)) {
        row(field, out);
    }
    for field in record.fields.iter().filter(|f| !refused(f.key)) {
        words(field, out);
    }
}

/// The words that a key takes, with what each means.
fn words(field: &FieldShape, out: &mut String) {
    let mut all = Vec::new();
    choices(&field.shape, &mut all);
    if all.iter().all(|(_, doc)| doc.text.is_empty()) {
        return;
    }
    let _ = write!(out, "\n`{}` is one of these words", field.key);
    out.push_str(if matches!(field.shape, Shape::OneOf(_)) { " or a record:\n\n" } else { ":\n\n" });
    for (word, doc) in all {
        let _ = writeln!(out, "- `{word}`: {}", doc.text);
    }
}

fn choices<'s>(shape: &'s Shape, out: &mut Vec<&'s (&'static str, Doc)>) {
    match shape {
        Shape::Leaf(leaf) => out.extend(&leaf.choices),
        Shape::OneOf(one) => one.arms.iter().for_each(|arm| choices(arm, out)),
        _ => {}
    }
}

fn row(field: &FieldShape, out: &mut String) {
    let mut text = field.doc.text.clone();
    if field.required {
        text.push_str(" **Required.**");
    }
    if let Some(default) = &field.doc.default {
        let _ = write!(text, " Default: `{}`.", plain(default));
    }
    for example in &field.doc.examples {
        let _ = write!(text, " Example: `{}`.", plain(example));
    }
    let _ = writeln!(out, "| `{}` | {} | {} |", field.key, cell(&kind(&field.shape)), cell(text.trim()));
}

/// A value as it would be written in YAML's flow form, near enough to read.
fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What may stand there, in a few words.
fn kind(shape: &Shape) -> String {
    match shape {
        Shape::Leaf(leaf) => {
            let range = leaf.schema.get("minimum").zip(leaf.schema.get("maximum"));
            match range {
                Some((from, to)) => format!("a whole number from {from} to {to}"),
                None => leaf.expected.to_owned(),
            }
        }
        Shape::List { item, .. } => format!("list of: {}", kind(item)),
        Shape::Map { key, value } => {
            let name = key.expected.split(':').next().unwrap_or(key.expected);
            format!("{name} → {}", kind(value))
        }
        Shape::Record(record) => format!("[{}](#{})", record.name, record.name.to_lowercase()),
        Shape::OneOf(one) => one.arms.iter().map(kind).collect::<Vec<_>>().join(" or "),
        Shape::Data => "anything".to_owned(),
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn sentence(rule: &Rule) -> String {
    match *rule {
        Rule::ExactlyOne(keys) => format!("Exactly one of {}.", quoted_or(keys)),
        Rule::AtMostOne(keys) => format!("Either {}, not both.", quoted_or(keys)),
        Rule::AtLeastOne(keys) => format!("At least one of {}.", quoted_or(keys)),
        Rule::Needs(first, second) => format!("`{first}` needs `{second}` beside it."),
        Rule::NeedsIf(first, word, third) => {
            format!("`{first}: {word}` needs `{third}` beside it.")
        }
    }
}
