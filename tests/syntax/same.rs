//! The page about KDL shows the same manifest as its YAML, under the two rules that the decoder adds.

use previewc::diagnostics::Sink;
use previewc::source::SourceMap;
use previewc::syntax::{Entry, Node, Syntax, Value, load, parse};

#[test]
fn the_page_about_kdl_shows_the_shop() {
    let page = include_str!("../../docs/kdl.md");
    let kdl = page.split("```kdl\n").nth(1).unwrap().split("```").next().unwrap();
    let yaml = include_str!("fixtures/shop.yaml");
    let mut map = SourceMap::new();
    let mut sink = Sink::new();
    let kdl = load(&mut map, "kdl", kdl.into(), &mut sink).unwrap();
    let yaml = load(&mut map, "yaml", yaml.into(), &mut sink).unwrap();
    let kdl = parse(&map, kdl, Syntax::Kdl, &mut sink).unwrap();
    let yaml = parse(&map, yaml, Syntax::Yaml, &mut sink).unwrap();
    assert_eq!(sink.found(), []);
    same("manifest", &yaml, &kdl);
}

/// A lone scalar is a list of one; a keyed map stands under the singular.
fn same(path: &str, yaml: &Node<'_>, kdl: &Node<'_>) {
    match (&yaml.value, &kdl.value) {
        (Value::Scalar(yaml), Value::Scalar(kdl)) => {
            assert_eq!((&yaml.text, yaml.kind), (&kdl.text, kdl.kind), "{path}")
        }
        (Value::List(yaml), Value::List(kdl)) => {
            assert_eq!(yaml.len(), kdl.len(), "{path}");
            yaml.iter().zip(kdl).for_each(|(yaml, kdl)| same(path, yaml, kdl));
        }
        (Value::List(yaml), Value::Scalar(_)) if yaml.len() == 1 => same(path, &yaml[0], kdl),
        (Value::Map { entries: yaml, .. }, Value::Map { entries: kdl, .. }) => {
            assert_eq!(yaml.len(), kdl.len(), "{path}");
            yaml.iter().zip(kdl).for_each(|(yaml, kdl)| {
                assert_eq!(yaml.key, plural(kdl), "{path}");
                same(&format!("{path}.{}", yaml.key), &yaml.value, &kdl.value);
            });
        }
        (yaml, kdl) => panic!("{path}: {yaml:?} and {kdl:?}"),
    }
}

fn plural(entry: &Entry<'_>) -> String {
    let keyed = matches!(entry.value.value, Value::Map { keyed: true, .. });
    if keyed && !["search", "external"].contains(&&*entry.key) {
        format!("{}s", entry.key)
    } else {
        entry.key.to_string()
    }
}
