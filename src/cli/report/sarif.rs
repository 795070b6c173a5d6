//! SARIF 2.1.0 (OASIS), as code scanning reads it.

use serde_json::{Value, json};

use super::{Findings, word};
use crate::diagnostics::{Label, codes};
use crate::plan::percent;
use crate::source::SourceMap;

/// One log with one run; every code is a rule, so that viewers can show its page.
pub fn print(found: &[Findings<'_>]) -> String {
    let rules: Vec<Value> = codes::ALL
        .iter()
        .map(|code| {
            json!({
                "id": code.id(),
                "shortDescription": { "text": code.title() },
                "help": { "text": code.page(), "markdown": code.page() },
                "defaultConfiguration": { "level": word(code.severity()) },
            })
        })
        .collect();
    let results: Vec<Value> = found
        .iter()
        .flat_map(|findings| findings.diagnostics.iter().map(|d| (findings.map, d)))
        .map(|(map, d)| {
            let text = match &d.help {
                Some(help) => format!("{}. {help}", d.message),
                None => d.message.clone(),
            };
            json!({
                "ruleId": d.code.id(),
                "level": word(d.severity),
                "message": { "text": text },
                "locations": d.primary.iter().map(|label| location(label, map)).collect::<Vec<_>>(),
                "relatedLocations": d.related.iter().map(|label| location(label, map)).collect::<Vec<_>>(),
            })
        })
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "previewc", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

fn location(label: &Label, map: &SourceMap) -> Value {
    let range = map.range(label.span);
    let name = map.get(label.span.file).map_or("", |file| file.name());
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(name) },
            "region": {
                "startLine": range.start.line,
                "startColumn": range.start.column,
                "endLine": range.end.line,
                "endColumn": range.end.column,
            },
        },
        "message": { "text": label.text },
    })
}

/// A path as a URI reference (RFC 3986): the names between the slashes percent-encoded, a colon too, which would make the
/// first of them a scheme.
fn uri(path: &str) -> String {
    path.split('/').map(percent).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_become_references() {
        let cases = [
            ("../a b/preview.yaml", "../a%20b/preview.yaml"),
            ("/x/ü#?%.kdl", "/x/%C3%BC%23%3F%25.kdl"),
            ("c:d\\e", "c%3Ad%5Ce"),
        ];
        for (path, expected) in cases {
            assert_eq!(super::uri(path), expected);
        }
    }
}
