//! Compose: whose project it is, for up and down alike.

use std::fs;

use previewc::artifact::Lowered;
use previewc::plan::PortRange;
use previewc::target::Target;
use previewc::target::compose::{Compose, ComposeSettings, Expose};
use previewc::target::terraform::CloudSettings;

use crate::bench::Bench;
use crate::stack;

/// Docker with objects in files, one per line: a name and labels.
const DOCKER: &str = r#"
[ "$1" != version ] || exit 0
echo "$*" >>"$STATE/calls"
case "$1 $2" in
  "ps "*) kind=container ;;
  "network ls" | "volume ls") kind=$1 ;;
  *) exit 0 ;;
esac
wanted='' column=''
while [ $# -gt 0 ]; do
  case $1 in
    --filter) wanted="$wanted ${2#label=}" ;;
    --format) column=${2#*\"} ;;
  esac
  shift
done
while read -r name labels; do
  for label in $wanted; do
    case " $labels " in
      *" $label "*) ;;
      *) continue 2 ;;
    esac
  done
  [ -n "$column" ] || echo "$name"
  for label in $labels; do
    case $label in
      "${column%\"*}"=*) echo "${label#*=}" ;;
    esac
  done
done <"$STATE/$kind"
"#;

/// The bundle of pull request 142.
pub fn bundle() -> Lowered {
    let environment = stack::stack("shop", 142);
    let settings = ComposeSettings {
        expose: Expose::Port { bind: "127.0.0.1".into() },
        domain: None,
        ports: PortRange { from: 20000, to: 29999 },
        cloud: CloudSettings::default(),
        build_root: "../../..".to_owned(),
    };
    let mut out = Lowered::new();
    Compose { settings }.lower(&environment, &stack::vault(&environment, |_| None), &mut out);
    out
}

const PROJECT: &str = "com.docker.compose.project=shop-pr-142";
const OURS: &str = "com.docker.compose.project=shop-pr-142 previewc.dev/environment=shop-pr-142 \
                    previewc.dev/repository=acme/shop";
const THEIRS: &str = "com.docker.compose.project=shop-pr-142 previewc.dev/environment=shop-pr-142 \
                      previewc.dev/repository=other/shop";

#[test]
fn up_and_down_refuse_what_is_somebody_elses() {
    const NO_ENVIRONMENT: &str = "another Compose project has the name shop-pr-142";
    const NOT_OURS: &str = "another repository's environment has the name shop-pr-142: other/shop";
    let bundle = bundle();
    let unlabelled = OURS.replace(" previewc.dev/repository=acme/shop", "");
    for (container, network, volume, refusal) in [
        ("", "", "", ""),
        ("", "", OURS, ""),
        (&unlabelled, "", OURS, ""),
        // What a user's override added.
        (OURS, PROJECT, PROJECT, ""),
        (PROJECT, "", "", NO_ENVIRONMENT),
        ("", PROJECT, "", NO_ENVIRONMENT),
        ("", "", PROJECT, NO_ENVIRONMENT),
        (THEIRS, "", "", NOT_OURS),
        ("", THEIRS, "", NOT_OURS),
        (OURS, "", THEIRS, NOT_OURS),
    ] {
        let bench = Bench::new(&bundle);
        bench.tool("docker", DOCKER);
        for (kind, labels) in [("container", container), ("network", network), ("volume", volume)] {
            let line = if labels.is_empty() { String::new() } else { format!("one {labels}\n") };
            fs::write(bench.path("state").join(kind), line).unwrap();
        }
        for script in ["up.sh", "down.sh"] {
            let output = bench.run(&format!("bundle/{script}"));
            let said = String::from_utf8(output.stderr).unwrap();
            let here = format!("{script}: {container} | {network} | {volume}: {said}");
            if refusal.is_empty() {
                assert!(!said.contains("another"), "{here}");
                continue;
            }
            assert_eq!(output.status.code(), Some(1), "{here}");
            assert_eq!(said, format!("{script}: {refusal}\n"), "{here}");
            let calls = bench.state("calls");
            let only_looks = |call: &str| call.starts_with("ps ") || call.contains(" ls ") || call == "compose version";
            assert!(calls.lines().all(only_looks), "{here}{calls}");
        }
    }
}

#[test]
fn the_steps_of_the_teardown_keep_to_what_previewc_labelled() {
    for step in bundle().teardown_steps() {
        let sweeps = step.sweep.iter().map(|sweep| &sweep.list);
        for argv in step.run.iter().chain(sweeps).chain(&step.verify) {
            for label in ["label=previewc.dev/environment=shop-pr-142", "label=previewc.dev/repository=acme/shop"] {
                assert!(argv.iter().any(|word| word == label), "{argv:?}");
            }
        }
    }
}
