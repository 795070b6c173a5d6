//! Argument vectors. A word that is a variable's value reaches its place through the toolbox's shell, which hands every
//! other word on as a positional parameter: no text of the user's is ever part of a shell's text.

use std::borrow::Cow;

use crate::plan::{TOOLBOX_PROGRAM, Word};

/// An argument vector.
pub type Words<'a> = Vec<Cow<'a, str>>;

/// What a container runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vectors<'a> {
    /// Replaces the image's entrypoint.
    pub entrypoint: Option<Words<'a>>,
    /// Replaces the image's command.
    pub command: Option<Words<'a>>,
    /// Whether a program of the toolbox runs.
    pub needs_toolbox: bool,
}

/// Why an argument cannot be handed over: its entrypoint is the image's, which is not known, so nothing can be put before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownEntrypoint;

/// The vectors of a process whose command and arguments are these.
///
/// # Errors
/// [`UnknownEntrypoint`] where an argument is a variable's value and no command is given.
pub fn vectors<'a>(command: &'a [Word], args: &'a [Word]) -> Result<Vectors<'a>, UnknownEntrypoint> {
    let holds_variable = |words: &[Word]| words.iter().any(|word| matches!(word, Word::Env(_)));
    if holds_variable(args) && command.is_empty() {
        return Err(UnknownEntrypoint);
    }
    if holds_variable(args) || holds_variable(command) {
        return Ok(Vectors {
            entrypoint: Some(wrapped(command.iter().chain(args))),
            command: None,
            needs_toolbox: true,
        });
    }
    let literal = |words: &'a [Word]| -> Option<Words<'a>> {
        (!words.is_empty()).then(|| words.iter().map(|word| Cow::Borrowed(text(word))).collect())
    };
    let needs_toolbox = command.iter().chain(args).any(|word| text(word).contains(TOOLBOX_PROGRAM));
    Ok(Vectors { entrypoint: literal(command), command: literal(args), needs_toolbox })
}

fn text(word: &Word) -> &str {
    match word {
        Word::Text(text) => text,
        Word::Env(name) => name,
    }
}

/// `busybox sh -c 'exec "$0" "$NAME" "$1"' program argument`
fn wrapped<'a>(words: impl Iterator<Item = &'a Word>) -> Words<'a> {
    let mut script = String::from("exec");
    let mut literals = Vec::new();
    for word in words {
        match word {
            Word::Text(text) => {
                script.push_str(&format!(" \"${{{}}}\"", literals.len()));
                literals.push(Cow::Borrowed(text.as_str()));
            }
            Word::Env(name) => script.push_str(&format!(" \"${{{name}}}\"")),
        }
    }
    let mut list: Words<'a> = [TOOLBOX_PROGRAM, "sh", "-c"].map(Cow::Borrowed).to_vec();
    list.push(Cow::Owned(script));
    list.extend(literals);
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(t: &str) -> Word {
        Word::Text(t.to_owned())
    }

    #[test]
    fn literal_words_stay_as_they_are() {
        let (command, args) = ([text("a b"), text("$X")], [text("c")]);
        let found = vectors(&command, &args).unwrap();
        assert_eq!(found.entrypoint, Some(vec!["a b".into(), "$X".into()]));
        assert_eq!(found.command, Some(vec!["c".into()]));
        assert!(!found.needs_toolbox);
        assert_eq!(vectors(&[], &[]).unwrap(), Vectors::default());
    }

    #[test]
    fn a_variable_reaches_its_place_and_texts_stay_out_of_the_script() {
        let (command, args) = ([text("run"), text("'; rm"), Word::Env("TOKEN".to_owned())], [text("last")]);
        let found = vectors(&command, &args).unwrap();
        assert_eq!(
            found.entrypoint.unwrap(),
            ["/previewc/busybox", "sh", "-c", "exec \"${0}\" \"${1}\" \"${TOKEN}\" \"${2}\"", "run", "'; rm", "last"]
        );
        assert_eq!(found.command, None);
        assert!(found.needs_toolbox);
    }

    #[test]
    fn a_variable_behind_an_unknown_entrypoint_is_refused() {
        let args = [Word::Env("TOKEN".to_owned())];
        assert_eq!(vectors(&[], &args), Err(UnknownEntrypoint));
    }
}
