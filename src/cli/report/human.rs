//! For people: the message, the source line with the place underlined, and what to write instead.

use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, Severity as Level,
    SourceCode, SourceSpan, SpanContents, ThemeStyles,
};

use super::{Findings, Style};
use crate::diagnostics::{Diagnostic, Label, Severity};
use crate::source::{SourceMap, Span};

/// Every finding as a small report.
pub fn print(found: &[Findings<'_>], style: Style) -> String {
    let characters = if style.unicode { miette::ThemeCharacters::unicode() } else { miette::ThemeCharacters::ascii() };
    let styles = if style.color { ThemeStyles::ansi() } else { ThemeStyles::none() };
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
        .with_width(style.width)
        .with_links(false)
        // Lines are broken here, so that no word between backticks is.
        .with_wrap_lines(false)
        .with_context_lines(1);
    let mut out = String::new();
    for findings in found {
        for diagnostic in findings.diagnostics.iter().take(MOST) {
            let report = Report::new(diagnostic, findings.map, style.width);
            // Writing to a String cannot fail.
            let _ = handler.render_report(&mut out, &report);
            out.push('\n');
        }
        if let Some(more) = findings.diagnostics.len().checked_sub(MOST).filter(|more| *more > 0) {
            out.push_str(&format!("and {more} more; --format json lists them all\n"));
        }
    }
    out
}

/// How many findings of one manifest are shown.
const MOST: usize = 200;

/// The longest line that is shown, in bytes: miette pads to the column, which must fit 16 bits.
const LONGEST_LINE: usize = 2_000;

/// Whether the lines of a span and those beside it can be shown.
fn showable(text: &str, span: Span) -> bool {
    let before = text.get(..span.lo as usize).unwrap_or("");
    let after = text.get(span.hi as usize..).unwrap_or("");
    let inside = text.get(span.lo as usize..span.hi as usize).unwrap_or("");
    let short = |text: &mut dyn Iterator<Item = &str>| text.take(2).all(|line| line.len() <= LONGEST_LINE);
    let lines = inside.len() <= 10 * LONGEST_LINE && inside.lines().all(|line| line.len() <= LONGEST_LINE);
    lines && short(&mut before.rsplit('\n')) && short(&mut after.split('\n'))
}

/// One finding as miette wants it.
#[derive(Debug)]
struct Report<'a> {
    diagnostic: &'a Diagnostic,
    message: String,
    source: Option<Text<'a>>,
    labels: Vec<LabeledSpan>,
    help: Option<String>,
}

impl<'a> Report<'a> {
    fn new(diagnostic: &'a Diagnostic, map: &'a SourceMap, width: usize) -> Self {
        let file = diagnostic.primary.as_ref().and_then(|label| map.get(label.span.file));
        let shown = |label: &Label| map.get(label.span.file).is_some_and(|file| showable(file.text(), label.span));
        let all_shown = diagnostic.primary.iter().chain(&diagnostic.related).all(shown);
        let mut labels = Vec::new();
        let mut elsewhere = Vec::new();
        for (index, label) in diagnostic.primary.iter().chain(&diagnostic.related).enumerate() {
            let same =
                all_shown && diagnostic.primary.as_ref().is_some_and(|primary| primary.span.file == label.span.file);
            if same {
                let span = (label.span.lo as usize, (label.span.hi - label.span.lo) as usize);
                let text = (!label.text.is_empty()).then(|| label.text.clone());
                labels.push(if index == 0 {
                    LabeledSpan::new_primary_with_span(text, span)
                } else {
                    LabeledSpan::new_with_span(text, span)
                });
            } else if let Some(other) = map.get(label.span.file) {
                let start = map.range(label.span).start;
                elsewhere.push(format!("{}:{}:{}: {}", other.name(), start.line, start.column, label.text));
            }
        }
        let mut help = diagnostic.help.clone();
        if !elsewhere.is_empty() {
            let text = help.get_or_insert_default();
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&elsewhere.join("\n"));
        }
        Report {
            diagnostic,
            message: fill(&diagnostic.message, width - 6),
            source: file.filter(|_| all_shown).map(|file| Text { name: file.name(), text: file.text() }),
            labels,
            help: help.map(|help| fill(&help, width - 8)),
        }
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        Some(Box::new(self.diagnostic.code.id()))
    }

    fn severity(&self) -> Option<Level> {
        Some(match self.diagnostic.severity {
            Severity::Error => Level::Error,
            Severity::Warning => Level::Warning,
        })
    }

    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        if self.labels.is_empty() { None } else { Some(Box::new(self.labels.iter().cloned())) }
    }
}

/// A text whose snippets tell how many lines they have. miette's own sources count from the beginning of the file, so that it
/// takes snippets that are far apart for one and prints everything between them.
#[derive(Debug)]
struct Text<'a> {
    name: &'a str,
    text: &'a str,
}

impl SourceCode for Text<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let found = self.text.read_span(span, before, after)?;
        let lines = found.data().iter().filter(|byte| **byte == b'\n').count();
        let (span, line, column) = (*found.span(), found.line(), found.column());
        let name = self.name.to_owned();
        Ok(Box::new(MietteSpanContents::new_named(name, found.data(), span, line, column, lines)))
    }
}

/// Breaks lines at spaces, but not between backticks where that can be helped.
pub fn fill(text: &str, width: usize) -> String {
    let mut out = String::new();
    for line in text.split('\n') {
        if !out.is_empty() {
            out.push('\n');
        }
        let mut column = 0;
        for word in words(line, width) {
            let length = word.chars().count();
            if column > 0 && column + 1 + length > width {
                out.push('\n');
                column = 0;
            } else if column > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += length;
        }
    }
    out
}

/// The words of a line; what stands between backticks is one, unless it is longer than a line.
fn words(line: &str, width: usize) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, c) in line.char_indices() {
        match c {
            '`' => {
                quoted = !quoted && line.get(at + 1..).and_then(|rest| rest.find('`')).is_some_and(|end| end < width)
            }
            ' ' if !quoted => {
                out.extend(line.get(start..at).filter(|word| !word.is_empty()));
                start = at + 1;
            }
            _ => {}
        }
    }
    out.extend(line.get(start..).filter(|word| !word.is_empty()));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::codes;

    #[test]
    fn lines_break_outside_of_code() {
        assert_eq!(fill("write `a b c`, or so", 10), "write\n`a b c`,\nor so");
        assert_eq!(fill("one\ntwo", 10), "one\ntwo");
        assert_eq!(fill("a `b c d e f g`", 8), "a `b c d\ne f g`");
    }

    #[test]
    fn a_line_too_long_to_show_is_named_by_its_place() {
        let mut map = SourceMap::new();
        let file = map.add("preview.yaml", format!("a: 1\n{}", "x".repeat(100_000)));
        let at = |lo, hi| Diagnostic::new(codes::UNKNOWN_KEY, "this is wrong").at(Span::new(file, lo, hi), "here");
        let many = vec![at(90_000, 90_001); MOST + 3];
        let style = Style { color: false, unicode: false, width: 80 };
        let text = print(&[Findings { map: &map, diagnostics: &many }], style);
        assert!(text.contains("preview.yaml:2:89996: here"), "{}", &text[..400]);
        assert!(text.ends_with("and 3 more; --format json lists them all\n"));
        assert!(text.len() < 100_000);
    }
}
