//! The file that makes the bundle a Kustomize base.

use super::Context;
use super::object::{self, ENVIRONMENT, RENDER, STAGE};
use crate::artifact::{Lowered, Mode, StageName};
use crate::document::{Doc, list, map, yaml};

/// The name that `kubectl apply -k` finds and `kubectl apply -f` skips: it has no extension.
const NAME: &str = "Kustomization";

/// The folder of the users' component.
const OVERRIDES: &str = "overrides";

/// Lists the manifests in order, and the users' component behind them.
pub(super) fn write(context: Context, files: &[StageName], render: &str, out: &mut Lowered) {
    let mut doc = map! {
        "apiVersion" => "kustomize.config.k8s.io/v1beta1",
        "kind" => "Kustomization",
        "resources" => files.iter().map(|stage| object::path(*stage)).collect::<Doc>(),
    };
    let overrides = &context.environment.overrides;
    if !overrides.is_empty() {
        for (key, value) in component(context, render) {
            doc.insert(key, value);
        }
    }
    out.file(NAME, yaml::to_string(&Doc::Map(doc)), Mode::Public);
    for file in &overrides.files {
        out.file(format!("{OVERRIDES}/{}", file.path), file.contents.clone(), Mode::Public);
    }
}

/// What a component adds belongs to the environment like everything else: it stands in the namespace, goes with the render
/// that it came with, and is applied by a stage, the first where it does not say which.
fn component<'a>(context: Context<'a>, render: &str) -> [(&'static str, Doc<'a>); 4] {
    let id = context.environment.id.as_str();
    let pairs = map! { ENVIRONMENT => id, RENDER => render.to_owned() };
    let added = map! { "labelSelector" => format!("!{STAGE}") };
    let labelled = map! {
        "kind" => "any",
        "metadata" => map! { "name" => "any", "labels" => map! { STAGE => StageName::Namespace.as_str() } },
    };
    [
        ("components", list![OVERRIDES]),
        ("namespace", Doc::from(id)),
        ("labels", list![map! { "pairs" => pairs }]),
        ("patches", list![map! { "target" => added, "patch" => yaml::to_string(&Doc::Map(labelled)) }]),
    ]
}
