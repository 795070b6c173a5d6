//! One process as one service.

use super::file::Project;
use super::{command, door, health, imports, init, labels, limits};
use crate::artifact::{Finding, Lowered, Mode};
use crate::diagnostics::{Diagnostic, codes};
use crate::document::{Doc, Map, dotenv, list, map};
use crate::plan::{ConfigFile, Environment, Process, ProcessKind, TOOLBOX_DIR, Variable, Vault, Volume, WaitOn, Word};
use crate::resolve::Origin;
use crate::source::Digest;
use crate::target::strings::{LONGEST_STRING, too_long};

/// The profile that keeps crons out of plain `up`.
pub const CRON_PROFILE: &str = "cron";

/// Writes a process down.
pub fn of_process<'a>(project: &Project<'a>, process: &'a Process, vault: &Vault, out: &mut Lowered) -> Map<'a> {
    let mut service = Map::new();
    let is_store = matches!(process.kind, ProcessKind::Store { .. });
    let is_cron = matches!(process.kind, ProcessKind::Cron { .. });
    project.builders.add(&mut service, &process.name, &process.image, project.settings, project.environment);
    if is_cron {
        service.insert("profiles", list![CRON_PROFILE]);
    }
    if is_store {
        // A broker names its data after its host: another name, and its queues are gone.
        service.insert("hostname", &process.name);
    }
    let mut needs_toolbox = process.health.as_ref().is_some_and(health::needs_toolbox);
    needs_toolbox |= vectors(&mut service, &process.name, &process.command, &process.args, process.origin, out);
    let awaits_toolbox = needs_toolbox || is_store || owned(process).next().is_some();
    variables(&mut service, "", &process.name, &process.env, project.environment, vault, out);
    let mut labels = labels::belonging(project.environment);
    if process.kind == ProcessKind::Gateway {
        door::add(&mut service, &mut labels, process, project.environment, project.settings);
    }

    let mut mounts = Vec::new();
    storage(&mut mounts, process);
    if needs_toolbox {
        mounts.push(project.toolbox_mount().with("read_only", true));
    }
    files(&mut mounts, &mut labels, &process.name, &process.files, out);
    if !mounts.is_empty() {
        service.insert("volumes", mounts);
    }

    let mut waits = Map::new();
    // The toolbox also refuses another key than the one that kept data was made with.
    if awaits_toolbox {
        waits.insert(project.toolbox.clone(), completed());
    }
    add_waits(&mut waits, project, process);
    if let Some(last) = init::last(process) {
        waits.insert(last, completed());
    }
    if project.is_last(process) {
        for sequence in project.unawaited() {
            waits.insert(sequence, completed());
        }
    }
    if !waits.is_empty() {
        service.insert("depends_on", waits);
    }
    if let Some(health) = &process.health {
        service.insert("healthcheck", health::check(health));
    }
    if !is_cron {
        service.insert("restart", "unless-stopped");
        service.insert("stop_grace_period", format!("{}s", process.stop_seconds));
    }
    if process.replicas != 1 && !is_cron {
        service.insert("deploy", map! { "replicas" => process.replicas });
    }
    limits::add(&mut service, process.size);
    confine(&mut service, process.user, &process.capabilities);
    service.insert("labels", labels);
    service
}

/// The storage of a workload that a stated user is to write to, with that user: an engine makes it root's where the image has no
/// folder in its place, and the toolbox hands it over.
pub fn owned(process: &Process) -> impl Iterator<Item = (&Volume, u32)> {
    let is_store = matches!(process.kind, ProcessKind::Store { .. });
    let user = process.user.filter(|user| *user != 0 && !is_store);
    process.volumes.iter().filter_map(move |volume| Some((volume, user?)))
}

/// The mounts of what outlives the container.
pub fn storage<'a>(mounts: &mut Vec<Map<'a>>, process: &'a Process) {
    let mount = |volume: &'a Volume| map! { "type" => "volume", "source" => &volume.name, "target" => &volume.path };
    mounts.extend(process.volumes.iter().map(mount));
}

/// Adds what a process starts after, with its condition.
pub fn add_waits<'a>(waits: &mut Map<'a>, project: &Project<'a>, process: &'a Process) {
    for wait in &process.waits {
        match wait {
            WaitOn::Process(name) => waits.insert(name, project.serving(name)),
            WaitOn::Sequence(name) => waits.insert(name, completed()),
        }
    }
}

/// `service_completed_successfully`
pub fn completed() -> Map<'static> {
    map! { "condition" => "service_completed_successfully" }
}

/// Adds `entrypoint` and `command`; says whether they run a program of the toolbox.
pub fn vectors<'a>(
    service: &mut Map<'a>,
    name: &str,
    command: &'a [Word],
    args: &'a [Word],
    origin: Origin,
    out: &mut Lowered,
) -> bool {
    for word in command.iter().chain(args) {
        if let Word::Text(text) = word
            && text.len() >= LONGEST_STRING
        {
            out.finding(too_long(format!("an argument of `{name}`"), origin));
        }
    }
    match command::vectors(command, args) {
        Ok(found) => {
            if let Some(entrypoint) = found.entrypoint {
                service.insert("entrypoint", entrypoint);
            }
            if let Some(command) = found.command {
                service.insert("command", command);
            }
            found.needs_toolbox
        }
        Err(command::UnknownEntrypoint) => {
            out.finding(Finding {
                diagnostic: Diagnostic::new(
                    codes::SECRET_ARGUMENT,
                    format!("an argument of `{name}` holds a secret, and the image's own entrypoint would receive it"),
                )
                .help(
                    "write the program too, as `command: [program, argument, …]`, or let it read an entry of `env` \
                     that holds the same",
                ),
                origin,
                label: "has `args` but no `command`".to_owned(),
            });
            false
        }
    }
}

/// Adds `environment` for what is known, an `env_file` of mode 0600 for what holds a secret, and another one for what is
/// fetched when the bundle is applied. `folder` is where the Compose file lies in the bundle, with `/` at its end, or nothing.
pub fn variables<'a>(
    service: &mut Map<'a>,
    folder: &str,
    name: &str,
    variables: &'a [Variable],
    environment: &Environment,
    vault: &Vault,
    out: &mut Lowered,
) {
    let mut plain = Map::new();
    let mut secret = String::new();
    for variable in variables.iter().filter(|variable| variable.value.imported().is_none()) {
        let value = variable.value.reveal(vault);
        if variable.name.len() + value.len() + 2 > LONGEST_STRING {
            out.finding(too_long(format!("`{}` of `{name}`", variable.name), variable.origin));
        } else if !variable.value.is_tainted() {
            plain.insert(&variable.name, value);
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
    if variables.iter().any(|variable| variable.value.imported().is_some()) {
        let up = if folder.is_empty() { "" } else { "../" };
        files.push(Doc::from(format!("{up}{}", imports::env_file(environment, name))));
    }
    if !files.is_empty() {
        service.insert("env_file", files);
    }
}

/// Adds the files, each mounted read-only; a digest among the labels replaces the container when one changes.
pub fn files<'a>(
    mounts: &mut Vec<Map<'a>>,
    labels: &mut Map<'a>,
    name: &str,
    files: &'a [ConfigFile],
    out: &mut Lowered,
) {
    for file in files {
        let path = format!("files/{name}/{}", file.path.trim_start_matches('/'));
        mounts.push(map! {
            "type" => "bind",
            "source" => format!("./{path}"),
            "target" => &file.path,
            "read_only" => true,
            "bind" => map! { "create_host_path" => false },
        });
        out.file(path, file.contents.clone(), Mode::Public);
    }
    if !files.is_empty() {
        let contents = files.iter().flat_map(|file| [file.path.as_bytes(), &file.contents]);
        labels.insert(labels::FILES, Digest::of_list(contents).short(16));
    }
}

/// Adds the user, and takes away what a container of a known user does not need. An image that starts as root may need
/// its capabilities to become somebody else.
pub fn confine<'a>(service: &mut Map<'a>, user: Option<u32>, capabilities: &'a [String]) {
    if let Some(user) = user {
        service.insert("user", user.to_string());
        service.insert("cap_drop", list!["ALL"]);
        if !capabilities.is_empty() {
            service.insert("cap_add", capabilities.iter().map(Doc::from).collect::<Doc<'_>>());
        }
    }
    service.insert("security_opt", list!["no-new-privileges:true"]);
}

/// Mounts go below this folder; [`TOOLBOX_DIR`] is where the toolbox lies in every container.
pub fn toolbox_mount<'a>(toolbox: &str) -> Map<'a> {
    map! { "type" => "volume", "source" => toolbox.to_owned(), "target" => TOOLBOX_DIR }
}
