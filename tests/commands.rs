//! What commands do beside printing findings, with the real program.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests read and write files, run the program, and end where something fails"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const MANIFEST: &str = "version: 1\nname: shop\ndomain: shop.example.com\nservices:\n  web:\n    image: acme/web:1\n    port: \
                        3000\n    route: /\n    uses: [db]\n    env: { CERT: \"${secrets.cert}\", TEXT: \"a\\n b\\n\", RAW: \"${vars.RAW}\" }\n  \
                        plain: { image: acme/plain:1, env: { A: b } }\ndatabases:\n  db: { engine: postgres }\nsecrets:\n  \
                        cert: { store: env, key: CERT }\nvars: { RAW: \"a $${b}\" }\n";

fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("preview.yaml"), MANIFEST).unwrap();
    folder
}

/// Runs the program with a key, a secret of several lines, and some more variables.
fn run(folder: &Path, words: &str, variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_previewc"))
        .args(words.split_whitespace())
        .current_dir(folder)
        .env_clear()
        .env("PREVIEWC_KEY", "a key for tests that protects nothing")
        .env("CERT", "first 100%\r\n\nsecond")
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn done(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_pull_request_is_the_same_alone_and_in_a_list() {
    let folder = project();
    fs::write(folder.path().join("prs.json"), r#"[{"number": 142, "sha": "0123456789abcdef"}]"#).unwrap();
    let record = folder.path().join(".previewc/pr-142/compose/bundle.json");
    for (ci, name) in [("GITHUB_REPOSITORY", "GITHUB_ACTIONS"), ("CI_PROJECT_PATH", "GITLAB_CI")] {
        let variables = [(ci, "Acme/Shop"), (name, "true")];
        done(run(folder.path(), "render --pr 142 --sha 0123456789abcdef -t compose", &variables));
        let alone = fs::read_to_string(&record).unwrap();
        assert!(alone.contains("\"repo\": \"acme/shop\""), "{alone}");
        done(run(folder.path(), "render --prs prs.json -t compose", &variables));
        assert_eq!(fs::read_to_string(&record).unwrap(), alone);
    }
}

#[test]
fn variables_for_github_are_masked_and_read_back() {
    let folder = project();
    let manifest = folder.path().join("preview.yaml");
    fs::write(folder.path().join("other.yaml"), fs::read_to_string(manifest).unwrap().replace("A: b", "TEXT: b"))
        .unwrap();
    let output = run(folder.path(), "env -f other.yaml --pr 142 --reveal --format github", &[]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("`TEXT` is not the same in") && output.stdout.is_empty(), "{text}");
    // Without --reveal nothing is known that would have to be masked.
    let output = run(folder.path(), "env web --pr 142 --format github", &[]);
    assert!(output.stderr.is_empty());
    assert!(!done(output).contains("first 100%"));
    assert!(done(run(folder.path(), "env plain --pr 142 --format github", &[])).starts_with("A<<"));

    let output = run(folder.path(), "env web --pr 142 --reveal --format github", &[]);
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    let values = read_as_the_runner_does(&done(output));
    let value = |name: &str| &values.iter().find(|(n, _)| n == name).unwrap().1;
    assert_eq!(value("CERT"), "first 100%\r\n\nsecond");
    assert_eq!(value("TEXT"), "a\n b\n");
    assert_eq!(value("RAW"), "a ${b}");
    let url = value("DATABASE_URL");
    let password = url.split([':', '@']).nth(2).unwrap();
    for mask in ["first 100%25", "second", url, password] {
        assert!(told.lines().any(|line| line == format!("::add-mask::{mask}")), "{mask} in {told}");
    }
    assert!(told.lines().all(|line| line.len() > "::add-mask::".len()), "{told}");
}

/// Reads a file of the form that GitHub documents for `$GITHUB_ENV`: the name, `<<`, an end marker, and lines up to it.
fn read_as_the_runner_does(text: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut lines = text.split('\n');
    while let Some((name, end)) = lines.next().and_then(|line| line.split_once("<<")) {
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
        out.push((name.to_owned(), value.join("\n")));
    }
    out
}

#[test]
fn one_file_that_cannot_be_read_keeps_no_other_from_being_checked() {
    let folder = project();
    fs::write(folder.path().join("wrong.yaml"), MANIFEST.replace("port: 3000", "port: x")).unwrap();
    let output = run(folder.path(), "check none.yaml wrong.yaml preview.yaml", &[]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("none.yaml cannot be read") && text.contains("PV0103") && text.contains("1 error"), "{text}");
    assert_eq!(output.status.code(), Some(2));
    let output = run(folder.path(), "check --format json wrong.yaml none.yaml", &[]);
    assert!(serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap().is_array());
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_list_gives_what_each_of_it_gives() {
    let folder = project();
    let listed: Vec<String> = (1..=24).map(|number| format!(r#"{{"number": {number}, "sha": "0123456"}}"#)).collect();
    fs::write(folder.path().join("prs.json"), format!("[{}]", listed.join(","))).unwrap();
    let output = run(folder.path(), "render --prs prs.json -t k8s", &[]);
    let warnings = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(done(output), "24 bundles written\n");
    let of = |number: u32| {
        let record = folder.path().join(format!(".previewc/pr-{number}/kubernetes/bundle.json"));
        fs::read_to_string(record).unwrap()
    };
    for number in [1, 12, 24] {
        let listed = of(number);
        let output = run(folder.path(), &format!("render --pr {number} --sha 0123456 -t k8s"), &[]);
        assert_eq!(String::from_utf8(output.stderr.clone()).unwrap(), warnings);
        done(output);
        assert_eq!(of(number), listed, "the record has the digest of every file");
    }
    // Of several that fail the first of the list is told, whichever was tried first.
    for number in [5, 6, 20] {
        fs::write(folder.path().join(format!(".previewc/pr-{number}/kubernetes/up.sh")), "mine").unwrap();
    }
    for _ in 0..5 {
        let output = run(folder.path(), "render --prs prs.json -t k8s", &[]);
        let said = String::from_utf8(output.stderr).unwrap().replace("\n       ", " ");
        assert!(said.contains("pr-5/kubernetes"), "{said}");
        assert_eq!(output.status.code(), Some(2));
    }
}

#[test]
fn a_fork_decides_over_its_services_and_nothing_else() {
    let folder = project();
    let base = "version: 1\nname: real\ndomain: real.example.com\nservices: { web: { image: acme/web:1 } }\nsecrets:\n  \
                cert: { store: env, key: CERT }\n  made: { generate: 20 }\npreview: { trigger: { forks: without-secrets } }\n";
    fs::create_dir(folder.path().join("base")).unwrap();
    fs::write(folder.path().join("base/preview.yaml"), base).unwrap();
    let own = fs::read_to_string(folder.path().join("preview.yaml")).unwrap();
    // Another variable of the job under the name of a secret, and a recipe of the fork's own.
    let own =
        own.replace("key: CERT", "key: PREVIEWC_KEY").replace("RAW: \"${v", "MADE: \"${secrets.made}\", RAW: \"${v");
    fs::write(folder.path().join("preview.yaml"), own).unwrap();
    fs::create_dir_all(folder.path().join(".previewc/recipes")).unwrap();
    fs::write(folder.path().join(".previewc/recipes/postgres.yaml"), "no recipe").unwrap();
    let words = "render --pr 7 --sha 0123456789abcdef -t compose -o out --base-manifest base/preview.yaml";
    let event = folder.path().join("event.json");
    let pull = r#"{"pull_request": {"number": 7, "head": {"repo": {"full_name": "you/shop"}}, "base": {"repo": {"full_name": "acme/shop"}}}}"#;
    fs::write(&event, pull).unwrap();
    let ci = [("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_PATH", event.to_str().unwrap())];
    done(run(folder.path(), words, &ci));
    let record = fs::read_to_string(folder.path().join("out/bundle.json")).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    assert_eq!(record["environment"]["id"], "real-pr-7");
    assert_eq!(record["inputs"]["fork"], true);
    assert_eq!(record["absent"], serde_json::json!([{ "secret": "cert", "process": "web", "variable": "CERT" }]));
    let secret = fs::read_to_string(folder.path().join("out/secrets/web.env")).unwrap();
    assert!(secret.contains("MADE=") && !secret.contains("CERT=") && !secret.contains("a key for tests"), "{secret}");
    // The same pull request from the repository itself has all of it.
    done(run(folder.path(), words, &[]));
    assert!(fs::read_to_string(folder.path().join("out/secrets/web.env")).unwrap().contains("CERT=\"first"));
}

#[test]
fn a_render_that_fails_makes_no_key() {
    let folder = project();
    let bare = [("PREVIEWC_KEY", ""), ("CERT", "")];
    for words in ["render --pr 7 --sha 0123456789abcdef -t compose", "env --pr 7 --reveal"] {
        let output = run(folder.path(), words, &bare);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("cert"), "{said}");
        assert!(!folder.path().join(".previewc/key").exists(), "{words}");
    }
    done(run(folder.path(), "render --pr 7 --sha 0123456789abcdef -t compose", &[("PREVIEWC_KEY", "")]));
    assert!(folder.path().join(".previewc/key").exists());
    let twice = run(folder.path(), "env --pr 7 --var RAW=1 --var RAW=2", &[]);
    assert_eq!(twice.status.code(), Some(2));
}

#[test]
fn a_file_by_two_names_is_checked_once() {
    let folder = project();
    let output = run(folder.path(), "check preview.yaml ./preview.yaml", &[]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.matches("PV0204").count(), 1, "{said}");
}

#[test]
fn pull_requests_that_meet_on_a_port_are_told() {
    let folder = project();
    fs::write(folder.path().join("prs.json"), r#"[{"number": 7}, {"number": 10007}, {"number": 8}]"#).unwrap();
    for (target, told) in [("compose", 1), ("k8s", 0)] {
        let output = run(folder.path(), &format!("render --prs prs.json -t {target}"), &[]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said.matches("7 and 10007 publish one port").count(), told, "{said}");
    }
}

#[test]
fn a_reset_is_named_by_the_commit_or_by_the_user() {
    let folder = project();
    let store = "  cache: { engine: redis }\n";
    let manifest = MANIFEST.replace("secrets:\n", &format!("caches:\n{store}secrets:\n"));
    fs::write(folder.path().join("preview.yaml"), manifest).unwrap();
    for (flags, expected) in [
        ("--reset db", "nothing tells this reset of `db` from the next one"),
        ("--reset web --sha 0123456", "the manifest has no store `web`"),
        ("--reset cache --sha 0123456", "`cache` cannot be reset"),
        ("--reset db=1 --reset db=2", "`--reset db` is given twice"),
    ] {
        let output = run(folder.path(), &format!("render --pr 7 -t compose {flags}"), &[]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && said.contains(expected), "{flags}: {said}");
    }
    let record = folder.path().join(".previewc/pr-7/compose/bundle.json");
    let mut seen = std::collections::BTreeSet::new();
    for flags in ["--reset db --sha 0123456", "--reset db --sha 1234567", "--reset db=1 --sha 0123456", "--reset db=2"]
    {
        done(run(folder.path(), &format!("render --pr 7 -t compose {flags}"), &[]));
        let record: serde_json::Value = serde_json::from_slice(&fs::read(&record).unwrap()).unwrap();
        seen.insert(record["inputs"]["reset"]["db"].as_str().unwrap().to_owned());
    }
    assert_eq!(seen.len(), 4);
}

#[test]
fn nothing_in_a_comment_breaks_out_of_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let reason =
        "x\\n```\\n</details>\\n<img src=x onerror=alert(1)> `y` [z](javascript:1) @acme/all #1 | --> $(touch x)";
    let manifest = format!(
        "version: 1\nname: shop\ndomain: shop.example.com\nservices:\n  web: {{ image: \"acme/web:1\", port: 3000, route: /, uses: [pay] }}\n\
         external:\n  pay: {{ url: \"https://pay.example.com\", reason: \"{reason}\" }}\npreview: {{ ttl: 3d, access: {{ basic_auth: true }} }}\n"
    );
    fs::write(folder.path().join("preview.yaml"), manifest).unwrap();
    let live = r#"{"Service": "web", "Project": "shop-pr-142", "State": "exited", "ExitCode": 3}"#;
    fs::write(folder.path().join("live.json"), live).unwrap();
    let words = "comment --pr 142 --branch $(x)` --repo acme/shop -t compose --status failed --live live.json";
    let text = done(run(folder.path(), words, &[]));
    assert!(
        text.starts_with(
            "<!-- previewc shop-pr-142 compose -->\n### Preview of shop: pull request 142 did not come up\n"
        )
    );
    assert!(text.contains("| web | service | <http://pr-142.shop.localhost:20142> | ended with 3 |"), "{text}");
    assert!(text.contains("3d after the last push; the label `preview-keep` keeps it"));
    let line = text.lines().find(|line| line.starts_with("- pay: ")).unwrap();
    // In code that no run of backticks inside ends, all of it on one line.
    assert!(line.starts_with("- pay: ```` x ``` </details>") && line.ends_with(" ````"), "{line}");
    assert!(!text.contains("$(x)"), "{text}");
    assert_eq!(text.matches("</details>").count(), 2, "{text}");
    let parsed: Vec<&str> = text.lines().filter(|line| line.starts_with("```")).collect();
    assert_eq!(parsed, ["```sh", "```", "```mermaid", "```"]);
}
