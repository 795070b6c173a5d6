//! The plan for one pull request: the only thing that a target sees.

use super::access::Access;
use super::branches::Branch;
use super::fork::Absent;
use super::frontends::Frontend;
use super::import::Imports;
use super::managed::ManagedStore;
use super::overrides::Overrides;
use super::part::CloudPart;
use super::process::Process;
use super::scoped::Shared;
use super::sequence::Sequence;
use super::vault::{Scope, Secrets};
use super::{Cloud, PullRequest, TargetName};
use crate::resolve::Origin;

/// An environment's id: `<name>-pr-<number>`, a DNS label of at most 63 characters. It names the Kubernetes namespace and
/// the Compose project, is the value of `PREVIEW_ENV`, and is the same in every target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EnvId(String);

impl EnvId {
    /// The id of the app's environment for a pull request. Long names keep their head and end in 8 hexadecimal digits.
    pub fn new(app: &str, number: u64) -> EnvId {
        EnvId(super::names::fit(&format!("{app}-pr-{number}"), super::names::LABEL_LIMIT))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for EnvId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Everything decided for one pull request and one target. It carries no span, no clock, no key and no secret's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// Its id.
    pub id: EnvId,
    /// The manifest's name.
    pub app: String,
    /// What credentials are derived for (repository, id, epoch).
    pub scope: Scope,
    /// The pull request.
    pub pull_request: PullRequest,
    /// The target that it was planned for.
    pub target: TargetName,
    /// The cloud that it stands in, where it stands in one.
    pub cloud: Option<Cloud>,
    /// The front page, without a `/` at the end.
    pub url: String,
    /// Every public URL, the front page first.
    pub urls: Vec<PublicUrl>,
    /// The port on this machine that the gateway is published at, where the target publishes one.
    pub published: Option<u16>,
    /// Every public host name, sorted, each one label below the domain; and the routes behind them.
    pub hosts: Hosts,
    /// Who may see it.
    pub access: Access,
    /// Long-lived processes and crons, stores first, in start order; the gateway last.
    pub processes: Vec<Process>,
    /// What stays on a platform of its own.
    pub frontends: Vec<Frontend>,
    /// What happens in stores before their consumers start.
    pub sequences: Vec<Sequence>,
    /// The users' own additions to the bundle.
    pub overrides: Overrides,
    /// Its branches at providers.
    pub branches: Vec<Branch>,
    /// What it has on servers that outlive it.
    pub shared: Shared,
    /// Its stores that a cloud runs as services.
    pub managed: Vec<ManagedStore>,
    /// What it has in a cloud that its processes are not in.
    pub part: Option<CloudPart>,
    /// The secrets that values refer to.
    pub secrets: Secrets,
    /// The imports that values refer to.
    pub imports: Imports,
    /// Variables that are left out, because a fork does not get their secrets.
    pub absent: Vec<Absent>,
    /// The key's fingerprint: another key on kept data is refused before anything is applied.
    pub fingerprint: String,
}

impl Environment {
    /// Looks a process up by its name.
    pub fn process(&self, name: &str) -> Option<&Process> {
        self.processes.iter().find(|process| process.name == name)
    }

    /// Looks a sequence up by its name.
    pub fn sequence(&self, name: &str) -> Option<&Sequence> {
        self.sequences.iter().find(|sequence| sequence.name == name)
    }
}

/// The door's side of the environment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hosts {
    /// Host names, sorted.
    pub names: Vec<String>,
    /// Routes, the most particular first: by host, then the longest path.
    pub routes: Vec<Route>,
}

/// One route: requests for a host whose path is `path` or lies below it go to a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The host name.
    pub host: String,
    /// A path without `/` at the end; "/" for all.
    pub path: String,
    /// Whether the path is taken away before the request is handed on.
    pub strip: bool,
    /// The process.
    pub process: String,
    /// Its port.
    pub port: u16,
    /// Where it is declared.
    pub origin: Origin,
}

/// One public URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    /// The node behind it.
    pub node: String,
    /// The URL, without a `/` at the end.
    pub url: String,
}
