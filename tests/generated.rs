//! Files that are made from the sources stand in the repository as they would be made now.
//! `PREVIEWC_UPDATE=1 cargo test --test generated` writes them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "tests may panic, print and touch the disk"
)]

use std::path::Path;

use serde_json::Value as Json;

#[test]
fn the_schema_of_manifests() {
    same("schemas/preview.schema.json", &pretty(&previewc::manifest::schema()));
}

#[test]
fn the_schema_of_recipes() {
    same("schemas/recipe.schema.json", &pretty(&previewc::recipes::schema()));
}

#[test]
fn the_reference_of_manifests() {
    same("docs/manifest.md", &previewc::manifest::reference());
}

#[test]
fn the_reference_of_recipes() {
    same("docs/recipe-keys.md", &previewc::recipes::reference());
}

fn pretty(json: &Json) -> String {
    format!("{json:#}\n")
}

#[allow(clippy::disallowed_methods)] // a test may read and write files
fn same(path: &str, wanted: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("PREVIEWC_UPDATE").is_some() {
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(&file, wanted).expect("a file that can be written");
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(found == wanted, "{path} is out of date: PREVIEWC_UPDATE=1 cargo test --test generated");
}
