//! KDL's values: texts, numbers and keywords (KDL 2, sections 3.8 to 3.15).

use std::borrow::Cow;

use super::cursor::Cursor;
use crate::diagnostics::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::build::Stop;
use crate::syntax::findings::shown;
use crate::syntax::plain;
use crate::syntax::tree::{Node, Scalar, ScalarKind, Value};

impl<'s> Cursor<'s, '_> {
    /// Reads a value. A type annotation on one means nothing in a manifest and is reported.
    pub(super) fn value(&mut self) -> Result<Node<'s>, Stop> {
        if let Some((name, span)) = self.annotation()? {
            self.space(false)?;
            self.unknown_annotation(&name, span)?;
        }
        if self.at_string() {
            let lo = self.at;
            let text = self.string()?;
            return self.scalar(lo, text, ScalarKind::Text);
        }
        let lo = self.at;
        if self.at_number() {
            let word = self.word();
            return match number(word) {
                Some((text, kind)) => self.scalar(lo, text, kind),
                None => {
                    let span = self.span(lo, self.at);
                    let message = format!("`{}` is no KDL number", shown(word));
                    Err(self.fail(
                        span,
                        message,
                        "KDL numbers look like 8080, -1.5, 2e3 or 0x1F; anything else needs quotes",
                    ))
                }
            };
        }
        if self.take("#") {
            let word = self.word();
            let (text, kind) = match word {
                "true" | "false" => (word, ScalarKind::Bool),
                "null" => (word, ScalarKind::Null),
                "inf" => (".inf", ScalarKind::Float),
                "-inf" => ("-.inf", ScalarKind::Float),
                "nan" => (".nan", ScalarKind::Float),
                _ => {
                    let span = self.span(lo, self.at);
                    let message = format!("`#{}` means nothing in KDL", shown(word));
                    return Err(self.fail(
                        span,
                        message,
                        "the words with `#` are #true, #false, #null, #inf, #-inf and #nan; other text needs quotes",
                    ));
                }
            };
            return self.scalar(lo, Cow::Borrowed(text), kind);
        }
        let here = self.here();
        let message = match self.peek() {
            Some(c) => format!("expected a value, not `{}`", c.escape_default()),
            None => "expected a value, not the end of the file".to_owned(),
        };
        Err(self.fail(here, message, "text that holds one of \\ / ( ) { } ; [ ] \" # = needs quotes"))
    }

    /// Reads a type annotation, `(name)`, if one comes next.
    pub(super) fn annotation(&mut self) -> Result<Option<(Cow<'s, str>, Span)>, Stop> {
        let lo = self.at;
        if !self.take("(") {
            return Ok(None);
        }
        self.space(false)?;
        let name = if self.at_string() { Some(self.string()?) } else { None };
        self.space(false)?;
        match name {
            Some(name) if self.take(")") => Ok(Some((name, self.span(lo, self.at)))),
            _ => {
                let span = self.span(lo, self.at.max(lo + 1));
                Err(self.fail(span, "a type annotation is a name in parentheses", "text with parentheses needs quotes"))
            }
        }
    }

    pub(super) fn unknown_annotation(&mut self, name: &str, span: Span) -> Result<(), Stop> {
        self.findings.push(
            Diagnostic::new(codes::CUSTOM_TAG, format!("the type annotation `({})` means nothing here", shown(name)))
                .at(span, "an unknown annotation")
                .help("leave it out; before a node's name, `(array)` makes a list and `(object)` a map"),
        )
    }

    fn scalar(&mut self, lo: usize, text: Cow<'s, str>, kind: ScalarKind) -> Result<Node<'s>, Stop> {
        self.count()?;
        Ok(Node { span: self.span(lo, self.at), value: Value::Scalar(Scalar { text, kind }) })
    }
}

/// A number in the notation that YAML has for it: without `_`, and in decimal where YAML knows no other way.
fn number(word: &str) -> Option<(Cow<'_, str>, ScalarKind)> {
    let unsigned = word.strip_prefix(['+', '-']).unwrap_or(word);
    let signed = unsigned.len() < word.len();
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        let Some(written) = unsigned.strip_prefix(prefix) else {
            continue;
        };
        if !digits(written, radix) {
            return None;
        }
        if radix != 2 && !signed {
            return Some((without_underscores(word), ScalarKind::Int));
        }
        let value = u128::from_str_radix(&without_underscores(written), radix).ok()?;
        let sign = if word.starts_with('-') { "-" } else { "" };
        return Some((Cow::Owned(format!("{sign}{value}")), ScalarKind::Int));
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let fits = digits(whole, 10) && fraction.is_none_or(|f| digits(f, 10)) && exponent.is_none_or(|e| digits(e, 10));
    fits.then(|| {
        let text = without_underscores(word);
        let kind = plain::kind_of(&text);
        (text, kind)
    })
}

/// `digit (digit | '_')*`
fn digits(text: &str, radix: u32) -> bool {
    text.starts_with(|c: char| c.is_digit(radix)) && text.chars().all(|c| c == '_' || c.is_digit(radix))
}

fn without_underscores(text: &str) -> Cow<'_, str> {
    if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_in_yamls_notation() {
        let cases = [
            ("8080", "8080"),
            ("1_000", "1000"),
            ("-1.50", "-1.50"),
            ("+2E-3", "+2E-3"),
            ("0x1F", "0x1F"),
            ("-0x1F", "-31"),
            ("0o17", "0o17"),
            ("0b1_01", "5"),
            ("08", "08"),
        ];
        for (written, text) in cases {
            assert_eq!(number(written).unwrap().0, text, "{written}");
        }
        for bad in ["1.", "1e", "1.e3", "0x", "0xg", "0b2", "1a", ".5", "+.5", "1__.", "_1", "1._2"] {
            assert!(number(bad).is_none(), "{bad}");
        }
    }
}
