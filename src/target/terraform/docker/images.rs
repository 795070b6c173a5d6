//! Images: one resource for each, pulled or built.

use std::collections::BTreeMap;

use super::super::TerraformSettings;
use super::container::LONGEST;
use crate::document::hcl::{Body, Expr};
use crate::plan::{Image, ImageBuild};
use crate::target::engine::Containers;

/// The resource of every image, by reference.
#[derive(Debug, Default)]
pub struct Images {
    labels: BTreeMap<String, String>,
}

impl Images {
    /// Names the images of an environment: by what stands behind the last `/`, and with a number where that is taken.
    pub fn of(containers: &Containers<'_>) -> (Images, Vec<Image>) {
        let mut images = Images::default();
        let mut list: Vec<Image> = Vec::new();
        for container in containers.processes.iter().chain(&containers.preparation) {
            if images.labels.contains_key(&container.image.reference) {
                continue;
            }
            let label = images.free(&container.image.reference);
            images.labels.insert(container.image.reference.clone(), label);
            list.push(container.image.clone().into_owned());
        }
        (images, list)
    }

    fn free(&self, reference: &str) -> String {
        let name = reference.split('@').next().unwrap_or(reference);
        let name = name.rsplit('/').next().unwrap_or(name);
        let name = match name.split_once(':') {
            // The tag of what is built is a commit, which would make the resource another one with every push.
            Some((name, tag)) if tag.len() < 30 => format!("{name}_{tag}"),
            Some((name, _)) => name.to_owned(),
            None => name.to_owned(),
        };
        let mut label: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
        if !label.starts_with(|c: char| c.is_ascii_alphabetic()) {
            label.insert(0, '_');
        }
        let taken = |label: &str| self.labels.values().any(|other| other == label);
        let numbered = (2..).map(|number| format!("{label}_{number}"));
        std::iter::once(label.clone()).chain(numbered).find(|label| !taken(label)).unwrap_or(label)
    }

    /// The id of an image, which a container is made from.
    pub fn id(&self, reference: &str) -> Expr {
        let label = self.labels.get(reference).map_or("", String::as_str);
        Expr::reference(&["docker_image", label, "image_id"])
    }

    /// The resource of an image.
    pub fn resource_of(&self, reference: &str) -> Expr {
        let label = self.labels.get(reference).map_or("", String::as_str);
        Expr::reference(&["docker_image", label])
    }

    /// The resource of an image.
    pub fn resource(&self, image: &Image, settings: &TerraformSettings) -> (String, Body) {
        let mut body = Body::new().with("name", &image.reference);
        match &image.build {
            None => body.set("keep_locally", true),
            Some(build) => {
                if image.mutable {
                    body.comment("No commit is known: it is built anew when a file of its context changes.");
                    body.set("triggers", Expr::Object(vec![("sources".to_owned(), sources(&build.context, settings))]));
                }
                body.block("build", &[], section(build, settings));
                body.block("timeouts", &[], Body::new().with("create", LONGEST));
            }
        }
        (self.labels.get(&image.reference).cloned().unwrap_or_default(), body)
    }
}

fn section(build: &ImageBuild, settings: &TerraformSettings) -> Body {
    let mut body = Body::new().with("context", module_path(settings, &build.context));
    if let Some(dockerfile) = &build.dockerfile {
        body.set("dockerfile", dockerfile);
    }
    if let Some(target) = &build.target {
        body.set("target", target);
    }
    if !build.args.is_empty() {
        let args = build.args.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        body.set("build_args", Expr::texts(args));
    }
    body.with("label", Expr::reference(&["local", "labels"]))
}

/// A path of the project, from the manifest's folder. The engine's tools take it as it stands, so it is made absolute.
pub fn module_path(settings: &TerraformSettings, below: &str) -> Expr {
    let below = below.strip_prefix("./").unwrap_or(below).trim_end_matches('/');
    let root = settings.build_root.trim_end_matches('/');
    let tail = if below.is_empty() || below == "." { format!("/{root}") } else { format!("/{root}/{below}") };
    Expr::Call("abspath", vec![Expr::Template(vec![Expr::reference(&["path", "module"]), tail.into()])])
}

/// A digest over the files of a folder.
fn sources(context: &str, settings: &TerraformSettings) -> Expr {
    let folder = module_path(settings, context);
    let digests = Expr::For {
        item: "file",
        of: Box::new(Expr::Call("fileset", vec![folder.clone(), "**".into()])),
        each: Box::new(Expr::Call(
            "filesha256",
            vec![Expr::Template(vec![folder, "/".into(), Expr::reference(&["file"])])],
        )),
    };
    Expr::Call("sha256", vec![Expr::Call("join", vec!["".into(), digests])])
}
