//! The manifest's records: keys, types, ranges.
//!
//! Every key is declared once, in the language of [`crate::shape`]. [`decode`] reads a tree and reports every structural
//! mistake in it; [`schema`] and [`reference`] are made from the same declarations.
//!
//! A store's own keys are declared here; the keys that its engine adds are kept in [`Store::rest`] and judged when the
//! engine's recipe is known. The schema leaves them open in the same way.

mod aws;
mod command;
mod forms;
mod lenient;
mod names;
mod outside;
mod ports;
mod preview;
mod process;
mod quantity;
mod root;
mod schedule;
mod store;
mod targets;
#[cfg(test)]
mod tests;

pub use crate::shape::{Data, DataValue, Rest, Slot, Template, TemplatePart};
pub use aws::{Architecture, AuroraClone, ElastiCache, Managed, Rds};
pub use forms::is_kube_ref;
pub use names::{NodeName, VarName};
pub use outside::{
    Admin, External, Frontend, GeneratedSecret, Platform, SecretDecl, SecretStore, Server, StoredSecret,
};
pub use ports::PortRange;
pub use preview::{Access, Baseline, BaselineCompose, BaselineKubernetes, E2e, Forks, Preview, Tests, Trigger};
pub use process::{
    Build, CommandHealth, Common, ContentFile, Cron, File, Health, HttpHealth, Init, LongLived, Resources, Route,
    Service, Size, SizeName, SourceFile, TcpHealth, Worker, Workload,
};
pub use quantity::{Cpu, Duration, Memory, Storage};
pub use root::{Manifest, Named, decode, reference, schema, shape, unique};
pub use schedule::{Schedule, ScheduleError};
pub use store::{
    Branch, BranchProvider, CloudProvider, CommandSeed, InCloud, Isolation, Migrate, OnServer, Seed, SnapshotSeed,
    SqlSeed, Store, TemplateSeed,
};
pub use targets::{
    Backend, BackendKind, ComposeTarget, Door, Expose, GatewayRef, KubernetesTarget, Routing, SecretStoreKind,
    SecretStoreRef, Targets, TerraformPlatform, TerraformTarget, Tls, TlsCopy, TlsExternal, TlsIssuer, TlsSecret,
};
