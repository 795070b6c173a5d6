//! The way down from shared servers: what stands there goes before anything else, or nothing goes.

use std::process::Output;

use previewc::artifact::Lowered;
use previewc::plan::{Environment, Image, PortRange, Scoped, Shared, Size, Step, Word};
use previewc::resolve::Origin;
use previewc::target::Target;
use previewc::target::compose::{Compose, ComposeSettings, Expose};
use previewc::target::kubernetes::{Kubernetes, KubernetesSettings};
use previewc::target::terraform::{CloudSettings, DockerSettings, Platform, Terraform, TerraformSettings};

use crate::bench::Bench;
use crate::{hostile, stack};

/// kubectl for one namespace: `owner` names who has it; `condition` is what the Job came to, `left` what it found.
const KUBECTL: &str = r#"
echo "$*" >>"$STATE/calls"
case $* in
  "get namespace "*jsonpath*) [ ! -e "$STATE/owner" ] || printf '%s\n' shop-pr-142 "$(cat "$STATE/owner")" acme/shop key Active ;;
  *" get job "*) cat "$STATE/condition" ;;
  *" logs "*"--container=left") cat "$STATE/left" ;;
  *" logs "*) echo "the server is away" ;;
esac
"#;

/// docker with nothing running: `run` says what `compose run` comes to, `left` what it found.
const DOCKER: &str = r#"
echo "$*" >>"$STATE/calls"
case $* in
  "compose "*"--left") cat "$STATE/left" ;;
  "compose "*) echo "the server said so"; exit "$(cat "$STATE/run")" ;;
esac
"#;

fn environment() -> Environment {
    let mut environment = stack::stack("shop", 142);
    let step = |name: &str| Step {
        name: name.to_owned(),
        origin: Origin::NONE,
        image: Image::given("postgres:16"),
        command: ["sh", "-c", name].map(|word| Word::Text(word.to_owned())).to_vec(),
        env: Vec::new(),
        user: Some(999),
        files: Vec::new(),
        source: None,
        size: Size { cpu_millis: 100, memory: 128 << 20 },
        is_task: false,
    };
    environment.shared = Shared {
        scoped: vec![Scoped {
            name: "other-drop".to_owned(),
            store: "other".to_owned(),
            server: "shared-pg".to_owned(),
            origin: Origin::NONE,
            made: vec![("database".to_owned(), "shop_pr_142__other".to_owned())],
            drop: step("drop"),
            left: step("left"),
        }],
        servers: Vec::new(),
    };
    environment
}

fn kubernetes(state: &[(&str, &str)]) -> Bench {
    let environment = environment();
    let mut out = Lowered::new();
    Kubernetes { settings: KubernetesSettings::default() }.lower(
        &environment,
        &stack::vault(&environment, |_| None),
        &mut out,
    );
    bench(&out, ("kubectl", KUBECTL), state)
}

fn compose(state: &[(&str, &str)]) -> Bench {
    let environment = environment();
    let mut out = Lowered::new();
    let settings = ComposeSettings {
        expose: Expose::None,
        domain: None,
        ports: previewc::plan::PortRange { from: 20000, to: 29999 },
        cloud: CloudSettings::default(),
        build_root: ".".to_owned(),
    };
    Compose { settings }.lower(&environment, &stack::vault(&environment, |_| None), &mut out);
    bench(&out, ("docker", DOCKER), state)
}

fn bench(out: &Lowered, (tool, script): (&str, &str), state: &[(&str, &str)]) -> Bench {
    let bench = Bench::new(out);
    bench.tool(tool, script);
    bench.tool("sleep", "PATH=$REAL exec sleep 0.01\n");
    for (name, text) in state {
        std::fs::write(bench.path("state").join(name), text).unwrap();
    }
    record(&bench, "shop-pr-142", "acme/shop");
    bench
}

/// What scripts ask of a bundle's record.
fn record(bench: &Bench, id: &str, repository: &str) {
    let text = format!("{{\n  \"id\": \"{id}\",\n  \"repo\": \"{repository}\"\n}}\n");
    std::fs::write(bench.path("bundle").join("bundle.json"), text).unwrap();
}

/// The owner that the scripts of these bundles look for.
fn ours(bench: &Bench) -> String {
    let script = std::fs::read_to_string(bench.path("bundle").join("down.sh")).unwrap();
    script.lines().find_map(|line| line.strip_prefix("owner=")).unwrap().trim_matches('\'').to_owned()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Where in the calls each of some words comes first; all must be there, in this order.
fn in_order(calls: &str, words: &[&str]) {
    let places: Vec<Option<usize>> =
        words.iter().map(|word| calls.lines().position(|call| call.contains(word))).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{words:?} at {places:?} of\n{calls}");
}

#[test]
fn in_kubernetes_jobs_go_then_what_stands_on_servers_then_the_namespace() {
    let bench = kubernetes(&[("condition", "Complete "), ("left", "")]);
    std::fs::write(bench.path("state").join("owner"), ours(&bench)).unwrap();
    let output = bench.run("bundle/down.sh");
    assert!(output.status.success(), "{}", said(&output));
    let order = [
        "delete cronjobs,jobs",
        "delete resourcequotas",
        "apply --filename down/drop.yaml",
        "get job other-drop",
        "delete namespace",
    ];
    in_order(&bench.state("calls"), &order);
}

#[test]
fn in_kubernetes_a_namespace_that_is_gone_is_made_again_for_the_drop() {
    let bench = kubernetes(&[("condition", "Complete "), ("left", "")]);
    let output = bench.run("bundle/down.sh");
    assert!(output.status.success(), "{}", said(&output));
    in_order(&bench.state("calls"), &["apply --filename down/drop.yaml", "delete namespace"]);
}

#[test]
fn in_kubernetes_nothing_goes_when_the_drop_fails_or_leaves_something() {
    for (condition, left, expected) in
        [("Failed ", "", "the server is away"), ("Complete ", "database shop_pr_142__other", "this is left")]
    {
        let bench = kubernetes(&[("condition", condition), ("left", left)]);
        std::fs::write(bench.path("state").join("owner"), ours(&bench)).unwrap();
        let output = bench.run("bundle/down.sh");
        assert!(!output.status.success() && said(&output).contains(expected), "{}", said(&output));
        assert!(!bench.state("calls").contains("delete namespace"));
    }
}

#[test]
fn in_kubernetes_another_repositorys_namespace_is_not_touched() {
    let bench = kubernetes(&[("condition", "Complete "), ("left", ""), ("owner", "somebody")]);
    let output = bench.run("bundle/down.sh");
    assert!(!output.status.success());
    let calls = bench.state("calls");
    assert!(!calls.contains("apply") && !calls.contains("delete"), "{calls}");
}

#[test]
fn compose_drops_before_it_removes_and_removes_nothing_where_that_fails() {
    let bench = compose(&[("run", "0"), ("left", "")]);
    let output = bench.run("bundle/down.sh");
    assert!(output.status.success(), "{}", said(&output));
    in_order(&bench.state("calls"), &["down/compose.yaml run --rm -T other-drop", "other-drop--left", "image prune"]);
    for (run, left, expected) in [("1", "", "the server said so"), ("0", "role x", "this is left")] {
        let bench = compose(&[("run", run), ("left", left)]);
        let output = bench.run("bundle/down.sh");
        assert!(!output.status.success() && said(&output).contains(expected), "{}", said(&output));
        assert!(!bench.state("calls").contains("image prune"));
    }
}

#[test]
fn a_script_without_its_bundle_says_what_is_left_on_servers() {
    for bench in [kubernetes(&[]), compose(&[])] {
        std::fs::remove_dir_all(bench.path("bundle").join("down")).unwrap();
        let output = bench.script("bundle/down.sh").current_dir(bench.path("tmp")).output().unwrap();
        assert!(!output.status.success());
        assert!(said(&output).contains("database shop_pr_142__other on shared-pg"), "{}", said(&output));
        let calls = bench.state("calls");
        assert!(!calls.contains("delete") && !calls.contains("rm -f"), "{calls}");
    }
}

/// Under Terraform a script of the way down hands docker its variables by their names, whatever their values hold.
#[test]
fn terraform_hands_every_value_on_as_it_is() {
    let values: Vec<String> = hostile::all().into_iter().filter(|value| !value.contains('\0')).collect();
    assert!(values.len() >= 60);
    let mut environment = environment();
    for (index, value) in values.iter().enumerate() {
        let value = previewc::plan::Value::text(value);
        environment.shared.scoped[0].drop.env.push(stack::variable(&format!("V{index:04}"), value));
    }
    let mut out = Lowered::new();
    let settings = TerraformSettings {
        platform: Platform::Docker(DockerSettings {
            host: None,
            ports: PortRange { from: 20000, to: 29999 },
            bind: "127.0.0.1".to_owned(),
        }),
        domain: None,
        cloud: CloudSettings::default(),
        build_root: ".".to_owned(),
    };
    Terraform { settings }.lower(&environment, &stack::vault(&environment, |_| None), &mut out);
    assert_eq!(out.findings(), []);
    let bench = Bench::new(&out);
    bench.tool("docker", "cat </proc/self/environ >\"$STATE/environ\"; printf '%s\\n' \"$@\" >\"$STATE/words\"\n");
    let ran = bench.run("bundle/down/other-drop.sh");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let (environ, words) = (bench.state("environ"), bench.state("words"));
    let environ: Vec<&str> = environ.split('\0').collect();
    let words: Vec<&str> = words.lines().collect();
    for (index, value) in values.iter().enumerate() {
        let name = format!("V{index:04}");
        assert!(environ.contains(&format!("{name}={value}").as_str()), "{name} is not {value:?}");
        assert!(words.contains(&name.as_str()), "docker is not told of {name}");
    }
    assert!(words.ends_with(&["--entrypoint", "sh", "postgres:16", "-c", "drop"]), "{words:?}");
}

/// A script that was printed takes the bundle at hand; another environment's would remove what is that one's.
#[test]
fn nothing_is_removed_by_another_environments_bundle() {
    for (id, repository) in [("shop-pr-141", "acme/shop"), ("shop-pr-142", "other/shop")] {
        let state = [("condition", "Complete "), ("run", "0"), ("left", "")];
        for bench in [compose(&state), kubernetes(&state)] {
            record(&bench, id, repository);
            let output = bench.run("bundle/down.sh");
            assert!(!output.status.success() && said(&output).contains("has elsewhere: database"), "{}", said(&output));
            let calls = bench.state("calls");
            assert!(!calls.contains("drop") && !calls.contains("delete") && !calls.contains("prune"), "{calls}");
        }
    }
}
