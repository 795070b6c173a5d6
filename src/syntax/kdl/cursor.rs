//! Where reading of a KDL text has come to: characters, white space and comments (KDL 2, sections 3.16 to 3.18).

use crate::diagnostics::{Diagnostic, codes};
use crate::source::{FileId, Span};
use crate::syntax::build::Stop;
use crate::syntax::findings::Findings;
use crate::syntax::limits::MAX_NODES;

/// A text and a place in it.
pub(super) struct Cursor<'s, 'k> {
    pub(super) file: FileId,
    pub(super) text: &'s str,
    pub(super) at: usize,
    pub(super) findings: Findings<'k>,
    nodes: usize,
}

impl<'s, 'k> Cursor<'s, 'k> {
    pub(super) fn new(file: FileId, text: &'s str, findings: Findings<'k>) -> Self {
        Cursor { file, text, at: 0, findings, nodes: 0 }
    }

    /// What has not been read yet.
    pub(super) fn rest(&self) -> &'s str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// The next character.
    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Steps over a text if it comes next.
    pub(super) fn take(&mut self, expected: &str) -> bool {
        let there = self.rest().starts_with(expected);
        if there {
            self.at += expected.len();
        }
        there
    }

    pub(super) fn span(&self, lo: usize, hi: usize) -> Span {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span::new(self.file, offset(lo), offset(hi))
    }

    /// The next character's place; at the end of the text, the last one that shows.
    pub(super) fn here(&self) -> Span {
        match self.peek() {
            Some(c) => self.span(self.at, self.at + c.len_utf8()),
            None => {
                let shown = self.text.trim_end();
                let last = shown.chars().next_back().map_or(0, char::len_utf8);
                self.span(shown.len() - last, shown.len())
            }
        }
    }

    /// Reports what nothing can be read behind.
    pub(super) fn fail(&mut self, span: Span, message: impl Into<String>, help: &str) -> Stop {
        self.findings.last(Diagnostic::new(codes::SYNTAX, message).at(span, "").help(help))
    }

    /// Counts one value of the tree.
    pub(super) fn count(&mut self) -> Result<(), Stop> {
        self.nodes += 1;
        if self.nodes > MAX_NODES { Err(Stop::Nodes) } else { Ok(()) }
    }

    /// Steps over spaces, `/* … */` and continued lines, and over line ends and `// …` too if asked; says whether
    /// there were any.
    pub(super) fn space(&mut self, lines: bool) -> Result<bool, Stop> {
        let start = self.at;
        while let Some(c) = self.peek() {
            if is_space(c) || (lines && is_newline(c)) {
                self.at += c.len_utf8();
            } else if self.rest().starts_with("/*") {
                self.block_comment()?;
            } else if lines && self.rest().starts_with("//") {
                self.line_comment();
            } else if c == '\\' {
                self.continued_line()?;
            } else {
                break;
            }
        }
        Ok(self.at > start)
    }

    /// Steps to the end of the line.
    pub(super) fn line_comment(&mut self) {
        let rest = self.rest();
        self.at += rest.find(is_newline).unwrap_or(rest.len());
    }

    fn block_comment(&mut self) -> Result<(), Stop> {
        let lo = self.at;
        let bytes = self.text.as_bytes();
        let mut open = 0_usize;
        loop {
            match (bytes.get(self.at), bytes.get(self.at + 1)) {
                (Some(b'/'), Some(b'*')) => {
                    open += 1;
                    self.at += 2;
                }
                (Some(b'*'), Some(b'/')) => {
                    open -= 1;
                    self.at += 2;
                    if open == 0 {
                        return Ok(());
                    }
                }
                (Some(_), _) => self.at += 1,
                (None, _) => {
                    let span = self.span(lo, lo + 2);
                    return Err(self.fail(span, "this comment is not closed", "close it with `*/`; comments nest"));
                }
            }
        }
    }

    /// `\`, spaces, then `// …` or a line end: the node goes on in the next line.
    fn continued_line(&mut self) -> Result<(), Stop> {
        let lo = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                Some(c) if is_space(c) => self.at += c.len_utf8(),
                Some(_) if self.rest().starts_with("/*") => self.block_comment()?,
                _ => break,
            }
        }
        if self.rest().starts_with("//") {
            self.line_comment();
        }
        match self.peek() {
            None => Ok(()),
            Some('\r') if self.take("\r\n") => Ok(()),
            Some(c) if is_newline(c) => {
                self.at += c.len_utf8();
                Ok(())
            }
            Some(_) => {
                let span = self.span(lo, lo + 1);
                Err(self.fail(
                    span,
                    "a backslash continues a line and must end it",
                    "put text with backslashes in quotes",
                ))
            }
        }
    }
}

/// Line ends: section 3.18.
pub(super) fn is_newline(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{b}' | '\u{c}' | '\u{2028}' | '\u{2029}')
}

/// Spaces: section 3.17.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, '\t' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}
