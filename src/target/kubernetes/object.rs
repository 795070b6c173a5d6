//! API objects on their way to the manifests: labels, annotations, size, and which render they belong to.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::Context;
use crate::artifact::{Finding, Lowered, Mode, Object, Removal, StageName};
use crate::diagnostics::{Diagnostic, codes};
use crate::document::{Doc, Map, json, map, yaml};
use crate::plan::Environment;
use crate::resolve::Origin;

/// Label: the environment's id.
pub(super) const ENVIRONMENT: &str = "previewc.dev/environment";
/// Label: which render an object belongs to; objects of older renders are removed after a new one is up.
pub(super) const RENDER: &str = "previewc.dev/render";
/// Label of the Namespace: 16 hexadecimal digits for the repository, so that a selector can ask whose it is.
pub(super) const OWNER: &str = "previewc.dev/owner";
/// Annotation of the Namespace: the repository.
pub(super) const REPOSITORY: &str = "previewc.dev/repository";
/// Annotation of the Namespace: the fingerprint of the key that credentials are derived from.
pub(super) const KEY: &str = "previewc.dev/key";
/// The kind of object that `down.sh` deletes; all others go with it.
pub(super) const NAMESPACE: &str = "Namespace";
/// The step of the teardown that deletes the namespace.
pub(super) const NAMESPACE_STEP: &str = "namespace";

/// Largest object in bytes of JSON. kubectl keeps the whole object a second time in an annotation, and all annotations
/// of an object together may take 256 KiB.
const SIZE_LIMIT: usize = 200 * 1024;

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
    pub(super) body: Vec<(&'static str, Doc<'a>)>,
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
            body: Vec::new(),
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
        self.body.push((key, value.into()));
        self
    }

    fn metadata(&self, context: Context<'a>, render: Option<&str>) -> Map<'a> {
        let environment = context.environment;
        let mut labels = labels(environment, self.of);
        labels.insert("previewc.dev/app", &environment.app);
        labels.insert("previewc.dev/pr", environment.pull_request.number.to_string());
        if let Some(render) = render {
            labels.insert(RENDER, render.to_owned());
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
}

/// The labels that do not change from one render to the next: pods carry them too.
pub(super) fn labels<'a>(environment: &'a Environment, of: Option<(&'a str, &'static str)>) -> Map<'a> {
    map! { "app.kubernetes.io/name" => of.map_or(environment.app.as_str(), |of| of.0) }
        .with_some("app.kubernetes.io/component", of.map(|of| of.1))
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

/// `digits` hexadecimal digits of SHA-256; at most 64.
pub(super) fn digest(content: &[u8], digits: usize) -> String {
    let hash = Sha256::digest(content);
    let mut out: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    out.truncate(digits);
    out
}

/// The file of a stage in the bundle.
pub(super) fn path(stage: StageName) -> String {
    format!("manifests/{}-{}.yaml", number(stage), stage.as_str())
}

/// Hands every object over and writes the files, one per stage; returns the stages that have one, in order, and the
/// render's digest.
pub(super) fn write<'a>(context: Context<'a>, items: Vec<Item<'a>>, out: &mut Lowered) -> (Vec<StageName>, String) {
    let mut hash = Sha256::new();
    for item in &items {
        let mut size = 0;
        let mut add = |doc: &Doc| {
            let text = json::compact(doc);
            // kubectl writes these three as `\u0026`, …
            size += text.len() + 5 * text.bytes().filter(|b| b"<>&".contains(b)).count();
            text
        };
        hash.update(add(&Doc::Map(item.metadata(context, None))));
        for (key, value) in &item.body {
            let text = add(value);
            // What a secret's value is shows in nothing that may be seen.
            if item.kind != "Secret" {
                hash.update(key);
                hash.update(text);
            }
        }
        if size > SIZE_LIMIT {
            out.finding(too_large(item, size));
        }
    }
    let mut render: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    render.truncate(12);

    let id = &context.environment.id;
    let mut files: BTreeMap<StageName, (yaml::Stream, Mode)> = BTreeMap::new();
    for item in items {
        let (stream, mode) = files.entry(item.stage).or_insert_with(|| {
            let comment = format!("{id}: {}. Written by previewc; the next render replaces it.", item.stage.as_str());
            (yaml::Stream::new(&comment), Mode::Public)
        });
        if item.kind == "Secret" {
            *mode = Mode::Private;
        }
        let metadata = item.metadata(context, Some(&render));
        let mut doc = map! { "apiVersion" => item.api, "kind" => item.kind, "metadata" => metadata };
        doc.extend(item.body);
        stream.push(&Doc::Map(doc));
        out.object(object(id.as_str(), item.kind, item.name, item.stage, item.origin));
    }
    let stages = files.keys().copied().collect();
    for (stage, (stream, mode)) in files {
        out.file(path(stage), stream.finish(), mode);
    }
    (stages, render)
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

fn number(stage: StageName) -> &'static str {
    match stage {
        StageName::Namespace => "00",
        StageName::Config => "10",
        StageName::Data => "20",
        StageName::Prepare => "30",
        StageName::Services => "40",
        StageName::Routes => "50",
    }
}

fn wave(stage: StageName) -> &'static str {
    match stage {
        StageName::Namespace => "0",
        StageName::Config => "1",
        StageName::Data => "2",
        StageName::Prepare => "3",
        StageName::Services => "4",
        StageName::Routes => "5",
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
