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
