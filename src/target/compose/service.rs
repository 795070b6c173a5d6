//! One container as one service.

use super::{door, file::Project, images, imports, limits};
use crate::artifact::{Finding, Lowered, Mode};
use crate::diagnostics::{Diagnostic, codes};
use crate::document::{Doc, Map, dotenv, list, map};
use crate::plan::{Environment, ProcessKind, Vault};
use crate::target::engine::command::Words;
use crate::target::engine::health::Check;
use crate::target::engine::labels::{self, Labels};
use crate::target::engine::{Condition, Container, Kind, Mount};
use crate::target::strings::{LONGEST_STRING, too_long};

/// The profile that keeps crons out of plain `up`.
pub const CRON_PROFILE: &str = "cron";

/// Writes a container down.
pub fn of<'a>(project: &Project<'a>, container: &Container<'a>, vault: &Vault, out: &mut Lowered) -> Map<'a> {
    let environment = project.environment;
    let mut service = Map::new();
    project.builders.add(&mut service, container, project.settings, environment);
    if let Kind::OnDemand { .. } = container.kind {
        service.insert("profiles", list![CRON_PROFILE]);
    }
    if container.is_host {
        service.insert("hostname", container.name.clone());
    }
    vectors(&mut service, container);
    variables(&mut service, "", container, environment, vault, out);
    let mut labels = labels_of(labels::of_container(environment, container.files));
    if let Kind::LongLived { process } = container.kind
        && process.kind == ProcessKind::Gateway
    {
        labels.insert(labels::GATEWAY, "true");
        door::add(&mut service, &mut labels, process, environment, project.settings);
    }
    let mut mounts: Vec<Map<'a>> = container.mounts.iter().map(|mount| of_mount(project, mount)).collect();
    files(&mut mounts, container, out);
    if !mounts.is_empty() {
        service.insert("volumes", mounts);
    }
    if let Some(scratch) = container.scratch {
        service.insert("tmpfs", list![scratch]);
    }
    if !container.waits.is_empty() {
        let waits =
            container.waits.iter().map(|(name, condition)| (name.clone().into_owned(), of_condition(*condition)));
        service.insert("depends_on", waits.collect::<Map<'_>>());
    }
    if let Some(health) = &container.health {
        service.insert("healthcheck", of_check(health));
    }
    match container.kind {
        Kind::LongLived { process } => {
            service.insert("restart", "unless-stopped");
            service.insert("stop_grace_period", format!("{}s", process.stop_seconds));
            if process.replicas != 1 {
                service.insert("deploy", map! { "replicas" => process.replicas });
            }
        }
        Kind::OneShot { .. } => service.insert("restart", "no"),
        Kind::OnDemand { .. } => {}
    }
    limits::add(&mut service, container.size);
    confine(&mut service, container);
    service.insert("labels", labels);
    service
}

/// Labels as a mapping.
pub fn labels_of(labels: Labels) -> Map<'static> {
    labels.into_iter().collect()
}

fn of_condition(condition: Condition) -> Map<'static> {
    let word = match condition {
        Condition::Started => "service_started",
        Condition::Healthy => "service_healthy",
        Condition::Completed => "service_completed_successfully",
    };
    map! { "condition" => word }
}

fn of_check<'a>(check: &Check<'a>) -> Map<'a> {
    let mut test = vec![Doc::from("CMD")];
    test.extend(check.test.iter().cloned().map(Doc::from));
    map! {
        "test" => Doc::List(test),
        "interval" => format!("{}s", check.interval),
        "timeout" => format!("{}s", check.timeout),
        "retries" => check.retries,
        "start_period" => format!("{}s", check.start_period),
    }
}

fn of_mount<'a>(project: &Project<'a>, mount: &Mount<'a>) -> Map<'a> {
    match mount {
        Mount::Volume { key, target, read_only } => {
            let mount = map! { "type" => "volume", "source" => key.clone(), "target" => target.clone() };
            if *read_only { mount.with("read_only", true) } else { mount }
        }
        Mount::Source { path, target } => bound(images::joined(&project.settings.build_root, path), target),
    }
}

/// A file that is there already, read-only.
fn bound<'a>(source: String, target: &'a str) -> Map<'a> {
    map! {
        "type" => "bind",
        "source" => source,
        "target" => target,
        "read_only" => true,
        "bind" => map! { "create_host_path" => false },
    }
}

/// Adds `entrypoint` and `command`.
pub fn vectors<'a>(service: &mut Map<'a>, container: &Container<'a>) {
    let words = |words: &Words<'a>| words.iter().cloned().map(Doc::from).collect::<Doc<'a>>();
    if let Some(entrypoint) = &container.entrypoint {
        service.insert("entrypoint", words(entrypoint));
    }
    if let Some(command) = &container.command {
        service.insert("command", words(command));
    }
}

/// Adds `environment` for what is known, an `env_file` of mode 0600 for what holds a secret, and another one for what is
/// fetched when the bundle is applied. `folder` is where the Compose file lies in the bundle, with `/` at its end, or nothing.
pub fn variables<'a>(
    service: &mut Map<'a>,
    folder: &str,
    container: &Container<'a>,
    environment: &Environment,
    vault: &Vault,
    out: &mut Lowered,
) {
    let name = &container.name;
    let mut plain = Map::new();
    let mut secret = String::new();
    for variable in container.env.iter().filter(|variable| variable.value.imported().is_none()) {
        let value = variable.value.reveal(vault);
        if variable.name.len() + value.len() + 2 > LONGEST_STRING {
            out.finding(too_long(format!("`{}` of `{name}`", variable.name), variable.origin));
        } else if !variable.value.is_tainted() {
            plain.insert(variable.name.clone(), value);
        } else if let Err(refused) = dotenv::write(&mut secret, &variable.name, &value) {
            out.finding(Finding {
                diagnostic: Diagnostic::new(codes::VARIABLE_NOT_CARRIED, refused.to_string())
                    .help("give the variable a name of letters, digits and `_`, and a value without NUL"),
                origin: variable.origin,
                label: format!("a variable of `{name}`"),
            });
        }
    }
    if !plain.is_empty() {
        service.insert("environment", plain);
    }
    let mut files = Vec::new();
    if !secret.is_empty() {
        let path = format!("secrets/{name}.env");
        files.push(Doc::from(format!("./{path}")));
        out.file(format!("{folder}{path}"), secret, Mode::Private);
    }
    if container.env.iter().any(|variable| variable.value.imported().is_some()) {
        let up = if folder.is_empty() { "" } else { "../" };
        files.push(Doc::from(format!("{up}{}", imports::env_file(environment, name))));
    }
    if !files.is_empty() {
        service.insert("env_file", files);
    }
}

/// Adds the files, each mounted read-only.
fn files<'a>(mounts: &mut Vec<Map<'a>>, container: &Container<'a>, out: &mut Lowered) {
    for file in container.files {
        let path = container.path_of(file);
        mounts.push(bound(format!("./{path}"), &file.path));
        out.file(path, file.contents.clone(), Mode::Public);
    }
}

/// Adds the user, and takes away what a container of a known user does not need. An image that starts as root may need
/// its capabilities to become somebody else.
pub fn confine<'a>(service: &mut Map<'a>, container: &Container<'a>) {
    if let Some(user) = container.user {
        service.insert("user", user.to_string());
        service.insert("cap_drop", list!["ALL"]);
        if !container.capabilities.is_empty() {
            service.insert("cap_add", container.capabilities.iter().cloned().map(Doc::from).collect::<Doc<'_>>());
        }
    }
    service.insert("security_opt", list!["no-new-privileges:true"]);
}
