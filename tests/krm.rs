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
    metadata: { name: old, labels: { previewc.dev/environment: shop-pr-142, previewc.dev/render: r1 } }
  - apiVersion: v1
    kind: ConfigMap
    metadata: { name: neighbour, labels: { previewc.dev/environment: shop-pr-1, previewc.dev/render: r1 } }
  # a person's, who copied a label
  - apiVersion: v1
    kind: ConfigMap
    metadata: { name: copied, labels: { previewc.dev/environment: shop-pr-142 } }
  - apiVersion: v1
    kind: Namespace
    metadata:
      name: shop-pr-142
      labels: { previewc.dev/environment: shop-pr-142, previewc.dev/render: r1 }
      annotations: { previewc.dev/repository: other/shop }
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
    let names: Vec<&str> = items.iter().take(5).map(|item| item["metadata"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["own", "flow", "neighbour", "copied", "shop-pr-142"]);
    assert!(text.contains("# a person's, who copied a label\n"), "{text}");
    assert_eq!(items[0]["data"], serde_json::json!({ "a": "line\n\n  deeper\n", "b": "two lines" }));
    let words = ["render", "-t", "k8s", "--pr", "142", "--sha", "0123456", "--repo", "acme/shop", "-o", "-"];
    let rendered = String::from_utf8(run(folder.path(), &words, "", Some(KEY)).stdout).unwrap();
    let rendered: Vec<Value> = rendered
        .split("\n---\n")
        .filter(|document| document.lines().any(|line| !line.starts_with('#')))
        .map(|document| serde_saphyr::from_str(document).unwrap())
        .collect();
    assert!(rendered.len() > 10);
    assert_eq!(&items[5..], rendered);
    let results = answer["results"].as_array().unwrap();
    assert!(results.iter().all(|result| result["severity"] == "warning"), "{results:?}");
}

/// Every style that a text may end in, as the last thing of an object, in lists of every form.
#[test]
fn what_others_made_stays_as_it_is() {
    let folder = project();
    let objects = [
        "a: |\n  x\n",
        "a: |+\n  x\n\n\n",
        "a: |-\n  x   \n",
        "a: |2\n    x   \n   y\n",
        "a: >+\n  x\n\n  y\n\n",
        "a: \"x\n  y\"\n",
        "a: 'x''y'\n",
        "a: x # y\n",
        "a: !!binary aGk=\n",
        "a: \"\\0\"\n",
        "a: &b [1, 2]\nc: *b\n",
        "a:\n- x\n- y: |\n    - z\n",
        "a: 1\na: 2\n",
        "# head\na: ü\n# foot\n",
        "a: {b: 1,\n  c: 2}\n",
        "a:\n",
    ];
    for margin in ["", "  ", "    "] {
        let entry = |object: &&str| {
            let lines = object.split_inclusive('\n').enumerate().map(|(index, line)| match (index, line) {
                (0, line) => format!("{margin}- {line}"),
                (_, "\n") => "\n".to_owned(),
                (_, line) => format!("{margin}  {line}"),
            });
            lines.collect::<String>()
        };
        let items: String = objects.iter().map(entry).collect();
        let spec = "file: preview.yaml\nrepo: acme/shop\npr: 142\ngit: false";
        for input in [
            list(&format!("\n{items}"), spec),
            // The objects last.
            format!("{}items:\n{items}", list("", spec).replace("items:\n", "")),
        ] {
            let output = run(folder.path(), &["krm"], &input, Some(KEY));
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let text = String::from_utf8(output.stdout).unwrap();
            let wanted: String = objects.iter().map(entry).collect::<String>();
            let wanted: String =
                wanted.split_inclusive('\n').map(|line| line.strip_prefix(margin).unwrap_or(line)).collect();
            assert!(text.contains(&format!("items:\n{wanted}")), "{text}\n---\n{wanted}");
        }
    }
    // What an earlier function found is no object.
    let found = list("\n- kind: A\n", "file: preview.yaml\nrepo: acme/shop\npr: 142\ngit: false");
    let found = found.replace("functionConfig:", "results:\n- message: \"a: b\"\n  severity: info\nfunctionConfig:");
    let (code, answer, _) = krm(folder.path(), &found);
    assert_eq!((code, &answer["items"][0]), (Some(0), &serde_json::json!({ "kind": "A" })));
    assert!(answer["items"].as_array().unwrap().iter().all(|item| item.get("message").is_none()));
    let json = r#"{"kind": "ResourceList", "items": [{"kind": "A", "n": 1.50}, {"kind": "B"}], "functionConfig":
        {"spec": {"file": "preview.yaml", "repo": "acme/shop", "pr": 142, "git": false}}}"#;
    let output = run(folder.path(), &["krm"], json, Some(KEY));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("items:\n- {\"kind\": \"A\", \"n\": 1.50}\n- {\"kind\": \"B\"}\n- apiVersion:"), "{text}");
    // What somebody else's object holds is shown to nobody.
    let (code, _, said) = krm(
        folder.path(),
        &list("\n- kind: Secret\n  stringData: { password: hunter2, password: hunter2 }\n", "file: x"),
    );
    assert!(code == Some(1) && !said.contains("hunter2"), "{said}");
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
    assert_eq!(answer["items"].as_array().unwrap().len(), 6);
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
        (spec("pr: 142\nsha: 1234e56"), "put it in quotes"),
        (spec("pr: 142\nfork: true"), "with `base`"),
        (spec("pr: 142").replace("items: []", "items: { a: b }"), "`items` is no list"),
        (spec("pr: 142").replace("items: []", "items:\n  a: b"), "`items` is no list"),
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
    // Kustomize takes the quotes away from what it takes for text.
    let (code, ..) = krm(folder.path(), &spec("pr: 142\nsha: 4e12345\ngit: false"));
    assert_eq!(code, Some(0));
    fs::create_dir_all(folder.path().join(".previewc/overrides/kubernetes")).unwrap();
    fs::write(
        folder.path().join(".previewc/overrides/kubernetes/kustomization.yaml"),
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nlabels: [{ pairs: { a: b } }]\n",
    )
    .unwrap();
    let (code, answer, _) = krm(folder.path(), &spec("pr: 142\ngit: false"));
    let results = answer["results"].as_array().unwrap();
    assert!(code == Some(0) && results.iter().any(|result| result["tags"]["code"] == "PV0712"), "{results:?}");
    fs::remove_dir_all(folder.path().join(".previewc")).unwrap();
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
