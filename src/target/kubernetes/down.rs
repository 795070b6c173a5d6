//! The way down from shared servers: `down/drop.yaml`, one Job for each store that lives on one. It is applied before the
//! namespace goes, after every Job and CronJob of the environment is gone, so that nothing makes anew what it removes. It
//! holds the namespace too: where that is gone already, what stands on the servers still goes away.

use super::container::Container;
use super::object::{self, Item};
use super::pod::Pod;
use super::{Context, imports, namespace, network, stages, workload};
use crate::artifact::{Argv, Lowered, Mode, StageName, TeardownStep};
use crate::document::{map, yaml};
use crate::plan::Scoped;
use crate::target::shared;

/// The file, seen from the bundle's folder.
pub(super) const FILE: &str = "down/drop.yaml";
/// The role of the Jobs' pods.
const COMPONENT: &str = "drop";
/// The container that prints what is left.
const LEFT: &str = "left";
/// How often a removal is tried again.
const RETRIES: u32 = 2;
/// How many seconds a removal may take.
pub(super) const PATIENCE: u32 = 600;

/// Writes the file where there is something to remove; returns the names of the Jobs, in the order of the stores.
pub(super) fn write(context: Context, render: &str, out: &mut Lowered) -> Vec<String> {
    let environment = context.environment;
    if environment.shared.scoped.is_empty() {
        return Vec::new();
    }
    let mut stream = yaml::Stream::new(&format!(
        "{}: removes what it has on shared servers. down.sh applies it; bringing up never does.",
        environment.id
    ));
    let reads = |step: &crate::plan::Step| step.env.iter().any(|variable| variable.value.imported().is_some());
    let imported = environment.shared.scoped.iter().any(|one| reads(&one.drop) || reads(&one.left));
    // Where the namespace is gone, so is what External Secrets made in it.
    let external = if imported { imports::items(context, out) } else { Vec::new() };
    for item in namespace::items(context).iter().chain(&network::for_removal(context)).chain(&external) {
        stream.push(&object::document(item, context, render));
    }
    let mut jobs = Vec::new();
    for one in &environment.shared.scoped {
        for step in [&one.drop, &one.left] {
            let name = format!("{} of {}", step.name, one.name);
            workload::check_strings(context, &name, step.command.iter(), &step.env, step.origin, out);
        }
        let (name, items) = items(context, one);
        jobs.push(name);
        for item in &items {
            stream.push(&object::document(item, context, render));
        }
    }
    out.file(FILE, stream.finish(), Mode::Private);
    jobs
}

fn items<'a>(context: Context<'a>, one: &'a Scoped) -> (String, Vec<Item<'a>>) {
    let mut pod = Pod::new(context, &one.name, COMPONENT, one.origin);
    pod.init(Container::alone(&one.drop));
    pod.last(Container::alone(&one.left));
    let template = pod.finish(map! { "restartPolicy" => "Never" });
    // The same in every render, and without a key: a Job of before goes first.
    let name = one.name.clone();
    let spec = map! {
        "backoffLimit" => RETRIES,
        "activeDeadlineSeconds" => PATIENCE,
        "podReplacementPolicy" => "Failed",
        "template" => template.doc,
    };
    let job = Item::new("batch/v1", "Job", name.as_str(), StageName::Limits)
        .of(&one.name, COMPONENT, one.origin)
        .with("spec", spec);
    (name, template.items.into_iter().chain([job]).collect())
}

/// Adds the steps of the teardown that come before the namespace's, run in the bundle's folder: they need its credentials.
pub(super) fn teardown(context: Context, jobs: &[String], out: &mut Lowered) {
    let id = context.environment.id.as_str();
    if jobs.is_empty() {
        return;
    }
    let (made, timeout) = (stages::made(context), format!("--timeout={PATIENCE}s"));
    out.teardown(TeardownStep {
        name: "stop".to_owned(),
        run: vec![stop(context), stages::lift(context)],
        sweep: Vec::new(),
        verify: vec![argv(&["kubectl", "get", "cronjobs", "--namespace", id, "--selector", &made, "--output", "name"])],
    });
    for (job, one) in jobs.iter().zip(&context.environment.shared.scoped) {
        let pods = format!("app.kubernetes.io/name={},app.kubernetes.io/component={COMPONENT}", one.name);
        out.teardown(TeardownStep {
            name: shared::step(one),
            run: vec![
                apply(),
                argv(&[
                    "kubectl",
                    "wait",
                    "--namespace",
                    id,
                    "--for=condition=Complete",
                    &format!("job/{job}"),
                    &timeout,
                ]),
            ],
            sweep: Vec::new(),
            // By a selector: without the namespace there is nothing to print, and no mistake either.
            verify: vec![argv(&["kubectl", "logs", "--namespace", id, "--selector", &pods, "--container", LEFT])],
        });
    }
}

/// Takes away whatever could make things on a server anew, and Jobs of an earlier teardown, which would not run again.
pub(super) fn stop(context: Context) -> Argv {
    let (id, made) = (context.environment.id.as_str(), stages::made(context));
    argv(&["kubectl", "delete", "cronjobs,jobs", "--namespace", id, "--selector", &made, "--cascade=foreground"])
}

/// Applies the file.
pub(super) fn apply() -> Argv {
    argv(&["kubectl", "apply", "--filename", FILE])
}

fn argv(words: &[&str]) -> Argv {
    words.iter().map(|word| (*word).to_owned()).collect()
}
