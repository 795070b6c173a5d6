//! What a workflow must know of a program.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::WorkflowError;
use crate::document::shell;
use crate::manifest::{BackendKind, Forks, Platform};
use crate::plan::{EnvId, TargetName};
use crate::resolve::{
    Body, BranchProvider, ImageSource, PreviewFact, Program, Reference, SecretDecl, SecretDeclSource, StoreName, Text,
    TextPart,
};
use crate::target::{Settings, idle};

/// What the command line says.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// What environments are rendered for.
    pub target: TargetName,
    /// The manifest's path in the repository.
    pub manifest: &'a str,
    /// The labels of the runner that brings environments up.
    pub runs_on: &'a [String],
    /// The command line that installs previewc.
    pub install: Option<&'a str>,
    /// The command that writes the workflow, for its head.
    pub command: &'a str,
}

/// What is known of a program and the way in which it is run.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// The options.
    pub options: Options<'a>,
    /// The manifest's name.
    pub app: &'a str,
    /// The label without which a pull request gets no environment.
    pub label: Option<&'a str>,
    /// The text that a title must hold.
    pub title: Option<&'a str>,
    /// Whether drafts get one.
    pub drafts: bool,
    /// What pull requests from forks get.
    pub forks: Forks,
    /// Variables that previewc reads, each a secret of the forge's.
    pub rendered: Vec<String>,
    /// Variables that a bundle's scripts read, likewise.
    pub applied: Vec<String>,
    /// The region, where AWS is needed.
    pub aws: Option<String>,
    /// Whether Terraform is needed.
    pub terraform: bool,
    /// What no object of a cluster can do and only a bundle's scripts do, with what to do instead.
    pub beyond_objects: Option<(String, String)>,
    /// Where a Docker engine brings everything up.
    pub docker: bool,
    /// The registry's host, where images must be pushed before they are used; Docker's own where none is named.
    pub registry: Option<&'a str>,
    /// Where images live, with the path: `ghcr.io/acme`.
    pub repositories: Option<&'a str>,
    /// Seconds that an environment stays after the last push.
    pub ttl: Option<u64>,
    /// What lists the environments that are there; empty where no program does it.
    pub lists: Vec<List>,
    /// The end-to-end tests.
    pub tests: Option<Tests>,
    /// Frontends on other platforms, by name.
    pub frontends: Vec<(&'a str, Platform, &'a str)>,
}

/// A list for `previewc gc --live`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// What it is of.
    pub name: &'static str,
    /// The command that prints it, a line of a shell.
    pub command: String,
}

/// End-to-end tests as a job runs them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tests {
    /// The folder, from the repository's root.
    pub folder: String,
    /// The command, a line of a shell. `$BASE_URL` stands for the environment's URL.
    pub command: String,
    /// Further variables.
    pub variables: Vec<(String, Vec<Piece>)>,
    /// Minutes that the job may take.
    pub minutes: u64,
}

/// A part of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Known text.
    Text(String),
    /// The environment's URL.
    Url,
}

/// The label by which a fork's pull request gets its environment, where `preview.trigger.label` names none.
const FORK_LABEL: &str = "preview";

/// A number with as many digits as any pull request's.
const HIGHEST: u64 = 9_999_999_999;

/// Minutes that tests may take where the manifest says nothing.
const TEST_MINUTES: u64 = 30;

impl<'a> Facts<'a> {
    /// The region of Amazon's registry, where images go there.
    pub fn ecr(&self) -> Option<&'a str> {
        let (region, _) = self.registry?.split_once(".dkr.ecr.")?.1.split_once('.')?;
        Some(region)
    }

    /// The label by which a fork's pull request gets its environment, where forks get any.
    pub fn fork_label(&self) -> Option<&'a str> {
        (self.forks != Forks::Never).then(|| self.label.unwrap_or(FORK_LABEL))
    }

    /// The command line that installs previewc where it is not there.
    pub fn install(&self) -> String {
        let own = format!(
            "cargo install --locked --git https://github.com/previewc/previewc --tag v{} previewc",
            env!("CARGO_PKG_VERSION")
        );
        format!("command -v previewc || {{ {}; }}", self.options.install.unwrap_or(&own))
    }

    /// Whether somebody who applies objects, and knows of a pull request what forges list, can bring environments up.
    ///
    /// # Errors
    /// Why not, in the name of whoever applies.
    pub fn fits_gitops(&self, who: &str) -> Result<(), WorkflowError> {
        if let Some((message, help)) = &self.beyond_objects {
            return Err(WorkflowError::unfit(message, help));
        }
        if EnvId::new(self.app, HIGHEST).as_str() != format!("{}-pr-{HIGHEST}", self.app) {
            return Err(WorkflowError::unfit(
                &format!(
                    "{who} puts an environment's name together from `{}` and the number, and that is too long",
                    self.app
                ),
                "give the manifest a shorter `name`",
            ));
        }
        if !self.drafts {
            return Err(WorkflowError::unfit(
                &format!("{who} cannot tell a draft from another pull request"),
                "leave `preview.trigger.drafts` away, and put the label on when it is ready",
            ));
        }
        Ok(())
    }

    /// What a program says.
    ///
    /// # Errors
    /// Tests that need what only a render knows.
    pub fn of(program: &'a Program, options: Options<'a>) -> Result<Facts<'a>, WorkflowError> {
        let trigger = program.preview.as_ref().and_then(|preview| preview.trigger.as_ref());
        let terraform = program.targets.as_ref().and_then(|targets| targets.terraform.as_ref());
        let settings = Settings::of(options.target, program, ".");
        let cloud = program.nodes.values().find_map(|node| match &node.body {
            Body::Store(store) => store.cloud.as_ref().map(|cloud| cloud.region.clone()),
            _ => None,
        });
        let region = terraform.and_then(|stated| stated.region.as_ref()).map(|region| region.value.clone());
        let on_aws = options.target == TargetName::Terraform && !settings.is_on_docker();
        let reads_aws = program.secrets.values().any(|secret| {
            matches!(&secret.source, SecretDeclSource::Stored { store: StoreName::Aws, .. })
                && options.target != TargetName::Kubernetes
        });
        let built = program.nodes.values().any(|node| match &node.body {
            Body::Workload(workload) => matches!(workload.image, ImageSource::Built { .. }),
            _ => false,
        });
        let docker = settings.is_on_docker();
        if reads_aws && cloud.is_none() && region.is_none() {
            return Err(WorkflowError::Unfit {
                message: "secrets come from AWS, and the manifest names no region to log in to".to_owned(),
                help: "write `targets: { terraform: { platform: docker, region: eu-west-1 } }`, or where yours are"
                    .to_owned(),
            });
        }
        Ok(Facts {
            options,
            app: &program.app,
            label: trigger.and_then(|trigger| trigger.label.as_ref()).map(|label| label.value.as_str()),
            title: trigger.and_then(|trigger| trigger.title.as_ref()).map(|title| title.value.as_str()),
            drafts: trigger.and_then(|trigger| trigger.drafts.as_ref()).is_none_or(|drafts| drafts.value),
            forks: trigger.and_then(|trigger| trigger.forks.as_ref()).map_or(Forks::Never, |forks| forks.value),
            rendered: rendered(program),
            applied: applied(program),
            aws: cloud.clone().or(region).filter(|_| on_aws || reads_aws || cloud.is_some()),
            terraform: options.target == TargetName::Terraform || cloud.is_some(),
            beyond_objects: beyond_objects(program),
            docker,
            registry: program
                .registry
                .as_deref()
                .filter(|_| built && !docker)
                .map(|registry| registry.split('/').next().unwrap_or(registry))
                .map(|first| if first.contains(['.', ':']) || first == "localhost" { first } else { "docker.io" }),
            repositories: program.registry.as_deref(),
            ttl: program.preview.as_ref().and_then(|preview| preview.ttl.as_ref()).map(|ttl| ttl.value.seconds()),
            lists: lists(program, options.target, docker),
            tests: tests(program, options.manifest)?,
            frontends: program
                .nodes
                .values()
                .filter_map(|node| match &node.body {
                    Body::Frontend(frontend) => {
                        Some((node.name.as_str(), frontend.platform, frontend.project.as_str()))
                    }
                    _ => None,
                })
                .collect(),
        })
    }
}

/// Why the objects alone do not bring an environment up, and what to do instead: for whoever applies nothing else.
pub fn beyond_objects(program: &Program) -> Option<(String, String)> {
    if program.has_stores_elsewhere() {
        return Some((
            "some stores are on shared servers, branches or in a cloud, where no object of the cluster makes or removes anything"
                .to_owned(),
            "run up.sh and down.sh in CI: `previewc ci github` or `previewc ci gitlab`".to_owned(),
        ));
    }
    let carried = carried(program);
    (!carried.is_empty()).then(|| {
        let help = "let External Secrets fetch secrets (`targets.kubernetes.secret_store`), and let the cluster bring certificates \
                    and what lets images be pulled";
        (format!("only up.sh brings {} into the cluster", carried.join(", ")), help.to_owned())
    })
}

/// What `up.sh` reads elsewhere and writes into the cluster, which no manifest can do.
fn carried(program: &Program) -> Vec<String> {
    let stated = program.targets.as_ref().and_then(|targets| targets.kubernetes.as_ref());
    let operator = stated.is_some_and(|stated| stated.secret_store.is_some());
    let mut found = Vec::new();
    for (name, secret) in &program.secrets {
        let SecretDeclSource::Stored { store, path, .. } = &secret.source else { continue };
        let there = match store {
            StoreName::Vault | StoreName::Aws => operator,
            StoreName::Kubernetes => !path.contains('/'),
            StoreName::Sops => false,
        };
        if !there {
            found.push(format!("the secret `{name}`"));
        }
    }
    if stated.is_some_and(|stated| matches!(stated.tls, Some(crate::manifest::Tls::CopyFrom(_)))) {
        found.push("the certificate of `tls.copy_from`".to_owned());
    }
    if stated.and_then(|stated| stated.pull_secret.as_ref()).is_some_and(|secret| secret.value.contains('/')) {
        found.push("`pull_secret` of another namespace".to_owned());
    }
    found
}

/// What previewc reads from its own environment beside the key.
fn rendered(program: &Program) -> Vec<String> {
    let name = |secret: &SecretDecl| match &secret.source {
        SecretDeclSource::Env(name) => Some(name.clone()),
        _ => None,
    };
    let names: BTreeSet<String> = program.secrets.values().filter_map(name).collect();
    names.into_iter().collect()
}

/// What the scripts read from theirs.
fn applied(program: &Program) -> Vec<String> {
    let mut names = BTreeSet::new();
    for secret in program.secrets.values() {
        match &secret.source {
            SecretDeclSource::Stored { store: StoreName::Vault, .. } => {
                names.extend(["VAULT_ADDR".to_owned(), "VAULT_TOKEN".to_owned()]);
            }
            SecretDeclSource::Stored { store: StoreName::Sops, .. } => drop(names.insert("SOPS_AGE_KEY".to_owned())),
            SecretDeclSource::Stored { .. } | SecretDeclSource::Env(_) | SecretDeclSource::Generate(_) => {}
        }
    }
    for node in program.nodes.values() {
        let Body::Store(store) = &node.body else { continue };
        match store.branch.as_ref().map(|branch| &branch.provider) {
            Some(BranchProvider::Neon { .. }) => drop(names.insert("NEON_API_KEY".to_owned())),
            Some(BranchProvider::Planetscale { .. }) => {
                names.extend(["PLANETSCALE_SERVICE_TOKEN_ID".to_owned(), "PLANETSCALE_SERVICE_TOKEN".to_owned()])
            }
            None => {}
        }
    }
    names.into_iter().collect()
}

/// How what is there is listed.
fn lists(program: &Program, target: TargetName, docker: bool) -> Vec<List> {
    let mut lists = environments(program, target, docker);
    let requests = idle::requests(program, target).filter(|_| !lists.is_empty());
    lists.extend(requests.map(|command| List { name: "requests", command }));
    lists
}

/// How environments are listed.
fn environments(program: &Program, target: TargetName, docker: bool) -> Vec<List> {
    let label = format!("label=previewc.dev/app={}", program.app);
    let list = |name, words: &[&str]| List { name, command: shell::line(words).unwrap_or_default() };
    if docker {
        return vec![
            list("containers", &["docker", "ps", "--all", "--filter", &label, "--format", "{{json .}}"]),
            list("volumes", &["docker", "volume", "ls", "--filter", &label, "--format", "{{json .}}"]),
            list("networks", &["docker", "network", "ls", "--filter", &label, "--format", "{{json .}}"]),
        ];
    }
    if target == TargetName::Kubernetes {
        let selector = format!("previewc.dev/app={}", program.app);
        return vec![list(
            "namespaces",
            &["kubectl", "get", "namespaces", "--selector", &selector, "--output", "json"],
        )];
    }
    let terraform = program.targets.as_ref().and_then(|targets| targets.terraform.as_ref());
    let backend = terraform.and_then(|terraform| terraform.backend.as_ref());
    let bucket = backend.and_then(|backend| backend.settings.get("bucket"));
    match (backend.map(|backend| backend.kind.value), bucket) {
        (Some(BackendKind::S3), Some(bucket)) => {
            let words = ["aws", "s3api", "list-objects-v2", "--bucket", &bucket.value, "--prefix", "previewc/"];
            vec![list("states", &[&words[..], &["--output", "json"]].concat())]
        }
        (Some(BackendKind::Gcs), Some(bucket)) => {
            vec![list("states", &["gsutil", "ls", &format!("gs://{}/previewc/**", bucket.value)])]
        }
        _ => Vec::new(),
    }
}

fn tests(program: &Program, manifest: &str) -> Result<Option<Tests>, WorkflowError> {
    let Some(e2e) = program.e2e.as_ref().filter(|e2e| !e2e.command.is_empty()) else { return Ok(None) };
    let unfit = |message: String, help: &str| WorkflowError::Unfit { message, help: help.to_owned() };
    let nul =
        |text: &Text| text.parts.iter().any(|part| matches!(part, TextPart::Literal(text) if text.contains('\0')));
    if e2e.command.iter().any(nul) {
        return Err(unfit(
            "tests.e2e.command holds a NUL byte, which no process can receive".to_owned(),
            "take it away",
        ));
    }
    let mut words = Vec::new();
    for text in &e2e.command {
        let mut word = String::new();
        for piece in pieces(text)? {
            match piece {
                Piece::Text(text) if text.contains(['$', '`']) => {
                    // Readers of scripts take a `$` in single quotes for a mistake.
                    let _ = write!(word, "\"{}\"", shell::in_double_quotes(&text));
                }
                Piece::Text(text) => word.push_str(&shell::word(&text).unwrap_or_default()),
                Piece::Url => word.push_str("\"$BASE_URL\""),
            }
        }
        words.push(if word.is_empty() { "''".to_owned() } else { word });
    }
    let mut variables = Vec::new();
    for (name, text) in &e2e.env {
        if name == "BASE_URL" || name.starts_with("GITHUB_") || name.starts_with("CI_") {
            let message = format!("tests.e2e.env sets `{name}`, which the job sets itself");
            return Err(unfit(message, "give the variable another name"));
        }
        variables.push((name.clone(), pieces(text)?));
    }
    let below = manifest.rsplit_once('/').map(|(folder, _)| folder).unwrap_or_default();
    let folder = match (below, e2e.dir.trim_start_matches("./").trim_end_matches('/')) {
        ("", "" | ".") => ".".to_owned(),
        ("", dir) => dir.to_owned(),
        (below, "" | ".") => below.to_owned(),
        (below, dir) => format!("{below}/{dir}"),
    };
    let minutes = e2e.timeout.map_or(TEST_MINUTES, |seconds| seconds.div_ceil(60).max(1));
    Ok(Some(Tests { folder, command: words.join(" "), variables, minutes }))
}

/// A text of the tests'. They run beside the environment and know its URL alone.
fn pieces(text: &Text) -> Result<Vec<Piece>, WorkflowError> {
    let piece = |part: &TextPart| match part {
        TextPart::Literal(text) => Ok(Piece::Text(text.clone())),
        TextPart::Ref(Reference::Preview(PreviewFact::Url), _) => Ok(Piece::Url),
        TextPart::Ref(..) => Err(WorkflowError::Unfit {
            message: "tests.e2e refers to what the job of the tests does not know".to_owned(),
            help: "of references only `${preview.url}` may stand there; BASE_URL holds it anyway".to_owned(),
        }),
    };
    text.parts.iter().map(piece).collect()
}
