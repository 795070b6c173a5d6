//! The images that an environment is built from, and the script that builds and pushes them where no target does it itself.

use indexmap::IndexMap;
use minijinja::{Error, context};

use super::script;
use crate::document::shell;
use crate::plan::{Environment, Image, ImageBuild};

/// One image that is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built<'a> {
    /// Its reference.
    pub reference: &'a str,
    /// How it is built.
    pub build: &'a ImageBuild,
    /// The nodes that run it, in the environment's order.
    pub nodes: Vec<&'a str>,
}

/// Every image that is built for an environment, each once.
pub fn built(environment: &Environment) -> Vec<Built<'_>> {
    let mut images: IndexMap<&str, Built<'_>> = IndexMap::new();
    for process in &environment.processes {
        let Image { reference, build: Some(build), .. } = &process.image else { continue };
        let image = images.entry(reference).or_insert_with(|| Built { reference, build, nodes: Vec::new() });
        image.nodes.push(&process.name);
    }
    images.into_values().collect()
}

/// The script that builds what the registry lacks. `root` is the manifest's folder as whoever runs it sees it.
///
/// # Errors
/// A build argument or a path that no word of a shell can hold (NUL).
pub fn script(environment: &Environment, root: &str) -> Result<String, Error> {
    let images: Vec<minijinja::Value> = built(environment)
        .iter()
        .map(|image| {
            let context = below(root, &image.build.context);
            let dockerfile = image.build.dockerfile.as_deref().unwrap_or("Dockerfile");
            let mut arguments = Vec::new();
            if let Some(target) = &image.build.target {
                arguments.extend(["--target".to_owned(), target.clone()]);
            }
            for (name, value) in &image.build.args {
                arguments.extend(["--build-arg".to_owned(), format!("{name}={value}")]);
            }
            context! {
                reference => image.reference,
                nodes => image.nodes.join(" "),
                dockerfile => below(&context, dockerfile),
                context => context,
                rest => shell::line(&arguments).unwrap_or_default(),
                arguments => arguments,
            }
        })
        .collect();
    let values =
        context! { number => environment.pull_request.number, fork => environment.pull_request.fork, images => images };
    script::render(include_str!("../../templates/scripts/images.sh.jinja"), &values)
}

/// A path in a folder, which cannot be taken for an option or a remote place.
fn below(folder: &str, path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    match (folder.trim_end_matches('/'), path) {
        (_, path) if path.starts_with('/') => path.to_owned(),
        (folder, "" | ".") => folder.to_owned(),
        (folder, path) => format!("{folder}/{path}"),
    }
}
