//! The command line: arguments, one file per command, and all input and output of the program.

#![allow(clippy::disallowed_methods, reason = "this is where the pure pipeline meets the world")]

mod args;
mod base;
mod ci;
mod commands;
mod disk;
mod inputs;
mod project;
mod report;
mod resets;
pub mod store;
mod terminal;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

pub use args::Cli;
use args::Command;
pub use disk::DiskFiles;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// Fine.
    Fine,
    /// The manifest has errors.
    Errors,
    /// Wrong use, or input and output that failed.
    Usage,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Fine => 0,
            Exit::Errors => 1,
            Exit::Usage => 2,
        })
    }
}

/// Why a command could not do its work: told in one or two lines, exit code 2.
#[derive(Debug)]
struct Failure {
    message: String,
    help: Option<String>,
}

impl Failure {
    fn new(message: impl Into<String>) -> Self {
        Failure { message: message.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

type Done = Result<Exit, Failure>;

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let terminal = terminal::Terminal::new(cli.color);
    let done = match cli.command {
        Command::Check(args) => commands::check::run(&args, &terminal),
        Command::Render(args) => commands::render::run(&args, &terminal),
        Command::Teardown(args) => commands::teardown::run(&args, &terminal),
        Command::Images(args) => commands::images::run(&args, &terminal),
        Command::Ci(args) => commands::ci::run(&args, &terminal),
        Command::Krm(args) => commands::krm::run(&args, &terminal),
        Command::Comment(args) => commands::comment::run(&args, &terminal),
        Command::Gc(args) => commands::gc::run(&args, &terminal),
        Command::Env(args) => commands::env::run(&args, &terminal),
        Command::Graph(args) => commands::graph::run(&args, &terminal),
        Command::Explain(args) => commands::explain::run(&args, &terminal),
        Command::Schema(args) => commands::schema::run(&args, &terminal),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "previewc", &mut text);
            terminal.out(&text)
        }
        Command::Man => commands::man::run(&terminal),
    };
    match done {
        Ok(exit) => exit.into(),
        Err(failure) => {
            terminal.failure(&failure);
            Exit::Usage.into()
        }
    }
}
