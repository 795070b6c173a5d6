//! `previewc explain`: a code's page.

use std::fmt::Write as _;

use crate::cli::args::Explain;
use crate::cli::terminal::Terminal;
use crate::cli::{Done, Failure};
use crate::diagnostics::{Severity, codes};
use crate::shape::nearest;

/// Prints the page of one code, or the list of all.
pub fn run(args: &Explain, terminal: &Terminal) -> Done {
    let Some(wanted) = &args.code else {
        let mut out = String::new();
        for code in codes::ALL {
            let kind = if code.severity() == Severity::Error { "error" } else { "warning" };
            let _ = writeln!(out, "{}  {kind:<7}  {}", code.id(), code.title());
        }
        return terminal.out(out.as_bytes());
    };
    let wanted = wanted.trim().to_ascii_uppercase();
    match codes::ALL.iter().find(|code| code.id() == wanted) {
        Some(code) => terminal.out(format!("{}: {}", code.id(), code.page().trim_start_matches("# ")).as_bytes()),
        None => {
            let failure = Failure::new(format!("there is no code `{wanted}`"));
            Err(match nearest(&wanted, codes::ALL.iter().map(|code| code.id())) {
                Some(near) => failure.help(format!("did you mean {near}? `previewc explain` lists every code")),
                None => failure.help("`previewc explain` lists every code"),
            })
        }
    }
}
