//! Pod templates: the one way in which a process, a step or a wait becomes a container.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::container::{self, Container};
use super::object::{self, Item};
use super::quantity::Requests;
use super::{Context, base64, expand, imports};
use crate::artifact::StageName;
use crate::document::{Doc, Map, json, map};
use crate::plan::{ConfigFile, ImportId, Size, Variable, free_name};
use crate::resolve::Origin;
use crate::source::Digest;

/// The ServiceAccount of every pod. It has no rights, and no token of it is mounted.
pub(super) const SERVICE_ACCOUNT: &str = "previewc";
/// The volume whose files come from the pod's ConfigMap.
const FILES: &str = "files";

/// A pod in the making. Secret variables and files of all its containers are gathered in one Secret and one ConfigMap,
/// both named like the pod's owner.
pub(super) struct Pod<'a> {
    context: Context<'a>,
    name: &'a str,
    component: &'static str,
    origin: Origin,
    init: Vec<Doc<'a>>,
    containers: Vec<Doc<'a>>,
    volumes: Vec<Doc<'a>>,
    secrets: Map<'a>,
    texts: Map<'a>,
    binaries: Map<'a>,
    imported: BTreeSet<String>,
    fs_group: Option<u32>,
    initial: Requests,
    running: Requests,
    sizes: Vec<Size>,
}

/// A pod template with what it needs beside it.
pub(super) struct Template<'a> {
    /// `metadata` and `spec`.
    pub(super) doc: Map<'a>,
    /// Changes with everything in the template, the contents of its Secret and ConfigMap included: 8 hexadecimal digits.
    pub(super) hash: String,
    /// What one such pod counts in a quota.
    pub(super) requests: Requests,
    /// The size of every container.
    pub(super) sizes: Vec<Size>,
    /// The Secret and the ConfigMap, where there are any.
    pub(super) items: Vec<Item<'a>>,
}

impl<'a> Pod<'a> {
    /// A pod without containers.
    pub(super) fn new(context: Context<'a>, name: &'a str, component: &'static str, origin: Origin) -> Self {
        Pod {
            context,
            name,
            component,
            origin,
            init: Vec::new(),
            containers: Vec::new(),
            volumes: Vec::new(),
            secrets: Map::new(),
            texts: Map::new(),
            binaries: Map::new(),
            imported: BTreeSet::new(),
            fs_group: None,
            initial: Requests::default(),
            running: Requests::default(),
            sizes: Vec::new(),
        }
    }

    /// Adds a container that runs to its end before the next one starts.
    pub(super) fn init(&mut self, container: Container<'a>) {
        self.initial = self.initial.max(Requests::of(container.size));
        let prefix = format!("{}.", container.name);
        let doc = self.container(container, &prefix);
        self.init.push(doc);
    }

    /// Adds the last one of several steps.
    pub(super) fn last(&mut self, container: Container<'a>) {
        self.running = self.running.plus(Requests::of(container.size));
        let prefix = format!("{}.", container.name);
        let doc = self.container(container, &prefix);
        self.containers.push(doc);
    }

    /// Adds a container; its secret variables stand in the Secret under their own names.
    pub(super) fn main(&mut self, container: Container<'a>) {
        self.running = self.running.plus(Requests::of(container.size));
        let doc = self.container(container, "");
        self.containers.push(doc);
    }

    /// Adds a container that runs to its end before the main one starts, and has the main one's variables and files.
    pub(super) fn before(&mut self, container: Container<'a>) {
        self.initial = self.initial.max(Requests::of(container.size));
        let words = format!("{}.", container.name);
        let doc = self.shared(container, "", &words);
        self.init.push(doc);
    }

    /// Adds a volume.
    pub(super) fn volume(&mut self, volume: Map<'a>) {
        self.volumes.push(Doc::Map(volume));
    }

    /// The group that volumes belong to.
    pub(super) fn fs_group(&mut self, group: Option<u32>) {
        self.fs_group = group;
    }

    /// The template; `spec` holds what is particular to the kind of owner and stands first in the pod's `spec`.
    pub(super) fn finish(mut self, spec: Map<'a>) -> Template<'a> {
        if !self.texts.is_empty() || !self.binaries.is_empty() {
            let source = map! { "name" => self.name };
            self.volume(map! { "name" => FILES, "configMap" => source });
        }
        let items = self.items();
        let mut annotations = Map::new();
        if !items.is_empty() || !self.imported.is_empty() {
            let mut contents: String = self.imported.iter().map(|words| format!("{words}\n")).collect();
            items.iter().for_each(|item| json::write(&mut contents, &item.body));
            annotations.insert("previewc.dev/config", self.context.vault.seal(contents.as_bytes()));
        }
        if let Some(digest) = &self.context.environment.overrides.digest {
            // What a patch makes of this template or of its files is not known here: a changed one makes all pods and Jobs anew.
            annotations.insert("previewc.dev/overrides", digest.short(16));
        }
        let mut security = map! { "seccompProfile" => map! { "type" => "RuntimeDefault" } };
        if let Some(group) = self.fs_group {
            security.insert("fsGroup", group);
            // Never again on a volume that has it: RabbitMQ refuses a cookie that its group can read.
            security.insert("fsGroupChangePolicy", "OnRootMismatch");
        }
        let mut spec = spec;
        spec.insert("serviceAccountName", SERVICE_ACCOUNT);
        spec.insert("automountServiceAccountToken", false);
        spec.insert("enableServiceLinks", false);
        spec.insert("securityContext", security);
        if !self.init.is_empty() {
            spec.insert("initContainers", Doc::List(self.init));
        }
        spec.insert("containers", Doc::List(self.containers));
        if !self.volumes.is_empty() {
            spec.insert("volumes", Doc::List(self.volumes));
        }

        let labels = object::labels(self.context.environment, Some((self.name, self.component)));
        let hash = {
            let mut contents = String::new();
            [&labels, &annotations, &spec].into_iter().for_each(|part| json::write(&mut contents, part));
            Digest::of(contents.as_bytes()).short(8)
        };
        let labels = labels.with("previewc.dev/template", hash.clone());
        let metadata = map! { "labels" => labels }.with_filled("annotations", annotations);
        Template {
            doc: map! { "metadata" => metadata, "spec" => spec },
            hash,
            // Init containers run one after the other, and before the others.
            requests: self.running.max(self.initial),
            sizes: self.sizes,
            items,
        }
    }

    fn items(&mut self) -> Vec<Item<'a>> {
        let item =
            |kind| Item::new("v1", kind, self.name, StageName::Config).of(self.name, self.component, self.origin);
        let mut items = Vec::new();
        if !self.secrets.is_empty() {
            // `data`, not `stringData`: a key that is dropped must go with the next apply.
            items.push(item("Secret").with("type", "Opaque").with("data", std::mem::take(&mut self.secrets)));
        }
        if !self.texts.is_empty() || !self.binaries.is_empty() {
            let mut config = item("ConfigMap");
            for (key, map) in [("data", &mut self.texts), ("binaryData", &mut self.binaries)] {
                if !map.is_empty() {
                    config = config.with(key, std::mem::take(map));
                }
            }
            items.push(config);
        }
        items
    }

    /// Writes a container down. Its keys in the Secret and the ConfigMap begin with `prefix`: the container's name, which
    /// holds no `.`, and a `.`.
    fn container(&mut self, container: Container<'a>, prefix: &str) -> Doc<'a> {
        self.shared(container, prefix, prefix)
    }

    /// Writes a container down whose keys begin with `prefix`, and those of its words with `words`.
    fn shared(&mut self, container: Container<'a>, prefix: &str, words: &str) -> Doc<'a> {
        self.sizes.push(container.size);
        let mut env = self.env(container.env, prefix);
        let command = self.words(container.command, free_name("PREVIEWC_COMMAND", container.env), words, &mut env);
        let args = self.words(container.args, free_name("PREVIEWC_ARGS", container.env), words, &mut env);
        let mut mounts = self.files(container.files, prefix);
        mounts.extend(container.mounts.iter().cloned().map(Doc::Map));
        let mut doc = map! { "name" => container.name.clone(), "image" => container.image };
        doc.insert("imagePullPolicy", if container.mutable { "Always" } else { "IfNotPresent" });
        doc = doc
            .with_filled("command", command)
            .with_filled("args", args)
            .with_filled("env", env)
            .with_filled("ports", container::ports(container.ports));
        if let Some(health) = container.health {
            doc.insert("startupProbe", container::startup_probe(health));
            doc.insert("readinessProbe", container::readiness_probe(health));
        }
        doc.with("resources", container::resources(container.size))
            .with("securityContext", container::security(container.user, container.capabilities))
            .with_filled("volumeMounts", mounts)
            .into()
    }

    /// Variables: what holds a secret comes out of the Secret, which is not expanded, and so does what only base64 carries;
    /// everything else stands inline.
    fn env(&mut self, variables: &'a [Variable], prefix: &str) -> Vec<Doc<'a>> {
        let mut out = Vec::with_capacity(variables.len());
        for variable in variables {
            if let Some(reference) = variable.value.imported().and_then(|id| self.imported(id)) {
                out.push(Doc::Map(map! { "name" => variable.name.as_str(), "valueFrom" => reference }));
                continue;
            }
            out.push(Doc::Map(match variable.value.plain() {
                Some(text) if expand::passes_kustomize(text) => {
                    map! { "name" => variable.name.as_str(), "value" => expand::literal(text) }
                }
                _ => {
                    let value = variable.value.reveal(self.context.vault);
                    self.sealed(Cow::Borrowed(variable.name.as_str()), value.as_bytes(), prefix)
                }
            }));
        }
        out
    }

    /// Where a value comes from that the bundle does not hold.
    fn imported(&mut self, id: ImportId) -> Option<Map<'a>> {
        let import = self.context.environment.imports.get(id)?;
        let (name, key) = imports::reference(self.context, id)?;
        // Another place means another value: then the pod starts anew, which the reference alone may not show.
        self.imported.insert(import.source.words());
        Some(map! { "secretKeyRef" => map! { "name" => name, "key" => key } })
    }

    /// A variable whose value stands in the pod's Secret.
    fn sealed(&mut self, name: Cow<'a, str>, value: &[u8], prefix: &str) -> Map<'a> {
        let key = format!("{prefix}{name}");
        self.secrets.insert(key.clone(), base64::encode(value));
        let reference = map! { "name" => self.name, "key" => key };
        map! { "name" => name, "valueFrom" => map! { "secretKeyRef" => reference } }
    }

    /// The words of a command or its arguments, escaped already. A word that only base64 carries becomes a variable, whose
    /// name begins with `stem`, which no other variable's does.
    fn words(&mut self, words: Vec<Cow<'a, str>>, stem: String, prefix: &str, env: &mut Vec<Doc<'a>>) -> Vec<Doc<'a>> {
        let mut out = Vec::with_capacity(words.len());
        for (index, word) in words.into_iter().enumerate() {
            if expand::passes_kustomize(&word) {
                out.push(Doc::from(word));
                continue;
            }
            let name = format!("{stem}_{index}");
            out.push(Doc::from(format!("$({name})")));
            let text = word.replace("$$", "$");
            env.push(Doc::Map(self.sealed(Cow::Owned(name), text.as_bytes(), prefix)));
        }
        out
    }

    /// Files: each one mounted by itself, so that the image's other files beside it stay.
    fn files(&mut self, files: &'a [ConfigFile], prefix: &str) -> Vec<Doc<'a>> {
        let mut mounts = Vec::with_capacity(files.len());
        for (index, file) in files.iter().enumerate() {
            let name = file.path.rsplit('/').next().unwrap_or("");
            let name = name.replace(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c), "_");
            let key = format!("{prefix}{index}-{name}");
            match std::str::from_utf8(&file.contents) {
                Ok(text) if expand::passes_kustomize(text) => self.texts.insert(key.clone(), text),
                _ => self.binaries.insert(key.clone(), base64::encode(&file.contents)),
            }
            mounts.push(Doc::Map(map! {
                "name" => FILES, "mountPath" => file.path.as_str(), "subPath" => key, "readOnly" => true,
            }));
        }
        mounts
    }
}
