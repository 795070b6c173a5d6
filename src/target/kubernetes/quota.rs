//! How much an environment may use: a ResourceQuota and a LimitRange.
//!
//! The quota is twice what the environment takes while it rolls out. Whatever a push drops from the manifest stays until
//! the new render is up, so for that time two whole environments may stand side by side; with less, the new one could
//! never start.
//!
//! A push that shrinks an environment finds pods that twice the new size does not hold, and one that grows it is held by
//! twice the old. So the quota comes last: `up.sh` and the stages lift the one of before when they begin, and `up.sh` applies
//! the new one after it has removed what is no longer wanted. `kubectl apply -f` sets it while the old pods still count, and
//! Argo CD keeps that of before until the new pods serve; for these two it never goes below a floor under which an ordinary
//! environment fits twice. A larger one may have to wait there until somebody deletes the ResourceQuota.
//!
//! Storage is not counted: volumes are never pruned, so those of renamed stores would add up.

use super::object::Item;
use super::quantity::{Requests, bytes, cpu, limits};
use super::{Context, Tls};
use crate::artifact::StageName;
use crate::document::{Doc, list, map};
use crate::plan::Size;

/// How many renders of the environment fit beside each other.
const RENDERS: u64 = 2;

/// What every environment may use at least.
const FLOOR: Requests = Requests { cpu: 16_000, memory: 32 << 30 };
/// How many pods, and how many Services, every environment may have at least.
const FLOOR_COUNT: u64 = 100;

/// What all pods of an environment take at most at the same time.
#[derive(Debug, Default)]
pub(super) struct Load {
    /// Services.
    pub(super) services: u64,
    requests: Requests,
    pods: u64,
    smallest: Option<Size>,
}

impl Load {
    /// Counts pods that may run at the same time, each with these requests.
    pub(super) fn pods(&mut self, count: u64, requests: Requests) {
        self.pods += count;
        self.requests = self.requests.plus(requests.times(count));
    }

    /// Takes note of containers' sizes.
    pub(super) fn sizes(&mut self, sizes: &[Size]) {
        for size in sizes {
            let one = self.smallest.unwrap_or(*size);
            self.smallest =
                Some(Size { cpu_millis: one.cpu_millis.min(size.cpu_millis), memory: one.memory.min(size.memory) });
        }
    }
}

/// The ResourceQuota and the LimitRange.
pub(super) fn items<'a>(context: Context<'a>, load: &Load) -> Vec<Item<'a>> {
    let requests = load.requests.times(RENDERS).max(FLOOR);
    let count = |one: u64| (one * RENDERS).max(FLOOR_COUNT).to_string();
    let mut hard = map! {
        "requests.cpu" => cpu(requests.cpu),
        "requests.memory" => bytes(requests.memory),
        "pods" => count(load.pods),
        "services" => count(load.services),
        // The environment's door is the only way in.
        "services.loadbalancers" => "0",
    };
    if !matches!(context.settings.tls, Tls::Issuer(_)) {
        // cert-manager answers challenges through a Service with such a port.
        hard.insert("services.nodeports", "0");
    }
    let quota =
        Item::new("v1", "ResourceQuota", "environment", StageName::Limits).with("spec", map! { "hard" => hard });
    let Some(smallest) = load.smallest else {
        return vec![quota];
    };
    // A container that says nothing (a debug container) is a small one; one that says more (a mesh's sidecar) may have it.
    let range: Doc = list![map! {
        "type" => "Container",
        "default" => limits(smallest),
        "defaultRequest" => Requests::of(smallest).doc(),
    }];
    let range =
        Item::new("v1", "LimitRange", "environment", StageName::Namespace).with("spec", map! { "limits" => range });
    vec![quota, range]
}
