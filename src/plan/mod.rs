//! Program and pull request to one environment: every name, host, value, secret and step is decided here, once, in no
//! target's language. Targets only write down what stands in an [`Environment`].

mod access;
mod branches;
mod build;
mod context;
mod environment;
mod finding;
mod fork;
mod frontends;
mod gateway;
mod hosts;
mod images;
mod import;
mod managed;
mod names;
mod overrides;
mod part;
mod process;
mod profile;
mod pull_request;
mod request;
mod rotation;
mod scoped;
mod sequence;
mod sequences;
mod snapshot;
mod stores;
mod value;
mod variables;
mod vault;
mod workloads;

pub use crate::manifest::Schedule;
pub use access::{Access, Login};
pub use branches::Branch;
pub use build::{Planned, plan};
pub use environment::{EnvId, Environment, Hosts, PublicUrl, Route};
pub use finding::Finding;
pub use fork::Absent;
pub use frontends::Frontend;
pub use gateway::name as gateway;
pub use import::{Import, ImportId, ImportSource, Imports};
pub use managed::{ManagedQueue, ManagedStore};
pub use names::{LABEL_LIMIT, fit, on_server};
pub use overrides::Overrides;
pub use part::CloudPart;
pub use process::{
    ConfigFile, Health, Image, ImageBuild, Port, Process, ProcessKind, Size, Source, Variable, Volume, WaitOn, Word,
    free_name,
};
pub use profile::{Cloud, PortRange, Profile, TargetName};
pub use pull_request::PullRequest;
pub use request::Request;
pub use scoped::{Scoped, ServerUse, Shared};
pub use sequence::{CHECK, FLAG_DIR, Flag, Poll, ROTATE, Sequence, Step, TOOLBOX_DIR, TOOLBOX_IMAGE, TOOLBOX_PROGRAM};
pub use value::{Encoding, Made, Part, Value, percent};
pub use variables::variable_name;
pub use vault::{Key, SHORTEST_KEY, Scope, Secret, SecretId, SecretSource, Secrets, Vault};
