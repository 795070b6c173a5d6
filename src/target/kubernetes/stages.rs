//! The stages and the teardown as argument vectors for kubectl.

use super::copies::{self, Copy};
use super::object::{ENVIRONMENT, NAMESPACE_STEP, OWNER, RENDER};
use super::{Context, namespace, object, workload};
use crate::artifact::{Argv, Lowered, Stage, StageName, Sweep, TeardownStep};

/// How long a rollout or a sequence may take.
pub(super) const PATIENCE: &str = "1800s";
/// How long a namespace may take to go.
const DELETE_PATIENCE: &str = "600s";

/// Adds the stages that have a file or something to copy, and the teardown.
pub(super) fn write(context: Context, files: &[StageName], jobs: &[String], render: &str, out: &mut Lowered) {
    let copies = copies::copies(context);
    for name in StageName::ALL {
        let file = files.contains(&name);
        let mut stage = Stage { name, run: Vec::new(), wait: waits(context, name, jobs), outputs: Vec::new() };
        if name == copies::STAGE {
            stage.run.extend(copies.iter().map(Copy::apply));
        }
        if name == StageName::Prepare && file {
            stage.run.push(delete_unfinished(context));
        }
        if file {
            stage.run.push(argv(["kubectl", "apply", "-f", &object::path(name)]));
        }
        if name == StageName::Namespace {
            stage.run.push(lift(context));
            stage.outputs.extend(copies.iter().map(|copy| copy.output(context, render)));
        }
        if !stage.run.is_empty() {
            out.stage(stage);
        }
    }
    let id = context.environment.id.as_str();
    let owner = owned(context);
    let timeout = format!("--timeout={DELETE_PATIENCE}");
    out.teardown(TeardownStep {
        name: NAMESPACE_STEP.to_owned(),
        // By labels and not by name: another repository's namespace of the same name stays.
        run: vec![argv(["kubectl", "delete", "namespace", "--selector", &owner, "--wait=true", &timeout])],
        sweep: Vec::new(),
        verify: vec![argv(["kubectl", "get", "namespace", "--selector", &owner, "--output", "name"])],
    });
    // A volume outlives the claim where its class says `Retain`: then the storage behind it must be told to go too.
    let list = argv(["kubectl", "get", "persistentvolumes", "--output", &format!("go-template={}", volumes(id, true))]);
    let delete = r#"{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}"#;
    out.teardown(TeardownStep {
        name: "volumes".to_owned(),
        run: Vec::new(),
        sweep: vec![
            Sweep { list: list.clone(), remove: argv(["kubectl", "patch", "persistentvolume", "--patch", delete]) },
            Sweep { list, remove: argv(["kubectl", "delete", "persistentvolume", "--ignore-not-found"]) },
        ],
        verify: vec![argv([
            "kubectl",
            "get",
            "persistentvolumes",
            "--output",
            &format!("go-template={}", volumes(id, false)),
        ])],
    });
}

/// A selector of the namespace, if this repository's environment is in it.
pub(super) fn owned(context: Context) -> String {
    let id = context.environment.id.as_str();
    format!("kubernetes.io/metadata.name={id},{OWNER}={}", namespace::owner(context))
}

/// A selector of what previewc itself made here, in any render: not of what controllers made from it.
pub(super) fn made(context: Context) -> String {
    format!("{ENVIRONMENT}={},{RENDER}", context.environment.id)
}

/// A template for `kubectl get persistentvolumes` that prints the names of an environment's volumes, one per line:
/// those that are no longer claimed, or all.
pub(super) fn volumes(id: &str, released: bool) -> String {
    let bound = if released { " (ne .status.phase \"Bound\")" } else { "" };
    let name = "{{.metadata.name}}{{\"\\n\"}}";
    format!(
        "{{{{range .items}}}}{{{{if .spec.claimRef}}}}{{{{if and (eq .spec.claimRef.namespace \"{id}\"){bound}}}}}{name}{{{{end}}}}{{{{end}}}}{{{{end}}}}"
    )
}

/// Takes away the quota of earlier renders, which knows nothing of this one's size; the last stage sets it again.
pub(super) fn lift(context: Context) -> Argv {
    let id = context.environment.id.as_str();
    argv(["kubectl", "delete", "resourcequotas", "--namespace", id, "--selector", &made(context), "--ignore-not-found"])
}

/// Jobs that failed or are still running for an older content: a Job is never tried again once it has failed.
fn delete_unfinished(context: Context) -> Argv {
    argv([
        "kubectl",
        "delete",
        "jobs",
        "--namespace",
        context.environment.id.as_str(),
        "--selector",
        &made(context),
        "--field-selector",
        "status.successful=0",
        "--cascade=foreground",
    ])
}

fn waits(context: Context, stage: StageName, jobs: &[String]) -> Vec<Argv> {
    let id = context.environment.id.as_str();
    let timeout = format!("--timeout={PATIENCE}");
    if stage == StageName::Prepare {
        let wait = |job: &String| {
            argv(["kubectl", "wait", "--namespace", id, "--for=condition=Complete", &format!("job/{job}"), &timeout])
        };
        return jobs.iter().map(wait).collect();
    }
    let here = context.processes().filter(|process| workload::stage(process) == stage);
    here.filter_map(workload::rollout)
        .map(|rollout| argv(["kubectl", "rollout", "status", "--namespace", id, &rollout, &timeout]))
        .collect()
}

fn argv<const N: usize>(words: [&str; N]) -> Argv {
    words.iter().map(|word| (*word).to_owned()).collect()
}
