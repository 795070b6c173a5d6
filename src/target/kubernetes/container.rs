//! What a container needs beside its image: probes, resources, rights.

use std::borrow::Cow;

use super::expand;
use super::quantity::{Requests, limits};
use crate::document::{Doc, Map, list, map};
use crate::plan::{
    ConfigFile, Health, Image, Poll, Port, Process, ProcessKind, Size, Step, TOOLBOX_DIR, TOOLBOX_IMAGE, Variable,
    Volume, Word,
};

/// What a container that only waits may use: enough for a client such as psql or a small JVM-less tool.
const WAIT_SIZE: Size = Size { cpu_millis: 200, memory: 128 << 20 };
/// What copying the toolbox may use.
const TOOLBOX_SIZE: Size = Size { cpu_millis: 100, memory: 32 << 20 };
/// A user without a name or rights, for what previewc itself runs.
const NOBODY: u32 = 65534;
/// The volume that holds a process's storage, and the folder in it.
const DATA: &str = "data";
/// The name of the volume that holds the toolbox and the scratch folder.
pub(super) const TOOLBOX: &str = "toolbox";

/// One container before it is written down.
pub(super) struct Container<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) image: &'a str,
    pub(super) mutable: bool,
    /// Already escaped for the expansion.
    pub(super) command: Vec<Cow<'a, str>>,
    /// Already escaped for the expansion.
    pub(super) args: Vec<Cow<'a, str>>,
    pub(super) env: &'a [Variable],
    pub(super) files: &'a [ConfigFile],
    pub(super) ports: &'a [Port],
    pub(super) health: Option<&'a Health>,
    pub(super) user: Option<u32>,
    pub(super) capabilities: &'a [String],
    pub(super) size: Size,
    /// Mounts beside those of `files`.
    pub(super) mounts: Vec<Map<'a>>,
}

/// What a pod calls the volume of this place among a process's.
pub(super) fn data(index: usize) -> String {
    if index == 0 { DATA.to_owned() } else { format!("{DATA}-{}", index + 1) }
}

impl<'a> Container<'a> {
    fn new(name: impl Into<Cow<'a, str>>, image: &'a Image, size: Size) -> Self {
        Container {
            name: name.into(),
            image: &image.reference,
            mutable: image.mutable,
            command: Vec::new(),
            args: Vec::new(),
            env: &[],
            files: &[],
            ports: &[],
            health: None,
            user: None,
            capabilities: &[],
            size,
            mounts: Vec::new(),
        }
    }

    /// The container of a process.
    pub(super) fn process(process: &'a Process) -> Self {
        // A folder inside the volume: a fresh file system holds `lost+found`, which some servers refuse. Named by the
        // engine: another engine in its place would refuse what the first one left.
        let folder = match &process.kind {
            ProcessKind::Store { engine } => engine.as_str(),
            _ => DATA,
        };
        let mount = |(index, volume): (usize, &'a Volume)| map! { "name" => data(index), "mountPath" => volume.path.as_str(), "subPath" => folder };
        Container {
            command: process.command.iter().map(expand::word).collect(),
            args: process.args.iter().map(expand::word).collect(),
            env: &process.env,
            files: &process.files,
            ports: &process.ports,
            health: process.health.as_ref(),
            user: process.user,
            capabilities: &process.capabilities,
            mounts: process.volumes.iter().enumerate().map(mount).collect(),
            ..Container::new(process.name.as_str(), &process.image, process.size)
        }
    }

    /// The container of a command that runs before a process: like the process's own, but for what it runs.
    pub(super) fn before(process: &'a Process, index: usize, command: &'a [Word]) -> Self {
        Container {
            name: Cow::Owned(format!("init--{}", index + 1)),
            command: command.iter().map(expand::word).collect(),
            args: Vec::new(),
            ports: &[],
            health: None,
            ..Container::process(process)
        }
    }

    /// The container of a sequence's step.
    pub(super) fn step(step: &'a Step) -> Self {
        Container {
            command: step.command.iter().map(expand::word).collect(),
            env: &step.env,
            files: &step.files,
            user: step.user,
            mounts: vec![toolbox_mount()],
            ..Container::new(step.name.as_str(), &step.image, step.size)
        }
    }

    /// The container of a step that shares nothing with others.
    pub(super) fn alone(step: &'a Step) -> Self {
        Container { mounts: Vec::new(), ..Container::step(step) }
    }

    /// Copies the toolbox and makes the scratch folder, which every user may write to.
    pub(super) fn toolbox(scratch: &str) -> Self {
        let script = "cp /bin/busybox \"$1/busybox\" && mkdir -p \"$2\" && chmod 0777 \"$2\"";
        let command = ["sh", "-c", script, "toolbox", TOOLBOX_DIR, scratch];
        Container {
            name: Cow::Borrowed(TOOLBOX),
            image: TOOLBOX_IMAGE,
            mutable: false,
            command: command.iter().map(|word| Cow::Owned(expand::literal(word).into_owned())).collect(),
            args: Vec::new(),
            env: &[],
            files: &[],
            ports: &[],
            health: None,
            user: Some(NOBODY),
            capabilities: &[],
            size: TOOLBOX_SIZE,
            mounts: vec![toolbox_mount()],
        }
    }

    /// Waits until a poll's command ends with 0. What the command says is shown when it changes.
    pub(super) fn wait(name: String, poll: &'a Poll) -> Self {
        let script = "last=; until now=$(\"$@\" 2>&1); do \
            if [ \"$now\" != \"$last\" ]; then printf '%s\\n' \"$now\"; last=$now; fi; sleep 1; done";
        let mut command: Vec<Cow<str>> = vec!["sh".into(), "-c".into(), expand::literal(script).into_owned().into()];
        command.push(Cow::Owned(name.clone()));
        command.extend(poll.command.iter().map(|word| expand::literal(word)));
        let size = poll.size.unwrap_or(WAIT_SIZE);
        Container { command, env: &poll.env, user: poll.user, ..Container::new(name, &poll.image, size) }
    }
}

fn toolbox_mount() -> Map<'static> {
    map! { "name" => TOOLBOX, "mountPath" => TOOLBOX_DIR }
}

/// The ports of a container.
pub(super) fn ports(ports: &[Port]) -> Vec<Doc<'_>> {
    let port = |port: &'_ Port| port.number;
    ports.iter().map(|p| Doc::Map(map! { "name" => p.name.as_str(), "containerPort" => port(p) })).collect()
}

/// Limits are the size; see [`Requests::of`] for what is set aside.
pub(super) fn resources(size: Size) -> Map<'static> {
    map! { "requests" => Requests::of(size).doc(), "limits" => limits(size) }
}

/// Ten minutes to start: without a liveness probe nothing else ends a server that never serves.
pub(super) fn startup_probe(health: &Health) -> Map<'_> {
    match health {
        // A command may start a whole virtual machine.
        Health::Command(_) => check(health, 5, 20).with("failureThreshold", 120),
        _ => check(health, 2, 5).with("failureThreshold", 300),
    }
}

/// Takes the pod out of its Service while it does not serve; never restarts it.
pub(super) fn readiness_probe(health: &Health) -> Map<'_> {
    match health {
        Health::Command(_) => check(health, 10, 20),
        _ => check(health, 5, 5),
    }
    .with("failureThreshold", 3)
}

fn check(health: &Health, period: u32, timeout: u32) -> Map<'_> {
    let check = match health {
        Health::Http { port, path } => map! { "httpGet" => map! { "path" => path.as_str(), "port" => *port } },
        Health::Tcp { port } => map! { "tcpSocket" => map! { "port" => *port } },
        // A kubelet expands these words too, from the variables that stand inline.
        Health::Command(words) => {
            let words: Doc = words.iter().map(|word| expand::literal(word)).collect();
            map! { "exec" => map! { "command" => words } }
        }
    };
    check.with("periodSeconds", period).with("timeoutSeconds", timeout)
}

/// What a container may do. A known user other than root keeps only the capabilities that it names; images that start as
/// root need theirs to become somebody else.
pub(super) fn security(user: Option<u32>, capabilities: &[String]) -> Map<'_> {
    let add: Doc = capabilities.iter().collect();
    let mut out = Map::new();
    if let Some(user) = user {
        out.insert("runAsUser", user);
        out.insert("runAsGroup", user);
        if user != 0 {
            out.insert("runAsNonRoot", true);
        }
    }
    out.insert("allowPrivilegeEscalation", false);
    let kept = match user {
        Some(user) if user != 0 => map! { "drop" => list!["ALL"] },
        _ => Map::new(),
    };
    out.with_filled("capabilities", kept.with_filled("add", add))
}
