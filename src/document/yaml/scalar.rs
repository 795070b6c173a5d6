//! How one string is written: plain, as a literal block, or in double quotes.

/// Plain in any place but the first, or in the first if it is a letter or `/`.
const PLAIN: u8 = 0;
/// A space: plain between other characters.
const SPACE: u8 = 1;
/// A colon: plain in a value before another plain character.
const COLON: u8 = 2;
/// Fine in quotes and literal blocks as it stands.
const QUOTED: u8 = 4;
/// `"` and `\`: fine in literal blocks, escaped in quotes.
const ESCAPED: u8 = 8;
/// Ends a line.
const NEWLINE: u8 = 16;
/// A tab: fine in literal blocks, except at the end of a line; escaped in quotes.
const TAB: u8 = 32;
/// Part of a character beyond ASCII.
const WIDE: u8 = 64;
/// A control character: only ever escaped.
const CONTROL: u8 = 128;

/// What each byte may do.
static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut class = [QUOTED; 256];
    let mut byte = 0;
    while byte < 256 {
        #[allow(clippy::indexing_slicing, reason = "runs while compiling, within the bounds of the loop")]
        {
            class[byte] = match byte as u8 {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => PLAIN,
                b'_' | b'.' | b'/' | b'-' | b'+' | b'=' | b'@' | b'(' | b')' | b'$' => PLAIN,
                b' ' => SPACE,
                b':' => COLON,
                b'"' | b'\\' => ESCAPED,
                b'\n' => NEWLINE,
                b'\t' => TAB,
                0..=31 | 127 => CONTROL,
                128..=255 => WIDE,
                _ => QUOTED,
            };
        }
        byte += 1;
    }
    class
}

fn class(byte: u8) -> u8 {
    CLASS.get(usize::from(byte)).copied().unwrap_or(CONTROL)
}

/// Words that some reader takes for a boolean, nothing or a number, in lower case. Everything else of that kind begins
/// with a digit, a sign, a dot or another character that is never plain in the first place.
const WORDS: [&str; 15] =
    ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nil", "none", "nan", "inf", "infinity", "undefined"];

/// The longest implicit key that readers accept is 1024 characters long; quotes and escapes count.
const LONGEST_KEY: usize = 1000;

/// Writes a value and the newline behind it; it belongs to a key or dash in column `column`.
pub(super) fn value(out: &mut String, text: &str, column: usize) {
    let seen = text.bytes().fold(0, |seen, byte| seen | class(byte));
    if is_plain(text, seen) {
        out.push_str(text);
    } else if is_literal(text, seen) {
        return literal(out, text, column + 2);
    } else {
        quoted(out, text, seen);
    }
    out.push('\n');
}

/// Writes a string on one line, plain or quoted.
pub(super) fn one_line(out: &mut String, text: &str) {
    let seen = text.bytes().fold(0, |seen, byte| seen | class(byte));
    if is_plain(text, seen) {
        out.push_str(text);
    } else {
        quoted(out, text, seen);
    }
}

/// Writes a key up to its colon. Says whether it is so long that it was written as an explicit key (`? …`) and its colon
/// stands on a line of its own.
pub(super) fn key(out: &mut String, text: &str) -> bool {
    let seen = text.bytes().fold(0, |seen, byte| seen | class(byte));
    let start = out.len();
    if seen & COLON == 0 && is_plain(text, seen) {
        out.push_str(text);
    } else {
        quoted(out, text, seen);
    }
    let long = out.len() - start > LONGEST_KEY;
    if long {
        out.insert_str(start, "? ");
    }
    long
}

/// Whether a character is seen as itself in every editor and by every reader: no control, separator, mark of direction,
/// byte-order mark, private or unassigned-for-good character, and nothing beyond the basic plane (older readers refuse it).
pub(super) fn is_visible(c: char) -> bool {
    match c {
        ' '..='~' => true,
        '\0'..='\u{9f}' => false,
        '\u{a0}' | '\u{ad}' | '\u{61c}' | '\u{180e}' => false,
        '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}' => false,
        '\u{3000}' | '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}' => false,
        '\u{feff}' | '\u{fff0}'..='\u{ffff}' => false,
        '\u{10000}'.. => false,
        _ => true,
    }
}

fn is_plain(text: &str, seen: u8) -> bool {
    let bytes = text.as_bytes();
    let Some(first) = bytes.first() else {
        return false;
    };
    if seen & !(SPACE | COLON) != 0 || !(first.is_ascii_alphabetic() || *first == b'/') {
        return false;
    }
    if seen != 0 {
        // What follows a colon must be plain itself, and no space may end the text.
        let last_is_plain = bytes.last().is_some_and(|byte| class(*byte) == PLAIN);
        let colons = bytes.windows(2).all(|pair| match pair {
            [b':', next] => class(*next) == PLAIN,
            _ => true,
        });
        if !last_is_plain || !colons {
            return false;
        }
    }
    let longest = 9;
    text.len() > longest || !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether a literal block carries the text through every reader and every editor.
fn is_literal(text: &str, seen: u8) -> bool {
    if seen & NEWLINE == 0 || seen & CONTROL != 0 {
        return false;
    }
    if seen & WIDE != 0 && !text.chars().all(|c| c == '\n' || c == '\t' || is_visible(c)) {
        return false;
    }
    // A space at the end of a line is seen by nobody and removed by many editors.
    !text.trim_matches('\n').is_empty() && text.split('\n').all(|line| !line.ends_with([' ', '\t']))
}

/// Writes a literal block with its text in column `column`, and the newline behind it (YAML 1.2.2, section 8.1).
fn literal(out: &mut String, text: &str, column: usize) {
    out.push('|');
    // Readers find out the indentation from the first line unless it is blank or begins with a blank.
    if text.starts_with([' ', '\t', '\n']) {
        out.push('2');
    }
    let body = match text.strip_suffix('\n') {
        None => {
            out.push('-');
            text
        }
        Some(body) => {
            if body.ends_with('\n') {
                out.push('+');
            }
            body
        }
    };
    out.push('\n');
    for line in body.split('\n') {
        if !line.is_empty() {
            super::indent(out, column);
            out.push_str(line);
        }
        out.push('\n');
    }
}

/// Writes a string in double quotes, on one line, with the escapes that YAML 1.1 and 1.2 share (section 5.7).
fn quoted(out: &mut String, text: &str, seen: u8) {
    out.push('"');
    if seen & (ESCAPED | NEWLINE | TAB | WIDE | CONTROL) == 0 {
        out.push_str(text);
    } else {
        for c in text.chars() {
            escaped(out, c);
        }
    }
    out.push('"');
}

fn escaped(out: &mut String, c: char) {
    use std::fmt::Write;
    // Writing to a String cannot fail.
    let _ = match c {
        '"' => write!(out, "\\\""),
        '\\' => write!(out, "\\\\"),
        '\n' => write!(out, "\\n"),
        '\r' => write!(out, "\\r"),
        '\t' => write!(out, "\\t"),
        c if is_visible(c) => {
            out.push(c);
            Ok(())
        }
        '\0'..='\u{ff}' => write!(out, "\\x{:02x}", u32::from(c)),
        '\u{100}'..='\u{ffff}' => write!(out, "\\u{:04x}", u32::from(c)),
        _ => write!(out, "\\U{:08x}", u32::from(c)),
    };
}
