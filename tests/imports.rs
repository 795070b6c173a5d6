//! `up.sh` and `imports.sh` of Compose with stand-ins for the stores' command lines: what a store prints reaches the env file
//! byte for byte, whatever it holds.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests read and write files, run the program, and end where something fails"
)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;

const MANIFEST: &str = r#"
version: 1
name: shop
domain: shop.example.com
services:
  web:
    image: acme/web:1
    port: 3000
    route: /
    env: { FIELD: "${secrets.field}", KEY: "${secrets.key}", TEXT: "${secrets.text}" }
secrets:
  field: { store: vault, path: secret/preview/a }
  key: { store: aws, path: preview/json, key: 'a"key' }
  text: { store: aws, path: preview/text }
targets:
  compose: {}
"#;

const HOSTILE: [&str; 34] = [
    "plain",
    "a\"b",
    "a'b",
    "\\",
    "a\\\\b",
    "$X",
    "${X}",
    "$$",
    "{{ x }}",
    "a\nb",
    "a\n",
    "\n\n",
    "a\r\nb\r",
    "x",
    "xx",
    "x\nx",
    " lead",
    "trail ",
    "\ttab",
    "#c",
    "a=b",
    "é😀\u{2028}",
    "`id` $(id)",
    "%s%n",
    "a&b\\&",
    "\\n",
    "end\\",
    "-n",
    "null",
    "{}",
    "\u{1}\u{1b}[0m\u{7f}",
    "\\u0041",
    "\u{8}\u{c}",
    "\"\n\"",
];

fn project() -> tempfile::TempDir {
    rendered(MANIFEST, &["-t", "compose"])
}

/// A folder with a manifest, rendered.
fn rendered(manifest: &str, options: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("preview.yaml"), manifest).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_previewc"))
        .args(["render", "--pr", "7", "--sha", "0123456789abcdef"])
        .args(options)
        .current_dir(folder.path())
        .env_clear()
        .env("PREVIEWC_KEY", "a key for tests that protects nothing")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder
}

/// Runs `imports.sh` on what the stores printed.
fn import(pull: &Path, field: &str, key: &str, text: &str) -> Output {
    let handoff = pull.join("handoff");
    fs::create_dir_all(&handoff).unwrap();
    for (name, printed) in [("field", field), ("key", key), ("text", text)] {
        fs::write(handoff.join(format!("shop-pr-7.compose.secrets.{name}")), printed).unwrap();
    }
    Command::new("./imports.sh").current_dir(pull.join("compose")).output().unwrap()
}

/// The variables of an env file, read as Compose reads double quotes.
fn variables(path: &Path) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for line in fs::read_to_string(path).unwrap().split('\n').filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once("=\"").unwrap();
        let mut chars = value.strip_suffix('"').unwrap().chars();
        let mut text = String::new();
        while let Some(c) = chars.next() {
            text.push(match c {
                '\\' => match chars.next().unwrap() {
                    'n' => '\n',
                    'r' => '\r',
                    other => other,
                },
                other => other,
            });
        }
        out.insert(name.to_owned(), text);
    }
    out
}

#[test]
fn what_stores_print_reaches_the_env_file_byte_for_byte() {
    let folder = project();
    let pull = folder.path().join(".previewc/pr-7");
    for value in HOSTILE {
        let secret = json!({ "b": [1, { "a\"key": "no" }], "n": null, "q": "}\"{", "a\"key": value, "z": "a" });
        let escaped: String = secret
            .to_string()
            .chars()
            .map(|c| match c {
                c if c.is_ascii() => c.to_string(),
                c => c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04X}")).collect(),
            })
            .collect();
        for json in [secret.to_string(), escaped, format!("{secret:#}")] {
            // The first store prints the value, the second one puts a newline behind it.
            let output = import(&pull, value, &format!("{json}\n"), &format!("{value}\n"));
            assert!(output.status.success(), "{value:?}: {}", String::from_utf8_lossy(&output.stderr));
            let path = pull.join("handoff/shop-pr-7.compose.web.env");
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            let found = variables(&path);
            for name in ["FIELD", "KEY", "TEXT"] {
                assert_eq!(found[name], value, "{name}");
            }
        }
    }
}

#[test]
fn what_is_no_value_is_refused_without_being_shown() {
    let folder = project();
    let pull = folder.path().join(".previewc/pr-7");
    let long = "x".repeat(131_072);
    for (field, key, why) in [
        ("", "{\"a\\\"key\": \"v\"}\n", "is empty"),
        ("nul\0inside", "{\"a\\\"key\": \"v\"}\n", "holds a NUL"),
        (long.as_str(), "{\"a\\\"key\": \"v\"}\n", "128 KiB"),
        ("v", "{\"other\": \"hidden\"}\n", "no JSON object with that key"),
        ("v", "{\"a\\\"key\": null}\n", "no JSON object with that key"),
        ("v", "hidden\n", "no JSON object with that key"),
        ("v", "[\"hidden\"]\n", "no JSON object with that key"),
    ] {
        let output = import(&pull, field, key, "t\n");
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(why), "{said}");
        assert!(!said.contains("hidden") && !said.contains("inside"), "{said}");
    }
}

#[test]
fn nothing_is_fetched_into_the_bundle() {
    let folder = project();
    let record = fs::read_to_string(folder.path().join(".previewc/pr-7/compose/bundle.json")).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    let outputs = record["stages"][0]["outputs"].as_array().unwrap();
    assert_eq!(
        outputs[0],
        json!({ "run": ["vault", "kv", "get", "-field=field", "secret/preview/a"], "file": "handoff/shop-pr-7.compose.secrets.field" })
    );
    assert_eq!(outputs.len(), 3);
    assert_eq!(record["stages"][1]["run"][0], json!(["./imports.sh"]));
}

#[test]
fn a_cluster_reads_imports_from_secrets_that_are_no_part_of_the_bundle() {
    let text = MANIFEST.replace("compose: {}", "kubernetes: { secret_store: { name: vault, kind: SecretStore } }");
    let text = text.replace(
        "key: { store: aws, path: preview/json, key: 'a\"key' }",
        "key: { store: kubernetes, path: shared/db, key: pg }",
    );
    let text = text.replace("text: { store: aws, path: preview/text }", "text: { store: kubernetes, path: own }");
    let folder = rendered(&text, &["-t", "kubernetes", "-o", "out"]);
    let read = |path: &str| fs::read_to_string(folder.path().join("out").join(path)).unwrap();
    let objects = |path: &str| -> Vec<serde_json::Value> {
        read(path).split("\n---\n").map(|object| serde_saphyr::from_str(object).unwrap()).collect()
    };
    let config = objects("manifests/10-config.yaml");
    let external = config.iter().find(|object| object["kind"] == "ExternalSecret").unwrap();
    assert_eq!(external["spec"]["secretStoreRef"], json!({ "name": "vault", "kind": "SecretStore" }));
    assert_eq!(
        external["spec"]["data"],
        json!([{ "secretKey": "secrets.field", "remoteRef": { "key": "secret/preview/a", "property": "field" } }])
    );
    let services = objects("manifests/40-services.yaml");
    let web =
        services.iter().find(|object| object["kind"] == "Deployment" && object["metadata"]["name"] == "web").unwrap();
    let env = web["spec"]["template"]["spec"]["containers"][0]["env"].as_array().unwrap();
    for (name, secret, key) in
        [("FIELD", "stored.external", "secrets.field"), ("KEY", "stored.shared.db", "pg"), ("TEXT", "own", "text")]
    {
        let variable = env.iter().find(|variable| variable["name"] == name).unwrap();
        assert_eq!(variable["valueFrom"], json!({ "secretKeyRef": { "name": secret, "key": key } }));
    }
    let record: serde_json::Value = serde_json::from_str(&read("bundle.json")).unwrap();
    for (kind, name) in
        [("ExternalSecret", "stored.external"), ("Secret", "stored.external"), ("Secret", "stored.shared.db")]
    {
        let is = |object: &&serde_json::Value| object["kind"] == kind && object["name"] == name;
        assert!(record["objects"].as_array().unwrap().iter().any(|object| is(&object)), "{kind} {name}");
    }
    let config = record["stages"].as_array().unwrap().iter().find(|stage| stage["name"] == "config").unwrap();
    assert_eq!(
        config["run"][0],
        json!(["kubectl", "apply", "-f", "../handoff/shop-pr-7.kubernetes.stored.shared.db.yaml"])
    );
    assert!(
        config["wait"][0].as_array().unwrap().contains(&json!("externalsecret.external-secrets.io/stored.external"))
    );
    // Only the key that is needed is copied, and a template that fails would print all of them.
    let up = read("up.sh");
    assert!(up.contains("{{with index .data \"pg\"}}") && !up.contains("range $key"), "{up}");
}
