//! The users' own additions to what previewc writes, from `.previewc/overrides/`, in each tool's own means:
//!
//! ```text
//! kubernetes/kustomization.yaml   a Kustomize component, with the files that it names
//! compose/compose.override.yaml   a second Compose file, with the files that it names
//! terraform/*_override.tf         files that Terraform lays over the module's, and others that it adds to them
//! ```
//!
//! Their contents are the tools' to judge. What is looked at here is whether the tool would find them at all.

use indexmap::IndexMap;

use crate::diagnostics::{Diagnostic, Sink, codes};
use crate::source::{Digest, FileError, Files, SourceMap, Span};
use crate::syntax::{self, Node, Syntax, Value};

/// Where they stand, from the manifest's folder.
pub const FOLDER: &str = ".previewc/overrides";
/// What makes `kubernetes/` count: Kustomize's own name for it.
const COMPONENT: &str = "kustomization.yaml";
/// What makes `compose/` count: the second file that Compose reads by itself.
pub const COMPOSE_FILE: &str = "compose.override.yaml";
/// What the bundle for Compose holds already, and what would change which project it is: files, and folders with a `/`.
const TAKEN: [&str; 10] = [
    "compose.yaml",
    "up.sh",
    "down.sh",
    "cron.sh",
    "imports.sh",
    "bundle.json",
    "branches/",
    "down/",
    "files/",
    "secrets/",
];
/// The same for Terraform.
const TAKEN_BY_TERRAFORM: [&str; 19] = [
    "data.tf",
    "images.tf",
    "network.tf",
    "outputs.tf",
    "providers.tf",
    "routes.tf",
    "secrets.tf",
    "services.tf",
    "versions.tf",
    "secrets.auto.tfvars.json",
    "up.sh",
    "down.sh",
    "cron.sh",
    "bundle.json",
    "imports.sh",
    "branches/",
    "down/",
    "secrets/",
    "files/",
];

/// Files of the users' by target, sorted by path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Those for Kubernetes, by their path below `kubernetes/`.
    pub kubernetes: Vec<(String, Vec<u8>)>,
    /// Those for Compose, by their path below `compose/`.
    pub compose: Vec<(String, Vec<u8>)>,
    /// Those for Terraform, by their path below `terraform/`.
    pub terraform: Vec<(String, Vec<u8>)>,
}

/// Reads them all and reports every one that no tool would find. Digests go to `inputs`. Names that begin with a dot are
/// left alone: editors and file managers keep theirs there.
pub fn read(
    files: &dyn Files,
    map: &mut SourceMap,
    inputs: &mut IndexMap<String, Digest>,
    sink: &mut Sink,
) -> Overrides {
    let mut out = Overrides::default();
    let found = match files.glob(&format!("{FOLDER}/**")) {
        Ok(found) => found,
        Err(error) => {
            sink.push(unreadable(FOLDER, &error));
            return out;
        }
    };
    for path in found {
        let Some(below) = path.strip_prefix(FOLDER).map(|below| below.trim_start_matches('/')) else { continue };
        if below.split('/').any(|name| name.starts_with('.')) {
            continue;
        }
        let (list, below) = match below.split_once('/') {
            Some(("kubernetes", below)) => (&mut out.kubernetes, below),
            Some(("compose", below)) => (&mut out.compose, below),
            Some(("terraform", below)) => (&mut out.terraform, below),
            _ => {
                sink.push(nowhere(&path));
                continue;
            }
        };
        if !below.split('/').all(is_plain) {
            let message = format!("the name of `{path}` cannot stand in a bundle");
            sink.push(
                Diagnostic::new(codes::OVERRIDE_UNREADABLE, message)
                    .help("rename it: ASCII letters, digits and `. _ - + = @ ,`, no `.` at the end"),
            );
            continue;
        }
        match files.read(&path) {
            Ok(bytes) => {
                inputs.insert(path.clone(), Digest::of(&bytes));
                list.push((below.to_owned(), bytes));
            }
            Err(error) => sink.push(unreadable(&path, &error)),
        }
    }
    kubernetes(&out.kubernetes, map, sink);
    compose(&out.compose, sink);
    terraform(&out.terraform, sink);
    out
}

/// Whether a name may stand in a bundle, whose rule is stricter than a disk's.
fn is_plain(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-+=@,".contains(&byte);
    (1..=200).contains(&name.len()) && name.bytes().all(legal) && !name.ends_with('.')
}

fn unreadable(path: &str, error: &FileError) -> Diagnostic {
    let why = match error {
        FileError::Missing => "it is not there any more".to_owned(),
        FileError::Unreadable(why) => why.clone(),
        FileError::Outside => "it leads out of the manifest's folder".to_owned(),
        FileError::Withheld => "it is one of the files that previewc keeps for itself".to_owned(),
        FileError::TooLarge(limit) => format!("it is larger than {limit} bytes"),
    };
    Diagnostic::new(codes::OVERRIDE_UNREADABLE, format!("the override `{path}` cannot be read: {why}"))
        .help("keep it there as a plain file, or remove it")
}

fn nowhere(path: &str) -> Diagnostic {
    Diagnostic::new(codes::OVERRIDE_PLACE, format!("nothing would read the override `{path}`")).help(format!(
        "for Kubernetes write `{FOLDER}/kubernetes/{COMPONENT}`, for Compose `{FOLDER}/compose/{COMPOSE_FILE}`, for \
         Terraform `{FOLDER}/terraform/NAME_override.tf`, and keep what they name beside them"
    ))
}

/// Kustomize finds a component by its one file, and a file that is no component would bring its own resources in place of
/// changing those of the bundle.
fn kubernetes(list: &[(String, Vec<u8>)], map: &mut SourceMap, sink: &mut Sink) {
    let Some((_, bytes)) = list.iter().find(|(path, _)| path == COMPONENT) else {
        if let Some((path, _)) = list.first() {
            sink.push(nowhere(&format!("{FOLDER}/kubernetes/{path}")));
        }
        return;
    };
    let name = format!("{FOLDER}/kubernetes/{COMPONENT}");
    let Some(file) = syntax::load(map, &name, bytes.clone(), sink) else { return };
    let Some(root) = syntax::parse(map, file, Syntax::Yaml, sink) else { return };
    let wanted = [("apiVersion", "kustomize.config.k8s.io/v1alpha1"), ("kind", "Component")];
    for (key, value) in wanted {
        let stated = text(&root, key);
        if stated.as_ref().is_some_and(|(text, _)| text == value) {
            continue;
        }
        let place = stated.map_or(Span::new(file, root.span.lo, root.span.lo), |(_, span)| span);
        sink.push(
            Diagnostic::new(codes::NOT_A_COMPONENT, format!("`{key}` is not `{value}`"))
                .at(place, "")
                .help("begin it with `apiVersion: kustomize.config.k8s.io/v1alpha1` and `kind: Component`"),
        );
    }
}

/// A text of the outermost map.
fn text(root: &Node<'_>, key: &str) -> Option<(String, Span)> {
    let Value::Map { entries, .. } = &root.value else { return None };
    let entry = entries.iter().find(|entry| entry.key == key)?;
    match &entry.value.value {
        Value::Scalar(scalar) => Some((scalar.text.to_string(), entry.value.span)),
        _ => Some((String::new(), entry.value.span)),
    }
}

/// Reports what has a name that a target writes itself; `changes` says where changes go.
fn taken(list: &[(String, Vec<u8>)], below: &str, names: &[&str], changes: &str, sink: &mut Sink) {
    for (path, _) in list {
        let taken = names.iter().find(|taken| match taken.strip_suffix('/') {
            Some(folder) => path.split('/').next().is_some_and(|first| first.eq_ignore_ascii_case(folder)),
            None => path.eq_ignore_ascii_case(taken),
        });
        if let Some(taken) = taken {
            let message = format!("`{FOLDER}/{below}/{path}` has a name that previewc itself writes: `{taken}`");
            sink.push(
                Diagnostic::new(codes::OVERRIDE_TAKEN, message)
                    .help(format!("changes go into {changes}; keep other files under a folder of their own")),
            );
        }
    }
}

/// Terraform reads every file that ends in `.tf` or `.tf.json` in the module's own folder, and no other.
fn terraform(list: &[(String, Vec<u8>)], sink: &mut Sink) {
    let changes = "a file whose name ends in `_override.tf`, which Terraform lays over the others";
    taken(list, "terraform", &TAKEN_BY_TERRAFORM, changes, sink);
    let is_read = |path: &str| !path.contains('/') && (path.ends_with(".tf") || path.ends_with(".tf.json"));
    if !list.iter().any(|(path, _)| is_read(path))
        && let Some((path, _)) = list.first()
    {
        sink.push(nowhere(&format!("{FOLDER}/terraform/{path}")));
    }
}

fn compose(list: &[(String, Vec<u8>)], sink: &mut Sink) {
    let changes = format!("`{COMPOSE_FILE}`, which Compose lays over `compose.yaml`");
    taken(list, "compose", &TAKEN, &changes, sink);
    if !list.iter().any(|(path, _)| path == COMPOSE_FILE)
        && let Some((path, _)) = list.first()
    {
        sink.push(nowhere(&format!("{FOLDER}/compose/{path}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MemoryFiles;

    /// Files below the folder, and the codes that are found.
    type Case<'c> = (&'c [(&'c str, &'c str)], &'c [&'c str]);

    /// The codes for some files below the folder.
    fn codes(files: &[(&str, &str)]) -> Vec<&'static str> {
        let disk =
            files.iter().fold(MemoryFiles::new(), |disk, (path, text)| disk.with(&format!("{FOLDER}/{path}"), *text));
        let mut sink = Sink::new();
        read(&disk, &mut SourceMap::new(), &mut IndexMap::new(), &mut sink);
        sink.into_sorted().iter().map(|found| found.code.id()).collect()
    }

    #[test]
    fn what_no_tool_would_find_is_refused() {
        const COMPONENT: &str = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n";
        let cases: [Case<'_>; 13] = [
            (&[], &[]),
            (&[("kubernetes/kustomization.yaml", COMPONENT), ("kubernetes/a/b.yaml", "")], &[]),
            (&[("compose/compose.override.yaml", "services: !reset {}"), ("compose/site/a.conf", "")], &[]),
            (&[("kubernetes/.swp", ""), (".DS_Store", "")], &[]),
            (&[("kubernetes/patch.yaml", "")], &["PV0709"]),
            (&[("patch.yaml", ""), ("helm/x.yaml", "")], &["PV0709", "PV0709"]),
            (&[("terraform/x_override.tf", ""), ("terraform/more/a.json", "")], &[]),
            (&[("terraform/more/x_override.tf", "")], &["PV0709"]),
            (&[("terraform/x_override.tf", ""), ("terraform/data.tf", "")], &["PV0710"]),
            (&[("compose/docker-compose.override.yml", "")], &["PV0709"]),
            (
                &[("compose/compose.override.yaml", ""), ("compose/Up.sh", ""), ("compose/Files/x", "")],
                &["PV0710", "PV0710"],
            ),
            (&[("kubernetes/kustomization.yaml", "kind: Kustomization\n")], &["PV0711", "PV0711"]),
            (&[("kubernetes/kustomization.yaml", COMPONENT), ("kubernetes/a b.yaml", "")], &["PV0708"]),
        ];
        for (files, expected) in cases {
            assert_eq!(codes(files), expected, "{files:?}");
        }
    }
}
