//! The stages and the teardown as argument vectors for kubectl; the scripts take from here what they share with them.

use super::copies;
use super::object::{ENVIRONMENT, NAMESPACE_STEP, OWNER, RENDER, STAGE};
use super::{Context, imports, namespace, object, workload};
use crate::artifact::{Argv, Lowered, Stage, StageName, Sweep, TeardownStep};
use crate::plan::Process;
use crate::target::{fetch, outside};

/// How many seconds a rollout or a sequence may take.
pub(super) const PATIENCE: u32 = 1800;
/// How many seconds External Secrets may take.
pub(super) const FETCH_PATIENCE: u32 = 300;
/// How many seconds a namespace may take to go.
pub(super) const DELETE_PATIENCE: u32 = 600;
/// Tells a volume that the storage behind it goes with it.
pub(super) const RECLAIM: &str = r#"{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}"#;

/// Adds the stages that have a file or something to copy, and the teardown.
pub(super) fn write(context: Context, files: &[StageName], jobs: &[String], render: &str, out: &mut Lowered) {
    let copies = copies::copies(context);
    let fetches = imports::fetches(context);
    for name in StageName::ALL {
        let file = files.contains(&name);
        let mut stage = Stage { name, run: Vec::new(), wait: waits(context, name, jobs), outputs: Vec::new() };
        if name == copies::STAGE {
            stage.run.extend(copies.iter().map(|copy| copy.apply(context)));
            if !fetches.is_empty() {
                stage.run.push(argv([&format!("./{}", fetch::SCRIPT)]));
            }
            stage.wait.extend(imports::wait(context));
        }
        if name == StageName::Prepare && file {
            stage.run.push(delete_unfinished(context));
        }
        if file {
            stage.run.push(apply(context, name));
        }
        if name == StageName::Namespace {
            stage.run.push(lift(context));
            stage.run.extend(outside::up(context.environment));
            stage.outputs.extend(copies.iter().map(|copy| copy.output(context, render)));
            stage.outputs.extend(fetches.iter().map(|fetch| fetch.output(context.environment)));
        }
        if !stage.run.is_empty() {
            out.stage(stage);
        }
    }
    let id = context.environment.id.as_str();
    let owner = owned(context);
    let timeout = format!("--timeout={DELETE_PATIENCE}s");
    out.teardown(TeardownStep {
        name: NAMESPACE_STEP.to_owned(),
        // By labels and not by name: another repository's namespace of the same name stays.
        run: vec![argv(["kubectl", "delete", "namespace", "--selector", &owner, "--wait=true", &timeout])],
        sweep: Vec::new(),
        verify: vec![argv(["kubectl", "get", "namespace", "--selector", &owner, "--output", "name"])],
    });
    // A volume outlives the claim where its class says `Retain`: then the storage behind it must be told to go too.
    let list = volumes(id, true);
    out.teardown(TeardownStep {
        name: "volumes".to_owned(),
        run: Vec::new(),
        sweep: vec![
            Sweep { list: list.clone(), remove: argv(["kubectl", "patch", "persistentvolume", "--patch", RECLAIM]) },
            Sweep { list, remove: argv(["kubectl", "delete", "persistentvolume", "--ignore-not-found"]) },
        ],
        verify: vec![volumes(id, false)],
    });
}

/// Applies the objects of a stage. Where users override something, only Kustomize knows what they are.
fn apply(context: Context, stage: StageName) -> Argv {
    if context.environment.overrides.is_empty() {
        return argv(["kubectl", "apply", "-f", &object::path(stage)]);
    }
    argv(["kubectl", "apply", "-k", ".", "-l", &format!("{STAGE}={}", stage.as_str())])
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

/// Prints the names of an environment's volumes, one per line: those that are no longer claimed, or all.
///
/// A volume knows the name of the namespace that claimed it, not whose that was. So nothing is printed while there is a
/// namespace of this name, which after the step before can only be another repository's. Where that is gone as well, what
/// it left behind goes with ours.
pub(super) fn volumes(id: &str, released: bool) -> Argv {
    let bound = if released { " (ne .status.phase \"Bound\")" } else { "" };
    // Namespaces come first.
    let template = format!(
        "go-template={{{{range .items}}}}\
         {{{{if and (eq .kind \"Namespace\") (eq .metadata.name \"{id}\")}}}}{{{{break}}}}{{{{end}}}}\
         {{{{if .spec.claimRef}}}}{{{{if and (eq .spec.claimRef.namespace \"{id}\"){bound}}}}}\
         {{{{.metadata.name}}}}{{{{\"\\n\"}}}}{{{{end}}}}{{{{end}}}}{{{{end}}}}"
    );
    argv(["kubectl", "get", "namespaces,persistentvolumes", "--output", &template])
}

/// What `kubectl rollout status` follows in a stage.
pub(super) fn rollouts(context: Context, stage: StageName) -> impl Iterator<Item = String> {
    context.processes().filter(move |process| workload::stage(process) == stage).filter_map(workload::rollout)
}

/// What must be restarted for an image whose tag may have moved: the same manifest again makes no new pod. Stores go on,
/// with the data that their version wrote.
pub(super) fn mutable(context: Context) -> impl Iterator<Item = String> {
    let moved = |process: &&Process| process.image.mutable && workload::stage(process) == StageName::Services;
    context.processes().filter(moved).filter_map(workload::rollout)
}

/// Takes away the quota of earlier renders, which knows nothing of this one's size; the last stage sets it again.
pub(super) fn lift(context: Context) -> Argv {
    let id = context.environment.id.as_str();
    argv(["kubectl", "delete", "resourcequotas", "--namespace", id, "--selector", &made(context), "--ignore-not-found"])
}

/// Deletes every Job that has not succeeded: a failed one is never tried again, and one of older content must not run beside
/// its successor. One of this content that still runs is started anew, which every sequence may be; `up.sh` lets it run.
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
    let timeout = format!("--timeout={PATIENCE}s");
    if stage == StageName::Prepare {
        let wait = |job: &String| {
            argv(["kubectl", "wait", "--namespace", id, "--for=condition=Complete", &format!("job/{job}"), &timeout])
        };
        return jobs.iter().map(wait).collect();
    }
    rollouts(context, stage)
        .map(|rollout| argv(["kubectl", "rollout", "status", "--namespace", id, &rollout, &timeout]))
        .collect()
}

fn argv<const N: usize>(words: [&str; N]) -> Argv {
    words.iter().map(|word| (*word).to_owned()).collect()
}
