//! What every reader reports in the same words, whatever the syntax.

use super::build::Stop;
use super::limits::{MAX_BYTES, MAX_COPIED, MAX_DEPTH, MAX_FINDINGS, MAX_NODES};
use super::tree::{Scalar, ScalarKind, Value};
use crate::diagnostics::{Code, Diagnostic, Sink, codes};
use crate::source::Span;

/// The sink, with the syntaxes' common wording and a bound on how much one file may report.
pub(super) struct Findings<'k> {
    sink: &'k mut Sink,
    count: usize,
    /// While an alias is copied, what was reported at the anchor is not reported again.
    pub(super) quiet: bool,
}

impl<'k> Findings<'k> {
    pub(super) fn new(sink: &'k mut Sink) -> Self {
        Findings { sink, count: 0, quiet: false }
    }

    /// Leaves a finding; an error when there have been enough.
    pub(super) fn push(&mut self, finding: Diagnostic) -> Result<(), Stop> {
        if self.quiet {
            return Ok(());
        }
        self.sink.push(finding);
        self.count += 1;
        if self.count >= MAX_FINDINGS { Err(Stop::Reported) } else { Ok(()) }
    }

    /// Whether a finding of this code has a place that holds this one, or lies in it.
    pub(super) fn is_reported(&self, code: Code, span: Span) -> bool {
        let meets = |other: Span| {
            other.file == span.file
                && (other.lo <= span.lo && span.hi <= other.hi || span.lo <= other.lo && other.hi <= span.hi)
        };
        self.sink.found().iter().any(|d| d.code == code && d.primary.as_ref().is_some_and(|label| meets(label.span)))
    }

    /// Leaves a finding behind which nothing can be read.
    pub(super) fn last(&mut self, finding: Diagnostic) -> Stop {
        self.sink.push(finding);
        Stop::Reported
    }

    /// Reports why a reader stopped, at the place it had come to.
    pub(super) fn stopped(&mut self, stop: Stop, at: Span) {
        self.quiet = false;
        match stop {
            Stop::Depth => self.sink.push(
                Diagnostic::new(codes::TOO_DEEP, format!("this is nested deeper than {MAX_DEPTH} levels"))
                    .at(at, "one level too many")
                    .help("a manifest needs fewer than 10 levels; look for brackets that should have been closed"),
            ),
            Stop::Nodes => self.sink.push(
                Diagnostic::new(codes::TOO_LARGE, format!("the file holds more than {MAX_NODES} values"))
                    .at(at, "reading stopped here")
                    .help("split the stack into several manifests"),
            ),
            Stop::Reported => {}
        }
    }

    pub(super) fn duplicate_key(&mut self, key: &str, span: Span, first: Span) -> Result<(), Stop> {
        self.push(
            Diagnostic::new(codes::DUPLICATE_KEY, format!("the key `{}` is written twice", shown(key)))
                .at(span, "written again here")
                .also(first, "first written here")
                .help("remove one of the two, or give it another name"),
        )
    }

    pub(super) fn duplicate_merge(&mut self, span: Span, first: Span) -> Result<(), Stop> {
        self.push(
            Diagnostic::new(codes::DUPLICATE_KEY, "the merge key `<<` is written twice")
                .at(span, "written again here")
                .also(first, "first written here")
                .help("merge several maps with one key: `<<: [*first, *second]`"),
        )
    }

    pub(super) fn bad_key(&mut self, span: Span, key: &Value<'_>) -> Result<(), Stop> {
        // `{{ name }}` is a map as the key of a map as a key: one mistake.
        if self.is_reported(codes::KEY_NOT_TEXT, span) {
            return Ok(());
        }
        let what = match key {
            Value::Scalar(Scalar { kind: ScalarKind::Null, .. }) => "null",
            Value::Scalar(_) => "this scalar",
            Value::List(_) => "a list",
            Value::Map { .. } => "a map",
        };
        self.push(
            Diagnostic::new(codes::KEY_NOT_TEXT, format!("{what} cannot be a key"))
                .at(span, "a key is text")
                .help("write a name here; a key that looks like null can be quoted"),
        )
    }

    pub(super) fn nul(&mut self, span: Span) -> Result<(), Stop> {
        self.push(
            Diagnostic::new(codes::FORBIDDEN_CHARACTER, "this text holds a NUL character (U+0000)")
                .at(span, "NUL stands in here")
                .help("no environment variable, argument or file name can hold it; encode the value, as base64 for instance"),
        )
    }

    pub(super) fn too_many_copies(&mut self, span: Span) -> Stop {
        self.quiet = false;
        self.last(
            Diagnostic::new(
                codes::ALIAS_BOMB,
                format!("the aliases of this file copy more than {MAX_COPIED} values, or too much text"),
            )
            .at(span, "the copy that is too much")
            .help("write the values out, or merge smaller maps"),
        )
    }
}

/// The finding for a file of more than [`MAX_BYTES`].
pub(super) fn too_large(bytes: usize, at: Span) -> Diagnostic {
    Diagnostic::new(codes::TOO_LARGE, format!("the file has {bytes} bytes; at most {MAX_BYTES} (4 MiB) are read"))
        .at(at, "")
        .help("split the stack into several manifests; large texts belong into files of their own")
}

/// A key as a message shows it: bounded, and on one line.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let mut out: String = text.chars().take(MOST).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(MOST).is_some() {
        out.push('…');
    }
    out
}
