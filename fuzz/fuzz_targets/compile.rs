//! Any bytes as a manifest, read and rehearsed for every target, over a few files in memory.

#![no_main]

use libfuzzer_sys::fuzz_target;
use previewc::pipeline::{read, rehearse};
use previewc::plan::TargetName;
use previewc::source::MemoryFiles;

fuzz_target!(|bytes: &[u8]| {
    let files = MemoryFiles::new()
        .with("seed.sql", "SELECT 1;\n")
        .with("migrations/1.sql", "SELECT 2;\n")
        .with(".previewc/recipes/own.yaml", include_bytes!("../../templates/recipes/postgres.yaml"));
    // The name decides the syntax, the first byte the name.
    let (name, text) = match bytes.split_first() {
        Some((b'k', rest)) => ("preview.kdl", rest),
        Some((b'j', rest)) => ("preview.json", rest),
        _ => ("preview.yaml", bytes),
    };
    let read = read(name, text.to_vec(), &files);
    let mut found = read.program.diagnostics;
    match read.program.value {
        Some(program) => found.extend(rehearse(&program, &[TargetName::Kubernetes, TargetName::Compose])),
        None => assert!(!found.is_empty(), "no program, and no reason"),
    }
    for label in found.iter().filter_map(|finding| finding.primary.as_ref()) {
        let file = read.map.get(label.span.file).map_or("", |file| file.text());
        assert!(file.get(label.span.lo as usize..label.span.hi as usize).is_some(), "a place outside of the text");
    }
});
