//! Text written as YAML is read back unchanged by a YAML 1.1 reader, kubectl and Compose.

use previewc::document::{Doc, Map, json, yaml};
use serde_json::Value;

use crate::{hostile, tools};

/// Every hostile text as a value, as an item of a list, and in a map within a list.
fn document(texts: &[String]) -> Doc<'_> {
    let values: Map = texts.iter().enumerate().map(|(i, text)| (format!("k{i}"), text)).collect();
    let nested: Doc = texts.iter().map(|text| Map::new().with("a", text).with("b", text)).collect();
    Doc::from(Map::new().with("values", values).with("items", Doc::from_iter(texts)).with("nested", nested))
}

fn as_json(doc: &Doc) -> Value {
    serde_json::from_str(&json::compact(doc)).unwrap()
}

/// Compares value by value, so that a difference can be read.
fn assert_equal(read: &Value, expected: &Value, place: &str) {
    match (read, expected) {
        (Value::Object(a), Value::Object(b)) => {
            assert_eq!(a.keys().len(), b.keys().len(), "keys of {place}");
            for (key, value) in b {
                assert_equal(a.get(key).unwrap_or(&Value::Null), value, &format!("{place}.{key}"));
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "length of {place}");
            for (i, (x, y)) in a.iter().zip(b).enumerate() {
                assert_equal(x, y, &format!("{place}[{i}]"));
            }
        }
        _ => assert_eq!(read, expected, "{place}"),
    }
}

#[test]
fn pyyaml() {
    if !tools::have(&["python3", "-c", "import yaml"]) {
        return;
    }
    let mut texts = hostile::all();
    texts.extend(words_of_other_readers());
    let mut doc = document(&texts);
    if let Doc::Map(map) = &mut doc {
        let keys: Map = texts.iter().filter(|t| t.len() < 2000).map(|text| (text, 1)).collect();
        map.insert("keys", keys);
    }
    let program = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin.buffer.read().decode()), sys.stdout)";
    let read = tools::pipe(&["python3", "-c", program], &yaml::to_string(&doc));
    assert_equal(&serde_json::from_str(&read).unwrap(), &as_json(&doc), "$");
}

/// More of what YAML 1.1 resolves: every case of its booleans, and numbers of every base.
fn words_of_other_readers() -> Vec<String> {
    let mut words = Vec::new();
    for word in ["yes", "no", "on", "off", "true", "false", "null", "y", "n", "nan", "inf", "none"] {
        for bits in 0..1_u32 << word.len() {
            let flip = |(i, c): (usize, char)| {
                if bits >> i & 1 == 1 { c.to_ascii_uppercase() } else { c }
            };
            words.push(word.chars().enumerate().map(flip).collect());
        }
    }
    for sign in ["", "-", "+"] {
        for digits in
            ["0", "7", "10", "0_7", "0b1", "0o7", "0xf", "1:2", "1:2:3", "1.5", ".5", "5.", "1e5", "1.e+5", ".inf"]
        {
            words.push(format!("{sign}{digits}"));
        }
    }
    words
}

#[test]
fn kubectl() {
    if !tools::have(&["kubectl", "version", "--client"]) {
        return;
    }
    let texts = hostile::all();
    let object = Map::new().with("apiVersion", "v1").with("kind", "ConfigMap");
    let doc = Doc::from(object.with("metadata", Map::new().with("name", "x")).with(
        "data",
        match document(&texts) {
            Doc::Map(map) => map.get("values").cloned().unwrap_or_default(),
            _ => Doc::Null,
        },
    ));
    // Reads the file as `apply` does, and needs no server.
    let label = ["kubectl", "label", "--local", "-o", "json", "-f", "-", "a=b"];
    let read: Value = serde_json::from_str(&tools::pipe(&label, &yaml::to_string(&doc))).unwrap();
    assert_equal(&read["data"], &as_json(&doc)["data"], "data");
}

#[test]
fn compose() {
    if !tools::have(&["docker", "compose", "version"]) {
        return;
    }
    // Compose replaces variables after it has read the YAML.
    let texts: Vec<String> = hostile::all().iter().map(|text| text.replace('$', "$$")).collect();
    let service = Map::new().with("image", "x").with("command", Doc::from_iter(&texts));
    let doc = Doc::from(Map::new().with("services", Map::new().with("a", service)));
    let config = ["docker", "compose", "-p", "x", "--env-file", "/dev/null", "-f", "-", "config", "--format", "json"];
    let read: Value = serde_json::from_str(&tools::pipe(&config, &yaml::to_string(&doc))).unwrap();
    // `config` writes `$$` again, so that its output can be read once more.
    assert_equal(&read["services"]["a"]["command"], &as_json(&doc)["services"]["a"]["command"], "command");
}
