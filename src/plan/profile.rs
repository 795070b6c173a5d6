//! What the plan must know of a target, as plain data that the target states about itself.

use super::environment::EnvId;

/// The targets by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TargetName {
    /// Kubernetes YAML.
    Kubernetes,
    /// A Compose project.
    Compose,
    /// A Terraform module.
    Terraform,
}

impl TargetName {
    /// The name, as commands and folders use it.
    pub fn as_str(self) -> &'static str {
        match self {
            TargetName::Kubernetes => "kubernetes",
            TargetName::Compose => "compose",
            TargetName::Terraform => "terraform",
        }
    }
}

/// What one target, with this manifest's settings, makes possible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Which target it is.
    pub target: TargetName,
    /// Scheme of public URLs: `https` or `http`.
    pub scheme: &'static str,
    /// The domain that public hosts are one label below.
    pub domain: String,
    /// The port of public URLs for a pull request, where it is not the scheme's own.
    pub ports: Option<PortRange>,
    /// Whether images are built on the machine that runs them: then each belongs to one environment, and goes with it.
    pub builds_images: bool,
    /// The manifest's folder as seen from the bundle's, without a `/` at the end.
    pub sources: String,
    /// Whether a cron runs by itself; where not, each one is warned of.
    pub runs_crons: bool,
    /// Whether an environment can be put to sleep and stays so until somebody wakes it.
    pub sleeps: bool,
    /// The cloud that it stands in, where it can run stores as services of its own.
    pub cloud: Option<Cloud>,
}

/// What the plan must know of a cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cloud {
    /// The region.
    pub region: String,
    /// The domain of names inside environments: a process is reached at `<process>.<environment>.<domain>`, because nothing
    /// there looks names up in an environment of its own.
    pub inside: &'static str,
}

impl Cloud {
    /// The domain of names inside one environment.
    pub fn domain(&self, id: &EnvId) -> String {
        format!("{id}.{}", self.inside)
    }

    /// The host name of one of its processes.
    pub fn host(&self, id: &EnvId, process: &str) -> String {
        format!("{process}.{}", self.domain(id))
    }
}

/// A range of ports on the host, both ends included. A pull request gets `from + number % size`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortRange {
    /// The first port.
    pub from: u16,
    /// The last port.
    pub to: u16,
}

impl PortRange {
    /// The port of a pull request.
    pub fn port(self, number: u64) -> u16 {
        let size = u64::from(self.to.saturating_sub(self.from)) + 1;
        self.from.saturating_add(u16::try_from(number % size).unwrap_or(0))
    }
}
