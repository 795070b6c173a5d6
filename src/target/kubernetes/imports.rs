//! Values that the cluster knows and the bundle does not. Pods read each from a Secret:
//!
//! | import | the Secret |
//! |---|---|
//! | a Secret of another namespace | `stored.NAMESPACE.NAME`, a copy of the keys that are needed |
//! | a Secret of the environment's namespace | that one; somebody else makes it |
//! | Vault, AWS | `stored.external`, which External Secrets makes of an ExternalSecret of the same name |
//! | a command | `stored.fetched`, which `imports.sh` makes of what the command prints |
//!
//! No node's name holds a dot, and no namespace's: the names are free, and no two are the same.

use std::collections::BTreeMap;

use super::object::{self, Item, RENDER};
use super::{Context, copies, stages};
use crate::artifact::{Argv, Finding, Lowered, StageName};
use crate::diagnostics::{Diagnostic, codes};
use crate::document::{Doc, Map, map};
use crate::plan::{Import, ImportId, ImportSource, fit};
use crate::resolve::Origin;
use crate::target::fetch::Fetch;

/// The ExternalSecret and the Secret that External Secrets makes of it.
const EXTERNAL: &str = "stored.external";
/// The Secret of what commands print.
pub(super) const FETCHED: &str = "stored.fetched";
/// The longest name of an object.
const NAME_LIMIT: usize = 253;
/// How often External Secrets looks for another value. Pods take theirs when they start.
const REFRESH: &str = "1h";

/// The name of the copy of another namespace's Secret.
pub(super) fn copy_name(namespace: &str, name: &str) -> String {
    fit(&format!("stored.{namespace}.{name}"), NAME_LIMIT)
}

/// The Secret and the key in it that a pod reads an import from.
pub(super) fn reference(context: Context, id: ImportId) -> Option<(String, String)> {
    let import = context.environment.imports.get(id)?;
    Some(match &import.source {
        ImportSource::ClusterSecret { namespace: Some(namespace), name, key } => {
            (copy_name(namespace, name), key.clone())
        }
        ImportSource::ClusterSecret { namespace: None, name, key } => (name.clone(), key.clone()),
        ImportSource::Vault { .. } | ImportSource::Aws { .. } => (EXTERNAL.to_owned(), import.key()),
        ImportSource::Command { .. } => (FETCHED.to_owned(), import.key()),
    })
}

/// Secrets of other namespaces, each with the keys that are needed.
pub(super) fn foreign<'a>(context: Context<'a>) -> BTreeMap<(&'a str, &'a str), Vec<&'a str>> {
    let mut found: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for import in context.environment.imports.iter() {
        if let ImportSource::ClusterSecret { namespace: Some(namespace), name, key } = &import.source {
            let keys = found.entry((namespace, name)).or_default();
            if !keys.contains(&key.as_str()) {
                keys.push(key);
            }
        }
    }
    found
}

/// Secrets that somebody else makes in the environment's namespace, with the place that names each.
pub(super) fn local<'a>(context: Context<'a>) -> impl Iterator<Item = (&'a str, Origin)> {
    context.environment.imports.iter().filter_map(|import| match &import.source {
        ImportSource::ClusterSecret { namespace: None, name, .. } => Some((name.as_str(), import.origin)),
        _ => None,
    })
}

/// What commands print.
pub(super) fn fetches(context: Context) -> Vec<Fetch> {
    let commands = context.environment.imports.iter();
    commands.filter(|import| matches!(import.source, ImportSource::Command { .. })).filter_map(Fetch::of).collect()
}

/// The ExternalSecret, where one is needed.
pub(super) fn items<'a>(context: Context<'a>, out: &mut Lowered) -> Vec<Item<'a>> {
    let wanted: Vec<&Import> = external(context).collect();
    let Some(first) = wanted.first() else { return Vec::new() };
    let Some(store) = &context.settings.secret_store else {
        for import in wanted {
            let message = format!("External Secrets fetches {}, and the manifest names no store of its", short(import));
            out.finding(Finding {
                diagnostic: Diagnostic::new(codes::NO_SECRET_STORE, message)
                    .help("write `secret_store: NAME` under `targets.kubernetes`"),
                origin: import.origin,
                label: format!("comes from {}", import.source.words()),
            });
        }
        return Vec::new();
    };
    for other in wanted.iter().filter(|import| is_vault(import) != is_vault(first)) {
        let message = format!("`{}` asks one store, and {} is kept in another", store.name, short(other));
        out.finding(Finding {
            diagnostic: Diagnostic::new(codes::NO_SECRET_STORE, message)
                .help("keep the secrets of previews in one store: Vault or AWS"),
            origin: other.origin,
            label: format!("comes from {}", other.source.words()),
        });
    }
    let data = |import: &&'a Import| {
        let remote = match &import.source {
            ImportSource::Vault { path, key } => map! { "key" => path, "property" => key },
            ImportSource::Aws { name, key } => map! { "key" => name }.with_some("property", key.as_deref()),
            _ => Map::new(),
        };
        map! { "secretKey" => import.key(), "remoteRef" => remote }
    };
    let spec = map! {
        "refreshInterval" => REFRESH,
        "secretStoreRef" => map! { "name" => &store.name, "kind" => store.kind },
        "target" => map! { "name" => EXTERNAL, "creationPolicy" => "Owner" },
        "data" => wanted.iter().map(data).collect::<Doc>(),
    };
    vec![Item::new("external-secrets.io/v1", "ExternalSecret", EXTERNAL, StageName::Config).with("spec", spec)]
}

/// Records the Secrets that are made of the imports, and finds those whose names others have.
pub(super) fn record(context: Context, out: &mut Lowered) {
    let taken: Vec<(&str, Origin)> = local(context)
        .filter(|(name, _)| out.objects().iter().any(|object| object.kind == "Secret" && object.name == *name))
        .collect();
    for (name, origin) in taken {
        let message = format!("the Secret `{name}` has the name of another Secret of the environment");
        out.finding(Finding {
            diagnostic: Diagnostic::new(codes::SECRET_NAME_TAKEN, message)
                .help("give the Secret another name, or the node that bears it"),
            origin,
            label: String::new(),
        });
    }
    let mut made = |name: String| {
        out.object(object::object(context.environment.id.as_str(), "Secret", name, copies::STAGE, Origin::NONE));
    };
    if is_external(context) {
        made(EXTERNAL.to_owned());
    }
    if !fetches(context).is_empty() {
        made(FETCHED.to_owned());
    }
}

/// What returns once External Secrets has fetched everything.
pub(super) fn wait(context: Context) -> Option<Argv> {
    is_external(context).then(|| {
        let (id, timeout) = (context.environment.id.as_str(), format!("--timeout={}s", stages::FETCH_PATIENCE));
        let name = format!("externalsecret.external-secrets.io/{EXTERNAL}");
        ["kubectl", "wait", "--namespace", id, "--for=condition=Ready", &name, &timeout].map(str::to_owned).to_vec()
    })
}

/// The labels of the Secret of what commands print, as `kubectl label` takes them.
pub(super) fn label_words(context: Context, render: &str) -> Vec<String> {
    let labels = object::labels(context.environment, None).with(RENDER, render);
    labels.iter().map(|(name, value)| format!("{}={}", name.as_str(), value.as_str().unwrap_or_default())).collect()
}

/// Whether External Secrets has something to do.
pub(super) fn is_external(context: Context) -> bool {
    external(context).next().is_some()
}

fn external<'a>(context: Context<'a>) -> impl Iterator<Item = &'a Import> {
    let imports = context.environment.imports.iter();
    imports.filter(|import| matches!(import.source, ImportSource::Vault { .. } | ImportSource::Aws { .. }))
}

fn is_vault(import: &Import) -> bool {
    matches!(import.source, ImportSource::Vault { .. })
}

fn short(import: &Import) -> String {
    format!("the secret `{}`", import.name.trim_start_matches("secrets/"))
}
