//! What Compose would read.

use std::collections::BTreeSet;

use previewc::bundle::Bundle;
use proptest::test_runner::TestCaseError;
use serde_json::Value;

use super::random::Stack;
use super::{Done, OrNothing, ensure, files, is_label, listed, word};

/// Compose's own rule: `$$` is a dollar; any other dollar would be looked up.
fn interpolate(text: &str) -> Result<String, TestCaseError> {
    let plain = text.replace("$$", "");
    ensure!(!plain.contains('$'), "Compose would interpolate {text:?}");
    Ok(text.replace("$$", "$"))
}

pub fn holds(stack: &Stack, one: &Bundle, other: &Bundle) -> Done {
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
        // What up.sh makes beside it.
        out.insert(("volume".to_owned(), format!("{project}_pushed--at")));
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
