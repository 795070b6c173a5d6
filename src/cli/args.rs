//! The command line's words.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Compiles one stack manifest and a pull request into an isolated preview environment.
///
/// previewc writes what kubectl, Docker Compose or Terraform bring up and take down; it never talks to a cluster or a network.
#[derive(Debug, Parser)]
#[command(name = "previewc", version, propagate_version = true, max_term_width = 80, arg_required_else_help = true)]
pub struct Cli {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
    /// When to colour what is printed
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, hide_possible_values = false)]
    pub color: Color,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// One command each.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Validate manifests; the pre-commit hook
    Check(Check),
    /// Write the bundle that brings one pull request's environment up and down
    Render(Render),
    /// Print the plan that removes an environment; needs no bundle
    Teardown(Teardown),
    /// Print which images are built for a pull request, or the script that builds and pushes them
    Images(Images),
    /// Print the workflow that runs all of this in CI
    Ci(Ci),
    /// Make an environment's objects for Kustomize or kpt, which call this as a KRM function
    Krm(Krm),
    /// Print the Markdown comment for the pull request
    Comment(Comment),
    /// Say which environments should be gone, and why; removes nothing
    Gc(Gc),
    /// Print the variables of each process, secrets masked
    Env(Env),
    /// Print how the nodes hang together
    Graph(Graph),
    /// Tell more about a diagnostic's code
    Explain(Explain),
    /// Print the manifest's JSON Schema
    Schema(Schema),
    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
}

/// Where the manifest is.
#[derive(Debug, Args)]
pub struct Manifest {
    /// The manifest; without it, preview.{yaml,yml,kdl,json} here or in a folder above
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// Which pull request.
#[derive(Debug, Args)]
pub struct Pull {
    /// The pull request's number; in GitHub Actions and GitLab CI it is known
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..=9_999_999_999))]
    pub pr: Option<u64>,
    /// The head commit, 7 to 64 hexadecimal digits
    #[arg(long, value_name = "COMMIT")]
    pub sha: Option<String>,
    /// The head branch
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// The repository, as OWNER/NAME
    #[arg(long, value_name = "OWNER/NAME")]
    pub repo: Option<String>,
    /// The pull request comes from a fork; in GitHub Actions and GitLab CI it is known
    #[arg(long)]
    pub fork: bool,
    /// The manifest of the branch to merge into: it decides over secrets, servers, targets and preview settings
    #[arg(long, value_name = "FILE")]
    pub base_manifest: Option<PathBuf>,
}

/// What decides values.
#[derive(Debug, Args)]
pub struct Values {
    /// Set a variable of the manifest's `vars`
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub vars: Vec<String>,
    /// The image of a node that is built already
    #[arg(long = "image", value_name = "NODE=REF")]
    pub image: Vec<String>,
    /// A JSON file with such images: {"api": "ghcr.io/acme/shop-api@sha256:…"}
    #[arg(long, value_name = "FILE")]
    pub images: Option<PathBuf>,
    /// Derive credentials from the key in this file, in place of PREVIEWC_KEY or .previewc/key
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// Raise by one to change every derived credential, also on servers that keep their data
    #[arg(long, value_name = "NUMBER", env = "PREVIEWC_EPOCH", default_value_t = 0, hide_default_value = true)]
    pub epoch: u32,
}

/// The targets on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// Kubernetes YAML for kubectl, Kustomize and Argo CD.
    #[value(alias = "k8s")]
    Kubernetes,
    /// A Docker Compose project.
    Compose,
    /// A Terraform module, for a Docker engine or for AWS.
    #[value(alias = "tf")]
    Terraform,
}

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people, with the source line.
    Human,
    /// One array.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
}

/// `previewc check`.
#[derive(Debug, Args)]
pub struct Check {
    /// The manifests; without any, the one that is found from here upward
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub manifest: Manifest,
}

/// `previewc render`.
#[derive(Debug, Args)]
pub struct Render {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub manifest: Manifest,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub pull: Pull,
    /// What to write for
    #[arg(short, long, value_enum)]
    pub target: Target,
    /// The bundle's folder, or - for standard output; without it .previewc/pr-NUMBER/TARGET beside the manifest
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Overwrite files of the bundle that were edited by hand
    #[arg(long)]
    pub force: bool,
    /// With `-o -`: print secrets even on a terminal
    #[arg(long)]
    pub reveal: bool,
    /// Refuse to write what must not be committed: files that hold secrets
    #[arg(long)]
    pub git: bool,
    /// Make databases anew whose snapshot or seed was edited after it was loaded
    #[arg(long)]
    pub reseed: bool,
    /// Make this store anew at the next up, once; ID tells one reset from another, and is the head commit where it is not given
    #[arg(long, value_name = "NODE[=ID]")]
    pub reset: Vec<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub values: Values,
    /// A JSON file with many pull requests: [{"number": 142, "sha": "…", "branch": "…"}, …]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["pr", "out"])]
    pub prs: Option<PathBuf>,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

/// How a teardown plan is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TeardownFormat {
    /// Steps to read.
    Human,
    /// Steps as data.
    Json,
    /// A script.
    Sh,
}

/// `previewc teardown`.
#[derive(Debug, Args)]
pub struct Teardown {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub manifest: Manifest,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub pull: Pull,
    /// What the environment was rendered for
    #[arg(short, long, value_enum)]
    pub target: Target,
    /// How to print the plan
    #[arg(long, value_enum, default_value_t = TeardownFormat::Human)]
    pub format: TeardownFormat,
}

/// How images are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImagesFormat {
    /// A line each.
    Human,
    /// Data.
    Json,
    /// A script.
    Sh,
}

/// `previewc images`.
#[derive(Debug, Args)]
pub struct Images {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub manifest: Manifest,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub pull: Pull,
    /// What the environment is rendered for
    #[arg(short, long, value_enum)]
    pub target: Target,
    /// How to print them
    #[arg(long, value_enum, default_value_t = ImagesFormat::Human)]
    pub format: ImagesFormat,
}

/// What runs the life of environments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Runner {
    /// A workflow of GitHub Actions.
    Github,
    /// Jobs of GitLab CI, to include.
    Gitlab,
    /// An ApplicationSet of Argo CD, and the plugin that renders for it.
    Argocd,
    /// A ResourceSet of Flux's operator.
    Flux,
}

/// Where pull requests are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Host {
    /// GitHub.
    Github,
    /// GitLab.
    Gitlab,
    /// Gitea.
    Gitea,
    /// Bitbucket Server.
    Bitbucket,
}

/// `previewc ci`.
#[derive(Debug, Args)]
pub struct Ci {
    /// What runs it
    #[arg(value_enum)]
    pub runner: Runner,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub manifest: Manifest,
    /// What environments are rendered for; Argo CD and Flux know Kubernetes alone
    #[arg(short, long, value_enum, required_if_eq_any = [("runner", "github"), ("runner", "gitlab")])]
    pub target: Option<Target>,
    /// The labels of the runner that environments are brought up on, several with commas. Default: a machine of your own labelled
    /// previews where a Docker engine runs them, the forge's own otherwise
    #[arg(long, value_name = "LABEL", value_delimiter = ',')]
    pub runs_on: Vec<String>,
    /// The command line that installs previewc where it is not there. Default: cargo install from its repository, in this version
    #[arg(long, value_name = "COMMAND")]
    pub install: Option<String>,
    /// For Argo CD and Flux: the repository, as OWNER/NAME
    #[arg(long, value_name = "OWNER/NAME", required_if_eq_any = [("runner", "argocd"), ("runner", "flux")])]
    pub repo: Option<String>,
    /// For Argo CD and Flux: where the pull requests are
    #[arg(long, value_enum, default_value_t = Host::Github)]
    pub host: Host,
    /// For Argo CD: the address of the API, where it is not that of github.com or gitlab.com
    #[arg(long, value_name = "URL")]
    pub api: Option<String>,
    /// For Argo CD and Flux: the address that the repository is cloned from, likewise
    #[arg(long, value_name = "URL")]
    pub git_url: Option<String>,
}

/// `previewc krm`: a ResourceList comes from standard input and goes to standard output.
#[derive(Debug, Args)]
pub struct Krm {
    /// Derive credentials from the key in this file, in place of PREVIEWC_KEY or .previewc/key
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
}

/// What became of an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Status {
    /// It is being brought up.
    Pending,
    /// It is up.
    Up,
    /// It did not come up.
    Failed,
    /// It has been removed.
    Removed,
}

/// `previewc comment`.
#[derive(Debug, Args)]
pub struct Comment {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub manifest: Manifest,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub pull: Pull,
    /// What the environment was rendered for
    #[arg(short, long, value_enum)]
    pub target: Target,
    /// What became of it
    #[arg(long, value_enum, default_value_t = Status::Up)]
    pub status: Status,
    /// The state of its processes: JSON of docker compose ps -a, docker ps -a, or kubectl get pods; - for standard input
    #[arg(long, value_name = "FILE")]
    pub live: Option<PathBuf>,
}

/// How a fleet is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GcFormat {
    /// A table to read.
    Human,
    /// Data.
    Json,
    /// A script that removes what should be gone and puts to sleep what is idle.
    Sh,
}

/// `previewc gc`.
#[derive(Debug, Args)]
pub struct Gc {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub manifest: Manifest,
    /// The open pull requests: GitHub's or GitLab's JSON, or a number a line; - for standard input
    #[arg(long, value_name = "FILE")]
    pub open: PathBuf,
    /// What is there: JSON of kubectl get namespaces, docker ps -a, docker volume ls or docker compose ls, keys of Terraform's
    /// states, or lines TARGET ENVIRONMENT MOMENT of last requests; several times for several lists
    #[arg(long, value_name = "FILE", required = true)]
    pub live: Vec<PathBuf>,
    /// The repository, as OWNER/NAME; in GitHub Actions and GitLab CI it is known
    #[arg(long, value_name = "OWNER/NAME")]
    pub repo: Option<String>,
    /// The folder where CI keeps bundles, as pr-NUMBER/TARGET: a bundle's own down.sh removes its environment, and the bundle goes
    #[arg(long, value_name = "DIR")]
    pub bundles: Option<PathBuf>,
    /// The label by which a pull request keeps its environment
    #[arg(long, value_name = "NAME", default_value = crate::fleet::KEEP)]
    pub keep_label: String,
    /// The moment to judge at, as 2026-11-30T12:00:00Z; without it, now
    #[arg(long, value_name = "TIME")]
    pub now: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = GcFormat::Human)]
    pub format: GcFormat,
}

/// How variables are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EnvFormat {
    /// A table to read.
    Human,
    /// NAME="value" lines.
    Dotenv,
    /// Data.
    Json,
    /// Lines for $GITHUB_ENV; with --reveal the log is told on standard error to mask the secrets.
    Github,
}

/// `previewc env`.
#[derive(Debug, Args)]
pub struct Env {
    /// One node; without it every process
    pub node: Option<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub manifest: Manifest,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub pull: Pull,
    /// Whose addresses to show
    #[arg(short, long, value_enum, default_value_t = Target::Kubernetes)]
    pub target: Target,
    /// Say where each variable comes from
    #[arg(long)]
    pub explain: bool,
    /// Show secrets
    #[arg(long)]
    pub reveal: bool,
    /// How to print them
    #[arg(long, value_enum, default_value_t = EnvFormat::Human)]
    pub format: EnvFormat,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub values: Values,
}

/// How a graph is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// A tree in the terminal.
    Tree,
    /// For Markdown.
    Mermaid,
    /// For Graphviz.
    Dot,
    /// Data.
    Json,
}

/// `previewc graph`.
#[derive(Debug, Args)]
pub struct Graph {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub manifest: Manifest,
    /// How to print it
    #[arg(long, value_enum, default_value_t = GraphFormat::Tree)]
    pub format: GraphFormat,
}

/// `previewc explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// A code such as PV0201; without it, the list of all
    pub code: Option<String>,
}

/// `previewc schema`.
#[derive(Debug, Args)]
pub struct Schema {
    /// Print the schema of bundle.json instead
    #[arg(long)]
    pub bundle: bool,
}
