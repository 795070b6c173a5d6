//! Findings as data: what is wrong, where, and what to write instead. How they look is decided in `cli`.

mod registry;

pub use registry::{Code, codes};

use crate::source::Span;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing is written.
    Error,
    /// The bundle is written; the user should know.
    Warning,
}

/// A place that belongs to a finding, with a few words about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The smallest stretch that shows the matter.
    pub span: Span,
    /// What is to be seen there; may be empty.
    pub text: String,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its code, which `previewc explain` tells more about.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where; a finding about no text (a missing flag) has none.
    pub primary: Option<Label>,
    /// Other places that explain it: the first of two equal keys, the edges of a cycle.
    pub related: Vec<Label>,
    /// What to write instead.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A finding of the code's own severity.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        let severity = code.severity();
        Diagnostic { code, severity, message: message.into(), primary: None, related: Vec::new(), help: None }
    }

    /// Says where, with a few words (or "") for the label.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.primary = Some(Label { span, text: text.into() });
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push(Label { span, text: text.into() });
        self
    }

    /// Says what to write instead.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }
}

/// Where a stage leaves its findings. No stage stops at the first one.
#[derive(Debug, Default)]
pub struct Sink {
    found: Vec<Diagnostic>,
    lost: std::collections::BTreeSet<&'static str>,
}

impl Sink {
    /// An empty sink.
    pub fn new() -> Self {
        Sink::default()
    }

    /// Leaves a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// Notes that what stands under a key could not be read at all: what refers into it must cause no second finding.
    pub fn lose(&mut self, key: &'static str) {
        self.lost.insert(key);
    }

    /// Whether what stands under a key could not be read at all.
    pub fn is_lost(&self, key: &str) -> bool {
        self.lost.contains(&key)
    }

    /// Whether an error is among the findings.
    pub fn has_errors(&self) -> bool {
        self.found.iter().any(|d| d.severity == Severity::Error)
    }

    /// The findings so far, in order of arrival.
    pub fn found(&self) -> &[Diagnostic] {
        &self.found
    }

    /// The findings in the order of the text: by file, place, then code. What is said twice of one place, as of a map
    /// that several others merge, is kept once.
    pub fn into_sorted(self) -> Vec<Diagnostic> {
        let mut found = self.found;
        let place = |d: &Diagnostic| d.primary.as_ref().map(|l| (l.span.file, l.span.lo, l.span.hi));
        found.sort_by(|a, b| (place(a), a.code, &a.message).cmp(&(place(b), b.code, &b.message)));
        found.dedup_by(|b, a| a.code == b.code && a.message == b.message && place(a) == place(b));
        found
    }
}

/// What a stage made, and what it found. `value` is `None` exactly when an error is among the diagnostics.
#[derive(Debug)]
pub struct Outcome<T> {
    /// The result, if there is no error.
    pub value: Option<T>,
    /// Errors and warnings, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}
