//! `check` finds every mistake of a manifest in one run, each at its place, and nothing else, in YAML, JSON and KDL alike.
//!
//! `tests/mistakes/` holds one folder per stack, with the same mistakes in the three syntaxes. `⟦PV0101⟧` stands where the
//! finding of that code begins; `⟪…⟫` means the same inside a text. Markers are taken out before the file is checked.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests read and write files, run the program, and end where something fails"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Line and column from 1, and the code.
type Place = (u64, u64, String);

/// Takes the markers out of a text; gives the text and the places that they marked.
fn unmark(marked: &str) -> (String, BTreeSet<Place>) {
    let (mut text, mut places, mut rest) = (String::new(), BTreeSet::new(), marked);
    while let Some(start) = rest.find(['⟦', '⟪']) {
        text.push_str(&rest[..start]);
        let after = &rest[start + '⟦'.len_utf8()..];
        let end = after.find(['⟧', '⟫']).expect("a marker that ends");
        let line = text.matches('\n').count() + 1;
        let column = text.chars().rev().take_while(|c| *c != '\n').count() + 1;
        assert!(
            places.insert((line as u64, column as u64, after[..end].to_owned())),
            "one finding of a code per place"
        );
        rest = &after[end + '⟧'.len_utf8()..];
    }
    text.push_str(rest);
    (text, places)
}

/// What `check` finds in a file: each place with its message.
fn check(folder: &Path, file: &str, text: &str) -> Vec<(Place, String)> {
    fs::write(folder.join(file), text).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_previewc"))
        .args(["check", "--format", "json", file])
        .current_dir(folder)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = found.as_array().unwrap().iter();
    found
        .map(|d| {
            assert_eq!(d["file"], file, "{d}");
            assert!(d["help"].is_string(), "no help: {d}");
            let place =
                (d["line"].as_u64().unwrap(), d["column"].as_u64().unwrap(), d["code"].as_str().unwrap().to_owned());
            (place, d["message"].as_str().unwrap().to_owned())
        })
        .collect()
}

/// Checks one stack in the three syntaxes; `count` is how many mistakes it was given.
fn stack(name: &str, count: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes").join(name);
    let work = tempfile::tempdir().unwrap();
    let mut wrong = String::new();
    let mut messages: Vec<BTreeSet<String>> = Vec::new();
    for syntax in ["yaml", "json", "kdl"] {
        let file = format!("preview.{syntax}");
        let (text, expected) = unmark(&fs::read_to_string(folder.join(&file)).unwrap());
        assert_eq!(expected.len(), count, "{name}/{file}");
        let found = check(work.path(), &file, &text);
        let places: BTreeSet<Place> = found.iter().map(|(place, _)| place.clone()).collect();
        for place in expected.difference(&places) {
            wrong += &format!("{file}: not found: {place:?}\n");
        }
        for (place, message) in found.iter().filter(|(place, _)| !expected.contains(place)) {
            wrong += &format!("{file}: found besides: {place:?} {message}\n");
        }
        if found.len() != count {
            wrong += &format!("{file}: {} findings, not {count}\n", found.len());
        }
        messages.push(found.into_iter().map(|(_, message)| message).collect());
    }
    assert_eq!(wrong, "", "{name}\n{wrong}");
    assert_eq!(messages[0], messages[1], "YAML and JSON say the same");
    assert_eq!(messages[0], messages[2], "YAML and KDL say the same");
}

#[test]
fn shop_misspelt() {
    stack("shop", 12);
}

#[test]
fn market_of_every_family() {
    stack("market", 12);
}

#[test]
fn clinic_of_names_and_forms() {
    stack("clinic", 12);
}

#[test]
fn forum_with_mistakes_beside_mistakes() {
    stack("forum", 15);
}

#[test]
fn bank_with_mistakes_in_what_is_wrong_already() {
    stack("bank", 19);
}

/// `one/changes.txt` has a line per mistake: the code that it gives (two with `+` for two beside each other), what is replaced
/// in `one/base.yaml`, and by what.
#[test]
fn one_mistake_is_one_finding() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes/one");
    let base = fs::read_to_string(folder.join("base.yaml")).unwrap();
    let changes = fs::read_to_string(folder.join("changes.txt")).unwrap();
    let work = tempfile::tempdir().unwrap();
    fs::create_dir_all(work.path().join("api/migrations")).unwrap();
    for file in ["api/seed.sql", "api/migrations/1.sql"] {
        fs::write(work.path().join(file), "SELECT 1;").unwrap();
    }
    let codes = |text: &str| -> Vec<String> {
        fs::write(work.path().join("preview.yaml"), text).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_previewc"))
            .args(["check", "--format", "json", "preview.yaml"])
            .current_dir(work.path())
            .output()
            .unwrap();
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let found = found.as_array().unwrap();
        let helped = |d: &serde_json::Value| d["help"].is_string();
        assert!(found.iter().all(helped), "no help: {found:?}");
        found.iter().map(|d| d["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(codes(&base), Vec::<String>::new());
    let mut wrong = Vec::new();
    for line in changes.lines() {
        let (code, change) = line.split_once(' ').unwrap();
        let (good, bad) = change.split_once(" => ").unwrap();
        let (good, bad) = (good.replace("\\n", "\n"), bad.replace("\\n", "\n"));
        assert!(base.contains(&good), "{line}");
        let found = codes(&base.replacen(&good, &bad, 1));
        if found.join("+") != code {
            wrong.push(format!("{line}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
