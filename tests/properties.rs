//! What holds for every manifest: tried with 2,000 random ones a run, against limits and rules that are written again here.
//! `PREVIEWC_SEED=NUMBER` tries others; a failure names the seed that it came of.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests read and write files, run the program, and end where something fails"
)]

#[path = "support/hostile.rs"]
mod hostile;
#[path = "support/random.rs"]
mod random;

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use previewc::artifact::Mode;
use previewc::bundle::Bundle;
use previewc::pipeline::{Secrets, compile, read};
use previewc::plan::{Key, PullRequest, Request, TargetName, fit};
use previewc::resolve::Program;
use previewc::source::MemoryFiles;
use previewc::target::Settings;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use serde_json::Value;

use random::Stack;

const THREADS: u32 = 2;
const CASES: u32 = 2000 / THREADS;
const KEY: &[u8] = b"a key for tests that protects nothing";
/// Without PREVIEWC_SEED every run tries the same stacks, so that what fails fails again.
const SEED: u64 = 0x0707_0707_0707_0707;
const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

type Done = Result<(), TestCaseError>;

/// Fails one case.
macro_rules! ensure {
    ($holds:expr, $($why:tt)*) => {
        if !$holds {
            return Err(TestCaseError::fail(format!($($why)*)));
        }
    };
}

#[test]
fn every_random_stack_keeps_the_promises() {
    let chosen: u64 = std::env::var("PREVIEWC_SEED").map_or(SEED, |seed| seed.parse().expect("a number"));
    let workers: Vec<_> = (0..THREADS)
        .map(|number| {
            thread::spawn(move || {
                let mut seed = [7u8; 32];
                seed[0] = number as u8;
                seed[8..16].copy_from_slice(&chosen.to_le_bytes());
                let config =
                    Config { cases: CASES, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
                let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
                let mut runner = TestRunner::new_with_rng(config, rng);
                runner.run(&random::stack(), |stack| holds(&stack)).map_err(|error| error.to_string())
            })
        })
        .collect();
    for worker in workers {
        worker.join().unwrap().unwrap_or_else(|error| panic!("with PREVIEWC_SEED={chosen}: {error}"));
    }
}

fn holds(stack: &Stack) -> Done {
    let text = serde_json::to_vec_pretty(&stack.manifest).unwrap();
    let outcome = read("preview.json", text, &MemoryFiles::new()).program;
    let Some(program) = outcome.value else {
        return Err(TestCaseError::fail(format!("refused: {:?}", outcome.diagnostics)));
    };
    // One target each keeps a run short.
    let target = if stack.kubernetes { TargetName::Kubernetes } else { TargetName::Compose };
    let one = bundle(&program, target, stack.number)?;
    let other = bundle(&program, target, stack.other)?;
    let again = bundle(&program, target, stack.number)?;
    ensure!(files(&one) == files(&again), "two compilations give the same bytes");
    let inconsistencies = one.record().inconsistencies();
    ensure!(inconsistencies.is_empty(), "the record does not fit together: {inconsistencies:?}");
    secrets(&one, &other)?;
    match target {
        TargetName::Kubernetes => kubernetes(stack, &one, &other)?,
        TargetName::Compose => compose(stack, &one, &other)?,
    }
    Ok(())
}

fn bundle(program: &Program, target: TargetName, number: u64) -> Result<Bundle, TestCaseError> {
    let key = Key::new(KEY).unwrap();
    let request = Request {
        pull_request: PullRequest {
            fork: false,
            repository: "acme/shop".to_owned(),
            number,
            head_sha: Some(SHA.to_owned()),
            branch: Some("feature/x".to_owned()),
        },
        fingerprint: key.fingerprint(),
        ..Request::default()
    };
    let settings = Settings::of(target, program, "..");
    let outcome = compile(program, &request, &settings, &Secrets { key: &key, given: &|_| None });
    outcome.value.ok_or_else(|| TestCaseError::fail(format!("{target:?} refused: {:?}", outcome.diagnostics)))
}

fn files(bundle: &Bundle) -> BTreeMap<String, (Vec<u8>, Mode)> {
    let mut files: BTreeMap<String, (Vec<u8>, Mode)> =
        bundle.files().iter().map(|(path, file)| (path.to_string(), (file.bytes.clone(), file.mode))).collect();
    files.insert("bundle.json".to_owned(), (serde_json::to_vec(bundle.record()).unwrap(), Mode::Public));
    files
}

/// Secrets differ from those of another pull request, and stand in private files only.
fn secrets(one: &Bundle, other: &Bundle) -> Done {
    let masks = |bundle: &Bundle| -> BTreeSet<String> {
        let files = files(bundle);
        let (bytes, _) = files.get("secrets/masks").cloned().unwrap_or_default_mode();
        String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
    };
    let (mine, theirs) = (masks(one), masks(other));
    ensure!(!mine.is_empty(), "there is a secret");
    ensure!(mine.is_disjoint(&theirs), "two pull requests share a secret");
    for (path, (bytes, mode)) in files(one) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        for secret in &mine {
            ensure!(secret.len() >= 8, "a secret is long");
            ensure!(mode == Mode::Private || !text.contains(secret.as_str()), "{path} shows a secret");
            ensure!(mode == Mode::Private || !text.contains(&base64(secret)), "{path} shows a secret in base64");
        }
    }
    Ok(())
}

trait OrNothing {
    fn unwrap_or_default_mode(self) -> (Vec<u8>, Mode);
}

impl OrNothing for Option<(Vec<u8>, Mode)> {
    fn unwrap_or_default_mode(self) -> (Vec<u8>, Mode) {
        self.unwrap_or((Vec::new(), Mode::Private))
    }
}

fn base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let six = (bits >> (18 - 6 * place)) & 63;
            out.push(if place > chunk.len() { '=' } else { char::from(LETTERS[six as usize]) });
        }
    }
    out
}

/// RFC 1123: what namespaces, Services, containers and parts of host names obey.
fn is_label(text: &str) -> bool {
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (1..=63).contains(&text.len())
        && text.chars().all(|c| edge(c) || c == '-')
        && text.starts_with(edge)
        && text.ends_with(edge)
}

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

fn word<'v>(value: &'v Value, path: &str) -> &'v str {
    value.pointer(path).and_then(Value::as_str).unwrap_or("")
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

fn kubernetes(stack: &Stack, one: &Bundle, other: &Bundle) -> Done {
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

/// Every object of the files is listed in the record with a removal that there is, and nothing else is.
fn listed(bundle: &Bundle, created: BTreeSet<(String, String)>) -> Done {
    let record = serde_json::to_value(bundle.record()).unwrap();
    let steps: BTreeSet<&str> = record["teardown"].as_array().unwrap().iter().map(|step| word(step, "/name")).collect();
    let objects = record["objects"].as_array().unwrap();
    let by_name: BTreeMap<(String, String), &Value> =
        objects.iter().map(|o| ((word(o, "/kind").to_owned(), word(o, "/name").to_owned()), o)).collect();
    ensure!(by_name.len() == objects.len(), "bundle.json lists an object twice");
    let listed: BTreeSet<(String, String)> = by_name.keys().cloned().collect();
    let differ: Vec<_> = listed.symmetric_difference(&created).collect();
    ensure!(differ.is_empty(), "bundle.json and the files differ in {differ:?}");
    for object in objects {
        let mut at = object;
        let mut depth = 0;
        while let Some(within) = at.pointer("/removal/within") {
            let key = (word(within, "/kind").to_owned(), word(within, "/name").to_owned());
            at = by_name.get(&key).ok_or_else(|| TestCaseError::fail(format!("nothing removes {object}")))?;
            depth += 1;
            ensure!(depth < 5, "{object} is removed in a circle");
        }
        ensure!(steps.contains(word(at, "/removal/step")), "no step removes {object}");
    }
    for step in record["teardown"].as_array().unwrap() {
        let verified = step["verify"].as_array().is_some_and(|verify| !verify.is_empty());
        ensure!(verified, "nothing verifies that {} left nothing", word(step, "/name"));
    }
    Ok(())
}

/// Compose's own rule: `$$` is a dollar; any other dollar would be looked up.
fn interpolate(text: &str) -> Result<String, TestCaseError> {
    let plain = text.replace("$$", "");
    ensure!(!plain.contains('$'), "Compose would interpolate {text:?}");
    Ok(text.replace("$$", "$"))
}

fn compose(stack: &Stack, one: &Bundle, other: &Bundle) -> Done {
    let project = |bundle: &Bundle| -> Result<Value, TestCaseError> {
        let (bytes, _) = files(bundle).remove("compose.yaml").unwrap_or_default_mode();
        let text = String::from_utf8(bytes).unwrap();
        serde_saphyr::from_str(&text)
            .map_err(|error| TestCaseError::fail(format!("compose.yaml cannot be read: {error}")))
    };
    let (mine, theirs) = (project(one)?, project(other)?);
    let name = word(&mine, "/name");
    ensure!(is_label(name), "a project cannot be named {name}");
    let created = |file: &Value| -> BTreeSet<(String, String)> {
        let project = word(file, "/name");
        let keys = |key: &str| file[key].as_object().map(|map| map.iter()).into_iter().flatten();
        let scoped = |key: &str, entry: &Value| match entry.get("name").and_then(Value::as_str) {
            Some(own) => own.to_owned(),
            None => format!("{project}_{key}"),
        };
        let mut out = BTreeSet::from([("network".to_owned(), format!("{project}_default"))]);
        out.extend(keys("networks").map(|(key, entry)| ("network".to_owned(), scoped(key, entry))));
        out.extend(keys("volumes").map(|(key, entry)| ("volume".to_owned(), scoped(key, entry))));
        for (service, body) in keys("services") {
            let copies = body["deploy"]["replicas"].as_u64().or(body["scale"].as_u64()).unwrap_or(1);
            out.extend((1..=copies).map(|n| ("container".to_owned(), format!("{project}-{service}-{n}"))));
            if body.get("build").is_some() {
                out.insert(("image".to_owned(), word(body, "/image").to_owned()));
            }
        }
        out
    };
    listed(one, created(&mine))?;
    let published = |file: &Value| -> Vec<u64> {
        let services = file["services"].as_object().into_iter().flat_map(|map| map.values());
        services
            .flat_map(|body| body["ports"].as_array().cloned().unwrap_or_default())
            .map(|port| word(&port, "/published").parse().unwrap())
            .collect()
    };
    let ports = (published(&mine), published(&theirs));
    ensure!(ports.0.len() == 1 && ports.0 != ports.1, "ports {ports:?} of {} and {}", stack.number, stack.other);
    ensure!(ports.0.iter().all(|port| (1024..=65_535).contains(port)), "{ports:?}");
    let shared: Vec<(String, String)> =
        created(&mine).intersection(&created(&theirs)).filter(|(kind, _)| kind != "image").cloned().collect();
    ensure!(shared.is_empty(), "two pull requests share {shared:?}");
    ensure!(word(&mine, "/name") != word(&theirs, "/name"), "two projects of one name");
    let image = |file: &Value, node: &str| word(&file["services"][node], "/image").to_owned();
    for node in &stack.own_images {
        ensure!(image(&mine, node) != image(&theirs, node), "{node} has one image for two pull requests");
    }
    for (service, body) in mine["services"].as_object().into_iter().flatten() {
        ensure!(is_label(service), "a service cannot be named {service}");
        let tag = word(body, "/image").rsplit_once(':').map_or("", |(_, tag)| tag);
        ensure!((1..=128).contains(&tag.len()), "{tag} is no tag");
    }
    for (node, variable, value) in &stack.plain {
        let written = mine["services"][node.as_str()]["environment"][variable.as_str()].as_str();
        let got = interpolate(written.ok_or_else(|| TestCaseError::fail(format!("{node} lacks {variable}")))?)?;
        ensure!(got == *value, "{node}: {variable} is {got:?}, not {value:?}");
    }
    for (node, args) in &stack.args {
        let list = |key: &str| mine["services"][node.as_str()][key].as_array().cloned().unwrap_or_default();
        let mut words = Vec::new();
        for word in [list("entrypoint"), list("command")].concat() {
            words.push(interpolate(word.as_str().unwrap_or("not text"))?);
        }
        let wanted: Vec<String> = std::iter::once("serve".to_owned()).chain(args.iter().cloned()).collect();
        ensure!(words.ends_with(&wanted), "{node} runs {words:?}, not {wanted:?}");
    }
    Ok(())
}

#[test]
fn names_are_injective_within_every_limit() {
    for limit in [16usize, 30, 32, 52, 58, 63, 64, 128, 253] {
        let mut given = BTreeMap::new();
        for length in limit - 9..=limit + 9 {
            for tail in 0..200u32 {
                for separator in ["", "-", "_", "-pr-"] {
                    let tail = format!("{separator}{tail}");
                    if tail.len() >= length {
                        continue;
                    }
                    let name = "a".repeat(length - tail.len()) + &tail;
                    let fitted = fit(&name, limit);
                    assert!(fitted.len() <= limit && !fitted.ends_with(['-', '_']), "{name} became {fitted}");
                    assert!(name.len() > limit || fitted == name, "{name} fits as it is");
                    if let Some(first) = given.insert(fitted.clone(), name.clone()) {
                        assert_eq!(first, name, "both became {fitted}");
                    }
                }
            }
        }
    }
}
