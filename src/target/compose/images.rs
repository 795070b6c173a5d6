//! Who builds which image. Each is built at one place of the file, however many services run it.

use std::collections::BTreeMap;

use super::{ComposeSettings, service};
use crate::document::{Map, map};
use crate::plan::{Environment, ImageBuild};
use crate::target::engine::{Container, Containers, Kind, labels};

/// For every image that the environment builds, by reference: the service that builds it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Builders(BTreeMap<String, String>);

impl Builders {
    /// Long-lived processes come before steps, and these before crons, which plain `up` does not start.
    pub fn of(containers: &Containers<'_>) -> Builders {
        let crons = containers.processes.iter().filter(|container| matches!(container.kind, Kind::OnDemand { .. }));
        let mut builders = BTreeMap::new();
        for container in containers.long_lived().chain(&containers.preparation).chain(crons) {
            if container.image.build.is_some() {
                builders.entry(container.image.reference.clone()).or_insert_with(|| container.name.clone());
            }
        }
        Builders(builders)
    }

    /// Adds `image`, and `build` or the reason not to pull it.
    pub fn add<'a>(
        &self,
        service: &mut Map<'a>,
        container: &Container<'a>,
        settings: &ComposeSettings,
        environment: &Environment,
    ) {
        let image = &container.image;
        service.insert("image", image.reference.clone());
        let Some(build) = &image.build else { return };
        if self.0.get(&image.reference).is_some_and(|builder| *builder == container.name) {
            service.insert("build", section(build, settings, environment));
            if image.mutable {
                service.insert("pull_policy", "build");
            }
        } else {
            // Another service of this file builds it.
            service.insert("pull_policy", "never");
        }
    }

    /// References of the images that the environment builds, with the service that builds each.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(reference, service)| (reference.as_str(), service.as_str()))
    }
}

fn section(build: &ImageBuild, settings: &ComposeSettings, environment: &Environment) -> Map<'static> {
    map! { "context" => joined(&settings.build_root, &build.context) }
        .with_some("dockerfile", build.dockerfile.clone())
        .with_some("target", build.target.clone())
        .with_filled("args", build.args.iter().map(|(name, value)| (name.clone(), value.clone())).collect::<Map<'_>>())
        .with("labels", service::labels_of(labels::belonging(environment)))
}

/// A path below another. Compose takes a context for a folder, not for a remote one, and a mount's source for a path, not for
/// a volume, when it begins with a dot or slash.
pub(super) fn joined(root: &str, below: &str) -> String {
    let below = below.strip_prefix("./").unwrap_or(below).trim_end_matches('/');
    let root = root.trim_end_matches('/');
    let path = match (root, below) {
        (_, below) if below.starts_with('/') => below.to_owned(),
        ("" | ".", "" | ".") => ".".to_owned(),
        (root, "" | ".") => root.to_owned(),
        ("" | ".", below) => below.to_owned(),
        (root, below) => format!("{root}/{below}"),
    };
    if path.starts_with('.') || path.starts_with('/') { path } else { format!("./{path}") }
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn contexts_are_seen_from_the_bundle() {
        for (root, below, expected) in [
            ("../../..", "api", "../../../api"),
            ("../../../", "./api/", "../../../api"),
            ("../../..", ".", "../../.."),
            ("../../..", "../lib", "../../../../lib"),
            (".", "api", "./api"),
            ("", ".", "."),
            ("src", "api", "./src/api"),
            ("..", "/abs", "/abs"),
        ] {
            assert_eq!(joined(root, below), expected, "{root} {below}");
        }
    }
}
