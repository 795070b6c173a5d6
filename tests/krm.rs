//! `previewc krm` with the real program: what Kustomize and kpt hand over, and what they get. `tests/conformance` has Kustomize itself.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests read and write files, run the program, and end where something fails"
)]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const KEY: &str = "0123456789abcdef0123456789abcdef";
const MANIFEST: &str = r#"version: 1
name: shop
domain: shop.example.com
services:
  web: { image: "acme/web:1", port: 3000, route: /, uses: [db], env: { HOSTILE: "a: 'b' \"c\" # d" } }
databases:
  db: { engine: postgres }
vars: { REGION: eu-west-1 }
"#;
/// What a person wrote, in both styles, and what an earlier call made.
const ITEMS: &str = r#"
  - apiVersion: v1
    kind: ConfigMap
    metadata:
      name: own # kept
    data:
      a: |
        line

          deeper
      b: "two
        lines"
  - {apiVersion: v1, kind: ConfigMap,
      metadata: {name: flow}}
  - apiVersion: v1
    kind: ConfigMap
    metadata: { name: old, labels: { previewc.dev/environment: shop-pr-142 } }
  - apiVersion: v1
    kind: ConfigMap
    metadata: { name: neighbour, labels: { previewc.dev/environment: shop-pr-1 } }
"#;

fn list(items: &str, spec: &str) -> String {
    format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:{items}\nfunctionConfig:\n  apiVersion: previewc.dev/v1\n  \
         kind: Preview\n  metadata: {{ name: shop }}\n  spec:\n    {}\n",
        spec.trim().replace('\n', "\n    ")
    )
}

fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("preview.yaml"), MANIFEST).unwrap();
    folder
}

fn run(folder: &Path, words: &[&str], input: &str, key: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_previewc"));
    command.args(words).current_dir(folder).env_clear();
    if let Some(key) = key {
        command.env("PREVIEWC_KEY", key);
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn krm(folder: &Path, input: &str) -> (Option<i32>, Value, String) {
    let output = run(folder, &["krm"], input, Some(KEY));
    let answer = serde_saphyr::from_str(std::str::from_utf8(&output.stdout).unwrap()).unwrap_or(Value::Null);
    (output.status.code(), answer, String::from_utf8(output.stderr).unwrap())
}

#[test]
fn objects_are_those_of_a_render_and_others_pass_through() {
    let folder = project();
    let spec = "file: preview.yaml\nrepo: acme/shop\npr: 142\nsha: \"0123456\"\ngit: false";
    let output = run(folder.path(), &["krm"], &list(ITEMS, spec), Some(KEY));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("    name: own # kept\n"), "{text}");
    let answer: Value = serde_saphyr::from_str(&text).unwrap();
    assert_eq!(answer["kind"], "ResourceList");
    let items = answer["items"].as_array().unwrap();
    let names: Vec<&str> = items.iter().take(3).map(|item| item["metadata"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["own", "flow", "neighbour"]);
    assert_eq!(items[0]["data"], serde_json::json!({ "a": "line\n\n  deeper\n", "b": "two lines" }));
    let words = ["render", "-t", "k8s", "--pr", "142", "--sha", "0123456", "--repo", "acme/shop", "-o", "-"];
    let rendered = String::from_utf8(run(folder.path(), &words, "", Some(KEY)).stdout).unwrap();
    let rendered: Vec<Value> = rendered
        .split("\n---\n")
        .filter(|document| document.lines().any(|line| !line.starts_with('#')))
        .map(|document| serde_saphyr::from_str(document).unwrap())
        .collect();
    assert!(rendered.len() > 10);
    assert_eq!(&items[3..], rendered);
    let results = answer["results"].as_array().unwrap();
    assert!(results.iter().all(|result| result["severity"] == "warning"), "{results:?}");
}

#[test]
fn a_manifest_may_stand_in_the_call() {
    let folder = tempfile::tempdir().unwrap();
    let manifest =
        format!("repo: acme/shop\npr: 7\ngit: false\nmanifest:\n  {}", MANIFEST.trim().replace('\n', "\n  "));
    let (code, answer, said) = krm(folder.path(), &list(" []", &manifest));
    assert_eq!(code, Some(0), "{said}");
    assert!(answer["items"].as_array().unwrap().iter().any(|item| item["metadata"]["name"] == "shop-pr-7"));
    // A mistake in it is shown where it stands.
    let (code, answer, said) = krm(folder.path(), &list(" []", &manifest.replace("uses: [db]", "uses: [bd]")));
    assert_eq!(code, Some(1));
    assert!(said.contains("<standard input>:") && said.contains("did you mean `db`?"), "{said}");
    assert_eq!(answer["items"], serde_json::json!([]));
    assert_eq!(answer["results"][0]["severity"], "error");
    assert_eq!(answer["results"][0]["tags"]["code"], "PV0201");
}

#[test]
fn secrets_are_for_git_only_where_nobody_minds() {
    let folder = project();
    let (code, answer, said) = krm(folder.path(), &list(ITEMS, "file: preview.yaml\nrepo: acme/shop\npr: 142"));
    assert_eq!(code, Some(1));
    assert!(said.contains("PV0614") && said.contains("git: false"), "{said}");
    // What was there stays as it was.
    assert_eq!(answer["items"].as_array().unwrap().len(), 4);
    assert_eq!(answer["results"].as_array().unwrap().last().unwrap()["tags"]["code"], "PV0614");
    fs::write(
        folder.path().join("preview.yaml"),
        "version: 1\nname: shop\ndomain: shop.example.com\nservices: { web: { image: \"acme/web:1\", port: 80, route: / } }\n",
    )
    .unwrap();
    let (code, ..) = krm(folder.path(), &list(" []", "file: preview.yaml\nrepo: acme/shop\npr: 142"));
    assert_eq!(code, Some(0));
}

#[test]
fn calls_that_cannot_be_answered_say_why() {
    let folder = project();
    let spec = |more: &str| list(" []", &format!("file: preview.yaml\nrepo: acme/shop\n{more}"));
    for (input, wanted) in [
        (spec("pr: 142\nsha: 42798"), "put it in quotes"),
        (spec("pr: 142\nsha: \"x\""), "is not a commit"),
        (spec("pr: x\nbrnch: y"), "did you mean `branch`?"),
        (spec("pr: x\nbrnch: y"), "`pr` must be a whole number"),
        (spec("pr: 142\nmanifest: { version: 1, name: shop }"), "PV0108"),
        (spec("pr: 142\nvars: { REGIN: x }"), "did you mean `REGION`?"),
        ("kind: List\nitems: []\n".to_owned(), "no ResourceList"),
        ("kind: ResourceList\n".to_owned(), "functionConfig"),
        ("kind: ResourceList\nfunctionConfig: { kind: X }\n".to_owned(), "`spec`"),
        (String::new(), "no ResourceList"),
        ("a: [".to_owned(), "PV0001"),
    ] {
        let (code, answer, said) = krm(folder.path(), &input);
        assert!(matches!(code, Some(1 | 2)) && answer.get("items").is_none_or(|items| items == &serde_json::json!([])));
        assert!(said.split_whitespace().collect::<Vec<_>>().join(" ").contains(wanted), "{wanted}: {said}");
    }
    let output = run(folder.path(), &["krm"], &spec("pr: 142"), None);
    assert!(String::from_utf8(output.stderr).unwrap().contains("PV0602"));
    assert!(!folder.path().join(".previewc").exists());
    fs::write(
        folder.path().join("preview.yaml"),
        format!("{MANIFEST}secrets: {{ a: {{ store: vault, path: x, key: y }} }}\n")
            .replace("HOSTILE:", "A: \"${secrets.a}\", HOSTILE:"),
    )
    .unwrap();
    let (code, _, said) = krm(folder.path(), &spec("pr: 142\ngit: false"));
    assert!(code == Some(2) && said.contains("only up.sh brings"), "{said}");
}
