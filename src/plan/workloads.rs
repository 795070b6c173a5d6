//! Services, workers and crons as processes.

use super::context::{Context, DEFAULT_SIZE};
use super::process::Image;
use super::process::{Health, Port, Process, ProcessKind, Size, WaitOn};
use super::sequence::{Poll, TOOLBOX_IMAGE};
use crate::resolve::{self, Node, Section, Workload};

impl Context<'_> {
    /// The process of a workload.
    pub(super) fn workload(&mut self, node: &Node, workload: &Workload) -> Process {
        let mut env = self.variables(&workload.uses, None, &workload.env);
        let command = self.words(&workload.command, &mut env);
        let args = self.words(&workload.args, &mut env);
        env.sort_by(|a, b| a.name.cmp(&b.name));
        let health = self.health(workload);
        let ports = ports(workload, health.as_ref());
        let ready = ports.first().map(|port| reach(&node.name, port.number));
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
            size: size_of(workload.size),
            replicas: workload.replicas,
            user: workload.user,
            capabilities: Vec::new(),
            files: Vec::new(),
            volume: None,
            own_name: false,
            stop_seconds: 15,
        }
    }

    /// What a workload starts after: each store's sequence, or the store itself; other workloads where they can be asked.
    fn waits(&self, name: &str) -> Vec<WaitOn> {
        let mut waits = Vec::new();
        for to in self.starts.get(name).into_iter().flatten().copied() {
            let wait = match self.stores.get(to).and_then(|facts| facts.sequence.as_ref()) {
                Some(sequence) => WaitOn::Sequence(sequence.clone()),
                None => WaitOn::Process(to.to_owned()),
            };
            let known = matches!(
                self.program.nodes.get(to).map(|node| &node.body),
                Some(resolve::Body::Store(_) | resolve::Body::Workload(_))
            );
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
fn reach(name: &str, port: u16) -> Poll {
    Poll {
        image: Image::given(TOOLBOX_IMAGE),
        // busybox's nc has no -z everywhere: `-e true` ends with 0 as soon as the connection stands.
        command: ["nc", "-w", "5", name, &port.to_string(), "-e", "true"].map(str::to_owned).to_vec(),
        env: Vec::new(),
        user: Some(65532),
        size: None,
    }
}

/// A stated size, or the default.
pub(super) fn size_of(stated: Option<(u32, u64)>) -> Size {
    stated.map_or(DEFAULT_SIZE, |(cpu_millis, memory)| Size { cpu_millis, memory })
}
