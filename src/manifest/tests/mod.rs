//! The decoder, by manifests and what it says of them.

mod keys;
mod values;

use crate::diagnostics::Sink;
use crate::manifest::{Manifest, decode};
use crate::source::SourceMap;
use crate::syntax::{Syntax, parse};

/// Reads a manifest; findings come as `line:column <what is marked> code message`.
fn read(text: &str) -> (Option<Manifest>, Vec<String>) {
    read_as(text, Syntax::Yaml)
}

fn read_as(text: &str, syntax: Syntax) -> (Option<Manifest>, Vec<String>) {
    let mut map = SourceMap::new();
    let file = map.add("preview.yaml", text);
    let mut sink = Sink::new();
    let manifest = parse(&map, file, syntax, &mut sink).and_then(|root| decode(&map, &root, &mut sink));
    let show = |d: &crate::diagnostics::Diagnostic| {
        let span = d.primary.as_ref().expect("a place").span;
        let at = map.range(span).start;
        let (code, marked) = (d.code.id(), map.snippet(span));
        format!("{}:{} <{marked}> {code} {}", at.line, at.column, d.message)
    };
    (manifest, sink.into_sorted().iter().map(show).collect())
}

#[test]
fn the_examples_are_sound() {
    for (text, syntax) in [
        (include_str!("../../../examples/minimal/preview.yaml"), Syntax::Yaml),
        (include_str!("../../../examples/large/preview.yaml"), Syntax::Yaml),
        (include_str!("../../../examples/shop/preview.yaml"), Syntax::Yaml),
        (include_str!("../../../examples/shop/preview.kdl"), Syntax::Kdl),
        (include_str!("../../../examples/shared/preview.yaml"), Syntax::Yaml),
    ] {
        let (manifest, findings) = read_as(text, syntax);
        assert_eq!(findings, Vec::<String>::new());
        assert!(manifest.is_some());
    }
}

/// A manifest with these lines below the three that each needs.
fn with(lines: &str) -> String {
    format!("version: 1\nname: shop\ndomain: shop.example.com\n{lines}")
}

/// A service `api` with these entries.
fn service(entries: &str) -> String {
    with(&format!("services:\n  api: {{ image: app:1, {entries} }}\n"))
}

#[track_caller]
fn finds(text: &str, wanted: &[&str]) {
    let (_, found) = read(text);
    assert_eq!(found, wanted, "\n{text}");
}

#[test]
fn the_manifest_of_the_kdl_page_is_the_same_in_yaml() {
    let page = include_str!("../../../docs/kdl.md");
    let kdl = page.rsplit("```kdl\n").next().and_then(|rest| rest.split("```").next()).expect("a block of KDL");
    let kdl = without_places(kdl, Syntax::Kdl);
    let yaml = without_places(include_str!("whole.yaml"), Syntax::Yaml);
    assert!(kdl == yaml, "{kdl}\n{yaml}");
}

/// A sound manifest as text, every span left out.
fn without_places(text: &str, syntax: Syntax) -> String {
    let (manifest, findings) = read_as(text, syntax);
    assert_eq!(findings, Vec::<String>::new());
    let debug = format!("{:?}", manifest.expect("a manifest"));
    let mut parts = debug.split("Span { ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| out + part.split_once('}').map_or("", |(_, rest)| rest))
}
