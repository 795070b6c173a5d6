//! One case per diagnostic: a bad manifest, and exactly what the program prints.
//!
//! `tests/ui/PVnnnn-what/` holds the files of a project, `args` where the command line is not `check`, `env` where variables are
//! set, `modes` where a file's permissions matter, `links` with symbolic links and what they lead to, `big` where the
//! manifest is a text many times, and in `expected.txt` what is printed with the exit code. `UPDATE=1` writes that file anew.

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
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use previewc::diagnostics::codes;

/// Codes that no input of the program reaches, with the reason.
const UNREACHABLE: &[(&str, &str)] = &[
    (
        "PV0522",
        "names of variables are checked by the decoder, and neither a text nor a process's variable can hold a NUL",
    ),
    ("PV0524", "the decoder refuses a NUL wherever text of the manifest could reach a script"),
    ("PV0701", "seeds and configuration reach bundles under names that previewc makes itself"),
    ("PV0705", "needs a file system that refuses an operation also to root; `tests/e2e/kill.py` does that"),
];

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|path| path.is_dir());
    cases.sort();
    cases
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        // `.previewc` would be ignored by git.
        let target = to.join(if name == "dot-previewc" { ".previewc" } else { name });
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(fs::copy(&path, &target).unwrap()),
        }
    }
}

/// Runs the program in a project, with nothing of this process's surroundings.
fn run(project: &Path, words: &[String], variables: &[(String, String)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_previewc"))
        .args(words)
        .current_dir(project)
        .env_clear()
        .envs(variables.iter().cloned())
        .output()
        .unwrap()
}

/// The lines of an optional file of a case.
fn lines(case: &Path, file: &str) -> Vec<String> {
    let text = fs::read_to_string(case.join(file)).unwrap_or_default();
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn actual(case: &Path) -> String {
    // The length of the path decides where lines that hold it break.
    let work = tempfile::tempdir_in("/tmp").unwrap();
    let project = work.path().join("project");
    copy(case, &project);
    for line in lines(case, "modes") {
        let (mode, file) = line.split_once(' ').unwrap();
        fs::set_permissions(project.join(file), fs::Permissions::from_mode(u32::from_str_radix(mode, 8).unwrap()))
            .unwrap();
    }
    for line in lines(case, "links") {
        let (link, target) = line.split_once(" -> ").unwrap();
        symlink(target, project.join(link)).unwrap();
    }
    for line in lines(case, "big") {
        let (times, text) = line.split_once(' ').unwrap();
        fs::write(project.join("preview.yaml"), text.repeat(times.parse().unwrap())).unwrap();
    }
    for file in ["args", "env", "modes", "links", "big", "expected.txt"] {
        drop(fs::remove_file(project.join(file)));
    }
    let variables: Vec<(String, String)> = lines(case, "env")
        .iter()
        .map(|line| line.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned())).unwrap())
        .collect();
    let mut commands = lines(case, "args");
    if commands.is_empty() {
        commands.push("check".to_owned());
    }
    let mut text = String::new();
    for command in commands {
        if let Some(edit) = command.strip_prefix("echo >> ") {
            let old = fs::read_to_string(project.join(edit)).unwrap();
            fs::write(project.join(edit), old + "# by hand\n").unwrap();
            text += &format!("$ {command}\n");
            continue;
        }
        let words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
        let output = run(&project, &words, &variables);
        text += &format!("$ previewc {command}\n");
        text += std::str::from_utf8(&output.stdout).unwrap();
        text += std::str::from_utf8(&output.stderr).unwrap();
        text += &format!("exit {}\n", output.status.code().unwrap());
    }
    text.replace(work.path().to_str().unwrap(), "…").replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

#[test]
fn every_case_prints_what_is_expected() {
    let mut wrong = Vec::new();
    for case in cases() {
        let name = case.file_name().unwrap().to_str().unwrap().to_owned();
        let actual = actual(&case);
        let file = case.join("expected.txt");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&file, &actual).unwrap();
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        if expected != actual {
            wrong.push(format!("{name}: expected\n{expected}\nbut got\n{actual}"));
        }
        let code = &name[..6];
        assert!(actual.contains(code), "{name} does not report {code}:\n{actual}");
        assert!(!actual.contains('\u{1b}'), "{name}: no colour where there is no terminal");
        let long = actual.lines().find(|line| line.chars().count() > 80 && !line.contains("-[") && !is_source(line));
        assert_eq!(long, None, "{name}: at most 80 columns");
    }
    assert!(wrong.is_empty(), "UPDATE=1 writes them anew\n\n{}", wrong.join("\n"));
}

#[test]
fn every_finding_says_what_to_write_instead() {
    let is_code = |line: &str| line.len() == 6 && codes::ALL.iter().any(|code| code.id() == line);
    let mut silent = Vec::new();
    for case in cases() {
        let expected = fs::read_to_string(case.join("expected.txt")).unwrap();
        let mut waiting = None;
        for line in expected.lines() {
            if is_code(line) || line.starts_with("error: ") || line.starts_with("exit ") {
                silent.extend(waiting.take().map(|code| format!("{}: {code}", case.display())));
                waiting = (!line.starts_with("exit ")).then(|| line.to_owned());
            } else if line.trim_start().starts_with("help: ") {
                waiting = None;
            }
        }
    }
    assert_eq!(silent, Vec::<String>::new());
}

/// A line of the manifest in a snippet, which is never wrapped, or the label under it.
fn is_source(line: &str) -> bool {
    line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit()).trim_start().starts_with(['|', ':'])
}

#[test]
fn every_code_has_a_case() {
    let cased: BTreeSet<String> =
        cases().iter().map(|case| case.file_name().unwrap().to_str().unwrap()[..6].to_owned()).collect();
    let unreachable: BTreeSet<&str> = UNREACHABLE.iter().map(|(code, _)| *code).collect();
    let missing: Vec<&str> =
        codes::ALL.iter().map(|c| c.id()).filter(|id| !cased.contains(*id) && !unreachable.contains(id)).collect();
    assert_eq!(missing, Vec::<&str>::new(), "codes without a case in tests/ui");
    let reached: Vec<&&str> = unreachable.iter().filter(|id| cased.contains(**id)).collect();
    assert_eq!(reached, Vec::<&&str>::new(), "these can be reached after all");
    assert!(cased.iter().all(|id| codes::ALL.iter().any(|code| code.id() == id)), "a case of no code: {cased:?}");
}

/// The fenced blocks of a page: language and text.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            out.push((language.to_owned(), body.join("\n") + "\n"));
        }
    }
    out
}

#[test]
fn every_page_has_a_title_a_text_and_an_example() {
    let mut wrong = Vec::new();
    for code in codes::ALL {
        let page = code.page();
        let text = blocks(page)
            .iter()
            .fold(page.to_owned(), |page, (_, block)| page.replace(block, ""))
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#') && !line.starts_with("```"))
            .count();
        if !page.starts_with("# ") || code.title().is_empty() || code.title().ends_with('.') {
            wrong.push(format!("{}: no title", code.id()));
        }
        if text < 2 {
            wrong.push(format!("{}: no explanation and no remedy", code.id()));
        }
        if blocks(page).is_empty() {
            wrong.push(format!("{}: no example", code.id()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Codes whose example shows something else than a whole piece of a manifest that is wrong by itself.
const NO_MANIFEST: &[&str] =
    &["PV0003", "PV0011", "PV0012", "PV0302", "PV0511", "PV0513", "PV0523", "PV0607", "PV0610", "PV0613", "PV0614"];

#[test]
fn the_examples_of_the_pages_are_wrong_in_that_way() {
    let mut wrong = Vec::new();
    for code in codes::ALL {
        let Some((language, example)) = blocks(code.page()).into_iter().next() else { continue };
        if !matches!(language.as_str(), "yaml" | "kdl") || NO_MANIFEST.contains(&code.id()) {
            continue;
        }
        let work = tempfile::tempdir().unwrap();
        let text = complete(&language, &example);
        let file = format!("preview.{language}");
        fs::write(work.path().join(&file), &text).unwrap();
        let mut output = run(work.path(), &["check".to_owned(), file.clone()], &[]);
        let mut said = String::from_utf8_lossy(&output.stderr).into_owned();
        if !said.contains(code.id()) {
            // Some warnings and secrets matter only to a render.
            let words = ["render", "-f", &file, "--pr", "7", "-t", "compose", "-o", "out"].map(str::to_owned);
            output = run(work.path(), &words, &[("PREVIEWC_KEY".to_owned(), "k".repeat(32))]);
            said = String::from_utf8_lossy(&output.stderr).into_owned();
        }
        if !said.contains(code.id()) {
            let words = ["render", "-f", &file, "--pr", "7", "-t", "terraform", "-o", "out"].map(str::to_owned);
            output = run(work.path(), &words, &[("PREVIEWC_KEY".to_owned(), "k".repeat(32))]);
            said = String::from_utf8_lossy(&output.stderr).into_owned();
        }
        if !said.contains(code.id()) {
            wrong.push(format!("{}: its example gives\n{said}\n{text}", code.id()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Makes a manifest of a fragment: with a head, and below `services` where it begins deeper.
fn complete(language: &str, example: &str) -> String {
    let service = "services:\n  demo:\n    image: acme/demo:1\n";
    let head = match language {
        "kdl" => "version 1\nname \"demo\"\ndomain \"demo.example.com\"\n",
        _ => "version: 1\nname: demo\ndomain: demo.example.com\n",
    };
    let names = |key: &str| example.lines().any(|line| line.starts_with(key));
    let head: String =
        head.lines().filter(|line| !names(line.split([':', ' ']).next().unwrap())).map(|l| format!("{l}\n")).collect();
    if language == "yaml" && names("env:") {
        let indented: String = example.lines().map(|line| format!("    {line}\n")).collect();
        return format!("{head}{service}{indented}");
    }
    format!("{head}{example}")
}

/// A manifest with two mistakes, one of which has a second place, in a text that is more than ASCII.
const TWO: &str = "version: 1\nname: demo\ndomain: demo.example.com\nservices:\n  web: { image: acme/web:1, port: 3000, route: /, \
                   env: { A: ü, B: \"ü${vars.NO}\" } }\n  api: { image: acme/api:1, port: 80, route: / }\n";

fn formatted(format: &str) -> String {
    let work = tempfile::tempdir().unwrap();
    fs::write(work.path().join("preview.yaml"), TWO).unwrap();
    let words = ["check", "--format", format, "preview.yaml"].map(str::to_owned);
    let output = run(work.path(), &words, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "machines read standard output alone");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn json_is_the_array_that_the_documentation_promises() {
    let found: serde_json::Value = serde_json::from_str(&formatted("json")).unwrap();
    let expected = serde_json::json!([
        {
            "code": "PV0201", "severity": "error", "message": "there is no variable `NO`",
            "file": "preview.yaml", "line": 5, "column": 69, "end_line": 5, "end_column": 79,
            "help": "the manifest declares none", "related": [],
        },
        {
            "code": "PV0205", "severity": "error", "message": "`api` and `web` both answer at / on the front page's host",
            "file": "preview.yaml", "line": 6, "column": 46, "end_line": 6, "end_column": 47,
            "help": "give one of them another path, or a host of its own: `route: { host: NAME }`",
            "related": [{
                "message": "the first",
                "file": "preview.yaml", "line": 5, "column": 48, "end_line": 5, "end_column": 49,
            }],
        },
    ]);
    assert_eq!(found, expected, "{found:#}");
}

#[test]
fn sarif_has_the_structure_that_code_scanning_reads() {
    let log: serde_json::Value = serde_json::from_str(&formatted("sarif")).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "previewc");
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let rules: Vec<&str> =
        run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap()).collect();
    assert_eq!(rules, codes::ALL.iter().map(|code| code.id()).collect::<Vec<_>>());
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for result in results {
        assert!(rules.contains(&result["ruleId"].as_str().unwrap()));
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "preview.yaml");
        for key in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(place["region"][key].as_u64().unwrap() >= 1);
        }
    }
    assert_eq!(results[1]["relatedLocations"][0]["message"]["text"], "the first");
}

#[test]
fn github_gets_one_annotation_per_line() {
    let text = formatted("github");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "::error title=PV0201 Unknown reference,file=preview.yaml,line=5,endLine=5,col=69,endColumn=79::there is no \
             variable `NO`%0Ahelp: the manifest declares none",
            "::error title=PV0205 Two routes on one host and path,file=preview.yaml,line=6,endLine=6,col=46,endColumn=47::`api` \
             and `web` both answer at / on the front page's host%0Ahelp: give one of them another path, or a host of its own: \
             `route: { host: NAME }`",
        ]
    );
}
