//! The objects of a list, as texts: what somebody else wrote goes through character by character, comments too.
//!
//! Kustomize and kpt write lists in block style, with the list's own keys at the margin; programs may write JSON. Nothing of an object is
//! made anew, so that no reader or writer of ours can change it.

use super::call::{entry, scalar};
use crate::diagnostics::Sink;
use crate::source::SourceMap;
use crate::syntax::{self, Node, Syntax, Value};
use crate::target::kubernetes::{ENVIRONMENT, RENDER, REPOSITORY};

/// An object that the function was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its text as an entry of a list at the margin: `- ` and further lines, each with its end, and what comments stand around it.
    pub text: String,
    /// Whose it is, where an earlier answer made it.
    pub made: Option<Made>,
}

/// What says that previewc made an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The environment.
    pub environment: String,
    /// The repository, where the object tells.
    pub repository: Option<String>,
}

/// A list without its objects, line for line, and its objects; or what is wrong with these.
pub(super) fn split(text: &str) -> (String, Result<Vec<Item>, &'static str>) {
    if text.trim_start().starts_with('{') {
        return (text.to_owned(), flow(text));
    }
    let (mut asked, mut items, mut section, mut inline) = (String::new(), Vec::new(), "", "");
    for line in text.split_inclusive('\n') {
        let at_margin = !line.starts_with([' ', '\t', '-', '#', '\r', '\n']);
        if at_margin {
            section = line.split(':').next().unwrap_or_default();
        }
        if !matches!(section, "items" | "results") {
            asked.push_str(line);
            continue;
        }
        // Lines keep their numbers.
        asked.push_str(if line.ends_with('\n') { "\n" } else { "" });
        match (section, at_margin) {
            ("items", true) => inline = line.get("items:".len()..).unwrap_or_default(),
            ("items", false) => items.push(line),
            // What functions before this one found: whoever calls has it.
            _ => {}
        }
    }
    let value = inline.split(" #").next().unwrap_or_default().trim();
    let items = match value {
        "" | "~" | "null" => block(&items),
        "[]" => Ok(Vec::new()),
        _ if value.starts_with('[') => flow(&format!("items:{inline}{}", items.concat())),
        _ => Err("is no list"),
    };
    (asked, items)
}

/// Objects below each other, each after a dash of its own.
fn block(lines: &[&str]) -> Result<Vec<Item>, &'static str> {
    let mut texts: Vec<String> = Vec::new();
    let (mut dash, mut before) = (None, String::new());
    for line in lines {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let rest = line.get(indent..).unwrap_or_default();
        let entry = rest.starts_with("- ") || rest.trim_end() == "-";
        if entry && dash.is_none_or(|dash| dash == indent) {
            dash = Some(indent);
            texts.push(std::mem::take(&mut before));
        }
        let Some(dash) = dash else {
            if !rest.trim().is_empty() && !rest.starts_with('#') {
                return Err("is no list");
            }
            before.push_str(rest);
            continue;
        };
        if let Some(text) = texts.last_mut() {
            text.push_str(line.get(indent.min(dash)..).unwrap_or_default());
        }
    }
    if let Some(last) = texts.last_mut().filter(|last| !last.ends_with('\n')) {
        last.push('\n');
    }
    Ok(texts.into_iter().map(item).collect())
}

/// Objects in one text in flow style, which is JSON for the most part.
fn flow(text: &str) -> Result<Vec<Item>, &'static str> {
    let (mut map, mut sink) = (SourceMap::new(), Sink::new());
    let file = map.add("", text);
    let root = syntax::parse(&map, file, Syntax::Yaml, &mut sink);
    let Some(root) = root.filter(|_| !sink.has_errors()) else { return Err("cannot be read") };
    match entry(&root, "items").map(|entry| &entry.value.value) {
        None => Ok(Vec::new()),
        Some(Value::List(items)) => Ok(items
            .iter()
            .map(|node| {
                let lines: Vec<&str> = map.snippet(node.span).lines().collect();
                Item { text: format!("- {}\n", lines.join("\n  ")), made: made(node) }
            })
            .collect()),
        Some(_) => Err("is no list"),
    }
}

/// An entry by its text. One that cannot be read by itself is none of ours.
fn item(text: String) -> Item {
    let (mut map, mut sink) = (SourceMap::new(), Sink::new());
    let file = map.add("", text.as_str());
    let list = syntax::parse(&map, file, Syntax::Yaml, &mut sink);
    let made = match list.as_ref().filter(|_| !sink.has_errors()).map(|node| &node.value) {
        Some(Value::List(items)) => items.first().and_then(made),
        _ => None,
    };
    Item { text, made }
}

/// Whose an object is, where it bears the marks of a render: nobody but previewc writes the label that names one.
fn made(item: &Node<'_>) -> Option<Made> {
    let metadata = &entry(item, "metadata")?.value;
    let labels = &entry(metadata, "labels")?.value;
    entry(labels, RENDER)?;
    let environment = scalar(&entry(labels, ENVIRONMENT)?.value)?.to_owned();
    let annotations = entry(metadata, "annotations").and_then(|annotations| entry(&annotations.value, REPOSITORY));
    let repository = annotations.and_then(|entry| scalar(&entry.value)).map(str::to_owned);
    Some(Made { environment, repository })
}
