//! Env files as Compose v2 reads them (`env_file:`): one `NAME="value"` a line, in double quotes.
//!
//! In double quotes its parser knows the escapes `\\ \" \$ \n \r` and takes everything else as it stands; single quotes
//! and bare values lose quotes, dollars, spaces and newlines. Other readers of env files differ: this is for Compose.

use thiserror::Error;

/// Why a variable cannot stand in an env file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refused {
    /// No process can have it: the operating system ends a value there.
    #[error("the value of `{0}` holds a NUL byte, which no environment variable can carry")]
    Nul(String),
    /// The name is not one.
    #[error("`{0}` is no name of an environment variable")]
    Name(String),
}

/// Appends one variable. The name must match `[A-Za-z_][A-Za-z0-9_]*`.
///
/// # Errors
/// [`Refused`] where the file could not carry it; nothing is appended then.
pub fn write(out: &mut String, name: &str, value: &str) -> Result<(), Refused> {
    let mut bytes = name.bytes();
    let head = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    if !head || !bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Err(Refused::Name(name.to_owned()));
    }
    if value.contains('\0') {
        return Err(Refused::Nul(name.to_owned()));
    }
    out.push_str(name);
    out.push_str("=\"");
    for c in value.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '$' => out.push_str("\\$"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            other => out.push(other),
        }
    }
    out.push_str("\"\n");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes() {
        let mut file = String::new();
        write(&mut file, "A", "plain").unwrap();
        write(&mut file, "_B2", "a\"b\\c$d${e}\n\r\t#'é ").unwrap();
        assert_eq!(file, "A=\"plain\"\n_B2=\"a\\\"b\\\\c\\$d\\${e}\\n\\r\t#'é \"\n");
    }

    #[test]
    fn what_no_process_can_have_is_refused() {
        let mut out = String::new();
        assert_eq!(write(&mut out, "A", "x\0"), Err(Refused::Nul("A".into())));
        for name in ["", "1A", "A-B", "A B", "A=B", "É", "A.B"] {
            assert_eq!(write(&mut out, name, "x"), Err(Refused::Name(name.into())));
        }
        assert_eq!(out, "");
    }
}
