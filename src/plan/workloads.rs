//! Services, workers and crons as processes.

use super::context::{Context, DEFAULT_SIZE};
use super::process::Image;
use super::process::{Health, Port, Process, ProcessKind, Size, WaitOn};
use super::sequence::{Poll, TOOLBOX_IMAGE};
use crate::resolve::{self, EdgeKind, Node, Section, Workload};

impl Context<'_> {
    /// The process of a workload.
    pub(super) fn workload(&mut self, node: &Node, workload: &Workload) -> Process {
        let mut env = self.variables(&workload.uses, None, &workload.env);
        let command = self.words(&workload.command, &mut env);
        let args = self.words(&workload.args, &mut env);
        env.sort_by(|a, b| a.name.cmp(&b.name));
        let health = self.health(workload);
        let ready = health.as_ref().and_then(|health| reach(&node.name, health, workload));
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
            ports: workload.ports.iter().map(|(name, number)| Port { name: name.clone(), number: *number }).collect(),
            health,
            ready,
            waits: self.waits(&node.name),
            size: size_of(workload.size),
            replicas: workload.replicas,
            user: workload.user,
            capabilities: Vec::new(),
            files: Vec::new(),
            volume: None,
            stop_seconds: 15,
        }
    }

    /// What a workload starts after: each store's sequence, or the store itself; other workloads where they can be asked.
    fn waits(&self, name: &str) -> Vec<WaitOn> {
        let mut waits = Vec::new();
        for edge in self.program.edges.iter().filter(|edge| edge.kind == EdgeKind::Start && edge.from == name) {
            let wait = match self.stores.get(&edge.to).and_then(|facts| facts.sequence.as_ref()) {
                Some(sequence) => WaitOn::Sequence(sequence.clone()),
                None => WaitOn::Process(edge.to.clone()),
            };
            let known = matches!(
                self.program.nodes.get(&edge.to).map(|node| &node.body),
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

/// How others see from outside that a workload serves; `None` where only its own container can tell.
fn reach(name: &str, health: &Health, workload: &Workload) -> Option<Poll> {
    let words: Vec<String> = match health {
        Health::Http { port, path } => {
            ["timeout", "5", "wget", "-q", "-O", "/dev/null", &format!("http://{name}:{port}{path}")]
                .map(str::to_owned)
                .to_vec()
        }
        Health::Tcp { port } => tcp(name, *port),
        Health::Command(_) => tcp(name, workload.ports.first()?.1),
    };
    Some(Poll {
        image: Image { reference: TOOLBOX_IMAGE.to_owned(), build: None, mutable: false },
        command: words,
        env: Vec::new(),
        user: Some(65532),
    })
}

fn tcp(name: &str, port: u16) -> Vec<String> {
    // busybox's nc has no -z everywhere: `-e true` ends with 0 as soon as the connection stands.
    ["nc", "-w", "5", name, &port.to_string(), "-e", "true"].map(str::to_owned).to_vec()
}

/// A stated size, or the default.
pub(super) fn size_of(stated: Option<(u32, u64)>) -> Size {
    stated.map_or(DEFAULT_SIZE, |(cpu_millis, memory)| Size { cpu_millis, memory })
}
