//! One file per command.

pub mod check;
pub mod ci;
pub mod comment;
pub mod env;
pub mod explain;
pub mod gc;
pub mod graph;
pub mod images;
pub mod krm;
pub mod man;
mod removal;
pub mod render;
pub mod schema;
pub mod teardown;

use super::args::{self, Format, Pull};
use super::base;
use super::inputs;
use super::project::Project;
use super::report::Findings;
use super::terminal::Terminal;
use super::{Exit, Failure};
use crate::diagnostics::{Diagnostic, Outcome};
use crate::pipeline::{Read, environment};
use crate::plan::{Environment, PullRequest, Request};
use crate::resolve::Program;
use crate::source::SourceMap;
use crate::target::Settings;

/// A project that was read without error.
struct Loaded {
    map: SourceMap,
    program: Program,
    /// What was found all the same.
    warnings: Vec<Diagnostic>,
}

/// Reads a project for a command that cannot go on with errors: they are printed, and the exit says so.
fn load(project: &Project, format: Format, terminal: &Terminal) -> Result<Result<Loaded, Exit>, Failure> {
    loaded(project.read()?, format, terminal)
}

/// The same for one pull request, which may come from a fork.
fn load_pull(
    project: &Project,
    pull: &Pull,
    format: Format,
    terminal: &Terminal,
) -> Result<Result<Loaded, Exit>, Failure> {
    loaded(base::read(project, pull)?, format, terminal)
}

/// Plans a pull request's environment for a command that needs no key; without one, the findings are printed and the exit says so.
fn planned(
    loaded: &Loaded,
    pull_request: PullRequest,
    target: args::Target,
    terminal: &Terminal,
) -> Result<Result<(Environment, Settings), Exit>, Failure> {
    let settings = Settings::of(inputs::target(target), &loaded.program, ".");
    let request = Request { pull_request, ..Request::default() };
    let Outcome { value, diagnostics } = environment(&loaded.program, &request, &settings);
    if let Some(environment) = value {
        return Ok(Ok((environment, settings)));
    }
    terminal.findings(&[Findings { map: &loaded.map, diagnostics: &diagnostics }], Format::Human)?;
    Ok(Err(Exit::Errors))
}

fn loaded(read: Read, format: Format, terminal: &Terminal) -> Result<Result<Loaded, Exit>, Failure> {
    let Outcome { value, diagnostics } = read.program;
    match value {
        Some(program) => Ok(Ok(Loaded { map: read.map, program, warnings: diagnostics })),
        None => {
            terminal.findings(&[Findings { map: &read.map, diagnostics: &diagnostics }], format)?;
            Ok(Err(Exit::Errors))
        }
    }
}
