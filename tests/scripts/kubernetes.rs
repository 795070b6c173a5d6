//! Kubernetes: renders that overtake each other, what goes and what stays, images that move.

use std::fs;
use std::process::{Child, Output, Stdio};
use std::time::Duration;

use previewc::artifact::Lowered;
use previewc::plan::Environment;
use previewc::target::Target;
use previewc::target::kubernetes::{Kubernetes, KubernetesSettings};

use crate::bench::Bench;
use crate::stack;

/// kubectl with objects in a file, one per line: kind, name, render. A run waits where a file `hold.RUN` says so.
const KUBECTL: &str = r#"
echo "$RUN $*" >>"$STATE/calls"
hold() {
  touch "$STATE/waits.$RUN"
  while [ -e "$STATE/hold.$RUN" ]; do sleep 1; done
}
case $* in
  "get namespace "*"previewc\.dev/render"*) cat "$STATE/render" ;;
  "get namespace "*)
    [ ! -e "$STATE/render" ] || printf '%s\n' shop-pr-142 "$OWNER" acme/shop "$KEY" Active
    ;;
  "apply --filename "*)
    awk '/^kind: /{ kind = $2 } /^  name: /{ name = $2 } /previewc.dev\/render: /{ print kind, name, $2 }' "$3" >"$STATE/new.$RUN"
    case $3 in
      *namespace.yaml) sed -n 's/^Namespace [^ ]* //p' "$STATE/new.$RUN" >"$STATE/render" ;;
    esac
    touch "$STATE/objects"
    awk 'NR == FNR { new[$1, $2]; print; next } !(($1, $2) in new)' "$STATE/new.$RUN" "$STATE/objects" >"$STATE/all.$RUN"
    mv "$STATE/all.$RUN" "$STATE/objects"
    ;;
  *" delete "*"render!="*)
    render=${*#*render!=}
    grep -e "${render%% *}" -e Claim "$STATE/objects" >"$STATE/all.$RUN"
    mv "$STATE/all.$RUN" "$STATE/objects"
    ;;
  *" get job "*) echo "Complete " ;;
  *" rollout status "*)
    hold
    [ ! -e "$STATE/never.$RUN" ]
    ;;
esac
"#;

fn bundle(environment: &Environment) -> Lowered {
    let mut out = Lowered::new();
    let vault = stack::vault(environment, |_| None);
    Kubernetes { settings: KubernetesSettings::default() }.lower(environment, &vault, &mut out);
    assert_eq!(out.findings(), []);
    out
}

/// A bench with the bundles `old` and `new`; the new one lacks the worker.
fn bench() -> Bench {
    let old = stack::stack("shop", 142);
    let mut new = stack::stack("shop", 142);
    new.processes.retain(|process| process.name != "mailer");
    let bench = Bench::new(&bundle(&old));
    bench.bundle("old", &bundle(&old));
    bench.bundle("new", &bundle(&new));
    bench.tool("kubectl", KUBECTL);
    bench.tool("sleep", "PATH=$REAL exec sleep 0.02\n");
    bench
}

/// Starts a bundle's `up.sh` as on a machine of its own.
fn start(bench: &Bench, bundle: &str) -> Child {
    let fact = |name: &str| {
        let script = fs::read_to_string(bench.path(bundle).join("up.sh")).unwrap();
        script.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned()
    };
    let machine = bench.path("tmp").join(bundle);
    fs::create_dir_all(&machine).unwrap();
    bench
        .script(&format!("{bundle}/up.sh"))
        .env("RUN", bundle)
        .env("OWNER", fact("owner="))
        .env("KEY", fact("key="))
        .env("TMPDIR", machine)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn succeeds(bench: &Bench, bundle: &str) {
    let output = start(bench, bundle).wait_with_output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn what_a_later_render_dropped_goes_and_volumes_stay() {
    let bench = bench();
    succeeds(&bench, "old");
    assert!(bench.state("objects").contains("Deployment mailer"));
    succeeds(&bench, "new");
    let objects = bench.state("objects");
    assert!(!objects.contains("mailer"), "{objects}");
    assert!(objects.contains("PersistentVolumeClaim cache"));
    let calls = bench.state("calls");
    let last: Vec<&str> = calls.lines().rev().filter(|call| !call.contains(" get namespace ")).take(2).collect();
    assert!(last[0].contains("60-limits") && last[1].contains("render!="), "{last:?}");
}

#[test]
fn an_older_render_stops_where_a_newer_one_has_begun() {
    // In the middle of waiting, and after it.
    for never in [true, false] {
        let bench = bench();
        let state = |name: &str| bench.path("state").join(name);
        fs::write(state("hold.old"), "").unwrap();
        if never {
            fs::write(state("never.old"), "").unwrap();
        }
        let old = start(&bench, "old");
        while !state("waits.old").exists() {
            std::thread::sleep(Duration::from_millis(10));
        }
        succeeds(&bench, "new");
        let objects = bench.state("objects");
        fs::remove_file(state("hold.old")).unwrap();
        let output = old.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let render = bench.state("render");
        assert_eq!(said(&output), format!("up.sh: a newer render of shop-pr-142 ({}) has taken over\n", render.trim()));
        assert_eq!(bench.state("objects"), objects);
    }
}

#[test]
fn what_may_have_moved_is_restarted_where_it_ran_before() {
    let mut environment = stack::stack("shop", 142);
    for process in &mut environment.processes {
        process.image.mutable = ["cache", "web", "digest"].contains(&process.name.as_str());
    }
    let bench = bench();
    bench.bundle("moved", &bundle(&environment));
    let restarts = || {
        let calls = bench.state("calls");
        calls.lines().filter(|call| call.contains("rollout restart")).map(str::to_owned).collect::<Vec<_>>()
    };
    succeeds(&bench, "moved");
    assert_eq!(restarts(), [] as [&str; 0]);
    succeeds(&bench, "moved");
    assert_eq!(restarts(), ["moved --namespace shop-pr-142 rollout restart deployment/web"]);
}

#[test]
fn an_epoch_is_noted_as_set_once_every_sequence_is_done() {
    let mut environment = stack::stack("shop", 142);
    environment.scope.epoch = 3;
    let bench = bench();
    bench.bundle("epoch", &bundle(&environment));
    succeeds(&bench, "epoch");
    let calls = bench.state("calls");
    let done = calls.rfind(" get job ").expect("the stack has a sequence");
    let noted = calls.find("annotate namespace shop-pr-142 previewc.dev/rotated=3 --overwrite").unwrap();
    assert!(done < noted, "{calls}");
    succeeds(&bench, "old");
    assert!(!bench.state("calls")[calls.len()..].contains("previewc.dev/rotated="));
}
