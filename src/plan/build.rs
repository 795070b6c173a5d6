//! From program and request to environment.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::context::Context;
use super::environment::{EnvId, Environment};
use super::finding::Finding;
use super::fork;
use super::gateway;
use super::hosts;
use super::import::Imports;
use super::overrides::Overrides;
use super::process::ProcessKind;
use super::profile::Profile;
use super::request::Request;
use super::vault::{Scope, Secrets};
use crate::diagnostics::{Diagnostic, codes};
use crate::resolve::{Body, EdgeKind, Program};

/// An environment, and what was found while it was planned. With an error among the findings it must not be lowered.
#[derive(Debug)]
pub struct Planned {
    /// The plan.
    pub environment: Environment,
    /// Findings by origin.
    pub findings: Vec<Finding>,
}

/// Decides everything about one pull request's environment in one target.
pub fn plan(program: &Program, request: &Request, profile: &Profile) -> Planned {
    let number = request.pull_request.number;
    let id = EnvId::new(&program.app, number);
    let (public, mut findings) = hosts::decide(program, number, profile);
    findings.extend(fork::check(program, request.pull_request.fork));
    let mut context = Context {
        program,
        request,
        profile,
        id: id.clone(),
        public,
        secrets: Secrets::default(),
        imports: Imports::default(),
        withholds: fork::withholds(program, request.pull_request.fork),
        stores: IndexMap::new(),
        starts: starts(program),
        findings,
        warned_commit: false,
        warned_contexts: BTreeSet::new(),
    };
    context.store_facts();
    let (mut stores, mut workloads, mut sequences) = (Vec::new(), Vec::new(), Vec::new());
    for name in &program.start_order {
        let Some(node) = program.nodes.get(name) else { continue };
        match &node.body {
            Body::Store(store) => {
                // Where somebody else runs a store's server it has no process, only what happens in it.
                if store.server.is_none() && store.branch.is_none() && context.managed_form(&node.name).is_none() {
                    stores.extend(context.store(node, store));
                }
                sequences.extend(context.sequence(node, store));
            }
            Body::Workload(workload) => workloads.push(context.workload(node, workload)),
            _ => {}
        }
    }
    if !profile.runs_crons {
        for process in workloads.iter().filter(|process| matches!(process.kind, ProcessKind::Cron { .. })) {
            context.find(
                Diagnostic::new(
                    codes::CRON_BY_HAND,
                    format!("nothing runs the cron `{}` by itself here", process.name),
                )
                .help("`cron.sh` in the bundle runs it, once or from the machine's own crontab"),
                process.origin,
                "",
            );
        }
    }
    let mut processes = stores;
    processes.append(&mut workloads);
    let access = context.access();
    if !context.public.hosts.routes.is_empty() {
        let secure = profile.scheme == "https";
        let idles = profile.sleeps && program.preview.as_ref().is_some_and(|preview| preview.idle.is_some());
        let door = gateway::Door { hosts: &context.public.hosts, access: &access, secure, idles };
        let gateway = gateway::process(gateway::name(program), &door, &|process| context.host(process));
        processes.push(gateway);
    }
    let frontends = context.frontends();
    let absent = context.withhold(&mut processes, &mut sequences);
    let shared = context.shared();
    let managed = context.managed();
    let branches = context.branches();
    let steps = sequences.iter_mut().flat_map(|sequence| &mut sequence.steps).map(|step| &mut step.env);
    let part = context.part(processes.iter_mut().map(|process| &mut process.env).chain(steps).flatten());
    let Context { public, secrets, mut imports, findings, .. } = context;
    let processes_env = processes.iter().flat_map(|process| &process.env);
    let steps = sequences.iter().flat_map(|sequence| &sequence.steps);
    let polls = sequences.iter().map(|sequence| &sequence.done);
    let removals = shared.scoped.iter().flat_map(|one| [&one.drop, &one.left]);
    let read = processes_env
        .chain(steps.chain(removals).flat_map(|step| &step.env))
        .chain(polls.flat_map(|poll| &poll.env))
        .filter_map(|variable| variable.value.imported())
        .collect();
    imports.keep(&read);
    let environment = Environment {
        id: id.clone(),
        app: program.app.clone(),
        scope: Scope {
            repository: request.pull_request.repository.clone(),
            environment: id.to_string(),
            epoch: request.epoch,
        },
        pull_request: request.pull_request.clone(),
        target: profile.target,
        cloud: profile.cloud.clone(),
        url: public.url,
        urls: public.urls,
        published: public.port,
        hosts: public.hosts,
        access,
        processes,
        frontends,
        sequences,
        overrides: Overrides::of(&program.overrides, profile.target),
        branches,
        shared,
        managed,
        part,
        secrets,
        imports,
        absent,
        fingerprint: request.fingerprint.clone(),
    };
    Planned { environment, findings }
}

fn starts(program: &Program) -> BTreeMap<&str, Vec<&str>> {
    let mut starts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for edge in program.edges.iter().filter(|edge| edge.kind == EdgeKind::Start) {
        starts.entry(&edge.from).or_default().push(&edge.to);
    }
    starts
}
