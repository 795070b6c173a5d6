//! One JSON array, as the documentation promises it to other programs.

use serde_json::{Map, Value, json};

use super::{Findings, word};
use crate::diagnostics::Label;
use crate::source::SourceMap;

/// The array, pretty, with a newline at the end.
pub fn print(found: &[Findings<'_>]) -> String {
    let all: Vec<Value> = found
        .iter()
        .flat_map(|findings| findings.diagnostics.iter().map(|d| (findings.map, d)))
        .map(|(map, d)| {
            let mut out = Map::new();
            out.insert("code".into(), json!(d.code.id()));
            out.insert("severity".into(), json!(word(d.severity)));
            out.insert("message".into(), json!(d.message));
            place(d.primary.as_ref(), map, &mut out);
            out.insert("help".into(), json!(d.help));
            let related: Vec<Value> = d
                .related
                .iter()
                .map(|label| {
                    let mut out = Map::new();
                    out.insert("message".into(), json!(label.text));
                    place(Some(label), map, &mut out);
                    Value::Object(out)
                })
                .collect();
            out.insert("related".into(), json!(related));
            Value::Object(out)
        })
        .collect();
    let mut text = serde_json::to_string_pretty(&Value::Array(all)).unwrap_or_default();
    text.push('\n');
    text
}

/// File, lines and columns; null where a finding is about no text.
fn place(label: Option<&Label>, map: &SourceMap, out: &mut Map<String, Value>) {
    let range = label.map(|label| map.range(label.span));
    let name = label.and_then(|label| map.get(label.span.file)).map(|file| file.name().to_owned());
    out.insert("file".into(), json!(name));
    out.insert("line".into(), json!(range.map(|r| r.start.line)));
    out.insert("column".into(), json!(range.map(|r| r.start.column)));
    out.insert("end_line".into(), json!(range.map(|r| r.end.line)));
    out.insert("end_column".into(), json!(range.map(|r| r.end.column)));
}
