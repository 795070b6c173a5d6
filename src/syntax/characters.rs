//! Characters that a syntax may not hold as they are.

use super::Syntax;
use crate::diagnostics::{Diagnostic, Sink, codes};
use crate::source::{FileId, Span};

/// Reports the first raw character that the syntax forbids, and says whether the text is free of them.
pub(super) fn allowed(file: FileId, text: &str, syntax: Syntax, sink: &mut Sink) -> bool {
    let found = match syntax {
        // Most texts are clean, and bytes are quick to look through. JSON's own reader reports the rest of it.
        Syntax::Yaml => text.bytes().position(|b| is_control(b) || b == 0x7f),
        Syntax::Json => text.bytes().position(is_control),
        Syntax::Kdl => text.char_indices().find(|(_, c)| forbidden_in_kdl(*c)).map(|(at, _)| at),
    };
    let Some((at, character)) = found.and_then(|at| Some((at, text.get(at..)?.chars().next()?))) else {
        return true;
    };
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let code_point = u32::from(character);
    sink.push(
        Diagnostic::new(
            codes::FORBIDDEN_CHARACTER,
            format!("{} cannot hold the character U+{code_point:04X}", syntax.name()),
        )
        .at(Span::new(file, place(at), place(at + character.len_utf8())), "it stands here, though it may not show")
        .help(match (code_point, syntax) {
            (0, _) => "remove it: nothing that previewc writes can carry a NUL".to_owned(),
            (_, Syntax::Kdl) => {
                format!("remove it, or write \\u{{{code_point:x}}} in a quoted text")
            }
            _ => format!("remove it, or write \\u{code_point:04x} in a text with double quotes"),
        }),
    );
    false
}

/// C0 controls but tab and line ends: YAML 1.2 section 5.1, RFC 8259 sections 2 and 7.
fn is_control(byte: u8) -> bool {
    byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')
}

/// KDL 2, section 3.19: controls, and what turns the direction of text around.
fn forbidden_in_kdl(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{e}'..='\u{1f}' | '\u{7f}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' | '\u{feff}')
}
