//! `previewc check`: validates manifests. The pre-commit hook.

use std::collections::BTreeSet;

use crate::cli::args::{Check, Format};
use crate::cli::project::Project;
use crate::cli::report::{Findings, count};
use crate::cli::terminal::Terminal;
use crate::cli::{Done, Exit, Failure};
use crate::diagnostics::{Diagnostic, Severity};
use crate::pipeline::{Read, rehearse};
use crate::plan::TargetName;
use crate::resolve::Program;

/// Reads every manifest, plans a made-up pull request for each target, and prints what was found. A file that cannot be read
/// keeps no other from being checked.
pub fn run(args: &Check, terminal: &Terminal) -> Done {
    let projects: Vec<Project> = if args.files.is_empty() {
        vec![Project::find(&args.manifest)?]
    } else {
        // The same file by two names is one.
        let mut seen = BTreeSet::new();
        let files = args.files.iter().chain(args.manifest.file.as_ref());
        files
            .filter(|file| seen.insert(file.canonicalize().unwrap_or_else(|_| (*file).clone())))
            .map(|file| Project::of(file))
            .collect()
    };
    let mut results: Vec<(Read, Vec<Diagnostic>)> = Vec::new();
    let mut unread: Vec<Failure> = Vec::new();
    for project in &projects {
        let mut read = match project.read() {
            Ok(read) => read,
            Err(failure) => {
                unread.push(failure);
                continue;
            }
        };
        let mut found = std::mem::take(&mut read.program.diagnostics);
        if let Some(program) = &read.program.value {
            // Warnings of a rehearsal depend on the target; `render` tells them.
            let errors = rehearse(program, &targets(program));
            found.extend(errors.into_iter().filter(|diagnostic| diagnostic.severity == Severity::Error));
        }
        results.push((read, found));
    }
    let found: Vec<Findings<'_>> =
        results.iter().map(|(read, found)| Findings { map: &read.map, diagnostics: found }).collect();
    terminal.findings(&found, args.format)?;
    let counted = count(&found);
    if args.format == Format::Human {
        match (counted.as_str(), projects.as_slice()) {
            ("", _) if !unread.is_empty() => {}
            ("", [one]) => terminal.err(&format!("{}: fine\n", one.file.display())),
            ("", all) => terminal.err(&format!("{} manifests: fine\n", all.len())),
            (counted, _) => terminal.err(&format!("{counted}; `previewc explain CODE` tells more\n")),
        }
    }
    unread.iter().for_each(|failure| terminal.failure(failure));
    let failed = found.iter().flat_map(|f| f.diagnostics).any(|d| d.severity == Severity::Error);
    Ok(match (unread.is_empty(), failed) {
        (false, _) => Exit::Usage,
        (true, true) => Exit::Errors,
        (true, false) => Exit::Fine,
    })
}

/// The targets that the manifest configures; all of them where it configures none.
fn targets(program: &Program) -> Vec<TargetName> {
    let all = vec![TargetName::Kubernetes, TargetName::Compose];
    let Some(targets) = &program.targets else { return all };
    let configured: Vec<TargetName> = [
        targets.kubernetes.as_ref().map(|_| TargetName::Kubernetes),
        targets.compose.as_ref().map(|_| TargetName::Compose),
        targets.terraform.as_ref().map(|_| TargetName::Terraform),
    ]
    .into_iter()
    .flatten()
    .collect();
    if configured.is_empty() { all } else { configured }
}
