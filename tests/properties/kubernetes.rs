//! What a cluster would read.

use std::collections::{BTreeMap, BTreeSet};

use previewc::bundle::Bundle;
use proptest::test_runner::TestCaseError;
use serde_json::Value;

use super::random::Stack;
use super::{Done, OrNothing, ensure, files, is_label, listed, word};

/// Kubernetes: the value of a label.
fn is_label_value(text: &str) -> bool {
    let edge = |c: char| c.is_ascii_alphanumeric();
    text.len() <= 63
        && text.chars().all(|c| edge(c) || "-_.".contains(c))
        && (text.is_empty() || text.starts_with(edge) && text.ends_with(edge))
}

/// Everything that the manifests hold, read by another parser.
fn documents(bundle: &Bundle) -> Result<Vec<Value>, TestCaseError> {
    let mut out = Vec::new();
    for (path, (bytes, _)) in files(bundle).into_iter().filter(|(path, _)| path.starts_with("manifests/")) {
        let text = String::from_utf8(bytes).unwrap();
        let found: Vec<Value> = serde_saphyr::from_multiple(&text)
            .map_err(|error| TestCaseError::fail(format!("{path} cannot be read: {error}")))?;
        out.extend(found);
    }
    Ok(out)
}

/// Kinds whose names are global in a cluster.
const CLUSTER: &[&str] = &[
    "Namespace",
    "ClusterRole",
    "ClusterRoleBinding",
    "PersistentVolume",
    "StorageClass",
    "PriorityClass",
    "IngressClass",
];

pub fn holds(stack: &Stack, one: &Bundle, other: &Bundle) -> Done {
    let (mine, theirs) = (documents(one)?, documents(other)?);
    listed(one, mine.iter().map(|d| (word(d, "/kind").to_owned(), word(d, "/metadata/name").to_owned())).collect())?;
    let mut seen = BTreeSet::new();
    for document in &mine {
        let (kind, name) = (word(document, "/kind"), word(document, "/metadata/name"));
        ensure!(seen.insert((kind, name)), "two objects are {kind} {name}");
        let limit = match kind {
            "CronJob" => 52,
            "StatefulSet" => 52,
            _ => 63,
        };
        ensure!(is_label(name) && name.len() <= limit, "{kind} cannot be named {name}");
        ensure!(
            kind == "Namespace" || word(document, "/metadata/namespace") == word(&mine[0], "/metadata/name"),
            "{name}"
        );
        labels(document)?;
    }
    let global = |documents: &[Value]| -> BTreeSet<String> {
        let named = documents.iter().filter(|d| CLUSTER.contains(&word(d, "/kind")));
        let mut out: BTreeSet<String> =
            named.map(|d| format!("{} {}", word(d, "/kind"), word(d, "/metadata/name"))).collect();
        for document in documents {
            if document.pointer("/metadata/namespace").is_none() {
                out.insert(format!("{} {}", word(document, "/kind"), word(document, "/metadata/name")));
            }
            out.insert(word(document, "/metadata/namespace").to_owned());
            for rule in document.pointer("/spec/rules").and_then(Value::as_array).into_iter().flatten() {
                out.insert(format!("host {}", word(rule, "/host")));
            }
        }
        out.remove("");
        out
    };
    let hosts: Vec<String> =
        global(&mine).into_iter().filter_map(|g| g.strip_prefix("host ").map(str::to_owned)).collect();
    ensure!(!hosts.is_empty(), "there is a door");
    for host in hosts {
        ensure!(host.len() <= 253 && host.split('.').all(is_label), "{host} is no host");
        ensure!(
            host.strip_suffix(".preview.example.com").is_some_and(|label| !label.contains('.')),
            "{host}: one label"
        );
    }
    let shared: Vec<String> = global(&mine).intersection(&global(&theirs)).cloned().collect();
    ensure!(shared.is_empty(), "two pull requests share {shared:?}");
    values_of_pods(stack, &mine, one)?;
    let images = |documents: &[Value], node: &str| container(documents, node).map(|c| word(c, "/image").to_owned());
    for node in &stack.own_images {
        ensure!(images(&mine, node) != images(&theirs, node), "{node} has one image for two pull requests");
    }
    Ok(())
}

/// Labels anywhere in a document.
fn labels(value: &Value) -> Done {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if matches!(key.as_str(), "labels" | "matchLabels") {
                    for (label, text) in value.as_object().into_iter().flatten() {
                        let text = text.as_str().unwrap_or("not text ");
                        ensure!(is_label_value(text), "the label {label} cannot be {text}");
                    }
                }
                labels(value)?;
            }
        }
        Value::Array(items) => items.iter().try_for_each(labels)?,
        _ => {}
    }
    Ok(())
}

/// The container of a process.
fn container<'d>(documents: &'d [Value], node: &str) -> Option<&'d Value> {
    let workload = documents
        .iter()
        .find(|d| matches!(word(d, "/kind"), "Deployment" | "CronJob") && word(d, "/metadata/name") == node)?;
    ["/spec/template/spec/containers/0", "/spec/jobTemplate/spec/template/spec/containers/0"]
        .iter()
        .find_map(|path| workload.pointer(path))
}

/// What a kubelet makes of `$$` and `$(NAME)` (k8s.io/kubernetes/third_party/forked/golang/expansion).
fn expand(text: &str, known: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(more) = after.strip_prefix('$') {
            out.push('$');
            rest = more;
        } else if let Some((name, more)) = after.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
            match known.get(name) {
                Some(value) => out.push_str(value),
                None => out.push_str(&format!("$({name})")),
            }
            rest = more;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out + rest
}

fn values_of_pods(stack: &Stack, documents: &[Value], bundle: &Bundle) -> Done {
    let masks = files(bundle).remove("secrets/masks").unwrap_or_default_mode().0;
    let masks = String::from_utf8(masks).unwrap();
    let mut environments: BTreeMap<&str, BTreeMap<String, String>> = BTreeMap::new();
    let nodes: BTreeSet<&String> = stack.tainted.iter().map(|(node, ..)| node).collect();
    for node in nodes {
        let container = container(documents, node).ok_or_else(|| TestCaseError::fail(format!("{node} has no pod")))?;
        let mut known = BTreeMap::new();
        for entry in container["env"].as_array().into_iter().flatten() {
            let value = match entry.pointer("/valueFrom/secretKeyRef") {
                Some(reference) => secret(documents, word(reference, "/name"), word(reference, "/key"))?,
                None => expand(word(entry, "/value"), &known),
            };
            known.insert(word(entry, "/name").to_owned(), value);
        }
        environments.insert(node, known);
    }
    for (node, name, value) in &stack.plain {
        let got = environments[node.as_str()].get(name);
        ensure!(got == Some(value), "{node}: {name} is {got:?}, not {value:?}");
    }
    for (node, name, before, behind) in &stack.tainted {
        let got = environments[node.as_str()].get(name).cloned().unwrap_or_default();
        let whole = masks.lines().any(|mask| got == format!("{before}{mask}{behind}"));
        ensure!(whole, "{node}: {name} is {got:?}");
    }
    for (node, args) in &stack.args {
        let container = container(documents, node).unwrap();
        let list = |key: &str| container[key].as_array().cloned().unwrap_or_default();
        let words: Vec<String> = [list("command"), list("args")]
            .concat()
            .iter()
            .map(|word| expand(word.as_str().unwrap_or("not text"), &environments[node.as_str()]))
            .collect();
        let wanted: Vec<String> = std::iter::once("serve".to_owned()).chain(args.iter().cloned()).collect();
        ensure!(words == wanted, "{node} runs {words:?}, not {wanted:?}");
    }
    Ok(())
}

/// A value of a Secret.
fn secret(documents: &[Value], name: &str, key: &str) -> Result<String, TestCaseError> {
    let found = documents.iter().find(|d| word(d, "/kind") == "Secret" && word(d, "/metadata/name") == name);
    let data = found.and_then(|d| d["data"].get(key)).and_then(Value::as_str);
    let data = data.ok_or_else(|| TestCaseError::fail(format!("no Secret {name} holds {key}")))?;
    let valid = key.len() <= 253 && key.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    ensure!(valid, "{key} is no key of a Secret");
    let value = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut out = Vec::new();
    for chunk in data.as_bytes().chunks(4) {
        let letters: Vec<u8> = chunk.iter().copied().filter(|c| *c != b'=').collect();
        let bits = letters.iter().fold(0u32, |bits, c| bits << 6 | u32::from(value(*c))) << (6 * (4 - letters.len()));
        out.extend(&bits.to_be_bytes()[1..letters.len()]);
    }
    String::from_utf8(out).map_err(|error| TestCaseError::fail(error.to_string()))
}
