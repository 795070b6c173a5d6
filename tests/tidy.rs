//! Rules of the repository that no compiler checks: imports go one way, the core is pure, files are small and say what they are.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests read and write files, run the program, and end where something fails"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// The stages from source to bundle. A file may name its own stage and every stage of an earlier rank.
const RANKS: &[&[&str]] = &[
    &["source"],
    &["diagnostics"],
    &["syntax"],
    &["shape"],
    &["manifest"],
    &["recipes", "overrides"],
    &["resolve"],
    &["plan"],
    &["artifact", "document"],
    &["target"],
    &["bundle", "fleet", "workflow"],
    &["function"],
    &["pipeline"],
    &["cli"],
];

/// A file of `src`: its path from there, its text, and the text without its tests.
struct File {
    path: String,
    text: String,
    code: String,
}

fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, out);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            out.push(path);
        }
    }
}

fn sources() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    paths.sort();
    assert!(paths.len() > 100);
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
        File { path: path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/"), text, code }
    };
    paths.into_iter().map(read).collect()
}

/// The stage that a file or an import belongs to: the first part of its path.
fn stage(path: &str) -> &str {
    path.split(['/', ':', ';', ',', ' ', '(', ')', '{', '}', '<', '>']).next().unwrap().trim_end_matches(".rs")
}

fn rank(stage: &str) -> Option<usize> {
    RANKS.iter().position(|rank| rank.contains(&stage))
}

fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs")
}

fn report(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn imports_go_one_way() {
    let mut wrong = Vec::new();
    for file in sources() {
        let own = stage(&file.path);
        if matches!(own, "lib" | "main") || is_test(&file.path) {
            continue;
        }
        let own_rank = rank(own).unwrap_or_else(|| panic!("{} belongs to no stage", file.path));
        for (number, line) in file.code.lines().enumerate() {
            let line = line.split("//").next().unwrap();
            for (at, _) in line.match_indices("crate::") {
                // `$crate::` in a macro stands in the stage that defines it; what it names is checked all the same.
                let named = stage(&line[at + "crate::".len()..]);
                let allowed = rank(named).is_some_and(|rank| rank < own_rank) || named == own;
                if !allowed {
                    wrong.push(format!("src/{}:{}: `{own}` must not import `{named}`", file.path, number + 1));
                }
            }
        }
    }
    report(&wrong);
}

#[test]
fn only_the_command_line_meets_the_world() {
    let world =
        ["std::fs", "std::env", "std::time", "std::process", "std::net::Tcp", "std::io::std", "SystemTime", "println!"];
    let mut wrong = Vec::new();
    for file in sources() {
        if file.path.starts_with("cli/") || file.path == "main.rs" || is_test(&file.path) {
            continue;
        }
        for (number, line) in file.code.lines().enumerate() {
            let line = line.split("//").next().unwrap();
            if let Some(name) = world.iter().find(|name| line.contains(**name)) {
                wrong.push(format!("src/{}:{}: {name}", file.path, number + 1));
            }
        }
    }
    report(&wrong);
}

#[test]
fn files_say_what_they_are_and_are_small() {
    let mut wrong = Vec::new();
    for file in sources() {
        if !file.text.starts_with("//! ") {
            wrong.push(format!("src/{}: no `//!` header", file.path));
        }
        let lines = file.text.lines().count();
        if lines > 500 {
            wrong.push(format!("src/{}: {lines} lines, at most 500", file.path));
        }
        if file.text.contains('\t') && !file.path.contains("gateway") {
            wrong.push(format!("src/{}: a tab", file.path));
        }
    }
    report(&wrong);
}

#[test]
fn nothing_is_unfinished_or_of_one_machine() {
    // Put together, so that this file does not find itself.
    let debris = [
        ["to", "do!("].concat(),
        ["unimplem", "ented!("].concat(),
        ["FIX", "ME"].concat(),
        ["X", "XX:"].concat(),
        ["/wo", "rk/"].concat(),
        ["/ro", "ot/"].concat(),
        ["/ho", "me/"].concat(),
    ];
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for folder in ["src", "tests", "benches"] {
        if root.join(folder).is_dir() {
            walk(&root.join(folder), &mut paths);
        }
    }
    let mut wrong = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            if let Some(word) = debris.iter().find(|word| line.contains(word.as_str())) {
                wrong.push(format!("{}:{}: {word}", path.strip_prefix(root).unwrap().display(), number + 1));
            }
        }
    }
    report(&wrong);
}
