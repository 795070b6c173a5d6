//! Services, workers and crons as processes.

use super::context::{Context, DEFAULT_SIZE};
use super::names::{LABEL_LIMIT, fit};
use super::process::{ConfigFile, Health, Image, Port, Process, ProcessKind, Size, Volume, WaitOn};
use super::sequence::{Poll, TOOLBOX_IMAGE};
use crate::resolve::{self, MountedFile, Node, Section, Workload};
use crate::source::Digest;

impl Context<'_> {
    /// The process of a workload.
    pub(super) fn workload(&mut self, node: &Node, workload: &Workload) -> Process {
        let mut env = self.variables(&workload.uses, None, &workload.env);
        let command = self.words(&workload.command, &mut env);
        let args = self.words(&workload.args, &mut env);
        let init = workload.init.iter().map(|command| self.words(command, &mut env)).collect();
        env.sort_by(|a, b| a.name.cmp(&b.name));
        let health = self.health(workload);
        let ports = ports(workload, health.as_ref());
        let ready = ports.first().map(|port| reach(&self.host(&node.name), port.number));
        let kind = match (node.section, &workload.schedule) {
            (Section::Crons, Some(schedule)) => ProcessKind::Cron { schedule: schedule.clone() },
            (Section::Workers, _) => ProcessKind::Worker,
            _ => ProcessKind::Service,
        };
        Process {
            name: node.name.clone(),
            origin: node.origin,
            kind,
            image: self.image(&node.name, &workload.image, node.origin),
            command,
            args,
            env,
            ports,
            health,
            ready,
            waits: self.waits(&node.name),
            size: self.size_of(workload.size),
            replicas: workload.replicas,
            user: workload.user,
            capabilities: Vec::new(),
            files: self.files(workload),
            volumes: volumes(&node.name, workload),
            init,
            own_name: false,
            stop_seconds: 15,
        }
    }

    /// The files that a workload finds.
    fn files(&mut self, workload: &Workload) -> Vec<ConfigFile> {
        let mut files = Vec::with_capacity(workload.files.len());
        for (path, content) in &workload.files {
            let contents = match content {
                MountedFile::Bytes(bytes) => Some(bytes.clone()),
                MountedFile::Text(text) => self.plain(text, "a file").map(String::into_bytes),
            };
            files.extend(contents.map(|contents| ConfigFile { path: path.clone(), contents }));
        }
        files
    }

    /// A stated size, or the default.
    pub(super) fn size_of(&self, stated: Option<(u32, u64)>) -> Size {
        let stated = stated.or(self.program.size);
        stated.map_or(DEFAULT_SIZE, |(cpu_millis, memory)| Size { cpu_millis, memory })
    }

    /// What a workload starts after: each store's sequence, or the store itself; other workloads where they can be asked.
    fn waits(&self, name: &str) -> Vec<WaitOn> {
        let mut waits = Vec::new();
        for to in self.starts.get(name).into_iter().flatten().copied() {
            let wait = match self.stores.get(to).and_then(|facts| facts.sequence.as_ref()) {
                Some(sequence) => WaitOn::Sequence(sequence.clone()),
                None => WaitOn::Process(to.to_owned()),
            };
            let known = match self.program.nodes.get(to).map(|node| &node.body) {
                // Where its stages come to the processes, a branch without a migration is there.
                Some(resolve::Body::Store(store)) => {
                    let elsewhere = store.branch.is_some() || self.managed_form(to).is_some();
                    !elsewhere || matches!(wait, WaitOn::Sequence(_))
                }
                body => matches!(body, Some(resolve::Body::Workload(_))),
            };
            if known && !waits.contains(&wait) {
                waits.push(wait);
            }
        }
        waits
    }

    /// Stated health, else that the main port accepts connections.
    fn health(&mut self, workload: &Workload) -> Option<Health> {
        let main = workload.ports.first().map(|(_, number)| *number);
        match &workload.health {
            Some(resolve::Health::Http { port, path }) => Some(Health::Http { port: *port, path: path.clone() }),
            Some(resolve::Health::Tcp(port)) => Some(Health::Tcp { port: *port }),
            Some(resolve::Health::Command(texts)) => {
                let words: Option<Vec<String>> =
                    texts.iter().map(|text| self.plain(text, "a health check's command")).collect();
                words.map(Health::Command)
            }
            None => main.map(|port| Health::Tcp { port }),
        }
    }
}

/// The ports that others may reach: those of the manifest, else the one that health is asked at.
fn ports(workload: &Workload, health: Option<&Health>) -> Vec<Port> {
    let stated = workload.ports.iter().map(|(name, number)| Port { name: name.clone(), number: *number });
    let asked = match health {
        Some(Health::Http { port, .. } | Health::Tcp { port }) if workload.ports.is_empty() => Some(*port),
        _ => None,
    };
    stated.chain(asked.map(|number| Port { name: "health".to_owned(), number })).collect()
}

/// How others see that a workload serves: a connection to its name leads to what is healthy, and to nothing else.
fn reach(host: &str, port: u16) -> Poll {
    Poll {
        image: Image::given(TOOLBOX_IMAGE),
        // busybox's nc has no -z everywhere: `-e true` ends with 0 as soon as the connection stands.
        command: ["nc", "-w", "5", host, &port.to_string(), "-e", "true"].map(str::to_owned).to_vec(),
        env: Vec::new(),
        user: Some(65532),
        size: None,
    }
}

/// The storage of a workload. Its name comes from the path alone, so that none takes another's when one is added: a path of
/// small letters and digits can be read in it, every other one has a hash in it.
fn volumes(node: &str, workload: &Workload) -> Vec<Volume> {
    let name = |path: &str| {
        let plain = path.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '/');
        let slug = path.trim_start_matches('/').replace('/', "-");
        let slug = if plain { slug } else { format!("x{}", Digest::of(path.as_bytes()).short(8)) };
        fit(&format!("{node}--{slug}"), LABEL_LIMIT)
    };
    let volume = |(path, bytes): &(String, u64)| Volume { name: name(path), path: path.clone(), bytes: *bytes };
    workload.volumes.iter().map(volume).collect()
}
