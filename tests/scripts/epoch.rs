//! Epochs: nothing is applied over credentials of a later one, or of one that is not the one before.

use std::fs;

use previewc::artifact::Lowered;
use previewc::plan::PortRange;
use previewc::target::Target;
use previewc::target::compose::{Compose, ComposeSettings, Expose};
use previewc::target::kubernetes::{Kubernetes, KubernetesSettings};
use previewc::target::terraform::CloudSettings;

use crate::bench::Bench;
use crate::stack;

/// kubectl for a namespace of ours whose epoch stands in a file; it notes what it is asked to apply, and ends there.
const KUBECTL: &str = r#"
case $* in
  "get namespace "*) printf '%s\n' shop-pr-142 "$OWNER" acme/shop "$KEY" Active "$(cat "$STATE/epoch")" "$(cat "$STATE/rotated")" ;;
  "apply "*)
    echo "$*" >>"$STATE/applied"
    exit 1
    ;;
esac
"#;

/// Docker with volumes of ours, whose toolbox knows the epoch, and which store is not known to have its credentials.
const DOCKER: &str = r#"
case $* in
  version | "compose version"*) ;;
  "compose "*)
    echo "$*" >>"$STATE/applied"
    exit 1
    ;;
  "volume ls "*name=*) echo shop-pr-142_toolbox ;;
  "run "*)
    cat "$STATE/epoch"
    [ "$(cat "$STATE/rotated")" = "$(cat "$STATE/epoch")" ] || echo " db"
    ;;
  "volume ls "*previewc.dev/key*) echo "$KEY" ;;
  *previewc.dev/environment\"*) echo shop-pr-142 ;;
  *previewc.dev/repository\"*) echo acme/shop ;;
esac
"#;

/// A bench with the bundles of one target, by epoch.
fn bench(target: &str) -> Bench {
    let bundle = |epoch: u32| -> Lowered {
        let mut environment = stack::stack("shop", 142);
        environment.scope.epoch = epoch;
        let (vault, mut out) = (stack::vault(&environment, |_| None), Lowered::new());
        match target {
            "kubernetes" => {
                let settings = KubernetesSettings::default();
                Kubernetes { settings }.lower(&environment, &vault, &mut out);
            }
            _ => {
                let settings = ComposeSettings {
                    expose: Expose::Port { bind: "127.0.0.1".into() },
                    domain: None,
                    ports: PortRange { from: 20000, to: 29999 },
                    cloud: CloudSettings::default(),
                    build_root: ".".to_owned(),
                };
                Compose { settings }.lower(&environment, &vault, &mut out);
            }
        }
        out
    };
    let bench = Bench::new(&bundle(0));
    for epoch in 0..5 {
        bench.bundle(&epoch.to_string(), &bundle(epoch));
    }
    bench.tool("kubectl", KUBECTL);
    bench.tool("docker", DOCKER);
    bench
}

#[test]
fn only_this_epoch_and_the_next_are_applied() {
    let environment = stack::stack("shop", 142);
    let owner = previewc::source::Digest::of(b"acme/shop").short(16);
    for target in ["kubernetes", "compose"] {
        let bench = bench(target);
        for (recorded, rotated, epoch, refused) in [
            ("", "", 0, None),
            ("", "", 1, None),
            ("", "", 2, Some("are of epoch 0, and only the next epoch can take their place")),
            ("2", "2", 0, Some("were rotated to epoch 2: epoch 0 is over")),
            ("2", "2", 1, Some("were rotated to epoch 2: epoch 1 is over")),
            ("2", "2", 2, None),
            ("2", "2", 3, None),
            ("2", "2", 4, Some("are of epoch 2, and only the next epoch can take their place")),
            ("2", "1", 2, None),
            ("2", "1", 3, Some("of shop-pr-142 is not known to have the credentials of epoch 2 yet")),
        ] {
            // Kubernetes has no annotation before the first rotation, the toolbox says 0.
            let there = if target == "compose" && recorded.is_empty() { ("0", "0") } else { (recorded, rotated) };
            fs::write(bench.path("state/epoch"), there.0).unwrap();
            fs::write(bench.path("state/rotated"), there.1).unwrap();
            let _ = fs::remove_file(bench.path("state/applied"));
            let mut up = bench.script(&format!("{epoch}/up.sh"));
            let output = up.env("OWNER", &owner).env("KEY", &environment.fingerprint).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let what = format!("{target}, {epoch} on {recorded:?}: {said}");
            match refused {
                Some(why) => assert!(said.contains(why) && bench.state("applied").is_empty(), "{what}"),
                None => assert!(!said.contains("epoch") && !bench.state("applied").is_empty(), "{what}"),
            }
        }
    }
}
