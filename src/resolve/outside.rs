//! What an environment has or reads outside of itself: shared servers, branches at providers, third parties, declared secrets.

use indexmap::IndexMap;

use super::origin::Origin;
use super::program::Text;
use crate::manifest::Platform;

/// A copy-on-write branch of a database at a provider.
#[derive(Debug, Clone)]
pub struct Branch {
    /// Who makes it.
    pub provider: BranchProvider,
    /// The branch that it is made from.
    pub parent: String,
    /// The database in it, if stated.
    pub database: Option<String>,
    /// The role that processes log in as, if stated.
    pub role: Option<String>,
    /// Where it stands.
    pub origin: Origin,
}

/// Who makes branches, and where there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BranchProvider {
    /// Neon.
    Neon {
        /// The project's id.
        project: String,
    },
    /// PlanetScale.
    Planetscale {
        /// The organization.
        organization: String,
    },
}

impl BranchProvider {
    /// The provider's own name.
    pub fn title(&self) -> &'static str {
        match self {
            BranchProvider::Neon { .. } => "Neon",
            BranchProvider::Planetscale { .. } => "PlanetScale",
        }
    }
}

/// A place in a cloud, for a store whose processes may be elsewhere.
#[derive(Debug, Clone)]
pub struct InCloud {
    /// The region.
    pub region: String,
    /// Where it stands.
    pub origin: Origin,
}

/// A third party.
#[derive(Debug, Clone)]
pub struct External {
    /// Its URL.
    pub url: Text,
    /// Names of secrets, by key.
    pub secrets: IndexMap<String, String>,
    /// Why it is shared, in the team's words.
    pub reason: String,
}

/// A frontend on a platform of its own.
#[derive(Debug, Clone)]
pub struct Frontend {
    /// The platform.
    pub platform: Platform,
    /// The project there, a DNS label.
    pub project: String,
    /// What its build is told.
    pub env: IndexMap<String, Text>,
}

/// A long-lived server that environments share.
#[derive(Debug, Clone)]
pub struct Server {
    /// Host name or address.
    pub host: String,
    /// Its main port, where it is not the recipe's.
    pub port: Option<u16>,
    /// Further ports by name, where they are not the recipe's.
    pub ports: IndexMap<String, u16>,
    /// The networks that it is reached in.
    pub cidr: Vec<String>,
    /// Who may make and drop databases on it.
    pub admin_user: Text,
    /// The password: a reference to a secret.
    pub admin_password: Text,
    /// Why it is shared, in the team's words.
    pub reason: String,
}

/// A declared secret.
#[derive(Debug, Clone)]
pub struct SecretDecl {
    /// Where it is declared.
    pub origin: Origin,
    /// Where its value comes from.
    pub source: SecretDeclSource,
}

/// Where a declared secret comes from.
#[derive(Debug, Clone)]
pub enum SecretDeclSource {
    /// Generated per environment, of this many characters.
    Generate(u16),
    /// A variable of the process that renders.
    Env(String),
    /// A store that is read where the environment is applied.
    Stored {
        /// The store.
        store: StoreName,
        /// Where in it: Vault's path, AWS's name, the Secret's `namespace/name`.
        path: String,
        /// The key there, where one is stated.
        key: Option<String>,
    },
}

/// The stores whose values never enter a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreName {
    /// HashiCorp Vault.
    Vault,
    /// AWS Secrets Manager.
    Aws,
    /// A Secret in the cluster.
    Kubernetes,
    /// A file of the repository that SOPS encrypts.
    Sops,
}
