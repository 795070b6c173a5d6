//! How findings are printed: one file per format.

mod github;
mod human;
mod json;
mod sarif;

pub use human::fill;

use super::args::Format;
use crate::diagnostics::Diagnostic;
use crate::source::SourceMap;

/// Findings of one manifest, with the texts that their spans count in.
pub struct Findings<'a> {
    /// The texts.
    pub map: &'a SourceMap,
    /// The findings, in the order of the text.
    pub diagnostics: &'a [Diagnostic],
}

/// How findings for people look.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Whether to colour.
    pub color: bool,
    /// Whether to draw with more than ASCII.
    pub unicode: bool,
    /// Columns.
    pub width: usize,
}

/// The text of all findings in a format. Machine formats give a whole document also where nothing was found.
pub fn print(found: &[Findings<'_>], format: Format, style: Style) -> String {
    match format {
        Format::Human => human::print(found, style),
        Format::Json => json::print(found),
        Format::Sarif => sarif::print(found),
        Format::Github => github::print(found),
    }
}

/// "1 error, 2 warnings", or "" for none.
pub fn count(found: &[Findings<'_>]) -> String {
    use crate::diagnostics::Severity;
    let number = |severity| found.iter().flat_map(|f| f.diagnostics).filter(|d| d.severity == severity).count();
    let plural = |n: usize, word: &str| if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") };
    match (number(Severity::Error), number(Severity::Warning)) {
        (0, 0) => String::new(),
        (0, w) => plural(w, "warning"),
        (e, 0) => plural(e, "error"),
        (e, w) => format!("{}, {}", plural(e, "error"), plural(w, "warning")),
    }
}

/// The severity's word in every format but SARIF's and GitHub's, which happen to use the same.
fn word(severity: crate::diagnostics::Severity) -> &'static str {
    match severity {
        crate::diagnostics::Severity::Error => "error",
        crate::diagnostics::Severity::Warning => "warning",
    }
}
