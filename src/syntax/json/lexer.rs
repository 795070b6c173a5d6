//! JSON text to tokens.

use std::borrow::Cow;

use super::super::build::Stop;
use super::super::findings::Findings;
use super::super::findings::shown;
use super::super::plain;
use super::super::tree::ScalarKind;
use super::Bracket;
use crate::diagnostics::{Diagnostic, codes};
use crate::source::{FileId, Span};

/// One token.
#[derive(Debug)]
pub(super) enum Token<'s> {
    Open(Bracket),
    Close(Bracket),
    Comma,
    Colon,
    Text(Cow<'s, str>),
    /// A number, `true`, `false` or `null`.
    Plain(&'s str, ScalarKind),
    End,
}

impl Token<'_> {
    /// The token as a message names it.
    pub(super) fn shown(&self) -> String {
        match self {
            Token::Open(Bracket::Object) => "`{`".into(),
            Token::Open(Bracket::Array) => "`[`".into(),
            Token::Close(Bracket::Object) => "`}`".into(),
            Token::Close(Bracket::Array) => "`]`".into(),
            Token::Comma => "`,`".into(),
            Token::Colon => "`:`".into(),
            Token::Text(_) => "a text".into(),
            Token::Plain(text, _) => format!("`{}`", shown(text)),
            Token::End => "the end of the file".into(),
        }
    }
}

/// Where reading has come to.
pub(super) struct Lexer<'s, 'k> {
    file: FileId,
    text: &'s str,
    at: usize,
    /// The place of the last token.
    pub(super) last: Span,
    pub(super) findings: Findings<'k>,
}

impl<'s, 'k> Lexer<'s, 'k> {
    pub(super) fn new(file: FileId, text: &'s str, findings: Findings<'k>) -> Self {
        Lexer { file, text, at: 0, last: Span::new(file, 0, 0), findings }
    }

    /// Reports what nothing can be read behind.
    pub(super) fn fail(&mut self, span: Span, message: impl Into<String>, help: &str) -> Stop {
        self.findings.last(Diagnostic::new(codes::SYNTAX, message).at(span, "").help(help))
    }

    /// The next token and its place.
    pub(super) fn next(&mut self) -> Result<(Token<'s>, Span), Stop> {
        self.space()?;
        let lo = self.at;
        let Some(byte) = self.byte(0) else {
            return Ok((Token::End, self.span(lo, lo)));
        };
        let punctuation = match byte {
            b'{' => Some(Token::Open(Bracket::Object)),
            b'}' => Some(Token::Close(Bracket::Object)),
            b'[' => Some(Token::Open(Bracket::Array)),
            b']' => Some(Token::Close(Bracket::Array)),
            b',' => Some(Token::Comma),
            b':' => Some(Token::Colon),
            _ => None,
        };
        let token = match punctuation {
            Some(token) => {
                self.at += 1;
                token
            }
            None if byte == b'"' => Token::Text(self.string()?),
            None => self.word()?,
        };
        self.last = self.span(lo, self.at);
        Ok((token, self.last))
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn rest(&self) -> &'s str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn space(&mut self) -> Result<(), Stop> {
        loop {
            match (self.byte(0), self.byte(1)) {
                (Some(b' ' | b'\t' | b'\n' | b'\r'), _) => self.at += 1,
                (Some(b'/'), Some(b'/' | b'*')) => self.comment()?,
                _ => return Ok(()),
            }
        }
    }

    fn comment(&mut self) -> Result<(), Stop> {
        let (lo, rest) = (self.at, self.rest());
        let end = if rest.starts_with("//") { rest.find('\n') } else { rest.find("*/").map(|end| end + 2) };
        self.at += end.unwrap_or(rest.len());
        let span = self.span(lo, self.at);
        self.findings.push(
            Diagnostic::new(codes::SYNTAX, "JSON has no comments")
                .at(span, "")
                .help("remove the comment, or write the manifest as YAML or KDL, which have them"),
        )
    }

    /// A number or a literal, which must fit the grammar to the letter.
    fn word(&mut self) -> Result<Token<'s>, Stop> {
        let rest = self.rest();
        let word_end = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '+' | '-' | '.' | '$'));
        let len = rest.find(word_end).unwrap_or(rest.len());
        let len = if len == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { len };
        let word = rest.get(..len).unwrap_or("");
        let span = self.span(self.at, self.at + len);
        self.at += len;
        let kind = match word {
            "true" | "false" => ScalarKind::Bool,
            "null" => ScalarKind::Null,
            _ if is_number(word) => plain::kind_of(word),
            _ => return Err(self.not_a_word(word, span)),
        };
        Ok(Token::Plain(word, kind))
    }

    fn not_a_word(&mut self, word: &str, span: Span) -> Stop {
        let help = match word.as_bytes().first() {
            Some(b'0'..=b'9' | b'-' | b'+' | b'.') => {
                "JSON numbers look like 8080, -1.5 or 2e3; anything else needs double quotes"
            }
            Some(b'\'') => "JSON texts stand in double quotes",
            _ => "text stands in double quotes; the only bare words are true, false and null",
        };
        self.fail(span, format!("`{}` is no JSON value", shown(word)), help)
    }

    fn string(&mut self) -> Result<Cow<'s, str>, Stop> {
        let open = self.at;
        self.at += 1;
        let mut owned: Option<String> = None;
        loop {
            let rest = self.rest();
            let Some(len) = rest.bytes().position(|b| matches!(b, b'"' | b'\\') || b < b' ') else {
                return Err(self.not_closed(open));
            };
            let run = rest.get(..len).unwrap_or("");
            self.at += len;
            match self.byte(0) {
                Some(b'"') => {
                    self.at += 1;
                    let Some(mut text) = owned else {
                        return Ok(Cow::Borrowed(run));
                    };
                    text.push_str(run);
                    if text.contains('\0') {
                        let span = self.span(open, self.at);
                        self.findings.nul(span)?;
                    }
                    return Ok(Cow::Owned(text));
                }
                Some(b'\\') => {
                    let text = owned.get_or_insert_default();
                    text.push_str(run);
                    let character = self.escape()?;
                    owned.get_or_insert_default().push(character);
                }
                Some(b'\t') => {
                    owned.get_or_insert_default().push_str(run);
                    owned.get_or_insert_default().push('\t');
                    let span = self.span(self.at, self.at + 1);
                    self.at += 1;
                    self.findings.push(
                        Diagnostic::new(codes::SYNTAX, "a JSON text cannot hold a raw tab")
                            .at(span, "")
                            .help("write `\\t`"),
                    )?;
                }
                _ => return Err(self.not_closed(open)),
            }
        }
    }

    fn not_closed(&mut self, open: usize) -> Stop {
        let span = self.span(open, open + 1);
        self.fail(span, "this text is not closed on its line", "close it with `\"`; write a line end as `\\n`")
    }

    /// The character that an escape stands for; U+FFFD, with a finding, for one that stands for none.
    fn escape(&mut self) -> Result<char, Stop> {
        let lo = self.at;
        self.at += 2;
        let simple = match self.text.as_bytes().get(lo + 1) {
            Some(b'"') => Some('"'),
            Some(b'\\') => Some('\\'),
            Some(b'/') => Some('/'),
            Some(b'b') => Some('\u{8}'),
            Some(b'f') => Some('\u{c}'),
            Some(b'n') => Some('\n'),
            Some(b'r') => Some('\r'),
            Some(b't') => Some('\t'),
            Some(b'u') => self.unicode(),
            _ => {
                // Stay on a character boundary, whatever stands behind the backslash.
                self.at = lo + 1;
                None
            }
        };
        if let Some(character) = simple {
            return Ok(character);
        }
        let span = self.span(lo, self.at);
        self.findings.push(Diagnostic::new(codes::SYNTAX, "this escape does not exist").at(span, "").help(
            "JSON knows \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four hexadecimal digits; a backslash is `\\\\`",
        ))?;
        Ok('\u{fffd}')
    }

    /// `XXXX`, or `XXXX\uXXXX` for a pair of surrogates.
    fn unicode(&mut self) -> Option<char> {
        let first = self.hex4()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first);
        }
        if !self.rest().starts_with("\\u") {
            return None;
        }
        self.at += 2;
        let second = self.hex4()?;
        if !(0xdc00..0xe000).contains(&second) {
            return None;
        }
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))
    }

    fn hex4(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }

    fn span(&self, lo: usize, hi: usize) -> Span {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span::new(self.file, offset(lo), offset(hi))
    }
}

/// `-? (0 | [1-9][0-9]*) (\.[0-9]+)? ([eE][-+]?[0-9]+)?`
fn is_number(word: &str) -> bool {
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let unsigned = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
}
