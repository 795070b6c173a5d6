//! `previewc images`: which images are built for a pull request, and the script that does it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use super::{load_pull, planned};
use crate::cli::args::{Format, Images, ImagesFormat};
use crate::cli::inputs;
use crate::cli::project::Project;
use crate::cli::terminal::Terminal;
use crate::cli::{Done, Failure};
use crate::target::images;

/// Prints them. No key is needed: no secret stands in an image.
pub fn run(args: &Images, terminal: &Terminal) -> Done {
    let project = Project::find(&args.manifest)?;
    let loaded = match load_pull(&project, &args.pull, Format::Human, terminal)? {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let pull_request = inputs::pull_request(&args.pull, &loaded.program)?;
    let (environment, _) = match planned(&loaded, pull_request, args.target, terminal)? {
        Ok(planned) => planned,
        Err(exit) => return Ok(exit),
    };
    let built = images::built(&environment);
    let text = match args.format {
        ImagesFormat::Human => built.iter().fold(String::new(), |mut out, image| {
            let _ = writeln!(out, "{}  {} from {}", image.reference, image.nodes.join(", "), image.build.context);
            out
        }),
        ImagesFormat::Json => {
            let images: Vec<_> = built
                .iter()
                .map(|image| {
                    json!({
                        "image": image.reference,
                        "nodes": image.nodes,
                        "context": image.build.context,
                        "dockerfile": image.build.dockerfile,
                        "target": image.build.target,
                        "args": image.build.args.iter().collect::<BTreeMap<_, _>>(),
                    })
                })
                .collect();
            let text = serde_json::to_string_pretty(&images).map_err(|error| Failure::new(error.to_string()))?;
            text + "\n"
        }
        ImagesFormat::Sh => {
            if !built.is_empty() && loaded.program.registry.is_none() {
                return Err(Failure::new("there is no registry to push images to")
                    .help("set `registry` in the manifest, such as `registry: ghcr.io/acme`"));
            }
            let root = project.folder.to_str().ok_or_else(|| Failure::new("the manifest's folder is not UTF-8"))?;
            images::script(&environment, root).map_err(|error| Failure::new(error.to_string()))?
        }
    };
    terminal.out(text.as_bytes())
}
