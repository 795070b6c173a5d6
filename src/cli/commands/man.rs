//! `previewc man`: the manual page, every command in one.

use clap::CommandFactory as _;

use crate::cli::args::Cli;
use crate::cli::terminal::Terminal;
use crate::cli::{Done, Failure};

/// Prints the page in roff, for `man -l -`.
pub fn run(terminal: &Terminal) -> Done {
    let mut page = Vec::new();
    let io = |error: std::io::Error| Failure::new(error.to_string());
    let command = Cli::command();
    clap_mangen::Man::new(command.clone()).render(&mut page).map_err(io)?;
    for sub in command.get_subcommands() {
        let man = clap_mangen::Man::new(sub.clone());
        page.extend_from_slice(format!(".SH \"PREVIEWC {}\"\n", sub.get_name().to_uppercase()).as_bytes());
        man.render_description_section(&mut page).map_err(io)?;
        man.render_synopsis_section(&mut page).map_err(io)?;
        man.render_options_section(&mut page).map_err(io)?;
    }
    terminal.out(&page)
}
