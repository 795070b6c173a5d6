//! Environments that nobody asks for anything: what tells of their last request, and what puts them to sleep.
//!
//! Each request leaves a line in the log of the environment's gateway, where `preview.idle` is given. The last line's moment is
//! the last request's, or that of its start.

use crate::artifact::Argv;
use crate::document::shell;
use crate::plan::{self, TargetName};
use crate::resolve::Program;

/// The component that a cluster knows the gateway by, which goes on while the rest sleeps and says why nothing answers.
const GATEWAY: &str = "app.kubernetes.io/component";

/// A line of a shell that prints `TARGET ENVIRONMENT MOMENT` for each environment of an application that is awake, as
/// `previewc gc --live` takes it. `None` where environments do not sleep.
pub fn requests(program: &Program, target: TargetName) -> Option<String> {
    program.preview.as_ref()?.idle.as_ref()?;
    let app = format!("previewc.dev/app={}", program.app);
    let (list, log) = match target {
        TargetName::Kubernetes => {
            let selector = format!("{app},{GATEWAY}=gateway");
            let columns = r#"jsonpath={range .items[*]}{.metadata.namespace} {.metadata.name}{"\n"}{end}"#;
            let list =
                ["kubectl", "get", "deployments", "--all-namespaces", "--selector", &selector, "--output", columns];
            (shell::line(&list), r#"kubectl logs --namespace "$id" "deployment/$name" --tail 1 --timestamps"#)
        }
        TargetName::Compose => {
            let (app, gateway) = (format!("label={app}"), plan::gateway(program));
            let service = format!("label=com.docker.compose.service={gateway}");
            let columns = r#"{{.Label "com.docker.compose.project"}} {{.Names}}"#;
            let list = ["docker", "ps", "--filter", &app, "--filter", &service, "--format", columns];
            (shell::line(&list), r#"docker logs --timestamps --tail 1 "$name""#)
        }
        TargetName::Terraform => return None,
    };
    // One that goes away meanwhile has no log.
    let last = format!("{log} 2>&1 | awk -v id=\"$id\" '{{ print \"{}\", id, $1 }}'", target.as_str());
    Some(format!("{} | while read -r id name; do {last}; done", list.ok()?))
}

/// What puts an environment to sleep; `up.sh` of its bundle wakes it. Nothing where that would undo itself.
pub fn sleep(target: TargetName, id: &str) -> Vec<Argv> {
    let argv = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    match target {
        TargetName::Kubernetes => {
            let others = format!("{GATEWAY}!=gateway");
            vec![
                argv(&[
                    "kubectl",
                    "scale",
                    "deployment,statefulset",
                    "--selector",
                    &others,
                    "--replicas=0",
                    "--namespace",
                    id,
                ]),
                // Their pods would wait for stores that sleep.
                argv(&["kubectl", "delete", "cronjob", "--all", "--namespace", id]),
            ]
        }
        TargetName::Compose => vec![argv(&["docker", "compose", "--project-name", id, "stop"])],
        // Its next plan would find everything stopped, and start it.
        TargetName::Terraform => Vec::new(),
    }
}
