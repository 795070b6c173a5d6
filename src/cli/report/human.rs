//! For people: the message, the source line with the place underlined, and what to write instead.

use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity as Level, SourceCode, ThemeStyles,
};

use super::{Findings, Style};
use crate::diagnostics::{Diagnostic, Severity};
use crate::source::SourceMap;

/// Every finding as a small report.
pub fn print(found: &[Findings<'_>], style: Style) -> String {
    let characters = if style.unicode { miette::ThemeCharacters::unicode() } else { miette::ThemeCharacters::ascii() };
    let styles = if style.color { ThemeStyles::ansi() } else { ThemeStyles::none() };
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
        .with_width(style.width)
        .with_links(false)
        .with_context_lines(1);
    let mut out = String::new();
    for findings in found {
        for diagnostic in findings.diagnostics {
            let report = Report::new(diagnostic, findings.map);
            // Writing to a String cannot fail.
            let _ = handler.render_report(&mut out, &report);
            out.push('\n');
        }
    }
    out
}

/// One finding as miette wants it.
#[derive(Debug)]
struct Report<'a> {
    diagnostic: &'a Diagnostic,
    source: Option<NamedSource<String>>,
    labels: Vec<LabeledSpan>,
    help: Option<String>,
}

impl<'a> Report<'a> {
    fn new(diagnostic: &'a Diagnostic, map: &SourceMap) -> Self {
        let file = diagnostic.primary.as_ref().and_then(|label| map.get(label.span.file));
        let mut labels = Vec::new();
        let mut elsewhere = Vec::new();
        for (index, label) in diagnostic.primary.iter().chain(&diagnostic.related).enumerate() {
            let same = diagnostic.primary.as_ref().is_some_and(|primary| primary.span.file == label.span.file);
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
        let source = file.map(|file| NamedSource::new(file.name(), file.text().to_owned()));
        Report { diagnostic, source, labels, help }
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
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
