//! `previewc images`: which images are built for a pull request, and the script that does it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use super::load_pull;
use crate::cli::args::{Format, Images, ImagesFormat};
use crate::cli::inputs;
use crate::cli::project::Project;
use crate::cli::report::Findings;
use crate::cli::terminal::Terminal;
use crate::cli::{Done, Exit, Failure};
use crate::pipeline::environment;
use crate::plan::Request;
use crate::target::{Settings, images};

/// Prints them. No key is needed: no secret stands in an image.
pub fn run(args: &Images, terminal: &Terminal) -> Done {
    let project = Project::find(&args.manifest)?;
    let loaded = match load_pull(&project, &args.pull, Format::Human, terminal)? {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let pull_request = inputs::pull_request(&args.pull, &loaded.program)?;
    let settings = Settings::of(inputs::target(args.target), &loaded.program, ".");
    let request = Request { pull_request, ..Request::default() };
    let planned = environment(&loaded.program, &request, &settings);
    let Some(environment) = planned.value else {
        terminal.findings(&[Findings { map: &loaded.map, diagnostics: &planned.diagnostics }], Format::Human)?;
        return Ok(Exit::Errors);
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
