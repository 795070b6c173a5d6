//! JSON (RFC 8259) to the tree. Common slips, as a comma too many, are reported and read over.

mod lexer;

use super::build::{Builder, Stop};
use super::findings::Findings;
use super::tree::{Node, ScalarKind};
use crate::diagnostics::{Diagnostic, Sink, codes};
use crate::source::{FileId, Span};
use lexer::{Lexer, Token};

/// Reads a text of at most [`super::limits::MAX_BYTES`].
pub(super) fn read<'s>(file: FileId, text: &'s str, sink: &mut Sink) -> Option<Node<'s>> {
    let mut reader = Reader {
        lexer: Lexer::new(file, text, Findings::new(sink)),
        builder: Builder::new(file),
        brackets: Vec::new(),
        next: Next::Value,
        comma: None,
    };
    match reader.run() {
        Ok(()) => reader.builder.finish(),
        Err(stop) => {
            let at = reader.lexer.last;
            reader.lexer.findings.stopped(stop, at);
            None
        }
    }
}

struct Reader<'s, 'k> {
    lexer: Lexer<'s, 'k>,
    builder: Builder<'s>,
    /// The open brackets and their places.
    brackets: Vec<(Bracket, Span)>,
    next: Next,
    /// The comma that was read last, while nothing has come behind it.
    comma: Option<Span>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bracket {
    Object,
    Array,
}

/// What the grammar wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    Key,
    Colon,
    Comma,
    End,
}

impl<'s> Reader<'s, '_> {
    fn run(&mut self) -> Result<(), Stop> {
        loop {
            let (token, span) = self.lexer.next()?;
            match (self.next, token) {
                (Next::End, Token::End) => return Ok(()),
                (_, Token::End) => return Err(self.unexpected_end(span)),
                (Next::End, _) => return Err(self.second_value(span)),
                (_, Token::Close(bracket)) => self.close(bracket, span)?,
                (Next::Comma, Token::Comma) => self.comma(span),
                (Next::Comma, token) => {
                    self.missing_comma(&token, span)?;
                    self.comma(span);
                    self.item(token, span)?;
                }
                (Next::Colon, Token::Colon) => self.next = Next::Value,
                (Next::Colon, token) => {
                    let message = format!("expected `:` behind the key, not {}", token.shown());
                    return Err(self.lexer.fail(span, message, "write `\"key\": value`"));
                }
                (_, token) => self.item(token, span)?,
            }
        }
    }

    /// A key or a value.
    fn item(&mut self, token: Token<'s>, span: Span) -> Result<(), Stop> {
        let key = self.next == Next::Key;
        match token {
            Token::Text(text) => {
                self.builder.scalar(span, text, ScalarKind::Text, &mut self.lexer.findings)?;
                self.next = if key { Next::Colon } else { self.behind_value() };
            }
            token if key => {
                let message = format!("expected a key in double quotes, not {}", token.shown());
                return Err(self.lexer.fail(span, message, "JSON keys are texts: write `\"key\": value`"));
            }
            Token::Open(Bracket::Object) => {
                self.builder.open_map(span.lo)?;
                self.brackets.push((Bracket::Object, span));
                self.next = Next::Key;
            }
            Token::Open(Bracket::Array) => {
                self.builder.open_list(span.lo)?;
                self.brackets.push((Bracket::Array, span));
                self.next = Next::Value;
            }
            Token::Plain(text, kind) => {
                self.builder.scalar(span, text.into(), kind, &mut self.lexer.findings)?;
                self.next = self.behind_value();
            }
            token => {
                let message = format!("expected a value, not {}", token.shown());
                return Err(self.lexer.fail(
                    span,
                    message,
                    "a value is a text in double quotes, a number, true, false, null, a list or a map",
                ));
            }
        }
        self.comma = None;
        Ok(())
    }

    fn close(&mut self, bracket: Bracket, span: Span) -> Result<(), Stop> {
        let Some(&(open, opened)) = self.brackets.last() else {
            return Err(self.lexer.fail(span, "this bracket closes nothing", "remove it"));
        };
        if open != bracket {
            let finding = Diagnostic::new(codes::SYNTAX, "this bracket closes another kind than the one that is open")
                .at(span, "closes here")
                .also(opened, "opened here")
                .help("close the inner bracket first");
            return Err(self.lexer.findings.last(finding));
        }
        let expected = match (self.next, bracket) {
            (Next::Colon, _) => Some("expected `:` and a value behind the key"),
            (Next::Value, Bracket::Object) => Some("expected a value behind the `:`"),
            _ => None,
        };
        if let Some(message) = expected {
            return Err(self.lexer.fail(span, message, "write `\"key\": value`"));
        }
        if let Some(comma) = self.comma.take() {
            self.lexer.findings.push(
                Diagnostic::new(codes::SYNTAX, "JSON allows no comma behind the last item")
                    .at(comma, "one comma too many")
                    .help("remove the comma"),
            )?;
        }
        self.brackets.pop();
        self.builder.close(span.hi, &mut self.lexer.findings)?;
        self.next = self.behind_value();
        Ok(())
    }

    fn comma(&mut self, span: Span) {
        self.comma = Some(span);
        self.next = match self.brackets.last() {
            Some((Bracket::Object, _)) => Next::Key,
            _ => Next::Value,
        };
    }

    fn behind_value(&self) -> Next {
        if self.brackets.is_empty() { Next::End } else { Next::Comma }
    }

    fn missing_comma(&mut self, token: &Token<'_>, span: Span) -> Result<(), Stop> {
        let separate = match self.brackets.last() {
            Some((Bracket::Object, _)) => matches!(token, Token::Text(_)),
            _ => matches!(token, Token::Text(_) | Token::Plain(..) | Token::Open(_)),
        };
        if !separate {
            let message = format!("expected `,` or the closing bracket, not {}", token.shown());
            return Err(self.lexer.fail(span, message, "separate items with `,`"));
        }
        self.lexer.findings.push(
            Diagnostic::new(codes::SYNTAX, "a comma is missing before this")
                .at(span, "expected `,` or the closing bracket")
                .help("separate items with `,`"),
        )
    }

    fn unexpected_end(&mut self, end: Span) -> Stop {
        match self.brackets.last() {
            Some(&(bracket, opened)) => {
                let open = if bracket == Bracket::Object { '{' } else { '[' };
                self.lexer.fail(opened, format!("this `{open}` is not closed"), "add the closing bracket")
            }
            None => self.lexer.fail(end, "the file is empty", "a JSON manifest begins with `{`"),
        }
    }

    fn second_value(&mut self, span: Span) -> Stop {
        self.lexer.findings.last(
            Diagnostic::new(codes::MULTIPLE_DOCUMENTS, "the file goes on behind its JSON value")
                .at(span, "nothing may follow")
                .help("one file is one manifest: remove this, or split the file"),
        )
    }
}
