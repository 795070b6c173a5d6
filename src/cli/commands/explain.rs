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
        Some(code) => {
            let page = format!("{}: {}", code.id(), code.page().trim_start_matches("# "));
            terminal.out(wrapped(&page, 80).as_bytes())
        }
        None => {
            let failure = Failure::new(format!("there is no code `{wanted}`"));
            Err(match nearest(&wanted, codes::ALL.iter().map(|code| code.id())) {
                Some(near) => failure.help(format!("did you mean {near}? `previewc explain` lists every code")),
                None => failure.help("`previewc explain` lists every code"),
            })
        }
    }
}

/// Prose in lines of at most `width` characters; examples between fences as they are.
fn wrapped(page: &str, width: usize) -> String {
    let mut out = String::new();
    let mut example = false;
    for line in page.lines() {
        example ^= line.starts_with("```");
        if example || line.starts_with("```") || line.starts_with('|') {
            out.push_str(line);
            out.push('\n');
            continue;
        }
        let mut column = 0;
        for word in line.split(' ') {
            let length = word.chars().count();
            if column > 0 && column + 1 + length > width {
                out.push('\n');
                column = 0;
            } else if column > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += length;
        }
        out.push('\n');
    }
    out
}
