//! The file that makes the bundle a Kustomize base.

use super::object;
use crate::artifact::{Lowered, Mode, StageName};
use crate::document::{Doc, map, yaml};

/// The name that `kubectl apply -k` finds and `kubectl apply -f` skips: it has no extension.
const NAME: &str = "Kustomization";

/// Lists the manifests in order.
pub(super) fn write(files: &[StageName], out: &mut Lowered) {
    let doc = map! {
        "apiVersion" => "kustomize.config.k8s.io/v1beta1",
        "kind" => "Kustomization",
        "resources" => files.iter().map(|stage| object::path(*stage)).collect::<Doc>(),
    };
    out.file(NAME, yaml::to_string(&Doc::Map(doc)), Mode::Public);
}
