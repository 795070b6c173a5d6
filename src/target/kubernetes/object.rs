//! API objects on their way to the manifests: labels, annotations, size, and which render they belong to.

use std::collections::BTreeMap;

use super::Context;
use crate::artifact::{Finding, Lowered, Mode, Object, Removal, StageName};
use crate::diagnostics::{Diagnostic, codes};
use crate::document::{Doc, Map, json, map, yaml};
use crate::plan::Environment;
use crate::resolve::Origin;
use crate::source::Digest;

/// Label: the environment's id.
pub const ENVIRONMENT: &str = "previewc.dev/environment";
/// Label: what an object's process is: `service`, `gateway`, …
pub(in crate::target) const COMPONENT: &str = "app.kubernetes.io/component";
/// Label: which render an object belongs to; objects of older renders are removed after a new one is up.
pub const RENDER: &str = "previewc.dev/render";
/// Label, where users override something: the stage that applies an object.
pub(super) const STAGE: &str = "previewc.dev/stage";
/// Label of the Namespace: 16 hexadecimal digits for the repository, so that a selector can ask whose it is.
pub(super) const OWNER: &str = "previewc.dev/owner";
/// Annotation of the Namespace: the repository.
pub const REPOSITORY: &str = "previewc.dev/repository";
/// Annotation of the Namespace: the fingerprint of the key that credentials are derived from.
pub(super) const KEY: &str = "previewc.dev/key";
/// Annotation of the Namespace: the epoch of the credentials, where they were rotated. `up.sh` adds `previewc.dev/rotated` with
/// the same number once every server has them.
pub(super) const EPOCH: &str = "previewc.dev/epoch";
/// The kind of object that `down.sh` deletes; all others go with it.
pub(super) const NAMESPACE: &str = "Namespace";
/// The step of the teardown that deletes the namespace.
pub(super) const NAMESPACE_STEP: &str = "namespace";

/// Largest object in bytes of JSON. kubectl keeps the whole object a second time in an annotation, and all annotations
/// of an object together may take 256 KiB.
const SIZE_LIMIT: usize = 200 * 1024;
/// Most bytes that JSON needs for one byte of YAML: `\u0026`.
const LONGEST_ESCAPE: usize = 6;

/// One API object.
#[derive(Debug)]
pub(super) struct Item<'a> {
    /// `apiVersion`.
    pub(super) api: &'static str,
    /// `kind`.
    pub(super) kind: &'static str,
    /// `metadata.name`.
    pub(super) name: String,
    /// The process or sequence that it belongs to, and its role; nothing for what serves the whole environment.
    pub(super) of: Option<(&'a str, &'static str)>,
    /// Further labels.
    pub(super) labels: Map<'a>,
    /// Annotations.
    pub(super) annotations: Map<'a>,
    /// Everything beside `apiVersion`, `kind` and `metadata`.
    pub(super) body: Map<'a>,
    /// The stage that creates it.
    pub(super) stage: StageName,
    /// Where it comes from.
    pub(super) origin: Origin,
}

impl<'a> Item<'a> {
    /// An object that serves the whole environment.
    pub(super) fn new(api: &'static str, kind: &'static str, name: impl Into<String>, stage: StageName) -> Self {
        Item {
            api,
            kind,
            name: name.into(),
            of: None,
            labels: Map::new(),
            annotations: Map::new(),
            body: Map::new(),
            stage,
            origin: Origin::NONE,
        }
    }

    /// Says which process or sequence it belongs to.
    pub(super) fn of(mut self, name: &'a str, component: &'static str, origin: Origin) -> Self {
        self.of = Some((name, component));
        self.origin = origin;
        self
    }

    /// Adds a part of the body.
    pub(super) fn with(mut self, key: &'static str, value: impl Into<Doc<'a>>) -> Self {
        self.body.insert(key, value);
        self
    }

    fn metadata(&self, context: Context<'a>) -> Map<'a> {
        let environment = context.environment;
        let mut labels = labels(environment, self.of);
        labels.insert("previewc.dev/app", &environment.app);
        labels.insert("previewc.dev/pr", environment.pull_request.number.to_string());
        labels.insert(RENDER, UNKNOWN);
        if !environment.overrides.is_empty() {
            labels.insert(STAGE, self.stage.as_str());
        }
        labels.extend(self.labels.iter().map(|(k, v)| (k.clone(), v.clone())));
        let mut annotations = self.annotations.clone();
        // Argo CD applies lower waves first and waits until they are healthy.
        annotations.insert("argocd.argoproj.io/sync-wave", wave(self.stage));
        let namespaced = self.kind != NAMESPACE;
        map! { "name" => self.name.clone() }
            .with_some("namespace", namespaced.then(|| environment.id.as_str()))
            .with("labels", labels)
            .with("annotations", annotations)
    }

    /// Its size in bytes of JSON, as kubectl writes it.
    fn size(&self, context: Context<'a>) -> usize {
        let mut text = json::compact(&self.metadata(context).into());
        json::write(&mut text, &self.body);
        // kubectl writes these three as `\u0026`, …
        text.len() + (LONGEST_ESCAPE - 1) * text.bytes().filter(|b| b"<>&".contains(b)).count()
    }
}

/// An object as a document of its own, for what no stage applies.
pub(super) fn document<'a>(item: &Item<'a>, context: Context<'a>, render: &str) -> Doc<'a> {
    let mut metadata = item.metadata(context);
    if let Some(Doc::Map(labels)) = metadata.get("labels").cloned() {
        metadata.insert("labels", labels.with(RENDER, render.to_owned()));
    }
    let mut doc = map! { "apiVersion" => item.api, "kind" => item.kind, "metadata" => metadata };
    doc.extend(item.body.iter().map(|(key, value)| (key.clone(), value.clone())));
    doc.into()
}

/// The labels that do not change from one render to the next: pods carry them too.
pub(super) fn labels<'a>(environment: &'a Environment, of: Option<(&'a str, &'static str)>) -> Map<'a> {
    map! { "app.kubernetes.io/name" => of.map_or(environment.app.as_str(), |of| of.0) }
        .with_some(COMPONENT, of.map(|of| of.1))
        .with("app.kubernetes.io/instance", environment.id.as_str())
        .with("app.kubernetes.io/part-of", &environment.app)
        .with("app.kubernetes.io/managed-by", "previewc")
        .with(ENVIRONMENT, environment.id.as_str())
}

/// The labels that tell one process's pods from all others; they can never change.
pub(super) fn selector<'a>(environment: &'a Environment, name: &'a str) -> Map<'a> {
    map! {
        "app.kubernetes.io/name" => name,
        "app.kubernetes.io/instance" => environment.id.as_str(),
    }
}

/// The file of a stage in the bundle.
pub(super) fn path(stage: StageName) -> String {
    format!("manifests/{}0-{}.yaml", wave(stage), stage.as_str())
}

/// The manifests in the making. Every object is written as soon as it is made, so that no tree outlives its text.
pub(super) struct Manifests<'a> {
    context: Context<'a>,
    files: BTreeMap<StageName, Manifest>,
    hashes: Vec<Digest>,
}

/// The file of one stage.
struct Manifest {
    stream: yaml::Stream,
    mode: Mode,
    /// Where [`UNKNOWN`] stands for the render's digest.
    renders: Vec<usize>,
}

/// Stands for the render's digest until every object is known; as long as one, and begins with a letter like one, so that
/// neither needs quotes.
const UNKNOWN: &str = "r00000000000";

impl<'a> Manifests<'a> {
    /// No object yet.
    pub(super) fn new(context: Context<'a>) -> Self {
        // What users add stands in no manifest.
        let hashes = context.environment.overrides.digest.into_iter().collect();
        Manifests { context, files: BTreeMap::new(), hashes }
    }

    /// Adds objects in the order of applying.
    pub(super) fn extend(&mut self, items: Vec<Item<'a>>, out: &mut Lowered) {
        items.into_iter().for_each(|item| self.add(item, out));
    }

    /// Writes an object into its stage's file and hands it over.
    fn add(&mut self, item: Item<'a>, out: &mut Lowered) {
        let id = &self.context.environment.id;
        let file = self.files.entry(item.stage).or_insert_with(|| {
            let comment = format!("{id}: {}. Written by previewc; the next render replaces it.", item.stage.as_str());
            Manifest { stream: yaml::Stream::new(&comment), mode: Mode::Public, renders: Vec::new() }
        });
        let metadata = item.metadata(self.context);
        let start = file.stream.text().len();
        file.stream.push(&map! { "apiVersion" => item.api, "kind" => item.kind, "metadata" => metadata }.into());
        let middle = file.stream.text().len();
        file.stream.extend(&item.body);
        let text = file.stream.text();
        let (head, body) = (text.get(start..middle).unwrap_or(""), text.get(middle..).unwrap_or(""));
        let mark = format!("{RENDER}: {UNKNOWN}");
        file.renders.extend(head.find(&mark).map(|at| start + at + mark.len() - UNKNOWN.len()));
        let secret = item.kind == "Secret";
        if secret {
            file.mode = Mode::Private;
        }
        // What a secret's value is shows in nothing that may be seen.
        self.hashes.push(Digest::of_list(if secret { [head, ""] } else { [head, body] }));
        if (head.len() + body.len()) * LONGEST_ESCAPE > SIZE_LIMIT {
            let size = item.size(self.context);
            if size > SIZE_LIMIT {
                out.finding(too_large(&item, size));
            }
        }
        out.object(object(id.as_str(), item.kind, item.name, item.stage, item.origin));
    }

    /// Hands the files over, one per stage; returns the stages that have one, in order, and the render's digest.
    pub(super) fn finish(self, out: &mut Lowered) -> (Vec<StageName>, String) {
        let render = format!("r{}", Digest::of_list(&self.hashes).short(UNKNOWN.len() - 1));
        let stages = self.files.keys().copied().collect();
        for (stage, file) in self.files {
            let mut text = file.stream.finish();
            for at in file.renders {
                text.replace_range(at..at + UNKNOWN.len(), &render);
            }
            out.file(path(stage), text, file.mode);
        }
        (stages, render)
    }
}

/// The record of an object: the namespace goes by a step of its own, everything else with the namespace.
pub(super) fn object(id: &str, kind: &str, name: String, stage: StageName, origin: Origin) -> Object {
    let namespaced = kind != NAMESPACE;
    Object {
        kind: kind.to_owned(),
        name,
        namespace: namespaced.then(|| id.to_owned()),
        stage,
        removal: if namespaced {
            Removal::Within { kind: NAMESPACE.to_owned(), name: id.to_owned() }
        } else {
            Removal::Step(NAMESPACE_STEP.to_owned())
        },
        origin,
    }
}

/// A stage's wave for Argo CD, and the first digit of its file's number.
fn wave(stage: StageName) -> &'static str {
    match stage {
        StageName::Namespace => "0",
        StageName::Config => "1",
        StageName::Data => "2",
        StageName::Prepare => "3",
        StageName::Services => "4",
        StageName::Routes => "5",
        StageName::Limits => "6",
    }
}

fn too_large(item: &Item, size: usize) -> Finding {
    let of = item.of.map_or("the environment", |of| of.0);
    let (what, help) = match item.kind {
        "Secret" => {
            ("secret variables", "keep large texts out of `env`: let the image hold them, or fetch them at start")
        }
        "ConfigMap" => ("files", "build large files into an image and use `from` and `command` in place of a file"),
        "Ingress" | "HTTPRoute" => ("routes", "spread the routes over more hosts"),
        _ => ("variables and arguments", "keep large texts out of `env` and arguments: let the image hold them"),
    };
    let message = format!(
        "the {what} of `{of}` make a {} of {} KiB, and Kubernetes takes at most {} KiB in one object",
        item.kind,
        size.div_ceil(1024),
        SIZE_LIMIT / 1024,
    );
    Finding {
        diagnostic: Diagnostic::new(codes::OBJECT_TOO_LARGE, message).help(help),
        origin: item.origin,
        label: format!("its {what} are too large"),
    }
}
