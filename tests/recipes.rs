//! Recipes as users meet them: the shipped ones are in order, and a wrong one is reported in its own file.

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

use previewc::diagnostics::{Diagnostic, Sink};
use previewc::recipes::{self, Recipe};
use previewc::source::SourceMap;
use previewc::syntax::{self, Syntax};

fn read(text: &str) -> (Option<Recipe>, Vec<(Diagnostic, String)>) {
    let (mut map, mut sink) = (SourceMap::new(), Sink::new());
    let file = syntax::load(&mut map, "recipe.yaml", text.as_bytes().to_vec(), &mut sink).unwrap();
    let root = syntax::parse(&map, file, Syntax::Yaml, &mut sink);
    let recipe = root.and_then(|root| recipes::decode(&map, &root, &mut sink));
    let place = |d: &Diagnostic| {
        let range = map.range(d.primary.as_ref().unwrap().span);
        format!("{}:{}", range.start.line, range.start.column)
    };
    let found = sink.into_sorted().into_iter().map(|d| (d.clone(), place(&d))).collect();
    (recipe, found)
}

#[test]
fn shipped_recipes_are_in_order() {
    for engine in recipes::engines() {
        let (recipe, found) = read(recipes::builtin(engine).unwrap());
        assert!(found.is_empty(), "{engine}: {found:#?}");
        let recipe = recipe.unwrap();
        assert!(recipe.container.health.value.contains(' '), "{engine} has no health check");
        assert!(!recipes::planned(engine), "{engine} is shipped and planned");
    }
}
