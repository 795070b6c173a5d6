//! `previewc render`: writes bundles.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use serde::Deserialize;

use super::{Loaded, load_pull};
use crate::artifact::Mode;
use crate::bundle::{Bundle, stream};
use crate::cli::args::{Format, Render, Target};
use crate::cli::base;
use crate::cli::ci;
use crate::cli::inputs::{self, failure};
use crate::cli::project::Project;
use crate::cli::report::Findings;
use crate::cli::resets;
use crate::cli::store;
use crate::cli::terminal::Terminal;
use crate::cli::{Done, Exit, Failure};
use crate::diagnostics::{Diagnostic, Outcome, codes};
use crate::overrides::COMPOSE_FILE;
use crate::pipeline::{PROJECT_DIR, Secrets, compile};
use crate::plan::{Key, PullRequest, Request};
use crate::resolve::Program;
use crate::target::Settings;

/// One entry of `--prs`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListedPull {
    #[serde(alias = "pr")]
    number: u64,
    sha: Option<String>,
    branch: Option<String>,
    repo: Option<String>,
    #[serde(default)]
    fork: bool,
}

/// Renders one pull request, or every one of a list.
pub fn run(args: &Render, terminal: &Terminal) -> Done {
    let project = Project::find(&args.manifest)?.keeping(args.values.key_file.as_ref());
    let loaded = match load_pull(&project, &args.pull, args.format, terminal)? {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let pulls = pulls(args, &loaded, terminal)?;
    let resets = resets::asked(&args.reset, &loaded.program)?;
    let keeper = base::keeper(&project, &args.pull);
    if inputs::makes_key(&args.values, &keeper) {
        let request = inputs::request(&args.values, PullRequest::default(), &loaded.program)?;
        let job = Job { args, project: &project, loaded: &loaded, request, resets: &resets, key: &Key::stand_in() };
        for pull in &pulls {
            let Outcome { value, diagnostics } = job.compile(pull, ".")?;
            if value.is_none() {
                let found: Vec<Diagnostic> = loaded.warnings.iter().cloned().chain(diagnostics).collect();
                terminal.findings(&[Findings { map: &loaded.map, diagnostics: &found }], args.format)?;
                return Ok(Exit::Errors);
            }
        }
    }
    let key = match inputs::key(&args.values, &keeper, terminal)? {
        Ok(key) => key,
        Err(finding) => {
            terminal.findings(&[Findings { map: &loaded.map, diagnostics: &[finding] }], args.format)?;
            return Ok(Exit::Usage);
        }
    };
    let many = args.prs.is_some();
    let mut request = inputs::request(&args.values, PullRequest::default(), &loaded.program)?;
    request.fingerprint = key.fingerprint();
    request.reseed = args.reseed;
    let job = Job { args, project: &project, loaded: &loaded, request, resets: &resets, key: &key };
    let mut shown: Vec<Diagnostic> = loaded.warnings.clone();
    shown.extend(left_out(args.target, &loaded.program).filter(|_| is_stdout(args)));
    let (mut failed, mut written, mut result) = (false, 0usize, Vec::new());
    for done in in_parallel(&pulls, |pull| job.render(pull)) {
        let Rendered { bundle, found, folder } = done?;
        for finding in found {
            if !shown.contains(&finding) {
                shown.push(finding);
            }
        }
        match (bundle, folder) {
            (Some(bundle), None) => result = whole(args, &bundle, terminal)?,
            (Some(bundle), Some(folder)) if args.format == Format::Human => {
                result = summary(&folder, &bundle).into_bytes();
            }
            (_, Some(_)) => written += 1,
            (None, None) => failed = true,
        }
    }
    // With `-o -` standard output belongs to the bundle, so that machine formats have no place there.
    if !is_stdout(args) || args.format == Format::Human || failed {
        terminal.findings(&[Findings { map: &loaded.map, diagnostics: &shown }], args.format)?;
    }
    if many && args.format == Format::Human {
        result = format!("{written} bundles written\n").into_bytes();
    }
    terminal.out(&result)?;
    Ok(if failed { Exit::Errors } else { Exit::Fine })
}

/// The pull requests to render.
fn pulls(args: &Render, loaded: &Loaded, terminal: &Terminal) -> Result<Vec<PullRequest>, Failure> {
    let Some(path) = &args.prs else { return Ok(vec![inputs::pull_request(&args.pull, &loaded.program)?]) };
    let text =
        std::fs::read(path).map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display())))?;
    let listed: Vec<ListedPull> = serde_json::from_slice(&text).map_err(|error| {
        Failure::new(format!("{} is not a list of pull requests: {error}", path.display()))
            .help("write [{\"number\": 142, \"sha\": \"…\", \"branch\": \"…\"}]")
    })?;
    let mut numbers: Vec<u64> = listed.iter().map(|pull| pull.number).collect();
    numbers.sort_unstable();
    if let Some(pair) = numbers.windows(2).find(|pair| pair.first() == pair.last()) {
        let number = pair.first().copied().unwrap_or_default();
        return Err(Failure::new(format!("{} lists pull request {number} twice", path.display())));
    }
    warn_of_ports(&listed, args, loaded, terminal);
    let known = ci::facts();
    listed
        .into_iter()
        .map(|pull| {
            let repo = pull.repo.or_else(|| args.pull.repo.clone());
            let fork = pull.fork || args.pull.fork || known.is_fork(pull.number);
            let facts = inputs::facts(pull.number, pull.sha, pull.branch, repo, &known, &loaded.program)?;
            Ok(PullRequest { fork, ..facts })
        })
        .collect()
}

/// Warns of pull requests of a list that would publish one port of this machine: the second of them could not come up.
fn warn_of_ports(listed: &[ListedPull], args: &Render, loaded: &Loaded, terminal: &Terminal) {
    let settings = Settings::of(inputs::target(args.target), &loaded.program, ".");
    let Some(ports) = settings.profile(&loaded.program).ports else { return };
    let mut taken: BTreeMap<u16, u64> = BTreeMap::new();
    for pull in listed {
        let (number, port) = (pull.number, ports.port(pull.number));
        if let Some(other) = taken.insert(port, number) {
            terminal.err(&format!(
                "warning: pull requests {other} and {number} publish one port, {port}: only one of them can be up\n  \
                 help: give `targets.compose.ports` a wider range; the port follows from the number\n"
            ));
        }
    }
}

/// What is the same for every pull request.
struct Job<'j> {
    args: &'j Render,
    project: &'j Project,
    loaded: &'j Loaded,
    /// The request, but for the pull request.
    request: Request,
    /// The stores that are made anew, with what the user calls that.
    resets: &'j [(String, Option<String>)],
    key: &'j Key,
}

/// One pull request after its bundle was written, unless that goes to standard output.
struct Rendered {
    /// The bundle, where something is left to do with it: of a list none is kept.
    bundle: Option<Bundle>,
    found: Vec<Diagnostic>,
    /// Where it was written.
    folder: Option<PathBuf>,
}

impl Job<'_> {
    /// `root` is the manifest's folder as seen from the bundle's.
    fn compile(&self, pull: &PullRequest, root: &str) -> Result<Outcome<Bundle>, Failure> {
        let reset = resets::identities(self.resets, pull)?;
        let request = Request { pull_request: pull.clone(), reset, ..self.request.clone() };
        let settings = Settings::of(inputs::target(self.args.target), &self.loaded.program, root);
        let given = |name: &str| std::env::var(name).ok();
        Ok(compile(&self.loaded.program, &request, &settings, &Secrets { key: self.key, given: &given }))
    }

    fn render(&self, pull: &PullRequest) -> Result<Rendered, Failure> {
        let (args, many) = (self.args, self.args.prs.is_some());
        let folder = folder(args, self.project, pull.number);
        let root = if is_stdout(args) { ".".to_owned() } else { from_to(&folder, &self.project.folder)? };
        let Outcome { value, diagnostics: mut found } = self.compile(pull, &root)?;
        let help = match args.target {
            Target::Kubernetes => "let Argo CD render by itself (`previewc ci argocd`), or keep bundles out of Git",
            Target::Compose | Target::Terraform => "keep bundles out of Git",
        };
        let refused = value.as_ref().filter(|_| args.git).and_then(|bundle| not_for_git(bundle, "", help));
        let value = value.filter(|_| refused.is_none());
        found.extend(refused);
        match value {
            Some(bundle) if !is_stdout(args) => {
                write(&folder, &bundle, args.force, !many)?;
                Ok(Rendered { bundle: Some(bundle).filter(|_| !many), found, folder: Some(folder) })
            }
            bundle => Ok(Rendered { bundle, found, folder: None }),
        }
    }
}

/// Does the same with every item on all processors; gives the results in the order of the items. Nothing is begun any more
/// once something has failed, so that results may be missing behind a failure.
fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, Failure> + Sync,
) -> impl Iterator<Item = Result<R, Failure>> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get).min(items.len());
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let share = || {
        let mut done = Vec::new();
        while !failed.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { break };
            let result = work(item);
            failed.fetch_or(result.is_err(), Ordering::Relaxed);
            done.push((index, result));
        }
        done
    };
    let mut all: Vec<(usize, Result<R, Failure>)> = thread::scope(|scope| {
        // This thread is one of them.
        let others: Vec<_> = (1..workers).map(|_| scope.spawn(share)).collect();
        let own = share();
        let theirs = others.into_iter().map(|other| other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        own.into_iter().chain(theirs.flatten()).collect()
    });
    all.sort_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, result)| result)
}

fn is_stdout(args: &Render) -> bool {
    args.out.as_deref() == Some(Path::new("-"))
}

fn folder(args: &Render, project: &Project, number: u64) -> PathBuf {
    match &args.out {
        Some(out) => out.clone(),
        None => project.own_folder().join(format!("pr-{number}")).join(inputs::target(args.target).as_str()),
    }
}

fn write(folder: &Path, bundle: &Bundle, force: bool, durable: bool) -> Result<(), Failure> {
    if let Some(own) = folder.ancestors().find(|path| path.ends_with(PROJECT_DIR)) {
        store::prepare(own).map_err(|error| failure(&error))?;
    }
    store::write(folder, bundle, store::Options { force, durable }).map_err(|error| failure(&error))?;
    Ok(())
}

/// What is in a bundle, below a folder or anywhere, that Git would show to everybody who may read the repository, for ever.
pub fn not_for_git(bundle: &Bundle, below: &str, help: &str) -> Option<Diagnostic> {
    let kept = bundle.files().iter().filter(|(path, _)| path.as_str().starts_with(below));
    let private = kept.filter(|(_, file)| file.mode == Mode::Private);
    let names: Vec<&str> = private.map(|(path, _)| path.as_str()).collect();
    (!names.is_empty()).then(|| {
        Diagnostic::new(codes::SECRET_FOR_GIT, format!("{} would hold secrets, in a bundle for Git", names.join(", ")))
            .help(help)
    })
}

/// A warning where the one text lacks what users override.
pub fn left_out(target: Target, program: &Program) -> Option<Diagnostic> {
    let overrides = &program.overrides;
    let (files, tool) = match target {
        Target::Kubernetes => (&overrides.kubernetes, "kubectl apply -k DIR"),
        Target::Compose => (&overrides.compose, "docker compose up"),
        Target::Terraform => (&overrides.terraform, "terraform apply"),
    };
    let message = "what .previewc/overrides changes is not part of this output: only the tools know what it makes";
    (!files.is_empty()).then(|| {
        Diagnostic::new(codes::OVERRIDES_LEFT_OUT, message)
            .help(format!("write the bundle to a folder with `-o DIR`, and use `{tool}` or `up.sh` there"))
    })
}

/// The whole bundle as one text. Secrets are part of it, so a terminal gets it only on demand.
fn whole(args: &Render, bundle: &Bundle, terminal: &Terminal) -> Result<Vec<u8>, Failure> {
    let secret = bundle.files().values().any(|file| file.mode == Mode::Private);
    if secret && terminal.stdout_is_terminal() && !args.reveal {
        return Err(Failure::new("the bundle holds secrets, and standard output is a terminal")
            .help("write it to a folder with `-o DIR`, pipe it on, or pass --reveal"));
    }
    Ok(stream(bundle))
}

/// What was written, and what to do with it.
fn summary(folder: &Path, bundle: &Bundle) -> String {
    let record = bundle.record();
    let folder = folder.strip_prefix(".").unwrap_or(folder).display();
    let holds = |name: &str| record.files.iter().any(|file| file.path.as_str() == name);
    let plain = match record.target.as_str() {
        "compose" if holds(COMPOSE_FILE) => {
            format!("docker compose -f {folder}/compose.yaml -f {folder}/{COMPOSE_FILE} up -d")
        }
        "compose" => format!("docker compose -f {folder}/compose.yaml up -d"),
        "terraform" => format!("terraform -chdir={folder} init && terraform -chdir={folder} apply"),
        _ if holds("overrides/kustomization.yaml") => format!("kubectl apply -k {folder}"),
        _ => format!("kubectl apply -f {folder}/manifests"),
    };
    format!(
        "{} for {}: {} files in {folder}\n  up    {folder}/up.sh\n        or {plain}\n  down  {folder}/down.sh\n  url   {}\n",
        record.environment.id,
        record.target,
        record.files.len(),
        record.environment.url.as_deref().unwrap_or("none"),
    )
}

/// The way from one folder to another, both as they will be: neither needs to exist.
fn from_to(from: &Path, to: &Path) -> Result<String, Failure> {
    let (from, to) = (absolute(from)?, absolute(to)?);
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| "..".to_owned());
    let down = to.components().skip(common).map(|part| part.as_os_str().to_string_lossy().into_owned());
    let way: Vec<String> = up.chain(down).collect();
    Ok(if way.is_empty() { ".".to_owned() } else { way.join("/") })
}

/// A path from the root on. What exists of it is followed through links; the rest is taken by its words.
fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    let here =
        std::env::current_dir().map_err(|error| Failure::new(format!("the current folder cannot be told: {error}")))?;
    let mut whole = PathBuf::new();
    for part in here.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                whole.pop();
            }
            part => whole.push(part),
        }
    }
    for (depth, ancestor) in whole.ancestors().enumerate() {
        if let Ok(real) = ancestor.canonicalize() {
            let rest: PathBuf = whole.components().skip(whole.components().count() - depth).collect();
            return Ok(real.join(rest));
        }
    }
    Ok(whole)
}
