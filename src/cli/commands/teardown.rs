//! `previewc teardown`: the plan that removes an environment, from manifest and number alone.

use std::fmt::Write as _;

use serde_json::json;

use super::{load_pull, planned};
use crate::artifact::{Argv, Lowered, TeardownStep};
use crate::bundle::record::TeardownRecord;
use crate::cli::args::{Format, Teardown, TeardownFormat};
use crate::cli::inputs;
use crate::cli::project::Project;
use crate::cli::terminal::Terminal;
use crate::cli::{Done, Failure};
use crate::document::shell;
use crate::pipeline::lower;
use crate::plan::{PullRequest, Vault};

/// Prints the plan. No key is needed, and no bundle.
pub fn run(args: &Teardown, terminal: &Terminal) -> Done {
    let project = Project::find(&args.manifest)?;
    let loaded = match load_pull(&project, &args.pull, Format::Human, terminal)? {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let pull_request = inputs::pull_request(&args.pull, &loaded.program)?;
    if pull_request.fork && !loaded.program.has_base {
        // Its own manifest would decide whose environment goes.
        return Err(Failure::new("the pull request comes from a fork, whose manifest must not say what is removed")
            .help("pass --base-manifest FILE with the manifest of the branch that it is to be merged into"));
    }
    // What was brought up goes, whatever forks get today.
    let pull_request = PullRequest { fork: false, ..pull_request };
    let (environment, settings) = match planned(&loaded, pull_request, args.target, terminal)? {
        Ok(planned) => planned,
        Err(exit) => return Ok(exit),
    };
    let lowered = lower(&environment, &settings, &Vault::placeholder(&environment.secrets));
    let text = match args.format {
        TeardownFormat::Human => human(environment.id.as_str(), lowered.teardown_steps()),
        TeardownFormat::Json => as_json(environment.id.as_str(), &lowered)?,
        TeardownFormat::Sh => script(&lowered)?,
    };
    terminal.out(text.as_bytes())
}

fn human(id: &str, steps: &[TeardownStep]) -> String {
    let mut out = format!("to remove {id}:\n");
    for (index, step) in steps.iter().enumerate() {
        let _ = writeln!(out, "\n{}. {}", index + 1, step.name);
        for argv in &step.run {
            let _ = writeln!(out, "   {}", words(argv));
        }
        for sweep in &step.sweep {
            let _ = writeln!(out, "   {} ...\n      for each line of: {}", words(&sweep.remove), words(&sweep.list));
        }
        for argv in &step.verify {
            let _ = writeln!(out, "   nothing is left when this prints nothing:\n      {}", words(argv));
        }
    }
    out
}

/// No name of an environment holds a NUL, the only thing that a line of a shell cannot.
fn words(argv: &Argv) -> String {
    shell::line(argv).unwrap_or_default()
}

fn as_json(id: &str, lowered: &Lowered) -> Result<String, Failure> {
    let steps: Vec<TeardownRecord> = lowered.teardown_steps().iter().map(TeardownRecord::from).collect();
    let plan = json!({ "environment": id, "teardown": steps });
    let mut text = serde_json::to_string_pretty(&plan).map_err(|error| Failure::new(error.to_string()))?;
    text.push('\n');
    Ok(text)
}

/// The same `down.sh` that a bundle holds: it needs no other file.
fn script(lowered: &Lowered) -> Result<String, Failure> {
    lowered
        .files()
        .iter()
        .find(|file| file.path == "down.sh")
        .map(|file| String::from_utf8_lossy(&file.contents).into_owned())
        .ok_or_else(|| Failure::new("this target has no down.sh"))
}
