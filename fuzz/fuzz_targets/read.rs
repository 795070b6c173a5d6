//! What every syntax must do with any bytes: give a tree or say why not, with places that lie in the text.

use previewc::diagnostics::Sink;
use previewc::source::{SourceMap, Span};
use previewc::syntax::{MAX_DEPTH, Node, Syntax, Value, load, parse};

pub fn read(syntax: Syntax, bytes: &[u8]) {
    let mut sink = Sink::new();
    let mut map = SourceMap::new();
    if let Some(file) = load(&mut map, "fuzz", bytes.to_vec(), &mut sink) {
        match parse(&map, file, syntax, &mut sink) {
            Some(root) => check(&map, &root, 1),
            None => assert!(sink.has_errors(), "no tree, and no reason"),
        }
    }
    for finding in sink.found() {
        let label = finding.primary.as_ref();
        inside(&map, label.map(|l| l.span).unwrap_or_else(|| panic!("{} has no place", finding.message)));
        map.range(label.unwrap().span);
    }
}

fn check(map: &SourceMap, node: &Node<'_>, level: usize) {
    inside(map, node.span);
    // A list of arguments and a keyed entry may stand one level below the deepest block.
    assert!(level <= MAX_DEPTH + 3, "too deep");
    match &node.value {
        Value::Scalar(_) => {}
        Value::List(items) => items.iter().for_each(|item| check(map, item, level + 1)),
        Value::Map { entries, .. } => {
            for entry in entries {
                inside(map, entry.key_span);
                check(map, &entry.value, level + 1);
            }
        }
    }
}

fn inside(map: &SourceMap, span: Span) {
    let text = map.get(span.file).map_or("", |f| f.text());
    assert!(text.get(span.lo as usize..span.hi as usize).is_some(), "{span:?} lies outside of the text");
}
