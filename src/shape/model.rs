//! The description of a value, as a value.

use serde_json::Value as Json;

/// What may stand in one place of a file.
#[derive(Debug, Clone)]
pub enum Shape {
    /// One scalar.
    Leaf(LeafShape),
    /// A list; a lone item counts as a list of one.
    List {
        /// What each item is.
        item: Box<Shape>,
        /// The smallest number of items.
        min: usize,
    },
    /// Named entries; the names are the user's.
    Map {
        /// What a name may be.
        key: LeafShape,
        /// What each entry is.
        value: Box<Shape>,
    },
    /// A record with known keys.
    Record(Box<RecordShape>),
    /// One of several forms.
    OneOf(Box<OneOfShape>),
    /// Any value but null.
    Data,
}

/// A scalar's description.
#[derive(Debug, Clone)]
pub struct LeafShape {
    /// What is expected, as the end of "must be …".
    pub expected: &'static str,
    /// The scalar in JSON Schema.
    pub schema: Json,
    /// The words to choose from with their meanings; empty where any value of the form will do.
    pub choices: Vec<(&'static str, Doc)>,
}

/// A record's description.
#[derive(Debug, Clone)]
pub struct RecordShape {
    /// Its name among the schema's definitions: `Service`.
    pub name: &'static str,
    /// What it is, with an article: "a service".
    pub what: &'static str,
    /// Its text.
    pub doc: Doc,
    /// Its keys in the order of the reference.
    pub fields: Vec<FieldShape>,
    /// What must hold between keys.
    pub rules: &'static [Rule],
    /// Whether other keys may stand beside the known ones.
    pub open: bool,
    /// The key that a lone scalar stands for.
    pub short: Option<&'static str>,
    /// Keys that do not belong here, each with where it belongs.
    pub refused: &'static [(&'static str, &'static str)],
}

/// A key's description.
#[derive(Debug, Clone)]
pub struct FieldShape {
    /// The key.
    pub key: &'static str,
    /// Its text, default and examples.
    pub doc: Doc,
    /// Whether it must be given.
    pub required: bool,
    /// What its value is.
    pub shape: Shape,
}

/// Alternatives: words, a scalar of another form, records that differ by a key.
#[derive(Debug, Clone)]
pub struct OneOfShape {
    /// Its name among the schema's definitions.
    pub name: &'static str,
    /// What it is, with an article.
    pub what: &'static str,
    /// Its text.
    pub doc: Doc,
    /// The forms.
    pub arms: Vec<Shape>,
}

/// What must hold between the keys of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Exactly one of these keys.
    ExactlyOne(&'static [&'static str]),
    /// One of these keys or none.
    AtMostOne(&'static [&'static str]),
    /// One of these keys or several.
    AtLeastOne(&'static [&'static str]),
    /// Where the first key stands, the second must stand too.
    Needs(&'static str, &'static str),
    /// Where the first key holds this word, the third key must stand.
    NeedsIf(&'static str, &'static str, &'static str),
}

/// What a doc comment says: prose, and lines that begin with `Default:` or `Example:`, whose rest is JSON or plain text.
#[derive(Debug, Clone, Default)]
pub struct Doc {
    /// The prose.
    pub text: String,
    /// The default as JSON, where it is a value.
    pub default: Option<Json>,
    /// Values to copy.
    pub examples: Vec<Json>,
}

impl LeafShape {
    /// The same scalar in other words.
    #[must_use]
    pub fn saying(self, expected: &'static str) -> Self {
        LeafShape { expected, ..self }
    }
}

impl Doc {
    /// Reads the lines of a doc comment.
    pub fn read(lines: &[&str]) -> Doc {
        let mut doc = Doc::default();
        for line in lines.iter().map(|l| l.trim()) {
            if let Some(rest) = line.strip_prefix("Default: ") {
                doc.default = Some(value(rest));
            } else if let Some(rest) = line.strip_prefix("Example: ") {
                doc.examples.push(value(rest));
            } else {
                if !doc.text.is_empty() && !line.is_empty() {
                    doc.text.push(' ');
                }
                doc.text.push_str(line);
            }
        }
        doc
    }
}

/// JSON where it is JSON, else text.
fn value(text: &str) -> Json {
    let text = text.trim().trim_matches('`');
    serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.to_owned()))
}
