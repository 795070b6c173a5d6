//! `previewc krm`: what Kustomize and kpt call to make an environment's objects.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use super::render::{left_out, not_for_git};
use crate::bundle::Bundle;
use crate::cli::args::{Format, Krm, Pull, Target, Values};
use crate::cli::disk::DiskFiles;
use crate::cli::project::Project;
use crate::cli::report::Findings;
use crate::cli::terminal::Terminal;
use crate::cli::{Done, Exit, Failure, base, ci, inputs};
use crate::diagnostics::{Diagnostic, Outcome, Severity, Sink, codes};
use crate::document::Doc;
use crate::function::{self, Call, MANIFESTS};
use crate::pipeline::{Read, Secrets, compile, read_decoded};
use crate::plan::{PullRequest, TargetName};
use crate::resolve::Program;
use crate::source::{Located, SourceMap};
use crate::target::Settings;
use crate::workflow;

/// What findings call the text of standard input.
const NAME: &str = "<standard input>";

/// What to do where values of secrets would get into Git.
const FOR_GIT: &str = "write `git: false` under `spec` where what is made is applied and kept nowhere, or let External Secrets fetch \
                       secrets";

/// Answers one call. Objects and findings go to standard output as the list that is expected there, and findings to people, too.
pub fn run(args: &Krm, terminal: &Terminal) -> Done {
    if std::io::stdin().is_terminal() || terminal.stdout_is_terminal() {
        // Nobody types such a list, and what comes back may hold secrets.
        return Err(Failure::new("this is for Kustomize and kpt to call, with a ResourceList on standard input")
            .help("`previewc render --target k8s` writes the same objects into a folder"));
    }
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::io::stdin(), &mut bytes)
        .map_err(|error| Failure::new(format!("standard input cannot be read: {error}")))?;
    let (mut map, mut sink) = (SourceMap::new(), Sink::new());
    let call = match function::read(&mut map, NAME, bytes, &mut sink) {
        Some(call) if !sink.has_errors() => call,
        _ => {
            terminal.findings(&[Findings { map: &map, diagnostics: &sink.into_sorted() }], Format::Human)?;
            return Ok(Exit::Errors);
        }
    };
    let spec = &call.spec;
    let file = spec.file.as_ref().map_or(Path::new("preview.yaml"), |file| Path::new(&file.value));
    let project = Project::of(file).keeping(args.key_file.as_ref());
    let pull = Pull {
        pr: Some(spec.pr.value.into()),
        sha: spec.sha.as_ref().map(|sha| sha.value.clone()),
        branch: spec.branch.as_ref().map(|branch| branch.value.clone()),
        repo: Some(spec.repo.value.clone()),
        fork: spec.fork.as_ref().is_some_and(|fork| fork.value),
        base_manifest: spec.base.as_ref().map(|base| PathBuf::from(&base.value)),
    };
    let read = match &spec.manifest {
        Some(manifest) => {
            let files = DiskFiles::new(&project.folder).without(project.key_file.as_deref());
            read_decoded(manifest, map, &files)
        }
        None => base::read(&project, &pull)?,
    };
    let Read { map, program: Outcome { value: program, mut diagnostics } } = read;
    let mut bundle = None;
    if let Some(program) = &program {
        let made = rendered(args, &call, program, &pull, &base::keeper(&project, &pull), terminal)?;
        bundle = made.value;
        diagnostics.extend(made.diagnostics);
    }
    terminal.findings(&[Findings { map: &map, diagnostics: &diagnostics }], Format::Human)?;
    terminal.out(function::answer(&call, bundle.as_ref(), results(&map, &diagnostics)).as_bytes())?;
    Ok(if bundle.is_some() { Exit::Fine } else { Exit::Errors })
}

/// The bundle that is asked for.
fn rendered(
    args: &Krm,
    call: &Call,
    program: &Program,
    pull: &Pull,
    keeper: &Project,
    terminal: &Terminal,
) -> Result<Outcome<Bundle>, Failure> {
    let spec = &call.spec;
    if let Some((message, help)) = workflow::beyond_objects(program) {
        return Err(Failure::new(message).help(help));
    }
    let pair = |(name, value): (&String, &Located<String>)| format!("{name}={}", value.value);
    let values = Values {
        vars: spec.vars.iter().map(pair).collect(),
        image: spec.images.iter().map(pair).collect(),
        images: None,
        key_file: args.key_file.clone(),
        epoch: spec.epoch.as_ref().map_or(0, |epoch| epoch.value),
    };
    if inputs::makes_key(&values, keeper) {
        // What is made here is nowhere when the function is called again.
        let finding = Diagnostic::new(
            codes::NO_KEY,
            "there is no key to derive credentials from, and a function must not make one",
        )
        .help("set PREVIEWC_KEY for the function; `openssl rand -hex 32` makes one");
        return Ok(Outcome { value: None, diagnostics: vec![finding] });
    }
    let key = match inputs::key(&values, keeper, terminal)? {
        Ok(key) => key,
        Err(finding) => return Ok(Outcome { value: None, diagnostics: vec![finding] }),
    };
    // The call alone says which pull request it is, in whatever job it is made.
    let nothing = ci::Facts::default();
    let facts = inputs::facts(
        spec.pr.value.into(),
        pull.sha.clone(),
        pull.branch.clone(),
        pull.repo.clone(),
        &nothing,
        program,
    )?;
    let mut request = inputs::request(&values, PullRequest { fork: pull.fork, ..facts }, program)?;
    request.fingerprint = key.fingerprint();
    let settings = Settings::of(TargetName::Kubernetes, program, ".");
    let given = |name: &str| std::env::var(name).ok();
    let Outcome { value, mut diagnostics } =
        compile(program, &request, &settings, &Secrets { key: &key, given: &given });
    let for_git = spec.git.as_ref().is_none_or(|git| git.value);
    let refused = value.as_ref().filter(|_| for_git).and_then(|bundle| not_for_git(bundle, MANIFESTS, FOR_GIT));
    let value = if refused.is_some() { None } else { value };
    diagnostics.extend(refused);
    diagnostics.extend(left_out(Target::Kubernetes, program));
    Ok(Outcome { value, diagnostics })
}

/// Findings, as a list states them.
fn results<'a>(map: &'a SourceMap, diagnostics: &'a [Diagnostic]) -> Vec<Doc<'a>> {
    let one = |found: &'a Diagnostic| {
        let severity = match found.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let help = found.help.as_ref().map_or(String::new(), |help| format!("; {help}"));
        let place = found
            .primary
            .as_ref()
            .and_then(|label| Some((map.get(label.span.file)?.name(), map.range(label.span).start.line.to_string())));
        function::finding(severity, found.code.id(), format!("{}{help}", found.message), place)
    };
    diagnostics.iter().map(one).collect()
}
