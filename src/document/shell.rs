//! Words of a POSIX shell (POSIX.1-2024, XCU 2.2): what stands between single quotes is taken as it is.

use std::borrow::Cow;

use thiserror::Error;

/// A NUL byte: no argument of a process can hold one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a command's argument holds a NUL byte, which no process can receive")]
pub struct Nul;

/// One argument as one word: as it is where a shell sees nothing special in it, else in single quotes.
///
/// # Errors
/// [`Nul`] where the argument holds a NUL byte.
pub fn word(argument: &str) -> Result<Cow<'_, str>, Nul> {
    if argument.contains('\0') {
        return Err(Nul);
    }
    let bare = |b: u8| b.is_ascii_alphanumeric() || b"_-+=:,./@%".contains(&b);
    if !argument.is_empty() && argument.bytes().all(bare) {
        return Ok(Cow::Borrowed(argument));
    }
    Ok(Cow::Owned(quoted(argument)))
}

/// A text between double quotes (XCU 2.2.3), in which nothing is expanded. The quotes are the caller's.
pub fn in_double_quotes(text: &str) -> String {
    text.chars().map(|c| if "\\\"$`".contains(c) { format!("\\{c}") } else { c.to_string() }).collect()
}

/// An argument vector as one line.
///
/// # Errors
/// [`Nul`] where an argument holds a NUL byte.
pub fn line<S: AsRef<str>>(arguments: &[S]) -> Result<String, Nul> {
    Ok(words(arguments)?.join(" "))
}

/// The words of a command. In the first place `=` would make an assignment and some words belong to the shell's grammar.
fn words<S: AsRef<str>>(arguments: &[S]) -> Result<Vec<Cow<'_, str>>, Nul> {
    let mut words = arguments.iter().map(|a| word(a.as_ref())).collect::<Result<Vec<_>, _>>()?;
    if let Some(first) = words.first_mut()
        && (first.contains('=') || RESERVED.contains(&first.as_ref()))
        && !first.starts_with('\'')
    {
        *first = Cow::Owned(quoted(first));
    }
    Ok(words)
}

/// Words that a shell reads as its own in the first place of a command (XCU 2.4, and those of bash and ksh).
const RESERVED: [&str; 19] = [
    "case",
    "coproc",
    "do",
    "done",
    "elif",
    "else",
    "esac",
    "fi",
    "for",
    "function",
    "if",
    "in",
    "namespace",
    "select",
    "then",
    "time",
    "typeset",
    "until",
    "while",
];

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for c in text.chars() {
        // A single quote ends the quotes, stands escaped, and opens them again.
        if c == '\'' { out.push_str("'\\''") } else { out.push(c) }
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_needed() {
        let cases = [
            ("", "''"),
            ("kubectl", "kubectl"),
            ("--for=condition=Ready", "--for=condition=Ready"),
            ("a b", "'a b'"),
            ("it's", "'it'\\''s'"),
            ("$HOME `x` \\ \"", "'$HOME `x` \\ \"'"),
            ("~", "'~'"),
            ("a\nb", "'a\nb'"),
            ("*", "'*'"),
            ("é", "'é'"),
            ("#x", "'#x'"),
            ("{a,b}", "'{a,b}'"),
            ("!x", "'!x'"),
        ];
        for (argument, expected) in cases {
            assert_eq!(word(argument).unwrap(), expected);
        }
        assert_eq!(word("a\0b"), Err(Nul));
    }

    #[test]
    fn a_command_is_never_an_assignment_or_a_keyword() {
        assert_eq!(line(&["A=b", "A=b"]).unwrap(), "'A=b' A=b");
        assert_eq!(line(&["if", "if"]).unwrap(), "'if' if");
        assert_eq!(line(&["it's=x"]).unwrap(), "'it'\\''s=x'");
    }

    #[test]
    fn a_shell_hands_every_argument_on_unchanged() {
        let hostile = [
            "", " ", "'", "''", "\"", "\\", "\\\\", "$", "$$", "$(id)", "`id`", "*", "?", "[a]", "~", "~root", "#",
            "a#b", "!", "!!", "&", "&&", "|", ";", "<", ">", "(", ")", "{", "{a,b}", "a\nb", "\n", "a\tb", "\r", "é",
            "😀", "-n", "--", "=", "a=b", "%s", "\u{1}", "\u{7f}", "\u{85}", "\u{2028}",
        ];
        let mut argv = vec!["printf", "%s\\0"];
        argv.extend(hostile);
        #[allow(clippy::disallowed_methods, reason = "the shell is the judge of what was written for it")]
        let output = std::process::Command::new("sh").arg("-c").arg(line(&argv).unwrap()).output().unwrap();
        let expected: Vec<u8> = hostile.iter().flat_map(|w| [w.as_bytes(), b"\0"].concat()).collect();
        assert_eq!(output.stdout, expected);
    }
}
