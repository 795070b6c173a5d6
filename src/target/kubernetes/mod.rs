//! Kubernetes: one namespace per environment, plain API objects in one file per stage, and two scripts that apply and
//! remove them with kubectl.
//!
//! | file | holds |
//! |---|---|
//! | `object` | API objects: labels, size, which render they belong to |
//! | `namespace`, `quota`, `network`, `internet` | what surrounds the pods |
//! | `pod`, `container`, `expand`, `quantity`, `base64` | pod templates, with their Secret and ConfigMap |
//! | `workload`, `sequence`, `routes` | what makes pods, what prepares stores, what leads to them |
//! | `stages`, `scripts`, `copies`, `imports`, `kustomize` | how existing tools apply and remove all of it |
//! | `down` | how what it has on shared servers goes away |

mod access;
mod base64;
mod container;
mod copies;
mod down;
mod expand;
mod imports;

mod kustomize;
mod namespace;
mod network;
mod object;
mod pod;
mod quantity;
mod quota;
mod routes;
mod scripts;
mod sequence;
mod settings;
mod stages;
#[cfg(test)]
mod tests;
mod workload;

pub(super) use object::COMPONENT;
pub use object::{ENVIRONMENT, RENDER, REPOSITORY};
pub use settings::{Door, KubernetesSettings, ParentRef, Routing, SecretRef, StoreRef, Tls, profile};

use std::collections::BTreeMap;

use self::object::Manifests;
use crate::artifact::{Lowered, StageName};
use crate::plan::{Environment, Process, ProcessKind, Sequence, Vault};
use crate::target::{Target, outside};

/// The target, with the manifest's settings.
#[derive(Debug, Clone)]
pub struct Kubernetes {
    /// The settings.
    pub settings: KubernetesSettings,
}

/// What every part of the lowering looks at.
#[derive(Clone, Copy)]
struct Context<'a> {
    environment: &'a Environment,
    index: &'a Index<'a>,
    vault: &'a Vault,
    settings: &'a KubernetesSettings,
}

impl<'a> Context<'a> {
    /// The processes that run: where routes lead straight to the Services there is no gateway.
    fn processes(self) -> impl Iterator<Item = &'a Process> {
        let direct = matches!(self.settings.routing, Routing::Ingress | Routing::GatewayApi);
        self.environment.processes.iter().filter(move |process| !(direct && process.kind == ProcessKind::Gateway))
    }
}

/// Processes and sequences by name: a gateway may wait for thousands.
struct Index<'a> {
    processes: BTreeMap<&'a str, &'a Process>,
    sequences: BTreeMap<&'a str, &'a Sequence>,
}

impl<'a> Index<'a> {
    fn of(environment: &'a Environment) -> Self {
        Index {
            processes: environment.processes.iter().map(|process| (process.name.as_str(), process)).collect(),
            sequences: environment.sequences.iter().map(|sequence| (sequence.name.as_str(), sequence)).collect(),
        }
    }

    fn process(&self, name: &str) -> Option<&'a Process> {
        self.processes.get(name).copied()
    }

    fn sequence(&self, name: &str) -> Option<&'a Sequence> {
        self.sequences.get(name).copied()
    }
}

impl Target for Kubernetes {
    fn lower(&self, environment: &Environment, vault: &Vault, out: &mut Lowered) {
        let index = &Index::of(environment);
        let context = Context { environment, index, vault, settings: &self.settings };
        let mut manifests = Manifests::new(context);
        manifests.extend(namespace::items(context), out);
        crate::target::internet::unreachable(environment, "in Kubernetes", |finding| out.finding(finding));
        manifests.extend(network::items(context), out);
        manifests.extend(imports::items(context, out), out);
        let mut load = quota::Load::default();
        workload::check_annotations(context, out);
        for process in context.processes() {
            workload::check(context, process, out);
            manifests.extend(workload::items(context, process, &mut load), out);
        }
        let mut jobs = Vec::new();
        for sequence in &environment.sequences {
            sequence::check(context, sequence, out);
            let (job, made) = sequence::items(context, sequence, &mut load);
            jobs.push(job);
            manifests.extend(made, out);
        }
        manifests.extend(routes::items(context, out), out);
        manifests.extend(quota::items(context, &load), out);

        let (files, render) = manifests.finish(out);
        kustomize::write(context, &files, &render, out);
        crate::target::shared::objects(environment, StageName::Prepare, out);
        let drops = down::write(context, &render, out);
        outside::write(environment, vault, &self.settings.cloud, StageName::Namespace, out);
        down::teardown(context, &drops, out);
        copies::record(context, out);
        imports::record(context, out);
        stages::write(context, &files, &jobs, &render, out);
        outside::teardown(environment, out);
        scripts::write(context, &files, &jobs, &drops, &render, out);
    }
}
