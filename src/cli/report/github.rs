//! Annotations of GitHub Actions (workflow commands `::error …::…`).

use std::fmt::Write as _;

use super::{Findings, word};

/// One line per finding.
pub fn print(found: &[Findings<'_>]) -> String {
    let mut out = String::new();
    for findings in found {
        for d in findings.diagnostics {
            let _ = write!(
                out,
                "::{} title={}",
                word(d.severity),
                property(&format!("{} {}", d.code.id(), d.code.title()))
            );
            if let Some(label) = &d.primary {
                let range = findings.map.range(label.span);
                let name = findings.map.get(label.span.file).map_or("", |file| file.name());
                let _ = write!(
                    out,
                    ",file={},line={},endLine={},col={},endColumn={}",
                    property(name),
                    range.start.line,
                    range.end.line,
                    range.start.column,
                    range.end.column
                );
            }
            let message = match &d.help {
                Some(help) => format!("{}\nhelp: {help}", d.message),
                None => d.message.clone(),
            };
            let _ = writeln!(out, "::{}", data(&message));
        }
    }
    out
}

/// Escapes what would end a command's text.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes what would end a command's property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
