//! What a target may produce: files, objects with their removals, stages. There is no other way to hand something over,
//! so nothing can be created without saying how it goes away.

pub use crate::plan::Finding;
use crate::resolve::Origin;

/// One command: program and arguments, never shell text.
pub type Argv = Vec<String>;

/// What one target made of an environment.
#[derive(Debug, Default)]
pub struct Lowered {
    files: Vec<Artifact>,
    objects: Vec<Object>,
    stages: Vec<Stage>,
    teardown: Vec<TeardownStep>,
    findings: Vec<Finding>,
}

/// One file of the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Path in the bundle, parts separated by `/`.
    pub path: String,
    /// Its bytes.
    pub contents: Vec<u8>,
    /// Who may read or run it.
    pub mode: Mode,
}

/// Who may read or run a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// 0644.
    Public,
    /// 0600: it holds secrets.
    Private,
    /// 0755: a script.
    Script,
}

impl Mode {
    /// The permission bits of the file.
    pub fn bits(self) -> u32 {
        match self {
            Mode::Public => 0o644,
            Mode::Private => 0o600,
            Mode::Script => 0o755,
        }
    }
}

/// One thing that applying the bundle creates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// What it is, in the target's words (`Deployment`, `volume`).
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace, where the target has such.
    pub namespace: Option<String>,
    /// The stage that creates it.
    pub stage: StageName,
    /// What takes it away.
    pub removal: Removal,
    /// Where it comes from.
    pub origin: Origin,
}

/// What takes an object away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removal {
    /// A step of the teardown, by name.
    Step(String),
    /// Goes with another object of the bundle.
    Within {
        /// The other's kind.
        kind: String,
        /// The other's name.
        name: String,
    },
}

/// The stages in the order of bringing up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StageName {
    /// Namespace, network, policy.
    Namespace,
    /// Secrets and configuration.
    Config,
    /// Stores and their storage.
    Data,
    /// Migrations, seeds, declared queues.
    Prepare,
    /// Services, workers, crons.
    Services,
    /// The way in.
    Routes,
    /// What the environment may use, once nothing of before is left.
    Limits,
}

impl StageName {
    /// Every stage, in order.
    pub const ALL: [StageName; 7] = [
        StageName::Namespace,
        StageName::Config,
        StageName::Data,
        StageName::Prepare,
        StageName::Services,
        StageName::Routes,
        StageName::Limits,
    ];

    /// The name as files and `bundle.json` show it.
    pub fn as_str(self) -> &'static str {
        match self {
            StageName::Namespace => "namespace",
            StageName::Config => "config",
            StageName::Data => "data",
            StageName::Prepare => "prepare",
            StageName::Services => "services",
            StageName::Routes => "routes",
            StageName::Limits => "limits",
        }
    }
}

/// One step of bringing up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Which.
    pub name: StageName,
    /// What applies it, run one after the other in the bundle's folder.
    pub run: Vec<Argv>,
    /// What returns when it is ready.
    pub wait: Vec<Argv>,
    /// What later stages read, written when it is ready.
    pub outputs: Vec<Output>,
}

/// A file to write from what a command prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The command.
    pub run: Argv,
    /// The file for its standard output, mode 0600, relative to the folder above the bundle's.
    pub file: String,
}

/// One step of taking down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeardownStep {
    /// Its name, unique in the teardown.
    pub name: String,
    /// What removes; safe to repeat, and needs no file of the bundle, but for what goes away on shared servers: that is run in
    /// the bundle's folder, which holds the credentials.
    pub run: Vec<Argv>,
    /// Removes things that no name is known of (volumes of dropped nodes).
    pub sweep: Vec<Sweep>,
    /// Each exits with 0 and prints nothing when nothing is left.
    pub verify: Vec<Argv>,
}

/// Removes whatever a command lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sweep {
    /// Prints one name per line.
    pub list: Argv,
    /// Gets every name as a further argument.
    pub remove: Argv,
}

impl Lowered {
    /// Nothing yet.
    pub fn new() -> Self {
        Lowered::default()
    }

    /// Hands over a file.
    pub fn file(&mut self, path: impl Into<String>, contents: impl Into<Vec<u8>>, mode: Mode) {
        self.files.push(Artifact { path: path.into(), contents: contents.into(), mode });
    }

    /// Hands over an object, with what takes it away.
    pub fn object(&mut self, object: Object) {
        self.objects.push(object);
    }

    /// Adds a stage; stages come in order.
    pub fn stage(&mut self, stage: Stage) {
        self.stages.push(stage);
    }

    /// Adds a step of the teardown; steps come in order.
    pub fn teardown(&mut self, step: TeardownStep) {
        self.teardown.push(step);
    }

    /// Leaves a finding.
    pub fn finding(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// The files.
    pub fn files(&self) -> &[Artifact] {
        &self.files
    }

    /// The objects.
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// The stages, in order.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// The steps of the teardown, in order.
    pub fn teardown_steps(&self) -> &[TeardownStep] {
        &self.teardown
    }

    /// The findings.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Takes the files out.
    pub fn into_files(self) -> Vec<Artifact> {
        self.files
    }
}
