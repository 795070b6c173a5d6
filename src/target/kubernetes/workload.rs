//! Processes: Deployments, StatefulSets and CronJobs, with their Services and storage.

use super::container::{self, Container};
use super::object::{Item, selector};
use super::pod::{Pod, Template};
use super::quota::Load;
use super::{Context, expand, quantity};
use crate::artifact::{Finding, Lowered, StageName};
use crate::diagnostics::{Diagnostic, codes};
use crate::document::{Doc, Map, list, map};
use crate::plan::{Health, Poll, Process, ProcessKind, Variable, WaitOn, Word};
use crate::resolve::Origin;
use crate::target::capabilities::BASELINE;
use crate::target::strings::{LONGEST_STRING, too_long};

/// How long a rollout may take in seconds; waiting for a long migration is part of it.
const ROLLOUT: u32 = 3600;
/// What has no health to ask for must run for so many seconds to count as ready: one that ends at once would be taken for up.
const SETTLED: u32 = 5;
/// A cron that missed its time by more seconds than this waits for the next.
const CRON_LATE: u32 = 300;

/// Everything that a process needs, in the order of applying.
pub(super) fn items<'a>(context: Context<'a>, process: &'a Process, load: &mut Load) -> Vec<Item<'a>> {
    let component = component(process);
    let stage = stage(process);
    let item = |api, kind| Item::new(api, kind, &process.name, stage).of(&process.name, component, process.origin);
    let template = template(context, process, component);
    load.sizes(&template.sizes);
    let mut out = Vec::new();

    if !process.ports.is_empty() && !matches!(process.kind, ProcessKind::Cron { .. }) {
        load.services += 1;
        out.push(item("v1", "Service").with("spec", service(context, process)));
    }
    for volume in &process.volumes {
        // A claim of its own and not one of the StatefulSet's templates: those can never change, this can grow.
        let spec = map! { "accessModes" => list!["ReadWriteOnce"] }
            .with_some("storageClassName", context.settings.storage_class.as_deref())
            .with("resources", map! { "requests" => map! { "storage" => quantity::bytes(volume.bytes) } });
        let claim = Item::new("v1", "PersistentVolumeClaim", &volume.name, StageName::Data);
        out.push(claim.of(&process.name, component, process.origin).with("spec", spec));
    }
    out.push(match &process.kind {
        ProcessKind::Store { .. } => {
            load.pods(1, template.requests);
            item("apps/v1", "StatefulSet").with("spec", stateful_set(context, process, template.doc))
        }
        ProcessKind::Cron { schedule } => {
            load.pods(1, template.requests);
            item("batch/v1", "CronJob").with("spec", cron_job(schedule, template.doc))
        }
        _ => {
            // While a rollout runs, one new pod is there beside the old ones.
            load.pods(u64::from(process.replicas) + 1, template.requests);
            item("apps/v1", "Deployment").with("spec", deployment(context, process, template.doc))
        }
    });
    out.extend(template.items);
    out
}

/// Finds what the namespace or Linux would refuse.
pub(super) fn check(context: Context, process: &Process, out: &mut Lowered) {
    let words = process.command.iter().chain(&process.args).chain(process.init.iter().flatten());
    check_strings(context, &process.name, words, &process.env, process.origin, out);
    if let Some(Health::Command(words)) = &process.health
        && words.iter().any(|word| !expand::passes_kustomize(word))
    {
        out.finding(not_carried(format!("the health check of `{}`", process.name), process.origin));
    }
    for capability in process.capabilities.iter().filter(|c| !BASELINE.contains(&c.as_str())) {
        let message =
            format!("`{}` needs the capability {capability}, which a preview's namespace refuses", process.name);
        out.finding(Finding {
            diagnostic: Diagnostic::new(codes::CAPABILITY_REFUSED, message)
                .help(format!("allowed are: {}", BASELINE.join(" "))),
            origin: process.origin,
            label: format!("needs {capability}"),
        });
    }
}

/// Finds annotations that would arrive as something else.
pub(super) fn check_annotations(context: Context, out: &mut Lowered) {
    for (name, value) in &context.settings.annotations {
        if !expand::passes_kustomize(value) {
            out.finding(not_carried(format!("the annotation `{name}`"), context.settings.origins.annotations));
        }
    }
}

fn not_carried(what: String, origin: Origin) -> Finding {
    let message = format!("{what} holds a control character that `kubectl apply -k` would change");
    Finding {
        diagnostic: Diagnostic::new(codes::CHARACTER_NOT_CARRIED, message)
            .help("keep such text in `env` or in a file of the image"),
        origin,
        label: String::new(),
    }
}

/// Finds arguments and variables that no program can be given.
pub(super) fn check_strings<'w>(
    context: Context,
    name: &str,
    words: impl Iterator<Item = &'w Word>,
    env: &[Variable],
    origin: Origin,
    out: &mut Lowered,
) {
    for word in words {
        if let Word::Text(text) = word
            && text.len() >= LONGEST_STRING
        {
            out.finding(too_long(format!("an argument of `{name}`"), origin));
        }
    }
    for variable in env {
        let length = match variable.value.plain() {
            Some(text) => text.len(),
            None => variable.value.reveal(context.vault).len(),
        };
        if variable.name.len() + length + 2 > LONGEST_STRING {
            out.finding(too_long(format!("`{}` of `{name}`", variable.name), variable.origin));
        }
    }
}

/// The stage of a process: stores come before what uses them.
pub(super) fn stage(process: &Process) -> StageName {
    match process.kind {
        ProcessKind::Store { .. } => StageName::Data,
        _ => StageName::Services,
    }
}

/// What `kubectl rollout status` follows; nothing for a cron.
pub(super) fn rollout(process: &Process) -> Option<String> {
    match process.kind {
        ProcessKind::Store { .. } => Some(format!("statefulset/{}", process.name)),
        ProcessKind::Cron { .. } => None,
        _ => Some(format!("deployment/{}", process.name)),
    }
}

fn component(process: &Process) -> &'static str {
    match process.kind {
        ProcessKind::Service => "service",
        ProcessKind::Worker => "worker",
        ProcessKind::Cron { .. } => "cron",
        ProcessKind::Store { .. } => "store",
        ProcessKind::Gateway => "gateway",
    }
}

fn template<'a>(context: Context<'a>, process: &'a Process, component: &'static str) -> Template<'a> {
    let mut pod = Pod::new(context, &process.name, component, process.origin);
    for (name, poll) in waits(context, process) {
        // No node's name holds `--`, so this is not the process's own container.
        pod.init(Container::wait(format!("wait--{name}"), poll));
    }
    for (index, command) in process.init.iter().enumerate() {
        pod.before(Container::before(process, index, command));
    }
    pod.main(Container::process(process));
    for (index, volume) in process.volumes.iter().enumerate() {
        let claim = map! { "claimName" => &volume.name };
        pod.volume(map! { "name" => container::data(index), "persistentVolumeClaim" => claim });
        pod.fs_group(process.user.filter(|user| *user != 0));
    }
    let mut spec = map! { "terminationGracePeriodSeconds" => process.stop_seconds };
    if process.own_name {
        // Its Service leads to it only once it is ready, which it may never be without reaching itself.
        let itself = map! { "ip" => "127.0.0.1", "hostnames" => list![&process.name] };
        spec.insert("hostAliases", list![itself]);
    }
    pod.finish(match process.kind {
        ProcessKind::Cron { .. } => spec.with("restartPolicy", "Never"),
        _ => spec,
    })
}

/// What a process waits for. Who waits for a store's sequence need not wait for the store as well.
fn waits<'a>(context: Context<'a>, process: &'a Process) -> Vec<(&'a str, &'a Poll)> {
    let prepared = |store: &str| {
        process.waits.iter().any(|wait| match wait {
            WaitOn::Sequence(name) => context.index.sequence(name).is_some_and(|s| s.store == store),
            WaitOn::Process(_) => false,
        })
    };
    let poll = |wait: &'a WaitOn| match wait {
        WaitOn::Process(name) if prepared(name) => None,
        WaitOn::Process(name) => Some((name.as_str(), context.index.process(name)?.ready.as_ref()?)),
        WaitOn::Sequence(name) => Some((name.as_str(), &context.index.sequence(name)?.done)),
    };
    process.waits.iter().filter_map(poll).collect()
}

fn service<'a>(context: Context<'a>, process: &'a Process) -> Map<'a> {
    let ports: Doc = process
        .ports
        .iter()
        .map(|port| map! { "name" => port.name.as_str(), "port" => port.number, "targetPort" => port.number })
        .collect();
    map! { "selector" => selector(context.environment, &process.name), "ports" => ports }
}

fn deployment<'a>(context: Context<'a>, process: &'a Process, template: Map<'a>) -> Map<'a> {
    let rolling = map! { "maxSurge" => 1, "maxUnavailable" => 0 };
    let strategy = if process.volumes.is_empty() {
        map! { "type" => "RollingUpdate", "rollingUpdate" => rolling }
    } else {
        // Its storage can be mounted once: the new pod would wait for the old one, and the old one for the new.
        map! { "type" => "Recreate" }
    };
    map! {
        "replicas" => process.replicas,
        "revisionHistoryLimit" => 2,
        "progressDeadlineSeconds" => ROLLOUT,
    }
    .with_some("minReadySeconds", process.health.is_none().then_some(SETTLED))
    .with("strategy", strategy)
    .with("selector", map! { "matchLabels" => selector(context.environment, &process.name) })
    .with("template", template)
}

fn stateful_set<'a>(context: Context<'a>, process: &'a Process, template: Map<'a>) -> Map<'a> {
    map! {
        "replicas" => process.replicas,
        "revisionHistoryLimit" => 2,
        "serviceName" => &process.name,
        // With the default a pod that never became ready is not replaced by the one that would.
        "podManagementPolicy" => "Parallel",
        "selector" => map! { "matchLabels" => selector(context.environment, &process.name) },
        "template" => template,
    }
}

fn cron_job<'a>(schedule: &'a str, template: Map<'a>) -> Map<'a> {
    // No second try: what a clock runs is not known to be safe to repeat.
    let job = map! { "backoffLimit" => 0, "template" => template };
    map! {
        "schedule" => schedule,
        "timeZone" => "Etc/UTC",
        "concurrencyPolicy" => "Forbid",
        "startingDeadlineSeconds" => CRON_LATE,
        "successfulJobsHistoryLimit" => 1,
        "failedJobsHistoryLimit" => 1,
        "jobTemplate" => map! { "spec" => job },
    }
}
