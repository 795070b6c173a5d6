//! KDL's four ways to write text: bare, quoted, over several lines, raw (KDL 2, sections 3.10 to 3.13).

use std::borrow::Cow;

use super::cursor::{Cursor, is_newline, is_space};
use crate::syntax::build::Stop;
use crate::syntax::findings::shown;

/// Words that look like values and must not be bare.
const KEYWORDS: [&str; 6] = ["true", "false", "null", "inf", "-inf", "nan"];

impl<'s> Cursor<'s, '_> {
    /// Whether a text comes next, in any of the ways.
    pub(super) fn at_string(&self) -> bool {
        match self.peek() {
            Some('"') => true,
            Some('#') => self.rest().trim_start_matches('#').starts_with('"'),
            Some(c) => is_word(c) && !self.at_number(),
            None => false,
        }
    }

    /// Whether a number in digits comes next.
    pub(super) fn at_number(&self) -> bool {
        let rest = self.rest();
        let unsigned = rest.strip_prefix(['+', '-']).unwrap_or(rest);
        let unsigned = unsigned.strip_prefix('.').unwrap_or(unsigned);
        unsigned.starts_with(|c: char| c.is_ascii_digit())
    }

    /// Reads a text; only where [`Cursor::at_string`].
    pub(super) fn string(&mut self) -> Result<Cow<'s, str>, Stop> {
        let lo = self.at;
        let text = match self.peek() {
            Some('"') => self.quoted()?,
            Some('#') => self.raw()?,
            _ => return self.bare(),
        };
        // Raw ones were refused before; an escape may have made one.
        if matches!(&text, Cow::Owned(text) if text.contains('\0')) {
            let span = self.span(lo, self.at);
            self.findings.nul(span)?;
        }
        Ok(text)
    }

    /// The longest run of characters that a bare text or a number may hold.
    pub(super) fn word(&mut self) -> &'s str {
        let rest = self.rest();
        let len = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        self.at += len;
        rest.get(..len).unwrap_or("")
    }

    fn bare(&mut self) -> Result<Cow<'s, str>, Stop> {
        let lo = self.at;
        let word = self.word();
        let span = self.span(lo, self.at);
        if KEYWORDS.contains(&word) {
            let help = format!("write `#{word}` for the value or `\"{word}\"` for the text");
            return Err(self.fail(span, format!("KDL 2 does not take a bare `{word}`"), &help));
        }
        if word == "r" && self.peek() == Some('"') {
            return Err(self.fail(span, "KDL 2 writes raw texts in another way", "write `#\"…\"#`"));
        }
        Ok(Cow::Borrowed(word))
    }

    fn quoted(&mut self) -> Result<Cow<'s, str>, Stop> {
        let lo = self.at;
        if self.take("\"\"\"") {
            // `"""` on one line is no text at all: an empty text is `""`.
            let body = self.body(lo, "\"\"\"", true)?;
            let joined = self.without_space_escapes(body);
            let lines = self.dedented(lo, &joined)?;
            return self.unescaped(lo, &lines).map(Cow::Owned);
        }
        self.at += 1;
        let body = self.body(lo, "\"", true)?;
        if !body.contains('\\') {
            self.one_line(lo, body)?;
            return Ok(Cow::Borrowed(body));
        }
        let joined = self.without_space_escapes(body);
        self.one_line(lo, &joined)?;
        self.unescaped(lo, &joined).map(Cow::Owned)
    }

    fn raw(&mut self) -> Result<Cow<'s, str>, Stop> {
        let lo = self.at;
        let rest = self.rest();
        let hashes = rest.len() - rest.trim_start_matches('#').len();
        self.at += hashes;
        let close = |quotes: &str| format!("{quotes}{}", "#".repeat(hashes));
        if self.take("\"\"\"") {
            let body = self.body(lo, &close("\"\"\""), false)?;
            return self.dedented(lo, body).map(Cow::Owned);
        }
        self.at += 1;
        let body = self.body(lo, &close("\""), false)?;
        self.one_line(lo, body)?;
        Ok(Cow::Borrowed(body))
    }

    /// Steps behind the closing quotes and gives what stands before them.
    fn body(&mut self, lo: usize, close: &str, escapes: bool) -> Result<&'s str, Stop> {
        let rest = self.rest();
        let end = if escapes { unescaped_end(rest, close) } else { rest.find(close) };
        let Some(end) = end else {
            let opened = self.span(lo, self.at);
            let help = format!("close it with `{}`", shown(close));
            return Err(self.fail(opened, "this text is not closed", &help));
        };
        self.at += end + close.len();
        Ok(rest.get(..end).unwrap_or(""))
    }

    fn one_line(&mut self, lo: usize, body: &str) -> Result<(), Stop> {
        if !body.contains(is_newline) {
            return Ok(());
        }
        let span = self.span(lo, lo + 1);
        Err(self.fail(
            span,
            "a text in simple quotes ends on its line",
            "write `\\n`, or use `\"\"\"` for several lines",
        ))
    }

    /// A text of several lines, without the indentation of its last line, lines joined by `\n`.
    fn dedented(&mut self, lo: usize, body: &str) -> Result<String, Stop> {
        let mut lines = lines_of(body);
        let first = lines.first().copied().unwrap_or("");
        let indent = lines.pop().unwrap_or("");
        let span = self.span(lo, self.at);
        if !first.is_empty() || lines.is_empty() {
            return Err(self.fail(
                span,
                "a text in `\"\"\"` begins on the line behind them",
                "put a line end behind the quotes",
            ));
        }
        if !indent.chars().all(is_space) {
            return Err(self.fail(
                span,
                "the closing `\"\"\"` stand on a line of their own",
                "put a line end before them",
            ));
        }
        let mut out = String::with_capacity(body.len());
        for (n, line) in lines.iter().skip(1).enumerate() {
            if n > 0 {
                out.push('\n');
            }
            if line.chars().all(is_space) {
                continue;
            }
            let Some(line) = line.strip_prefix(indent) else {
                let help = "indent every line at least as far as the closing quotes, with the same spaces or tabs";
                return Err(self.fail(span, "a line of this text is indented less than its closing quotes", help));
            };
            out.push_str(line);
        }
        Ok(out)
    }

    /// Without what `\` and the space and line ends behind it stand for: nothing.
    fn without_space_escapes(&self, body: &str) -> String {
        let mut out = String::with_capacity(body.len());
        let mut rest = body;
        while let Some(at) = rest.find('\\') {
            let (before, behind) = rest.split_at(at);
            out.push_str(before);
            let escaped = behind.trim_start_matches('\\');
            let slashes = behind.len() - escaped.len();
            let space = escaped.trim_start_matches(|c| is_space(c) || is_newline(c));
            if slashes % 2 == 1 && space.len() < escaped.len() {
                out.push_str(behind.get(..slashes - 1).unwrap_or(""));
                rest = space;
            } else {
                // The escaped character is copied with what follows it, a code point up to its brace.
                let code_point = slashes % 2 == 1 && escaped.starts_with("u{");
                let brace = escaped.bytes().take(10).position(|b| b == b'}');
                let copied = if code_point { brace.unwrap_or(0) } else { 0 };
                out.push_str(behind.get(..slashes + copied).unwrap_or(""));
                rest = behind.get(slashes + copied..).unwrap_or("");
            }
        }
        out.push_str(rest);
        out
    }

    fn unescaped(&mut self, lo: usize, body: &str) -> Result<String, Stop> {
        let mut out = String::with_capacity(body.len());
        let mut chars = body.chars();
        while let Some(c) = chars.next() {
            if c != '\\' {
                out.push(c);
                continue;
            }
            let escaped = match chars.next() {
                Some('n') => Some('\n'),
                Some('r') => Some('\r'),
                Some('t') => Some('\t'),
                Some('b') => Some('\u{8}'),
                Some('f') => Some('\u{c}'),
                Some('s') => Some(' '),
                Some(c @ ('"' | '\\')) => Some(c),
                Some('u') => code_point(&mut chars),
                _ => None,
            };
            let Some(escaped) = escaped else {
                let span = self.span(lo, self.at);
                let help = "KDL knows \\\" \\\\ \\b \\f \\n \\r \\s \\t and \\u{…}; write `\\\\` for a backslash, or a raw text `#\"…\"#`";
                return Err(self.fail(span, "this text holds an escape that does not exist", help));
            };
            out.push(escaped);
        }
        Ok(out)
    }
}

/// Characters of bare texts: section 3.10.
fn is_word(c: char) -> bool {
    !is_space(c)
        && !is_newline(c)
        && !matches!(c, '\\' | '/' | '(' | ')' | '{' | '}' | ';' | '[' | ']' | '"' | '#' | '=')
}

/// Where the closing quotes stand that no backslash escapes.
fn unescaped_end(text: &str, close: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        at += bytes.get(at..)?.iter().position(|b| matches!(b, b'\\' | b'"'))?;
        if bytes.get(at) == Some(&b'\\') {
            at += 2;
        } else if bytes.get(at..)?.starts_with(close.as_bytes()) {
            return Some(at);
        } else {
            at += 1;
        }
    }
}

/// The lines of a text, `\r\n` being one line end. A text of one line end has two lines.
fn lines_of(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(is_newline) {
        let (line, behind) = rest.split_at(at);
        lines.push(line);
        let mut chars = behind.chars();
        chars.next();
        rest = behind.strip_prefix("\r\n").unwrap_or(chars.as_str());
    }
    lines.push(rest);
    lines
}

/// `{1F600}`: one to six hexadecimal digits that name a character.
fn code_point(chars: &mut std::str::Chars<'_>) -> Option<char> {
    let (digits, rest) = chars.as_str().strip_prefix('{')?.split_once('}')?;
    if digits.len() > 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    *chars = rest.chars();
    char::from_u32(u32::from_str_radix(digits, 16).ok()?)
}
