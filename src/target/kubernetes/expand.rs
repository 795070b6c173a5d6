//! Kubernetes expands `$(NAME)` in the values of variables, commands and arguments; literal text must survive that.

use std::borrow::Cow;

use crate::plan::Word;

/// Text that a kubelet expands to exactly this text.
///
/// Every `$` is doubled, not only those before `$` and `(`: `$$` always becomes `$`, while `$` before any other byte takes
/// that byte along as one character, which breaks text that is not ASCII.
pub(super) fn literal(text: &str) -> Cow<'_, str> {
    if text.contains('$') { Cow::Owned(text.replace('$', "$$")) } else { Cow::Borrowed(text) }
}

/// One word of a command or its arguments.
pub(super) fn word(word: &Word) -> Cow<'_, str> {
    match word {
        Word::Text(text) => literal(text),
        Word::Env(name) => Cow::Owned(format!("$({name})")),
    }
}

/// Whether text comes through `kubectl kustomize` and `kubectl apply -k` unchanged. They write these characters as they are
/// and then read their own YAML: U+0085 has become a space, the others are refused. In base64 they pass.
pub(super) fn passes_kustomize(text: &str) -> bool {
    !text.chars().any(|c| matches!(c, '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a kubelet does (`third_party/forked/golang/expansion`), byte for byte, told again.
    fn expand(input: &[u8], value: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Vec<u8> {
        let mut out = Vec::new();
        let mut rest = input;
        while let Some((&first, tail)) = rest.split_first() {
            rest = tail;
            match (first, tail.first()) {
                (b'$', Some(b'$')) => {
                    out.push(b'$');
                    rest = &tail[1..];
                }
                (b'$', Some(b'(')) => match tail.iter().position(|b| *b == b')') {
                    Some(end) => {
                        let name = &tail[1..end];
                        let unknown = || [b"$(", name, b")"].concat();
                        out.extend(value(name).unwrap_or_else(unknown));
                        rest = &tail[end + 1..];
                    }
                    None => {
                        out.extend(b"$(");
                        rest = &tail[1..];
                    }
                },
                (b'$', Some(&other)) => {
                    out.push(b'$');
                    // A byte becomes a character of that number: the breakage.
                    out.extend(char::from(other).to_string().bytes());
                    rest = &tail[1..];
                }
                (byte, _) => out.push(byte),
            }
        }
        out
    }

    #[test]
    fn text_survives_the_expansion() {
        for text in [
            "",
            "$",
            "$$",
            "$$$",
            "$(",
            "$()",
            "$(X)",
            "$$(X)",
            "$$$(X)",
            "$(X",
            "a$",
            "$é",
            "$😀",
            "$ x",
            "${X}",
            "x$$",
            "$(X)$(Y)",
            "$\n(",
            "\u{0}$\u{1}",
        ] {
            let value = |_: &[u8]| Some(b"EXPANDED".to_vec());
            assert_eq!(expand(literal(text).as_bytes(), value), text.as_bytes(), "{text:?}");
        }
    }

    #[test]
    fn a_variable_becomes_one_word() {
        let value = |name: &[u8]| (name == b"URL").then(|| b"a $(b) $$".to_vec());
        let text = word(&Word::Env("URL".into())).into_owned();
        assert_eq!(expand(text.as_bytes(), value), b"a $(b) $$");
    }
}
