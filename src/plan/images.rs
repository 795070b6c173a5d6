//! Which image runs: given, built elsewhere, or built from this commit.

use indexmap::IndexMap;

use super::context::Context;
use super::names::fit;
use super::process::{Image, ImageBuild};
use crate::diagnostics::{Diagnostic, codes};
use crate::resolve::{ImageSource, Origin, Reference, TextPart};

/// A tag holds at most this many characters (OCI distribution specification).
const TAG_LIMIT: usize = 128;

impl Context<'_> {
    /// The image of a node.
    pub(super) fn image(&mut self, node: &str, source: &ImageSource, origin: Origin) -> Image {
        if let Some(reference) = self.request.images.get(node) {
            return Image::given(reference);
        }
        match source {
            ImageSource::Given(reference) => Image::given(reference),
            ImageSource::Built { node: builder, build } => {
                if let Some(reference) = self.request.images.get(builder) {
                    return Image::given(reference);
                }
                let mut args = IndexMap::new();
                let mut own = self.profile.builds_images;
                for (name, text) in &build.args {
                    own |= text.parts.iter().any(is_of_the_environment);
                    if let Some(value) = self.plain(text, "a build argument") {
                        args.insert(name.clone(), value);
                    }
                }
                let sha = self.request.pull_request.head_sha.clone();
                let tag = match &sha {
                    Some(sha) if own => format!("{sha}-{}", self.id),
                    Some(sha) => sha.clone(),
                    None => self.id.to_string(),
                };
                if sha.is_none() && !std::mem::replace(&mut self.warned_commit, true) {
                    let origin = self.program.nodes.get(builder).map_or(origin, |node| node.origin);
                    self.find(
                        Diagnostic::new(
                            codes::NO_COMMIT,
                            format!("images are tagged `{tag}`, because no commit is known"),
                        )
                        .help("pass --sha \"$(git rev-parse HEAD)\", or --image NODE=REF for an image that is already built"),
                        origin,
                        "built for this",
                    );
                }
                if let Some(missing) = build.missing
                    && self.profile.builds_images
                    && self.warned_contexts.insert(builder.clone())
                {
                    self.find(
                        Diagnostic::new(
                            codes::NO_BUILD_CONTEXT,
                            format!("there is no folder `{}` to build `{builder}` from", build.context),
                        )
                        .help(
                            "the folder is relative to the manifest's; `--image NODE=REF` names an image that is there",
                        ),
                        missing,
                        "",
                    );
                }
                if let Some(outside) = build.outside
                    && self.request.pull_request.fork
                    && self.warned_contexts.insert(format!("{builder} outside"))
                {
                    self.find(
                        Diagnostic::new(
                            codes::FORK_CONTEXT,
                            format!("a fork's `{builder}` would be built from files outside of its manifest's folder"),
                        )
                        .help("keep the build context and the Dockerfile, and what links lead to, below the manifest"),
                        outside,
                        "leads out",
                    );
                }
                if self.profile.cloud.is_some()
                    && self.program.registry.is_none()
                    && self.warned_contexts.insert(format!("{builder} registry"))
                {
                    let origin = self.program.nodes.get(builder).map_or(origin, |node| node.origin);
                    self.find(
                        Diagnostic::new(
                            codes::NO_REGISTRY,
                            format!(
                                "the image of `{builder}` is built, and no registry is named that AWS pulls it from"
                            ),
                        )
                        .help(
                            "write `registry: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop`, or where yours are",
                        ),
                        origin,
                        "built for this",
                    );
                }
                let repository = match &self.program.registry {
                    Some(registry) => format!("{registry}/{}-{builder}", self.program.app),
                    None => format!("{}-{builder}", self.program.app),
                };
                Image {
                    reference: format!("{repository}:{}", fit(&tag, TAG_LIMIT)),
                    build: Some(ImageBuild {
                        context: build.context.clone(),
                        dockerfile: build.dockerfile.clone(),
                        target: build.target.clone(),
                        args,
                    }),
                    mutable: sha.is_none(),
                }
            }
        }
    }
}

/// Whether a part of a build argument differs from one pull request to another: an image with such a part belongs to one.
fn is_of_the_environment(part: &TextPart) -> bool {
    match part {
        TextPart::Literal(_) => false,
        TextPart::Ref(reference, _) => !matches!(reference, Reference::Var(_)),
    }
}
