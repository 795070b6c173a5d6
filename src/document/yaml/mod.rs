//! YAML that every reader understands alike.
//!
//! The readers in question are YAML 1.1 (PyYAML; go-yaml v2 with its own resolutions, as in kubectl) and YAML 1.2 (go-yaml
//! v3 as in Compose; Rust, JavaScript). So a string is written plain only where none of them can see anything else in it;
//! text of several lines without hostile content becomes a literal block; every other string stands in double quotes. No
//! anchors, tags, flow collections (but the empty ones) or folded lines. Specification: YAML 1.2.2, sections 7.3 and 8.1.

mod scalar;

use super::{Doc, Map};

/// One document as text, ending in a newline.
pub fn to_string(doc: &Doc) -> String {
    let mut out = String::new();
    write(&mut out, doc);
    out
}

/// Appends one document to a text; ends in a newline.
pub fn write(out: &mut String, doc: &Doc) {
    match doc {
        Doc::Map(map) if !map.is_empty() => entries(out, map, 0),
        Doc::List(items) if !items.is_empty() => list(out, items, 0),
        Doc::Str(text) => {
            scalar::one_line(out, text);
            out.push('\n');
        }
        other => leaf(out, other, 0),
    }
}

/// A file of several documents, each pushed as soon as it is made.
#[derive(Debug, Default)]
pub struct Stream {
    out: String,
    documents: usize,
}

impl Stream {
    /// A file that begins with a comment, one line of it for each line of the text (none for an empty text).
    pub fn new(comment: &str) -> Self {
        let mut out = String::new();
        write_comment(&mut out, comment);
        Stream { out, documents: 0 }
    }

    /// Appends a document; from the second on, `---` stands before it.
    pub fn push(&mut self, doc: &Doc) {
        if self.documents > 0 {
            self.out.push_str("---\n");
        }
        self.documents += 1;
        write(&mut self.out, doc);
    }

    /// Appends entries to the document pushed last, which is a map without these keys.
    pub fn extend(&mut self, more: &Map) {
        entries(&mut self.out, more, 0);
    }

    /// What is written so far.
    pub fn text(&self) -> &str {
        &self.out
    }

    /// How many documents were pushed.
    pub fn len(&self) -> usize {
        self.documents
    }

    /// Whether none was pushed, so that no file need be written.
    pub fn is_empty(&self) -> bool {
        self.documents == 0
    }

    /// The file's text.
    pub fn finish(self) -> String {
        self.out
    }
}

/// Appends `key:` with a map whose entries stand in groups that people can find: an empty line before each entry, and a
/// comment at the head of each group. Groups without entries are left out; the keys must differ throughout.
pub fn write_groups<'d, 'a: 'd>(out: &mut String, key: &str, groups: impl IntoIterator<Item = (&'d str, &'d Map<'a>)>) {
    if scalar::key(out, key) {
        out.push('\n');
    }
    out.push_str(":\n");
    let mut first = true;
    for (comment, map) in groups.into_iter().filter(|(_, map)| !map.is_empty()) {
        let mut lines = String::new();
        write_comment(&mut lines, comment);
        for (index, (key, value)) in map.iter().enumerate() {
            if !std::mem::take(&mut first) {
                out.push('\n');
            }
            if index == 0 {
                for line in lines.lines() {
                    indent(out, 2);
                    out.push_str(line);
                    out.push('\n');
                }
            }
            indent(out, 2);
            entry(out, key, value, 2);
        }
    }
}

/// Appends a comment of one or more lines at the left margin.
pub fn comment(out: &mut String, text: &str) {
    write_comment(out, text);
}

/// Appends `# …` lines. Characters that could end a comment's line for some reader become spaces.
fn write_comment(out: &mut String, comment: &str) {
    for line in comment.lines() {
        out.push('#');
        if !line.is_empty() {
            out.push(' ');
            out.extend(line.chars().map(|c| if scalar::is_visible(c) { c } else { ' ' }));
        }
        out.push('\n');
    }
}

/// The entries of a map whose first key stands where the text ends and whose other keys stand in column `column`.
fn entries(out: &mut String, map: &Map, column: usize) {
    for (index, (key, value)) in map.iter().enumerate() {
        if index > 0 {
            indent(out, column);
        }
        entry(out, key, value, column);
    }
}

/// One entry, whose key stands where the text ends, in column `column`.
fn entry(out: &mut String, key: &str, value: &Doc, column: usize) {
    if scalar::key(out, key) {
        out.push('\n');
        indent(out, column);
    }
    out.push(':');
    match value {
        Doc::Map(map) if !map.is_empty() => {
            out.push('\n');
            indent(out, column + 2);
            entries(out, map, column + 2);
        }
        // The dashes of a list stand in the column of its key, as kubectl writes them.
        Doc::List(items) if !items.is_empty() => {
            out.push('\n');
            indent(out, column);
            list(out, items, column);
        }
        other => {
            out.push(' ');
            leaf(out, other, column);
        }
    }
}

/// The items of a list whose first dash stands where the text ends, and whose other dashes stand in column `column`.
fn list(out: &mut String, items: &[Doc], column: usize) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            indent(out, column);
        }
        out.push_str("- ");
        match item {
            Doc::Map(map) if !map.is_empty() => entries(out, map, column + 2),
            Doc::List(items) if !items.is_empty() => list(out, items, column + 2),
            other => leaf(out, other, column),
        }
    }
}

/// A value without children and the newline behind it; it belongs to a key or dash in column `column`.
fn leaf(out: &mut String, doc: &Doc, column: usize) {
    match doc {
        Doc::Null => out.push_str("null"),
        Doc::Bool(true) => out.push_str("true"),
        Doc::Bool(false) => out.push_str("false"),
        Doc::Int(value) => {
            use std::fmt::Write;
            // Writing to a String cannot fail.
            let _ = write!(out, "{value}");
        }
        Doc::Str(text) => return scalar::value(out, text, column),
        Doc::List(_) => out.push_str("[]"),
        Doc::Map(_) => out.push_str("{}"),
    }
    out.push('\n');
}

fn indent(out: &mut String, columns: usize) {
    const SPACES: &str = "                                                                ";
    let mut left = columns;
    while left > 0 {
        let step = left.min(SPACES.len());
        out.push_str(SPACES.get(..step).unwrap_or(SPACES));
        left -= step;
    }
}

#[cfg(test)]
mod tests;
