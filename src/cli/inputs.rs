//! From flags and the process environment to the inputs of a compilation.

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use indexmap::IndexMap;

use super::project::Project;
use super::terminal::Terminal;
use super::{Failure, args, ci, store};
use crate::diagnostics::{Diagnostic, Sink, codes};
use crate::plan::{Key, PullRequest, Request, SHORTEST_KEY, TargetName};
use crate::resolve::{Body, ImageSource, Program};
use crate::source::{SourceMap, Span};
use crate::syntax::{self, ScalarKind, Syntax, Value};

/// The target that a flag names; what is not built yet is refused in words.
pub fn target(target: args::Target) -> TargetName {
    match target {
        args::Target::Kubernetes => TargetName::Kubernetes,
        args::Target::Compose => TargetName::Compose,
        args::Target::Terraform => TargetName::Terraform,
    }
}

/// The pull request that flags and CI name.
pub fn pull_request(args: &args::Pull, program: &Program) -> Result<PullRequest, Failure> {
    let known = ci::facts();
    let number = args.pr.or(known.number).ok_or_else(|| {
        Failure::new("which pull request?").help("pass --pr NUMBER; in a pull request's CI job it is known by itself")
    })?;
    // A flag for another pull request than the job's must not get the job's commit.
    let same = args.pr.is_none() || args.pr == known.number;
    let sha = args.sha.clone().or_else(|| known.sha.clone().filter(|_| same));
    let branch = args.branch.clone().or_else(|| known.branch.clone().filter(|_| same));
    let pull = facts(number, sha, branch, args.repo.clone(), &known, program)?;
    Ok(PullRequest { fork: args.fork || known.is_fork(number), ..pull })
}

/// Checks the facts of one pull request. Its repository is the CI's where none is given, however it was named: the same
/// pull request must get the same passwords alone and in a list.
pub fn facts(
    number: u64,
    sha: Option<String>,
    branch: Option<String>,
    repository: Option<String>,
    known: &ci::Facts,
    program: &Program,
) -> Result<PullRequest, Failure> {
    if let Some(sha) = &sha
        && !((7..=64).contains(&sha.len()) && sha.bytes().all(|byte| byte.is_ascii_hexdigit()))
    {
        return Err(Failure::new(format!("`{sha}` is not a commit"))
            .help("a commit is 7 to 64 hexadecimal digits: --sha \"$(git rev-parse HEAD)\""));
    }
    let head_sha = sha.map(|sha| sha.to_ascii_lowercase());
    if number == 0 {
        return Err(Failure::new("0 is not a pull request's number"));
    }
    let repository = match repository.or_else(|| known.repository.clone()) {
        Some(repository) => repository.to_ascii_lowercase(),
        // Without a repository the application stands for it; a CI always knows its repository.
        None => format!("local/{}", program.app),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    let parts = repository.split('/');
    let whole = parts.clone().count() > 1 && parts.clone().all(|part| !part.is_empty());
    if !whole || repository.len() > 200 || !repository.chars().all(plain) {
        return Err(Failure::new("a repository is named OWNER/NAME: letters, digits and `-_./`, at most 200"));
    }
    if branch.as_ref().is_some_and(|branch| branch.len() > 4096 || branch.contains('\0')) {
        return Err(Failure::new("the branch's name is longer than 4096 bytes or holds a NUL"));
    }
    Ok(PullRequest { repository, number, head_sha, branch, fork: false })
}

/// Whether a path stands for standard input.
pub fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// The text of a list that another program printed, from a file or standard input.
pub fn list(path: &Path) -> Result<String, Failure> {
    let read = if is_stdin(path) { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(path) };
    read.map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display())))
}

/// Everything that one compilation is asked for; `fingerprint` stays empty.
pub fn request(args: &args::Values, pull_request: PullRequest, program: &Program) -> Result<Request, Failure> {
    let mut vars = IndexMap::new();
    for pair in &args.vars {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| Failure::new(format!("`--var {pair}` has no `=`")).help("write --var NAME=VALUE"))?;
        if !program.vars.contains_key(name) {
            let known: Vec<&str> = program.vars.keys().map(String::as_str).collect();
            return Err(unknown("variable", name, &known));
        }
        if vars.insert(name.to_owned(), value.to_owned()).is_some() {
            return Err(Failure::new(format!("`--var {name}=…` is given twice")).help("keep one of the two"));
        }
    }
    let mut images = IndexMap::new();
    if let Some(path) = &args.images {
        let text =
            std::fs::read(path).map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display())))?;
        images.extend(table_of_images(&path.display().to_string(), text)?);
    }
    // A flag wins over the file, and nothing over another flag.
    let mut flagged = BTreeSet::new();
    for pair in &args.image {
        let (node, reference) = pair
            .split_once('=')
            .ok_or_else(|| Failure::new(format!("`--image {pair}` has no `=`")).help("write --image NODE=REF"))?;
        if !flagged.insert(node) {
            return Err(Failure::new(format!("`--image {node}=…` is given twice")).help("keep one of the two"));
        }
        images.insert(node.to_owned(), reference.to_owned());
    }
    for (node, reference) in &images {
        let known: Vec<&str> = built(program).collect();
        if !known.contains(&node.as_str()) {
            return Err(unknown("node with an image of its own", node, &known));
        }
        if reference.is_empty() || reference.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(Failure::new(format!("`{reference}` is not an image reference")));
        }
    }
    Ok(Request { pull_request, images, vars, epoch: args.epoch, ..Request::default() })
}

/// Reads what `--images` names: a JSON object of node names and image references.
fn table_of_images(name: &str, bytes: Vec<u8>) -> Result<Vec<(String, String)>, Failure> {
    let wrong = |what: &str| {
        Failure::new(format!("{name} is no list of images: {what}"))
            .help("write a JSON object of node names and image references: `{ \"api\": \"ghcr.io/acme/api:1.2\" }`")
    };
    let (mut map, mut sink) = (SourceMap::new(), Sink::new());
    let file = syntax::load(&mut map, name, bytes, &mut sink);
    let root = file.and_then(|file| syntax::parse(&map, file, Syntax::Json, &mut sink));
    let line = |span: Span| map.range(span).start.line;
    if let Some(first) = sink.into_sorted().into_iter().next() {
        let place = first.primary.map(|label| format!("line {}: ", line(label.span))).unwrap_or_default();
        return Err(wrong(&format!("{place}{}", first.message)));
    }
    let Some(syntax::Node { value: Value::Map { entries, .. }, .. }) = root else {
        return Err(wrong("it is not an object"));
    };
    let image = |entry: syntax::Entry<'_>| match entry.value.value {
        Value::Scalar(scalar) if scalar.kind == ScalarKind::Text => {
            Ok((entry.key.into_owned(), scalar.text.into_owned()))
        }
        _ => Err(wrong(&format!("line {}: what `{}` has is no text", line(entry.key_span), entry.key))),
    };
    entries.into_iter().map(image).collect()
}

/// The nodes whose images can be given.
fn built(program: &Program) -> impl Iterator<Item = &str> {
    program.nodes.values().filter_map(|node| match &node.body {
        Body::Workload(workload) => match &workload.image {
            ImageSource::Built { .. } | ImageSource::Given(_) => Some(node.name.as_str()),
        },
        _ => None,
    })
}

/// A name that the manifest does not have.
pub fn unknown(what: &str, name: &str, known: &[&str]) -> Failure {
    let failure = Failure::new(format!("the manifest has no {what} `{name}`"));
    match crate::shape::nearest(name, known.iter().copied()) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None if known.is_empty() => failure,
        None => failure.help(format!("there is: {}", known.join(", "))),
    }
}

/// Whether [`key`] would make one. Look first whether everything else is there: a key is for good.
pub fn makes_key(args: &args::Values, project: &Project) -> bool {
    let given = std::env::var_os("PREVIEWC_KEY").is_some_and(|key| !key.as_bytes().trim_ascii().is_empty());
    args.key_file.is_none() && !given && !ci::is_ci() && !project.own_folder().join("key").exists()
}

/// The key, from `--key-file`, `PREVIEWC_KEY`, or the project's key file, which is made on first use on a person's machine.
///
/// In CI a fresh key on every run would change every password on every push, so there it is refused with a finding.
pub fn key(args: &args::Values, project: &Project, terminal: &Terminal) -> Result<Result<Key, Diagnostic>, Failure> {
    if let Some(path) = &args.key_file {
        let file = store::read_key(path).map_err(|error| failure(&error))?;
        return Ok(Ok(of_file(file, terminal)));
    }
    if let Some(key) = std::env::var_os("PREVIEWC_KEY").filter(|key| !key.as_bytes().trim_ascii().is_empty()) {
        return Key::new(key.as_bytes()).map(Ok).ok_or_else(|| {
            Failure::new(format!("the key in PREVIEWC_KEY has fewer than {SHORTEST_KEY} characters"))
                .help("make one with `openssl rand -hex 32`")
        });
    }
    let folder = project.own_folder();
    if ci::is_ci() && !folder.join("key").exists() {
        return Ok(Err(Diagnostic::new(
            codes::NO_KEY,
            "there is no key to derive credentials from, and a CI run must not make one",
        )
        .help("set PREVIEWC_KEY to a secret of your CI; `openssl rand -hex 32` makes one")));
    }
    let file = store::project_key(&folder).map_err(|error| failure(&error))?;
    if file.made {
        terminal.err(&format!(
            "made the key {}: environments keep their passwords as long as it is kept\n",
            file.path.strip_prefix(".").unwrap_or(&file.path).display()
        ));
    }
    Ok(Ok(of_file(file, terminal)))
}

/// The key of a file, with a warning where others may read it.
fn of_file(file: store::KeyFile, terminal: &Terminal) -> Key {
    if let Some(warning) = &file.warning {
        let help = warning.help.as_ref().map_or(String::new(), |help| format!("  help: {help}\n"));
        terminal.err(&format!("warning: [{}] {}\n{help}", warning.code.id(), warning.message));
    }
    file.key
}

/// A failure of the store, in its own words.
pub fn failure(error: &store::StoreError) -> Failure {
    let diagnostic = error.diagnostic();
    let failure = Failure::new(format!("[{}] {}", diagnostic.code.id(), diagnostic.message));
    match diagnostic.help {
        Some(help) => failure.help(help),
        None => failure,
    }
}
