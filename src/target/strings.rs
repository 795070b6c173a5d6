//! What Linux hands to a program: no argument and no `NAME=value` may be longer than 32 pages (execve(2),
//! `MAX_ARG_STRLEN`).

use crate::artifact::Finding;
use crate::diagnostics::{Diagnostic, codes};
use crate::resolve::Origin;

/// The longest `NAME=value`, and the longest argument, that Linux hands to a program (MAX_ARG_STRLEN), the NUL counted.
pub(super) const LONGEST_STRING: usize = 128 << 10;

/// The finding about a longer one.
pub(super) fn too_long(what: String, origin: Origin) -> Finding {
    Finding {
        diagnostic: Diagnostic::new(
            codes::STRING_TOO_LONG,
            format!("{what} is longer than the 128 KiB that Linux hands to a program as one string"),
        )
        .help("put long text into a file of the image, or let the program fetch it"),
        origin,
        label: String::new(),
    }
}

/// The finding about a variable with a NUL.
pub(super) fn holds_nul(what: &str, origin: Origin) -> Finding {
    Finding {
        diagnostic: Diagnostic::new(codes::VARIABLE_NOT_CARRIED, format!("{what} holds a NUL"))
            .help("no variable of a program can hold one: encode the value, as with base64"),
        origin,
        label: String::new(),
    }
}

/// The finding about an argument that is a variable's value, where nothing can be put before the image's own entrypoint.
pub(super) fn secret_argument(name: &str, origin: Origin) -> Finding {
    Finding {
        diagnostic: Diagnostic::new(
            codes::SECRET_ARGUMENT,
            format!("an argument of `{name}` holds a secret, and the image's own entrypoint would receive it"),
        )
        .help(
            "write the program too, as `command: [program, argument, …]`, or let it read an entry of `env` that holds the same",
        ),
        origin,
        label: "has `args` but no `command`".to_owned(),
    }
}
