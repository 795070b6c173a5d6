//! What an unquoted scalar is: the YAML 1.2 core schema, section 10.3.2.

use super::tree::ScalarKind;

/// The kind of an unquoted scalar.
pub(super) fn kind_of(text: &str) -> ScalarKind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return ScalarKind::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => return ScalarKind::Bool,
        _ => {}
    }
    // Most plain scalars are words: one look at the first byte settles them.
    match text.as_bytes().first() {
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => number(text),
        _ => ScalarKind::Text,
    }
}

fn number(text: &str) -> ScalarKind {
    let digits = |t: &str, radix: u32| !t.is_empty() && t.chars().all(|c| c.is_digit(radix));
    if text.strip_prefix("0o").is_some_and(|t| digits(t, 8)) || text.strip_prefix("0x").is_some_and(|t| digits(t, 16)) {
        return ScalarKind::Int;
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits(unsigned, 10) {
        return ScalarKind::Int;
    }
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") || is_float(unsigned) {
        return ScalarKind::Float;
    }
    ScalarKind::Text
}

/// `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_float(text: &str) -> bool {
    let all_digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (text, None),
    };
    if exponent.is_some_and(|e| e.is_empty() || !all_digits(e)) {
        return false;
    }
    match mantissa.split_once('.') {
        Some((whole, fraction)) => {
            all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty())
        }
        None => !mantissa.is_empty() && all_digits(mantissa),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        let cases: &[(ScalarKind, &[&str])] = &[
            (ScalarKind::Null, &["", "~", "null", "Null", "NULL"]),
            (ScalarKind::Bool, &["true", "True", "TRUE", "false", "False", "FALSE"]),
            (ScalarKind::Int, &["0", "08", "0123", "-19", "+12", "0o7", "0x3A", "123456789012345678901234567890"]),
            (ScalarKind::Float, &["0.", "-0.0", ".5", "+12e03", "-2E+05", "1.10", ".inf", "-.Inf", "+.INF", ".nan"]),
            (
                ScalarKind::Text,
                &[
                    "no",
                    "yes",
                    "on",
                    "y",
                    "tRUE",
                    "nULL",
                    "1_000",
                    "0b1",
                    "0o8",
                    "0xg",
                    "0x",
                    "0o",
                    "-0x1",
                    "1.2.3",
                    "1e",
                    "e3",
                    ".",
                    "-",
                    "+",
                    "--1",
                    "1e+",
                    ".e1",
                    "-.nan",
                    "10:30",
                    "1.1a",
                    "2001-12-14",
                ],
            ),
        ];
        for (kind, texts) in cases {
            for text in *texts {
                assert_eq!(kind_of(text), *kind, "{text:?}");
            }
        }
    }
}
