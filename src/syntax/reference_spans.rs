//! Finds the references, `${…}`, inside a scalar.

use std::ops::Range;

use crate::source::{SourceMap, Span};

/// The places of the references in a text, from `$` to `}`, in bytes. `$${` writes a literal `${` and is none; a lone
/// `$` is literal; a reference that is never closed ends the search.
pub fn reference_ranges(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let dollar = at + text.get(at..)?.find('$')?;
            let rest = text.get(dollar..)?;
            if rest.starts_with("$${") {
                at = dollar + 3;
            } else if rest.starts_with("${") {
                let end = dollar + rest.find('}')? + 1;
                at = end;
                return Some(dollar..end);
            } else {
                at = dollar + 1;
            }
        }
    })
}

/// The place of a scalar's `k`-th reference, counted from 0, in its source text. Where escapes or comments make the
/// source look different from the text that it means, the whole scalar.
pub fn reference_span(map: &SourceMap, scalar: Span, k: usize) -> Span {
    let place = |at: usize| scalar.lo.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
    match reference_ranges(map.snippet(scalar)).nth(k) {
        Some(range) => Span::new(scalar.file, place(range.start), place(range.end)),
        None => scalar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        reference_ranges(text).map(|range| &text[range]).collect()
    }

    #[test]
    fn references_are_what_is_not_escaped_and_closed() {
        let cases: &[(&str, &[&str])] = &[
            ("plain", &[]),
            ("${a.b}", &["${a.b}"]),
            ("x-${a}-${b}y", &["${a}", "${b}"]),
            ("$${a} ${b}", &["${b}"]),
            ("$$ $ ${b}", &["${b}"]),
            ("$$${a}", &[]),
            ("ü${ä}", &["${ä}"]),
            ("${a ${b}", &["${a ${b}"]),
            ("${open", &[]),
            ("}{$", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(found(text), *expected, "{text:?}");
        }
    }

    #[test]
    fn a_span_points_into_the_source_or_at_the_whole() {
        let mut map = SourceMap::new();
        let text = "k: \"\\t${a} ${b}\"\nb: |\n  | ${no\n  ${yes}\nx: \"\\x24{c}\"\n";
        let file = map.add("f.yaml", text);
        let scalar = |part: &str| {
            let lo = u32::try_from(text.find(part).unwrap()).unwrap();
            Span::new(file, lo, lo + u32::try_from(part.len()).unwrap())
        };
        let quoted = scalar("\"\\t${a} ${b}\"");
        assert_eq!(map.snippet(reference_span(&map, quoted, 1)), "${b}");
        assert_eq!(reference_span(&map, quoted, 2), quoted);
        let block = scalar("| ${no\n  ${yes}");
        assert_eq!(map.snippet(reference_span(&map, block, 0)), "${no\n  ${yes}");
        let escaped = scalar("\"\\x24{c}\"");
        assert_eq!(reference_span(&map, escaped, 0), escaped);
    }
}
