//! Trees and findings as short texts, for tests that compare them.

#![allow(dead_code)]

use previewc::diagnostics::{Diagnostic, Sink};
use previewc::source::{SourceMap, Span};
use previewc::syntax::{Node, ScalarKind, Syntax, Value, load, parse};

/// What reading a text gave.
pub struct Reading {
    /// The tree: texts quoted, other scalars bare, `keyed` before the map of keyed KDL nodes; "none" without a tree.
    pub tree: String,
    /// The source under each key and value, in order, separated by ` · `.
    pub places: String,
    /// `PV0002 2:3 api` for each finding: code, place, source under the label, then ` < ` and each related place.
    pub findings: Vec<String>,
    /// The findings as data.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a text as a file of that syntax.
pub fn read(syntax: Syntax, text: impl AsRef<[u8]>) -> Reading {
    let mut sink = Sink::new();
    let mut map = SourceMap::new();
    let file = load(&mut map, "preview", text.as_ref().to_vec(), &mut sink);
    let node = file.and_then(|file| parse(&map, file, syntax, &mut sink));
    let mut places = Vec::new();
    if let Some(node) = &node {
        collect(&map, node, &mut places);
    }
    let tree = node.as_ref().map_or("none".to_owned(), tree);
    let diagnostics = sink.into_sorted();
    let findings = diagnostics.iter().map(|d| finding(&map, d)).collect();
    Reading { tree, places: places.join(" · "), findings, diagnostics }
}

/// The tree of a text that must be free of findings.
pub fn good(syntax: Syntax, text: &str) -> String {
    let reading = read(syntax, text);
    assert_eq!(reading.findings, Vec::<String>::new(), "{text}");
    reading.tree
}

/// A tree as one line.
pub fn tree(node: &Node<'_>) -> String {
    match &node.value {
        Value::Scalar(s) => match s.kind {
            ScalarKind::Text => format!("{:?}", s.text),
            ScalarKind::Null => "null".into(),
            ScalarKind::Bool => format!("bool:{}", s.text),
            ScalarKind::Int => s.text.to_string(),
            ScalarKind::Float => format!("float:{}", s.text),
        },
        Value::List(items) => format!("[{}]", items.iter().map(tree).collect::<Vec<_>>().join(", ")),
        Value::Map { entries, keyed } => {
            let entries: Vec<_> = entries.iter().map(|e| format!("{}: {}", e.key, tree(&e.value))).collect();
            format!("{}{{{}}}", if *keyed { "keyed" } else { "" }, entries.join(", "))
        }
    }
}

fn collect(map: &SourceMap, node: &Node<'_>, out: &mut Vec<String>) {
    out.push(map.snippet(node.span).replace('\n', "⏎"));
    match &node.value {
        Value::Scalar(_) => {}
        Value::List(items) => items.iter().for_each(|n| collect(map, n, out)),
        Value::Map { entries, .. } => {
            for entry in entries {
                out.push(map.snippet(entry.key_span).to_owned());
                collect(map, &entry.value, out);
            }
        }
    }
}

fn finding(map: &SourceMap, diagnostic: &Diagnostic) -> String {
    let place = |span: Span| {
        let start = map.range(span).start;
        let shown: String = map.snippet(span).replace('\n', "⏎").chars().take(30).collect();
        format!("{}:{} {shown}", start.line, start.column)
    };
    let mut out = diagnostic.code.id().to_owned();
    if let Some(label) = &diagnostic.primary {
        out.push(' ');
        out.push_str(&place(label.span));
    }
    for label in &diagnostic.related {
        out.push_str(" < ");
        out.push_str(&place(label.span));
    }
    out
}
