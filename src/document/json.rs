//! JSON (RFC 8259), compact or indented by two spaces.
//!
//! Beyond what JSON asks for, control characters and characters that nobody sees are written as `\uXXXX`. Characters
//! beyond the basic plane stand as they are: Compose refuses escapes made of two surrogates.

use super::{Doc, Map};

/// One line, no spaces, no newline at the end.
pub fn compact(doc: &Doc) -> String {
    let mut out = String::new();
    value(&mut out, doc, None);
    out
}

/// Appends an object in compact form.
pub fn write(out: &mut String, map: &Map) {
    object(out, map, None);
}

/// Indented by two spaces, ending in a newline. Empty lists and maps stand on one line.
pub fn pretty(doc: &Doc) -> String {
    let mut out = String::new();
    value(&mut out, doc, Some(0));
    out.push('\n');
    out
}

fn value(out: &mut String, doc: &Doc, level: Option<usize>) {
    use std::fmt::Write;
    match doc {
        Doc::Null => out.push_str("null"),
        Doc::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Doc::Int(value) => {
            // Writing to a String cannot fail.
            let _ = write!(out, "{value}");
        }
        Doc::Str(text) => string(out, text),
        Doc::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(out, index, level);
                value(out, item, level.map(|l| l + 1));
            }
            close(out, ']', items.is_empty(), level);
        }
        Doc::Map(map) => object(out, map, level),
    }
}

fn object(out: &mut String, map: &Map, level: Option<usize>) {
    out.push('{');
    for (index, (key, item)) in map.iter().enumerate() {
        separate(out, index, level);
        string(out, key);
        out.push_str(if level.is_some() { ": " } else { ":" });
        value(out, item, level.map(|l| l + 1));
    }
    close(out, '}', map.is_empty(), level);
}

fn separate(out: &mut String, index: usize, level: Option<usize>) {
    if index > 0 {
        out.push(',');
    }
    if let Some(level) = level {
        new_line(out, level + 1);
    }
}

fn close(out: &mut String, bracket: char, empty: bool, level: Option<usize>) {
    if let (Some(level), false) = (level, empty) {
        new_line(out, level);
    }
    out.push(bracket);
}

fn new_line(out: &mut String, level: usize) {
    out.push('\n');
    for _ in 0..level {
        out.push_str("  ");
    }
}

fn string(out: &mut String, text: &str) {
    use std::fmt::Write;
    out.push('"');
    let mut rest = text;
    // Stretches that need no second look are copied whole.
    while let Some(at) = rest.bytes().position(|b| !matches!(b, b' '..=b'!' | b'#'..=b'[' | b']'..=b'~')) {
        let (plain, other) = rest.split_at(at);
        out.push_str(plain);
        let mut chars = other.chars();
        match chars.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(c @ ('\0'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')) => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            Some(c) => out.push(c),
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::super::{list, map};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn layout() {
        let doc = Doc::from(map! { "a" => list![1, true, Doc::Null], "b" => map! {}, "c" => list![], "d" => "x" });
        assert_eq!(compact(&doc), r#"{"a":[1,true,null],"b":{},"c":[],"d":"x"}"#);
        assert_eq!(
            pretty(&doc),
            "{\n  \"a\": [\n    1,\n    true,\n    null\n  ],\n  \"b\": {},\n  \"c\": [],\n  \"d\": \"x\"\n}\n"
        );
    }

    #[test]
    fn the_unseen_is_escaped_and_the_rest_stands_as_it_is() {
        let doc = Doc::from("a\"\\\n\r\t\0\u{7f}\u{85}\u{2028}\u{feff}é😀/");
        assert_eq!(compact(&doc), "\"a\\\"\\\\\\n\\r\\t\\u0000\\u007f\\u0085\\u2028\\ufeffé😀/\"");
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in any::<String>(), key in any::<String>()) {
            let doc = Doc::from(Map::new().with(key.as_str(), list![text.as_str()]));
            let expected = serde_json::json!({ key.clone(): [text] });
            prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(&compact(&doc)).unwrap(), &expected);
            prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(&pretty(&doc)).unwrap(), &expected);
        }
    }
}
