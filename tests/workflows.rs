//! What `previewc ci` and `previewc images` write, with the real program. The tools that judge it are in `tests/conformance`,
//! and `tests/e2e/workflows` runs it.

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

const STACK: &str = r#"version: 1
name: shop
domain: shop.example.com
registry: ghcr.io/acme
services:
  web:
    build: { context: web, target: "run time", args: { MODE: "a 'b' $(touch pwned)" } }
    port: 3000
    route: /
    uses: [db]
    env: { A: "${secrets.a}" }
  admin: { from: web, port: 3001 }
databases:
  db: { engine: postgres }
secrets:
  a: { store: env, key: STRIPE }
"#;

fn project(more: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("web")).unwrap();
    fs::write(folder.path().join("web/Dockerfile"), "FROM busybox\n").unwrap();
    fs::write(folder.path().join("preview.yaml"), format!("{STACK}{more}")).unwrap();
    folder
}

fn run(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_previewc")).args(words).current_dir(folder).env_clear().output().unwrap()
}

fn done(folder: &Path, words: &[&str]) -> String {
    let output = run(folder, words);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(folder: &Path, words: &[&str]) -> String {
    let output = run(folder, words);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_action_is_pinned_and_no_value_is_read_as_an_expression() {
    let hostile = "preview: { trigger: { label: \"it's $(touch x) {{ y }}\", title: \"a'b\", drafts: false, forks: without-secrets } }\n\
                   tests: { e2e: { command: [run, \"$${{ secrets.PREVIEWC_KEY }}\"], env: { X: \"$${{ github.token }}\" } } }\n";
    let folder = project(hostile);
    for target in ["k8s", "compose", "terraform"] {
        let text = done(folder.path(), &["ci", "github", "--target", target]);
        for line in text.lines().filter(|line| line.trim_start().starts_with("uses:")) {
            let (action, version) = line.trim().strip_prefix("uses: ").unwrap().split_once(" # v").unwrap();
            let (_, commit) = action.split_once('@').unwrap();
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{line}");
            assert!(version.starts_with(|c: char| c.is_ascii_digit()), "{line}");
        }
        assert!(text.contains("permissions: {}\n"));
        // As text they stand behind an expression that gives their opening.
        assert!(text.contains("${{ '${{' }} secrets.PREVIEWC_KEY }}"), "{text}");
        assert_eq!(text.matches("X: \"${{ '${{' }} github.token }}\"").count(), 1, "{text}");
        assert!(text.contains("github.event.label.name == 'it''s $(touch x) {{ y }}'"), "{text}");
        assert!(text.contains("          STRIPE: ${{ secrets.STRIPE }}\n"));
        // What anybody may write into a pull request reaches no script, but for its commit and number.
        for expression in text.split("${{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(inside, _)| inside) {
            for fact in expression.split("github.event.").skip(1) {
                let name: String =
                    fact.chars().take_while(|c| c.is_ascii_alphanumeric() || "._*".contains(*c)).collect();
                let known = ["number", "head.sha", "base.sha", "head.repo.full_name"];
                assert!(known.iter().any(|fact| name == format!("pull_request.{fact}")), "{expression}");
            }
            assert!(!expression.contains("github.head_ref") && !expression.contains("github.ref"), "{expression}");
        }
    }
}

#[test]
fn workflows_say_what_they_cannot_do() {
    let folder = project("tests: { e2e: { command: [run, \"${services.web.url}\"] } }\n");
    assert!(refused(folder.path(), &["ci", "github", "-t", "k8s"]).contains("only `${preview.url}` may stand there"));
    let folder = project("tests: { e2e: { command: [run], env: { BASE_URL: x } } }\n");
    assert!(refused(folder.path(), &["ci", "gitlab", "-t", "k8s"]).contains("sets `BASE_URL`"));
    let folder = project("preview: { trigger: { title: \"a\\nb\" } }\n");
    assert!(refused(folder.path(), &["ci", "gitlab", "-t", "k8s"]).contains("control characters"));
    assert!(refused(folder.path(), &["ci", "github", "-t", "k8s"]).contains("control characters"));
    let argo = |folder: &Path| refused(folder, &["ci", "argocd", "--repo", "acme/shop"]);
    assert!(argo(project("").path()).contains("set `preview.trigger.label`"));
    let label = "preview: { trigger: { label: preview } }\n";
    let vault = "  b: { store: vault, path: x/y, key: z }\n";
    assert!(
        argo(project(&format!("{vault}{label}")).path()).contains("only up.sh brings the secret `b` into the cluster")
    );
    assert!(argo(project(label).path()).contains("would hand secrets with `store: env` to every pull request"));
    let folder = project(label);
    let plain = fs::read_to_string(folder.path().join("preview.yaml")).unwrap();
    let plain = plain.replace("a: { store: env, key: STRIPE }", "a: { generate: 20 }");
    fs::write(folder.path().join("preview.yaml"), plain).unwrap();
    done(folder.path(), &["ci", "argocd", "--repo", "acme/shop"]);
    let gitea = ["ci", "argocd", "--repo", "acme/shop", "--host", "gitea"];
    assert!(refused(folder.path(), &gitea).contains("pass --api URL and --git-url URL"));
}

#[test]
fn flux_is_told_of_labelled_pull_requests_alone() {
    let folder = project("preview: { trigger: { label: \"a: \\\"<b>\\\"\" }, max_open: 7 }\n");
    let flux = ["ci", "flux", "--repo", "acme/shop"];
    let text = done(folder.path(), &flux);
    for part in [
        "  type: GitHubPullRequest\n  url: \"https://github.com/acme/shop\"\n",
        "    labels: [\"a: \\\"<b>\\\"\"]\n",
        "        serviceAccountName: shop-pr-<< inputs.id >>\n",
        "        url: \"oci://ghcr.io/acme/shop-previews\"\n",
        "          tag: pr-<< inputs.id >>-<< inputs.sha >>\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let gitea = [&flux[..], &["--host", "gitea"]].concat();
    assert!(refused(folder.path(), &gitea).contains("pass --git-url"));
    let named = [&gitea[..], &["--git-url", "https://git.example.com/acme/shop"]].concat();
    assert!(
        done(folder.path(), &named).contains("type: GiteaPullRequest\n  url: \"https://git.example.com/acme/shop\"\n")
    );
    assert!(refused(folder.path(), &[&flux[..], &["--host", "bitbucket"]].concat()).contains("Bitbucket"));
    assert!(refused(folder.path(), &[&flux[..], &["--api", "https://x"]].concat()).contains("--git-url"));
    let long = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(folder.path().join("preview.yaml")).unwrap();
    fs::create_dir(long.path().join("web")).unwrap();
    fs::write(long.path().join("preview.yaml"), text.replace("name: shop\n", &format!("name: {}\n", "s".repeat(55))))
        .unwrap();
    assert!(refused(long.path(), &flux).contains("too long"));
    assert!(refused(project("").path(), &flux).contains("set `preview.trigger.label`"));
    let vault = "  b: { store: vault, path: x/y, key: z }\npreview: { trigger: { label: x } }\n";
    assert!(refused(project(vault).path(), &flux).contains("only up.sh brings the secret `b`"));
    let titled = project("preview: { trigger: { label: x, title: y } }\n");
    assert!(refused(titled.path(), &flux).contains("`preview.trigger.title`"));
}

#[test]
fn what_sleeps_is_looked_for_where_it_can() {
    let folder = project("preview: { idle: 2h }\n");
    for (target, asks) in [("k8s", "kubectl logs"), ("compose", "docker logs")] {
        for forge in ["github", "gitlab"] {
            let text = done(folder.path(), &["ci", forge, "-t", target]);
            assert!(text.contains(asks) && text.contains("requests.json"), "{forge} {target}: {text}");
        }
    }
    let plain = project("");
    assert!(!done(plain.path(), &["ci", "github", "-t", "k8s"]).contains("kubectl logs"));
}

#[test]
fn images_are_built_once_for_all_nodes_that_run_them() {
    let folder = project("");
    let words = ["images", "--pr", "7", "--sha", "0123456789abcdef", "--repo", "acme/shop", "-t", "k8s"];
    let human = done(folder.path(), &words);
    assert_eq!(human, "ghcr.io/acme/shop-web:0123456789abcdef  admin, web from web\n");
    let json: serde_json::Value =
        serde_json::from_str(&done(folder.path(), &[&words[..], &["--format", "json"]].concat())).unwrap();
    assert_eq!(json[0]["nodes"], serde_json::json!(["admin", "web"]));
    assert_eq!(json[0]["args"]["MODE"], "a 'b' $(touch pwned)");
    let script = done(folder.path(), &[&words[..], &["--format", "sh"]].concat());
    let last = script.lines().rfind(|line| line.starts_with("image ")).unwrap();
    assert!(last.contains("--target 'run time' --build-arg 'MODE=a '\\''b'\\'' $(touch pwned)'"), "{last}");
    let without =
        fs::read_to_string(folder.path().join("preview.yaml")).unwrap().replace("registry: ghcr.io/acme\n", "");
    fs::write(folder.path().join("preview.yaml"), without).unwrap();
    assert!(refused(folder.path(), &[&words[..], &["--format", "sh"]].concat()).contains("set `registry`"));
}

#[test]
fn frontends_have_addresses_before_they_are_deployed() {
    let more = "  api: { image: \"acme/api:1\", port: 3002, env: { CORS: \"${frontends.site.url},${frontends.docs.host}\" } }\n";
    let stack = STACK.replace("databases:\n", &format!("{more}databases:\n"));
    let folder = project("");
    let write = |env: &str| {
        let frontends = format!(
            "frontends:\n  site: {{ platform: vercel, project: shop-site, env: {{ API: \"${{services.web.public_url}}\"{env} }} }}\n  \
             docs: {{ platform: netlify, project: shop-docs }}\n"
        );
        fs::write(folder.path().join("preview.yaml"), format!("{stack}{frontends}")).unwrap();
    };
    write("");
    let words = ["env", "--pr", "7", "--sha", "0123456789abcdef", "--repo", "acme/shop", "--format", "json"];
    let json: serde_json::Value = serde_json::from_str(&done(folder.path(), &words)).unwrap();
    assert_eq!(json["api"]["CORS"], "https://shop-site-pr-7.vercel.app,pr-7--shop-docs.netlify.app");
    assert_eq!(json["site"]["API"], "https://pr-7.shop.example.com");
    assert_eq!(json["site"]["SITE_URL"], "https://shop-site-pr-7.vercel.app");
    assert_eq!(json["docs"]["PREVIEW_PR"], "7");
    for forge in ["github", "gitlab"] {
        let text = done(folder.path(), &["ci", forge, "-t", "k8s"]);
        assert!(text.contains("vercel link --yes") && text.contains("netlify-cli@"), "{text}");
    }
    // Everybody may read what a page was built with.
    write(", KEY: \"${secrets.a}\"");
    let output = run(folder.path(), &words);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("PV0601"));
}
