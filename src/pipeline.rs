//! The pipeline from end to end, for `cli` and for anyone who uses the library.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use crate::artifact::{Finding, Lowered};
use crate::bundle::record::{AbsentRecord, EnvironmentRecord, InputFile, Inputs, UrlRecord};
use crate::bundle::{Bundle, Facts};
use crate::diagnostics::{Diagnostic, Outcome, Severity, Sink, codes};
use crate::manifest::{self, Manifest};
use crate::overrides;
use crate::plan::TargetName;
use crate::plan::{Environment, Key, Planned, Request, Vault, plan};
use crate::recipes::{self, Recipe};
use crate::resolve::{Origins, Program, resolve};
use crate::source::{Digest, FileError, Files, SourceMap};
use crate::syntax::{self, Syntax};
use crate::target::Settings;

/// The folder that holds a project's own recipes, overrides and bundles.
pub const PROJECT_DIR: &str = ".previewc";

/// What reading gave: the texts, which findings refer to, and the program.
#[derive(Debug)]
pub struct Read {
    /// Every text that was read.
    pub map: SourceMap,
    /// The program and what was found.
    pub program: Outcome<Program>,
}

/// Reads one manifest with everything that it names. It is read once, whatever the number of pull requests.
///
/// `name` is what findings call the file; its ending decides the syntax, YAML where it says nothing.
pub fn read(name: &str, bytes: Vec<u8>, files: &dyn Files) -> Read {
    let mut map = SourceMap::new();
    let mut sink = Sink::new();
    let program = program(name, bytes, files, &mut map, &mut sink).map(|mut program| {
        program.inputs.insert_before(0, "preview".to_owned(), meaning(&program));
        program
    });
    Read { program: outcome(program, sink), map }
}

/// Reads what a manifest names that is part of another text, of `map`.
pub fn read_decoded(manifest: &Manifest, mut map: SourceMap, files: &dyn Files) -> Read {
    let mut sink = Sink::new();
    let mut program = resolved(manifest, files, files, &mut map, &mut sink);
    program.inputs.insert_before(0, "preview".to_owned(), meaning(&program));
    Read { program: outcome(Some(program), sink), map }
}

/// A digest of what the manifest says: the same in every syntax, whatever its comments, and wherever the project stands.
/// What the targets' settings make of it shows in the files themselves. Another version of previewc, which the record
/// names too, may give another digest for the same manifest.
fn meaning(program: &Program) -> Digest {
    let Program { app, domain, registry, nodes, secrets, vars, canonical, .. } = program;
    Digest::of(format!("{:?}", (app, domain, registry, nodes, secrets, vars, canonical)).as_bytes())
}

/// The manifest of the branch that a fork's pull request is to be merged into.
pub struct Base<'a> {
    /// What findings call the file.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The files beside it: recipes come from here.
    pub files: &'a dyn Files,
}

/// Reads the manifest of a fork's pull request. What decides over the team's secrets, names and machines comes from the base
/// manifest: `name`, `domain`, `registry`, `secrets`, `servers`, `preview`, `baseline`, `targets`, and recipes from its folder.
/// What the fork's own manifest says there is passed over.
pub fn read_of_fork(name: &str, bytes: Vec<u8>, files: &dyn Files, base: Base<'_>) -> Read {
    let mut map = SourceMap::new();
    let mut sink = Sink::new();
    let own = manifest(name, bytes, &mut map, &mut sink);
    let theirs = manifest(&base.name, base.bytes, &mut map, &mut sink);
    let program = own.zip(theirs).map(|(own, theirs)| {
        let merged = Manifest {
            name: theirs.name,
            domain: theirs.domain,
            registry: theirs.registry,
            secrets: theirs.secrets,
            servers: theirs.servers,
            preview: theirs.preview,
            baseline: theirs.baseline,
            targets: theirs.targets,
            ..own
        };
        let mut program = resolved(&merged, files, base.files, &mut map, &mut sink);
        program.has_base = true;
        program.inputs.insert_before(0, "preview".to_owned(), meaning(&program));
        program
    });
    Read { program: outcome(program, sink), map }
}

fn program(name: &str, bytes: Vec<u8>, files: &dyn Files, map: &mut SourceMap, sink: &mut Sink) -> Option<Program> {
    let manifest = manifest(name, bytes, map, sink)?;
    Some(resolved(&manifest, files, files, map, sink))
}

fn manifest(name: &str, bytes: Vec<u8>, map: &mut SourceMap, sink: &mut Sink) -> Option<Manifest> {
    let file = syntax::load(map, name, bytes, sink)?;
    let root = syntax::parse(map, file, Syntax::of_path(name).unwrap_or(Syntax::Yaml), sink)?;
    manifest::decode(map, &root, sink)
}

/// `project` holds the project's own recipes.
fn resolved(
    manifest: &Manifest,
    files: &dyn Files,
    project: &dyn Files,
    map: &mut SourceMap,
    sink: &mut Sink,
) -> Program {
    let mut broken = BTreeSet::new();
    let mut own = IndexMap::new();
    let recipes = recipes_of(manifest, project, map, &mut broken, &mut own, sink);
    let mut program = resolve(manifest, recipes, &broken, files, sink);
    program.inputs.extend(own);
    program.overrides = overrides::read(project, map, &mut program.inputs, sink);
    program
}

/// The recipe of every engine that the manifest names: the project's own, else the shipped one.
fn recipes_of(
    manifest: &Manifest,
    files: &dyn Files,
    map: &mut SourceMap,
    broken: &mut BTreeSet<String>,
    own: &mut IndexMap<String, Digest>,
    sink: &mut Sink,
) -> IndexMap<String, Recipe> {
    let m = manifest;
    let families = [&m.databases, &m.queues, &m.caches, &m.search, &m.buckets, &m.mail];
    let engines: BTreeSet<&str> = families
        .into_iter()
        .flat_map(|family| family.values())
        .filter_map(|slot| slot.body.as_ref())
        .map(|store| store.engine.value.as_str())
        .filter(|engine| {
            !engine.is_empty() && engine.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        })
        .collect();
    let mut out = IndexMap::new();
    for engine in engines {
        let path = format!("{PROJECT_DIR}/recipes/{engine}.yaml");
        let (name, bytes) = match files.read(&path) {
            Ok(bytes) => {
                own.insert(path.clone(), Digest::of(&bytes));
                (path, bytes)
            }
            Err(FileError::Missing) => match recipes::builtin(engine) {
                Some(text) => (format!("<recipe {engine}>"), text.as_bytes().to_vec()),
                None => continue,
            },
            Err(error) => {
                let why = match error {
                    FileError::Outside => "it leads out of the manifest's folder",
                    FileError::Withheld => "it is one of the files that previewc keeps for itself",
                    FileError::TooLarge(_) => "it is too large",
                    FileError::Missing | FileError::Unreadable(_) => "it is no file that previewc may read",
                };
                broken.insert(engine.to_owned());
                sink.push(
                    Diagnostic::new(codes::MISSING_FILE, format!("the recipe `{path}` cannot be read: {why}"))
                        .help("keep it as a plain file there"),
                );
                continue;
            }
        };
        let mut found = Sink::new();
        let recipe = syntax::load(map, &name, bytes, &mut found).and_then(|file| {
            let root = syntax::parse(map, file, Syntax::Yaml, &mut found)?;
            recipes::decode(map, &root, &mut found)
        });
        let failed = found.has_errors();
        for diagnostic in found.into_sorted() {
            sink.push(diagnostic);
        }
        match recipe {
            Some(recipe) if !failed => {
                out.insert(engine.to_owned(), recipe);
            }
            _ => {
                broken.insert(engine.to_owned());
            }
        }
    }
    out
}

/// Plans one pull request for a target, without values of secrets. Findings carry spans of the manifest.
pub fn environment(program: &Program, request: &Request, settings: &Settings) -> Outcome<Environment> {
    let Planned { environment, findings } = plan(program, request, &settings.profile(program));
    let mut sink = Sink::new();
    report(findings, &program.origins, &mut sink);
    outcome(Some(environment), sink)
}

/// Where secrets' values come from.
pub struct Secrets<'a> {
    /// The key that credentials are derived from.
    pub key: &'a Key,
    /// Looks up a variable of the process that renders.
    pub given: &'a dyn Fn(&str) -> Option<String>,
}

/// Compiles one pull request's bundle. The same inputs give the same bytes on every machine.
pub fn compile(program: &Program, request: &Request, settings: &Settings, secrets: &Secrets<'_>) -> Outcome<Bundle> {
    let planned = environment(program, request, settings);
    let Some(environment) = planned.value else { return Outcome { value: None, diagnostics: planned.diagnostics } };
    let mut sink = Sink::new();
    planned.diagnostics.into_iter().chain(program.later.clone()).for_each(|diagnostic| sink.push(diagnostic));
    let vault = match Vault::open(&environment.secrets, secrets.key, &environment.scope, secrets.given) {
        Ok(vault) => vault,
        Err(missing) => {
            for secret in missing {
                let crate::plan::SecretSource::Given { variable } = &secret.source else { continue };
                let mut finding = Diagnostic::new(
                    codes::MISSING_SECRET,
                    format!(
                        "the secret `{}` has no value: the variable `{variable}` is not set or empty",
                        secret.name.trim_start_matches("secrets/")
                    ),
                )
                .help(format!("set `{variable}` for the process that renders"));
                if let Some(span) = program.origins.span(secret.origin) {
                    finding = finding.at(span, "declared here");
                }
                sink.push(finding);
            }
            return outcome(None, sink);
        }
    };
    let lowered = lower(&environment, settings, &vault);
    report(lowered.findings().to_vec(), &program.origins, &mut sink);
    if sink.has_errors() {
        return outcome(None, sink);
    }
    match Bundle::new(facts(program, request, &environment), lowered) {
        Ok(bundle) => outcome(Some(bundle), sink),
        Err(findings) => {
            findings.into_iter().for_each(|finding| sink.push(finding));
            outcome(None, sink)
        }
    }
}

/// What `check` does for each target: plans a made-up pull request and lowers it with placeholders for secrets, so that what
/// only a target can object to is found before anything is pushed.
pub fn rehearse(program: &Program, targets: &[TargetName]) -> Vec<Diagnostic> {
    let request = Request::rehearsal();
    let mut sink = Sink::new();
    for target in targets {
        let settings = Settings::of(*target, program, "../../..");
        let planned = environment(program, &request, &settings);
        planned.diagnostics.into_iter().for_each(|diagnostic| sink.push(diagnostic));
        if let Some(environment) = planned.value {
            let vault = Vault::placeholder(&environment.secrets);
            let lowered = lower(&environment, &settings, &vault);
            report(lowered.findings().to_vec(), &program.origins, &mut sink);
        }
    }
    sink.into_sorted()
}

/// Lowers an environment.
pub fn lower(environment: &Environment, settings: &Settings, vault: &Vault) -> Lowered {
    let mut lowered = Lowered::new();
    settings.target().lower(environment, vault, &mut lowered);
    lowered
}

/// Gives findings their spans.
fn report(findings: Vec<Finding>, origins: &Origins, sink: &mut Sink) {
    for finding in findings {
        let diagnostic = match origins.span(finding.origin) {
            Some(span) => finding.diagnostic.at(span, finding.label),
            None => finding.diagnostic,
        };
        sink.push(diagnostic);
    }
}

fn outcome<T>(value: Option<T>, sink: Sink) -> Outcome<T> {
    let diagnostics = sink.into_sorted();
    let failed = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    Outcome { value: value.filter(|_| !failed), diagnostics }
}

fn facts(program: &Program, request: &Request, environment: &Environment) -> Facts {
    let pull = &request.pull_request;
    Facts {
        environment: EnvironmentRecord {
            id: environment.id.to_string(),
            app: environment.app.clone(),
            pr: pull.number,
            repo: pull.repository.clone(),
            url: Some(environment.url.clone()),
        },
        target: environment.target.as_str().to_owned(),
        inputs: Inputs {
            files: program
                .inputs
                .iter()
                .map(|(path, sha256)| InputFile { path: path.clone(), sha256: *sha256 })
                .collect(),
            sha: pull.head_sha.clone(),
            branch: pull.branch.clone(),
            key: Some(environment.fingerprint.clone()),
            epoch: request.epoch,
            reseed: request.reseed,
            reset: request.reset.iter().map(|(node, identity)| (node.clone(), identity.clone())).collect(),
            fork: pull.fork,
            images: request.images.iter().map(|(node, image)| (node.clone(), image.clone())).collect(),
            vars: program
                .vars
                .iter()
                .map(|(name, value)| (name.clone(), request.vars.get(name).unwrap_or(value).clone()))
                .collect(),
        },
        urls: environment
            .urls
            .iter()
            .map(|public| UrlRecord { name: public.node.clone(), url: public.url.clone() })
            .collect(),
        absent: environment
            .absent
            .iter()
            .map(|absent| AbsentRecord {
                secret: absent.secret.clone(),
                process: absent.process.clone(),
                variable: absent.variable.clone(),
            })
            .collect(),
    }
}
