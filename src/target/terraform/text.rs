//! Texts that Terraform would change.

use crate::artifact::{Finding, Lowered};
use crate::diagnostics::{Diagnostic, codes};
use crate::document::hcl::is_kept;
use crate::resolve::Origin;

/// Finds text that Terraform would change.
pub fn kept(text: &str, what: &str, origin: Origin, out: &mut Lowered) {
    if !is_kept(text) {
        out.finding(Finding {
            diagnostic: Diagnostic::new(codes::TEXT_NOT_KEPT, format!("{what} is not in Unicode's composed form"))
                .help("Terraform would compose it: write it so, or put it into a file that is mounted"),
            origin,
            label: String::new(),
        });
    }
}
