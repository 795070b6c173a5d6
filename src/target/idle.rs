//! Environments that nobody asks for anything: what tells of their last request, and what puts them to sleep.
//!
//! Each request leaves a line in the log of the environment's gateway, where `preview.idle` is given. The last line's moment is
//! the last request's, or that of its start. Which targets' environments sleep their profiles say.

use super::engine::labels;
use super::kubernetes::COMPONENT;
use crate::artifact::Argv;
use crate::document::shell;
use crate::plan::TargetName;
use crate::resolve::Program;

/// A line of a shell that prints `TARGET ENVIRONMENT MOMENT` for each environment of an application that is awake, as
/// `previewc gc --live` takes it. What cannot be listed is not told of: it keeps nobody from removing what should be gone. `None`
/// where environments do not sleep.
pub fn requests(program: &Program, target: TargetName) -> Option<String> {
    program.preview.as_ref()?.idle.as_ref()?;
    let app = format!("{}={}", labels::APP, program.app);
    let (list, log) = match target {
        TargetName::Kubernetes => {
            let selector = format!("{app},{COMPONENT}=gateway");
            let columns = r#"jsonpath={range .items[*]}{.metadata.namespace} {.metadata.name}{"\n"}{end}"#;
            let list =
                ["kubectl", "get", "deployments", "--all-namespaces", "--selector", &selector, "--output", columns];
            // Which pod of several it chose it says on standard error.
            let log = r#"kubectl logs --namespace "$id" "deployment/$name" --tail 1 --timestamps 2>/dev/null"#;
            (shell::line(&list), log)
        }
        TargetName::Compose => {
            let (app, gateway) = (format!("label={app}"), format!("label={}=true", labels::GATEWAY));
            let columns = format!(r#"{{{{.Label "{}"}}}} {{{{.Names}}}}"#, labels::ENVIRONMENT);
            let list = ["docker", "ps", "--filter", &app, "--filter", &gateway, "--format", &columns];
            // The server writes to standard error.
            (shell::line(&list), r#"docker logs --timestamps --tail 1 "$name" 2>&1"#)
        }
        TargetName::Terraform => return None,
    };
    let moment = "/^[0-9][0-9][0-9][0-9]-/";
    let last = format!("{log} | awk -v id=\"$id\" '{moment} {{ print \"{}\", id, $1 }}' || true", target.as_str());
    Some(format!("{{ {} | while read -r id name; do {last}; done || true; }}", list.ok()?))
}

/// What puts an environment to sleep; `up.sh` of its bundle wakes it. Nothing where that would undo itself. The gateway goes on and says
/// why nothing answers; on a Docker engine `gateway` is its container, and starts again.
pub fn sleep(target: TargetName, id: &str, gateway: Option<&str>, now: &str) -> Vec<Argv> {
    match target {
        TargetName::Kubernetes => {
            let others = format!("{COMPONENT}!=gateway");
            let kinds = "deployment,statefulset";
            vec![
                argv(&["kubectl", "scale", kinds, "--selector", &others, "--replicas=0", "--namespace", id]),
                // Their pods would wait for stores that sleep.
                argv(&["kubectl", "delete", "cronjob", "--all", "--namespace", id]),
                argv(&["kubectl", "annotate", "namespace", id, "--overwrite", &format!("previewc.dev/asleep={now}")]),
            ]
        }
        TargetName::Compose => {
            let stop = argv(&["docker", "compose", "--project-name", id, "stop"]);
            std::iter::once(stop).chain(gateway.map(|gateway| argv(&["docker", "start", gateway]))).collect()
        }
        TargetName::Terraform => Vec::new(),
    }
}

/// What prints the moment at which an environment was last brought up. `up.sh` changes it before it changes anything else.
pub fn pushed(target: TargetName, id: &str) -> Argv {
    match target {
        TargetName::Kubernetes => {
            let stamp = r"jsonpath={.metadata.annotations.previewc\.dev/pushed}";
            argv(&["kubectl", "get", "namespace", id, "--output", stamp])
        }
        TargetName::Compose | TargetName::Terraform => {
            let stamp = r#"{{index .Labels "previewc.dev/pushed"}}"#;
            argv(&["docker", "volume", "inspect", "--format", stamp, &labels::pushed_of(id)])
        }
    }
}

fn argv(words: &[&str]) -> Argv {
    words.iter().map(|word| (*word).to_owned()).collect()
}
