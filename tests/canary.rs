//! Canaries: a secret in every kind of place, and a look at everything that others may see. None may be there.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests read and write files, run the program, and end where something fails"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Variables of the job, by the place that their secrets have in the manifest.
const CANARIES: [(&str, &str); 7] = [
    ("IN_ENV", "canary-env-5c1d"),
    ("IN_TEXT", "canary-text-'\"$x-91ab"),
    ("IN_ARGUMENT", "canary-argument-77aa"),
    ("IN_EXTERNAL", "canary-external-03fe"),
    ("IN_URL", "canary-url-p@s:s/42bd"),
    ("IN_MIGRATION", "canary-migration\nof two lines-6ce0"),
    ("IN_SEED", "canary-seed-18d7"),
];
/// The key is the eighth.
const KEY: &str = "canary-key-0123456789abcdef0123456789abcdef";

const MANIFEST: &str = r#"
version: 1
name: shop
domain: shop.example.com
services:
  web:
    image: acme/web:1
    port: 3000
    route: /
    command: [serve, "--token=${secrets.argument}"]
    uses: [db, my, jobs, cache, pay]
    env: { A: "${secrets.env}", B: "x ${secrets.text} y", FETCHED: "${secrets.fetched}", MADE: "${secrets.made}" }
workers:
  mailer: { from: web, command: [mail] , uses: [db] }
crons:
  digest: { from: web, schedule: "0 6 * * *", command: [digest], uses: [db] }
databases:
  db:
    engine: postgres
    default: true
    migrate: { from: web, command: [migrate], env: { M: "${secrets.migration}" } }
    seed: { from: web, command: [seed], env: { S: "${secrets.seed}" } }
  my: { engine: mariadb }
queues:
  jobs: { engine: rabbitmq, dead_letter: true }
caches:
  cache: { engine: redis }
external:
  pay: { url: "https://user:${secrets.url}@pay.example.com", reason: sandbox, secrets: { key: external } }
secrets:
  env: { store: env, key: IN_ENV }
  text: { store: env, key: IN_TEXT }
  argument: { store: env, key: IN_ARGUMENT }
  external: { store: env, key: IN_EXTERNAL }
  url: { store: env, key: IN_URL }
  migration: { store: env, key: IN_MIGRATION }
  seed: { store: env, key: IN_SEED }
  made: { generate: 24 }
  fetched: { store: vault, path: secret/preview/a }
targets:
  kubernetes: { secret_store: vault }
  compose: {}
"#;

fn run(folder: &Path, words: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_previewc"))
        .args(words.split_whitespace())
        .current_dir(folder)
        .env_clear()
        .env("PREVIEWC_KEY", KEY)
        .envs(CANARIES)
        .output()
        .unwrap()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { out.extend(files(&path)) } else { out.push(path) }
    }
    out
}

/// The forms in which a secret could be found: line by line as it is, as a URL writes it, and in Base64.
fn forms(secret: &str) -> Vec<String> {
    let percent = |text: &str| -> String {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
    };
    let mut out: Vec<String> = secret.lines().flat_map(|line| [line.to_owned(), percent(line)]).collect();
    out.push(base64(secret.as_bytes()));
    out
}

/// Base64 without padding, so that a longer text with the secret at its beginning is found too.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let whole = bytes.len() / 3 * 3;
    let triple = |c: &[u8]| (u32::from(c[0]) << 16) | (u32::from(c[1]) << 8) | u32::from(c[2]);
    bytes[..whole]
        .chunks(3)
        .flat_map(|chunk| (0..4).map(move |i| char::from(DIGITS[(triple(chunk) >> (18 - 6 * i)) as usize & 63])))
        .collect()
}

fn assert_clean(what: &str, text: &str, canaries: &[String]) {
    for form in canaries.iter().flat_map(|canary| forms(canary)) {
        assert!(!text.contains(&form), "{what} shows {form}");
    }
}

/// The canaries, and what previewc derived itself, from the env files of a bundle.
fn secrets(folder: &Path) -> Vec<String> {
    let mut out: Vec<String> =
        CANARIES.iter().map(|(_, canary)| (*canary).to_owned()).chain([KEY.to_owned()]).collect();
    for file in files(&folder.join("secrets")) {
        for line in fs::read_to_string(&file).unwrap().lines() {
            let Some((name, value)) = line.split_once("=\"") else { continue };
            if ["PASS", "MADE", "REDISCLI_AUTH", "_PWD", "PREVIEWC_OLD"].iter().any(|part| name.contains(part)) {
                out.push(value.trim_end_matches('"').to_owned());
            }
        }
    }
    out
}

#[test]
fn no_canary_is_seen_where_others_look() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("preview.yaml"), MANIFEST).unwrap();
    let pull = "--pr 142 --sha 0123456789abcdef --branch main";
    let mut said = Vec::new();
    for target in ["compose", "kubernetes"] {
        for epoch in [0, 1] {
            said.push(run(folder, &format!("render {pull} -t {target} --epoch {epoch} -o {target}-{epoch}")));
            said.push(run(folder, &format!("env {pull} -t {target} --epoch {epoch} --explain")));
        }
        for format in ["human", "json", "sh"] {
            said.push(run(folder, &format!("teardown {pull} -t {target} --format {format}")));
        }
        for format in ["dotenv", "json", "github"] {
            said.push(run(folder, &format!("env {pull} -t {target} web --format {format}")));
        }
    }
    for format in ["tree", "mermaid", "dot", "json"] {
        said.push(run(folder, &format!("graph --format {format}")));
    }
    for format in ["human", "json", "sarif", "github"] {
        said.push(run(folder, &format!("check --format {format}")));
        said.push(run(folder, &format!("render {pull} -t compose -o other --format {format}")));
    }
    let mut canaries = secrets(&folder.join("compose-0"));
    canaries.extend(secrets(&folder.join("compose-1")));
    canaries.sort();
    canaries.dedup();
    // Seven of ours, the key, and of two epochs the passwords of four stores with root's, and the generated secret.
    assert!(canaries.len() >= 8 + 2 * 6, "{canaries:?}");

    for output in &said {
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}");
        assert_clean("what is printed", &text, &canaries);
    }
    let mut private = 0;
    for bundle in ["compose-0", "compose-1", "kubernetes-0", "kubernetes-1"] {
        for file in files(&folder.join(bundle)) {
            let mode = fs::metadata(&file).unwrap().permissions().mode() & 0o777;
            assert_clean("the name of a file", &file.display().to_string(), &canaries);
            let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
            if mode == 0o600 {
                private += 1;
                // The key is in nothing at all, and what is fetched is nowhere before it is fetched.
                assert_clean(&file.display().to_string(), &text, &[KEY.to_owned()]);
            } else {
                assert_clean(&file.display().to_string(), &text, &canaries);
            }
        }
    }
    assert!(private > 10, "only {private} files are private: were there secrets at all?");
}

#[test]
fn in_a_cluster_secrets_stand_in_secrets_alone() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("preview.yaml"), MANIFEST).unwrap();
    for target in ["compose", "kubernetes"] {
        let output = run(folder, &format!("render --pr 142 --sha 0123456789abcdef -t {target} -o {target}"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let canaries = secrets(&folder.join("compose"));
    let mut seen = 0;
    for file in files(&folder.join("kubernetes/manifests")) {
        for object in fs::read_to_string(&file).unwrap().split("\n---\n") {
            if !object.lines().any(|line| line == "kind: Secret") {
                assert_clean(&file.display().to_string(), object, &canaries);
                continue;
            }
            seen += 1;
            let (head, _) = object.split_once("\ndata:").expect("a Secret with data");
            assert_clean("the head of a Secret", head, &canaries);
        }
    }
    assert!(seen > 5, "only {seen} Secrets");
}
