//! What runs: one process of the environment, in no target's language.

use indexmap::IndexMap;

use super::value::Value;
use crate::resolve::{Origin, is_mutable};

/// One container to run, once per replica.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its name, unique in the environment: the node's, or `gateway`. A DNS label of at most 30 characters, at which
    /// other processes of the environment reach it in every target.
    pub name: String,
    /// Where the node is declared.
    pub origin: Origin,
    /// What it is.
    pub kind: ProcessKind,
    /// The image.
    pub image: Image,
    /// The whole argument vector that replaces the image's entrypoint and command; empty leaves the image's own.
    pub command: Vec<Word>,
    /// What is handed to the entrypoint in place of the image's command; empty leaves the image's own.
    pub args: Vec<Word>,
    /// Its variables, sorted by name. The only place where a tainted value may stand.
    pub env: Vec<Variable>,
    /// The ports it listens on; the first is the main one.
    pub ports: Vec<Port>,
    /// How to tell that it serves.
    pub health: Option<Health>,
    /// How another container of the environment can tell that it serves; what has none is never waited for.
    pub ready: Option<Poll>,
    /// What must be ready before it starts.
    pub waits: Vec<WaitOn>,
    /// How much it may use.
    pub size: Size,
    /// How many run. Stores: 1.
    pub replicas: u32,
    /// The numeric user, where known.
    pub user: Option<u32>,
    /// Linux capabilities that it needs (`NET_BIND_SERVICE`); all others are dropped when the user is known.
    pub capabilities: Vec<String>,
    /// Files mounted read-only. They hold no secret.
    pub files: Vec<ConfigFile>,
    /// Storage that outlives the container. A store has at most one.
    pub volumes: Vec<Volume>,
    /// Argument vectors that run one after the other in a container like this one, and end, before it starts.
    pub init: Vec<Vec<Word>>,
    /// Whether its name means itself inside its own container, even before it is ready.
    pub own_name: bool,
    /// Seconds that it gets to end after SIGTERM.
    pub stop_seconds: u32,
}

/// What a process is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProcessKind {
    /// A long-lived server.
    Service,
    /// A long-lived consumer.
    Worker,
    /// Run by the clock; five fields, UTC.
    Cron {
        /// The schedule.
        schedule: String,
    },
    /// A database, broker, cache, index or bucket with an engine.
    Store {
        /// The engine's name.
        engine: String,
    },
    /// The environment's door.
    Gateway,
}

/// An image and, where the environment builds it, how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The reference that is pulled or built: `ghcr.io/acme/shop-api:4f1c…`.
    pub reference: String,
    /// How it is built from the project's sources.
    pub build: Option<ImageBuild>,
    /// Whether the tag may come to mean another image (no commit is known): then it is built and pulled anew each time.
    pub mutable: bool,
}

impl Image {
    /// An image that is there already.
    pub fn given(reference: impl Into<String>) -> Self {
        let reference = reference.into();
        let mutable = is_mutable(&reference);
        Image { reference, build: None, mutable }
    }
}

/// How an image is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageBuild {
    /// Folder, relative to the manifest's.
    pub context: String,
    /// Dockerfile, relative to the context.
    pub dockerfile: Option<String>,
    /// Stage of the Dockerfile.
    pub target: Option<String>,
    /// Build arguments (`build.args` and `build_env`), none of them secret.
    pub args: IndexMap<String, String>,
}

/// One word of an argument vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// Literal text.
    Text(String),
    /// The value of a variable of the process, as one word: how a tainted argument reaches its place.
    Env(String),
}

/// One variable of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// Who decided it.
    pub source: Source,
    /// Where.
    pub origin: Origin,
}

impl Variable {
    /// Whether a process can be started without it: only what a manifest's `env` states, or what follows from `uses`.
    pub fn may_be_absent(&self) -> bool {
        match &self.source {
            Source::Manifest | Source::Override { .. } => true,
            Source::Generated { from } => from != ARGUMENT,
            Source::Recipe { .. } => false,
        }
    }
}

/// Where the variable of an argument with a secret comes from.
pub const ARGUMENT: &str = "an argument with a secret";

/// A name for a variable that previewc adds: `PREFIX_1`, or the first number with which none of the others begins.
pub fn free_name(prefix: &str, others: &[Variable]) -> String {
    let mut number = 1;
    loop {
        let name = format!("{prefix}_{number}");
        if !others.iter().any(|other| other.name.starts_with(&name)) {
            return name;
        }
        number += 1;
    }
}

/// Who decided a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The manifest's `env`.
    Manifest,
    /// The manifest's `env`, in place of a value that previewc would have generated (masked).
    Override {
        /// What would have stood there, secrets masked.
        generated: String,
    },
    /// A canonical variable, or one that follows from `uses`; the text says from which node.
    Generated {
        /// `uses: db`, `preview`, ….
        from: String,
    },
    /// The engine's recipe.
    Recipe {
        /// The engine.
        engine: String,
    },
}

/// One port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Its name: at most 15 characters, a letter first (RFC 6335).
    pub name: String,
    /// Its number.
    pub number: u16,
}

/// How to tell from inside the container that a process serves. Commands read secrets from the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// GET answers 200 to 399.
    Http {
        /// Port.
        port: u16,
        /// Path.
        path: String,
    },
    /// The port accepts connections.
    Tcp {
        /// Port.
        port: u16,
    },
    /// The command ends with 0.
    Command(Vec<String>),
}

/// How another container can tell that something is ready: a script that is run again until it ends with 0.
pub use super::sequence::Poll;

/// What a process waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitOn {
    /// Another process, by name.
    Process(String),
    /// A sequence, by name.
    Sequence(String),
}

/// How much one container may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Thousandths of a CPU.
    pub cpu_millis: u32,
    /// Bytes of memory.
    pub memory: u64,
}

/// A file mounted read-only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFile {
    /// Absolute path in the container.
    pub path: String,
    /// Its bytes; never secret.
    pub contents: Vec<u8>,
}

/// Storage that outlives its container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// Its name, unique in the environment: a DNS label of at most 63 characters.
    pub name: String,
    /// Absolute path in the container.
    pub path: String,
    /// Bytes asked for.
    pub bytes: u64,
}
