//! Bytes to a text of the source map.

use super::findings::too_large;
use super::limits::MAX_BYTES;
use crate::diagnostics::{Diagnostic, Sink, codes};
use crate::source::{FileId, SourceMap, Span};

/// Takes a file's bytes into the source map, without a byte order mark. `None`, with a finding, for what is no UTF-8
/// and for what has more than [`MAX_BYTES`]; the map then holds what can be shown of it.
pub fn load(map: &mut SourceMap, name: &str, bytes: Vec<u8>, sink: &mut Sink) -> Option<FileId> {
    if bytes.len() > MAX_BYTES {
        // The beginning is enough to show which file is meant.
        let head = bytes.get(..bytes.len().min(200)).unwrap_or(&bytes);
        let file = map.add(name, String::from_utf8_lossy(head));
        sink.push(too_large(bytes.len(), Span::new(file, 0, 0)));
        return None;
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let file = map.add(name, "");
        sink.push(
            Diagnostic::new(codes::NOT_UTF8, "the file is UTF-16, not UTF-8")
                .at(Span::new(file, 0, 0), "")
                .help("save it as UTF-8"),
        );
        return None;
    }
    match String::from_utf8(bytes) {
        Ok(text) => Some(match text.strip_prefix('\u{feff}') {
            Some(unmarked) => map.add(name, unmarked),
            None => map.add(name, text),
        }),
        Err(error) => {
            let bad = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let marked = text.starts_with('\u{feff}');
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
            let lo = bad - if marked { '\u{feff}'.len_utf8() } else { 0 };
            let file = map.add(name, text);
            let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            sink.push(
                Diagnostic::new(codes::NOT_UTF8, format!("the byte at offset {bad} is not UTF-8"))
                    .at(Span::new(file, place(lo), place(lo + '\u{fffd}'.len_utf8())), "shown as \u{fffd} here")
                    .help("save the file as UTF-8"),
            );
            None
        }
    }
}
