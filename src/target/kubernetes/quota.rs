//! How much an environment may use: a ResourceQuota and a LimitRange.
//!
//! The quota is twice what the environment takes while it rolls out. Whatever a push drops from the manifest stays until
//! the new render is up, so for that time two whole environments may stand side by side; with less, the new one could
//! never start.

use super::object::Item;
use super::quantity::{Requests, bytes, cpu, limits};
use crate::artifact::StageName;
use crate::document::{Doc, list, map};
use crate::plan::Size;

/// How many renders of the environment fit beside each other.
const RENDERS: u64 = 2;

/// What all pods of an environment take at most at the same time.
#[derive(Debug, Default)]
pub(super) struct Load {
    /// Services.
    pub(super) services: u64,
    requests: Requests,
    pods: u64,
    claims: u64,
    storage: u64,
    smallest: Option<Size>,
}

impl Load {
    /// Counts pods that may run at the same time, each with these requests.
    pub(super) fn pods(&mut self, count: u64, requests: Requests) {
        self.pods += count;
        self.requests = self.requests.plus(requests.times(count));
    }

    /// Counts a volume.
    pub(super) fn storage(&mut self, bytes: u64) {
        self.claims += 1;
        self.storage += bytes;
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
pub(super) fn items<'a>(load: &Load) -> Vec<Item<'a>> {
    let requests = load.requests.times(RENDERS);
    let hard = map! {
        "requests.cpu" => cpu(requests.cpu),
        "requests.memory" => bytes(requests.memory),
        "requests.storage" => bytes(load.storage * RENDERS),
        "pods" => (load.pods * RENDERS).to_string(),
        "persistentvolumeclaims" => (load.claims * RENDERS).to_string(),
        "services" => (load.services * RENDERS).to_string(),
        // The environment's door is the only way in.
        "services.nodeports" => "0",
        "services.loadbalancers" => "0",
    };
    let quota =
        Item::new("v1", "ResourceQuota", "environment", StageName::Namespace).with("spec", map! { "hard" => hard });
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
