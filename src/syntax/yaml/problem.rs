//! What the parser stopped at, as a finding: what only the text around it tells is said here.

use super::Reader;
use super::events::{Problem, Slip};
use crate::diagnostics::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::build::Stop;
use crate::syntax::findings::shown;

impl Reader<'_, '_> {
    /// Reports why the text is no YAML.
    pub(super) fn not_yaml(&mut self, problem: Problem) -> Stop {
        let at = problem.at.min(self.text.len());
        if self.is_behind_unknown_alias(at) {
            return Stop::Reported;
        }
        let finding = match problem.slip {
            _ if self.is_second_anchor(at) => Diagnostic::new(codes::SYNTAX, "a value has one anchor")
                .at(self.character(at), "a second one")
                .help("remove one of the two; text that begins with `&` needs quotes"),
            Slip::Tab => {
                // The parser may have stepped over the tab already.
                let before = self.text.get(..at).unwrap_or("");
                self.plain(&problem, before.trim_end_matches('\t').len())
            }
            Slip::Separator | Slip::Key => self.reference(at).or_else(|| self.unclosed(at)).unwrap_or_else(|| self.plain(&problem, at)),
            Slip::Document => match self.is_behind_directive(at) {
                true => self.plain(&problem, at),
                false => Diagnostic::new(codes::SYNTAX, "nothing may follow the value here").at(self.character(at), "").help(
                    "put each key on its own line, indented like its neighbours; text that begins with `&`, `*` or `!` needs quotes",
                ),
            },
            Slip::Other => self.plain(&problem, at),
        };
        self.findings.last(finding)
    }

    fn plain(&self, problem: &Problem, at: usize) -> Diagnostic {
        Diagnostic::new(problem.code, problem.message.as_str()).at(self.character(at), "").help(problem.help)
    }

    /// `a: *x y` is one mistake where there is no anchor `&x`.
    fn is_behind_unknown_alias(&self, at: usize) -> bool {
        let between = self.text.get(self.behind..at).unwrap_or("\n");
        let alias = self.span(self.behind.saturating_sub(1), self.behind);
        !between.contains('\n') && self.behind > 0 && self.findings.is_reported(codes::UNKNOWN_ALIAS, alias)
    }

    fn is_second_anchor(&self, at: usize) -> bool {
        let (before, rest) = self.text.split_at_checked(at).unwrap_or_default();
        rest.starts_with('&') && before.split_whitespace().next_back().is_some_and(|word| word.starts_with('&'))
    }

    fn is_behind_directive(&self, at: usize) -> bool {
        let before = self.text.get(..at).unwrap_or("");
        before.lines().chain([self.line(at)]).any(|line| line.starts_with('%'))
    }

    /// A reference without quotes between brackets, whose `{` YAML takes for a map's.
    fn reference(&self, at: usize) -> Option<Diagnostic> {
        self.open.last().copied().flatten()?;
        let (before, rest) = self.text.split_at_checked(at)?;
        if !before.ends_with('$') || !rest.starts_with('{') {
            return None;
        }
        let line = rest.lines().next()?;
        let end = line.find('}').map_or(line.len(), |end| end + 1);
        let reference = self.text.get(at - 1..at + end)?;
        let finding = Diagnostic::new(codes::SYNTAX, "a reference between brackets needs quotes");
        Some(finding.at(self.span(at - 1, at + end), "").help(format!(
            "put the whole text in quotes, as `\"{}\"`: inside `{{ }}` and `[ ]` YAML reads `{{` as a map's beginning",
            shown(reference)
        )))
    }

    /// A bracket that is still open where a line begins that is no deeper than the bracket's own.
    fn unclosed(&self, at: usize) -> Option<Diagnostic> {
        let bracket = self.open.last().copied().flatten()?;
        let between = self.text.get(bracket..at)?;
        let line = self.line(at);
        if !between.contains('\n') || indentation(line) > indentation(self.line(bracket)) {
            return None;
        }
        let open = self.text.get(bracket..=bracket)?;
        let close = if open == "[" { "]" } else { "}" };
        let finding = Diagnostic::new(codes::SYNTAX, format!("this `{open}` is not closed"));
        let finding =
            finding.at(self.span(bracket, bracket + 1), "opened here").also(self.character(at), "read up to here");
        Some(finding.help(format!("add the closing `{close}`")))
    }

    /// The line that an offset lies in.
    fn line(&self, at: usize) -> &str {
        let start = self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
        self.text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or("")
    }

    /// The character at an offset; at the end of the text, the last one that shows.
    fn character(&self, at: usize) -> Span {
        let shown = self.text.trim_end().len();
        let mut lo = at.min(self.text.len());
        if lo >= shown {
            lo = shown.saturating_sub(1);
        }
        while !self.text.is_char_boundary(lo) {
            lo -= 1;
        }
        let len = self.text.get(lo..).and_then(|t| t.chars().next()).map_or(0, char::len_utf8);
        self.span(lo, lo + len)
    }
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}
