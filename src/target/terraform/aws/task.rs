//! One task definition: a process with what ends before it starts, or the steps of a sequence. The containers stand in line, each
//! starts when the one before has ended well.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::container::Container;
use super::files::Folders;
use super::stack::{File, Stack};
use super::{iam, names, size};
use crate::document::hcl::{Body, Expr, identifier};
use crate::plan::{
    FLAG_DIR, Process, ProcessKind, Sequence, Size, Source, Step, TOOLBOX_DIR, TOOLBOX_IMAGE, Value, Variable, Volume,
    Word,
};
use crate::resolve::Origin;
use crate::target::engine::command::{self, Words};
use crate::target::engine::health::{self, HTTP_CHECK_SCRIPT};
use crate::target::strings::secret_argument;

/// The name of the container that lays the toolbox into the task's volume of the same name.
pub const TOOLBOX: &str = "toolbox";
/// Lays busybox and the check for HTTP into the volume, and makes the folder in which the steps of a sequence leave flags.
const PREPARE: &str = "\
set -eu
cp /bin/busybox /previewc/busybox
printf %s \"$PREVIEWC_HTTP_OK\" >/previewc/http-ok
chmod 0755 /previewc/busybox /previewc/http-ok
for folder; do
  mkdir -p \"$folder\"
  chmod 1777 \"$folder\"
done
";
/// What ECS takes for one task definition, and Secrets Manager for one secret, in bytes.
const LARGEST: usize = 64 << 10;
/// How many containers ECS takes in one task definition.
const MOST: usize = 10;

/// A task before it is written down.
pub struct Task<'a> {
    /// The process, sequence or removal that it is.
    name: String,
    origin: Origin,
    size: Size,
    containers: Vec<Container<'a>>,
    /// Storage that outlives it.
    volumes: &'a [Volume],
    /// Volumes of its own, empty at its start.
    scratch: Vec<String>,
    /// The folders in which steps leave flags.
    flags: Option<String>,
    /// The objects that its files are.
    files: Vec<String>,
    /// What it must not be there without.
    waits: Vec<Expr>,
}

impl<'a> Task<'a> {
    fn new(name: &str, origin: Origin) -> Self {
        Task {
            name: name.to_owned(),
            origin,
            size: Size { cpu_millis: 0, memory: 0 },
            containers: Vec::new(),
            volumes: &[],
            scratch: Vec::new(),
            flags: None,
            files: Vec::new(),
            waits: Vec::new(),
        }
    }

    /// The same, made after something and gone before it.
    pub fn after(mut self, what: impl IntoIterator<Item = Expr>) -> Self {
        self.waits.extend(what);
        self
    }

    /// The task of a process.
    pub fn of_process(stack: &mut Stack<'_>, process: &'a Process) -> Self {
        let mut task = Task::new(&process.name, process.origin);
        task.volumes = &process.volumes;
        let storage: Vec<(String, String)> =
            process.volumes.iter().map(|volume| (volume.name.clone(), volume.path.clone())).collect();
        let folders = Folders::of(&process.files);
        let container = |name: String| Container {
            name,
            image: Cow::Borrowed(process.image.reference.as_str()),
            entrypoint: None,
            command: None,
            env: Cow::Borrowed(process.env.as_slice()),
            scope: String::new(),
            user: process.user,
            capabilities: &process.capabilities,
            mounts: storage.clone(),
            ports: &[],
            health: None,
            stop_seconds: None,
            after: None,
            essential: false,
            origin: process.origin,
        };
        let mut main = container(process.name.clone());
        main.mounts.extend(folders.mounts(&process.name));
        main.ports = &process.ports;
        main.health = process.health.as_ref().map(health::check);
        main.stop_seconds = Some(process.stop_seconds);
        main.essential = true;
        let mut needs_toolbox = process.health.as_ref().is_some_and(health::needs_toolbox);
        needs_toolbox |= run(stack, &mut main, &process.command, &process.args);
        let mut before = Vec::new();
        for (index, command) in process.init.iter().enumerate() {
            let mut init = container(format!("{}--init-{}", process.name, index + 1));
            init.mounts.extend(folders.mounts(&process.name));
            if run(stack, &mut init, command, &[]) {
                init.mounts.push(toolbox_mount());
                needs_toolbox = true;
            }
            before.push(init);
        }
        if needs_toolbox {
            main.mounts.push(toolbox_mount());
        }
        task.fill(stack, &folders, &main);
        task.grow(process.size);
        before.into_iter().chain([main]).for_each(|container| task.push(container));
        task.finished(needs_toolbox)
    }

    /// The task of a sequence.
    pub fn of_sequence(stack: &mut Stack<'_>, sequence: &'a Sequence) -> Self {
        let mut task = Task::new(&sequence.name, sequence.origin);
        task.flags = Some(format!("{FLAG_DIR}/{}", sequence.store));
        for step in &sequence.steps {
            let folders = Folders::of(&step.files);
            let mut container = of_step(stack, step);
            container.scope = format!("{}_", step.name);
            container.mounts.push(toolbox_mount());
            container.mounts.extend(folders.mounts(&step.name));
            task.fill(stack, &folders, &container);
            task.grow(step.size);
            task.push(container);
        }
        if let Some(last) = task.containers.last_mut() {
            last.essential = true;
        }
        task.finished(true)
    }

    /// The task of a step that stands alone.
    pub fn of_step(stack: &mut Stack<'_>, name: &str, step: &'a Step) -> Self {
        let mut task = Task::new(name, step.origin);
        let container = Container { essential: true, ..of_step(stack, step) };
        task.grow(step.size);
        task.push(container);
        task.finished(false)
    }

    /// The task of a step that prints what there is: it fails where it prints anything, because a log may come late or not at all.
    pub fn of_look(stack: &mut Stack<'_>, name: &str, step: &'a Step) -> Self {
        const SILENT: &str = "said=$(\"$@\") || exit; [ -z \"$said\" ] || { printf '%s\\n' \"$said\" >&2; exit 3; }";
        let mut task = Task::of_step(stack, name, step);
        if let Some(container) = task.containers.last_mut() {
            let words = container.entrypoint.take().into_iter().chain(container.command.take()).flatten();
            let silent = ["sh", "-c", SILENT, "look"].map(Cow::Borrowed).into_iter();
            container.entrypoint = Some(silent.chain(words).collect());
        }
        task
    }

    fn grow(&mut self, size: Size) {
        // One runs after the other.
        self.size.cpu_millis = self.size.cpu_millis.max(size.cpu_millis);
        self.size.memory = self.size.memory.max(size.memory);
    }

    fn push(&mut self, mut container: Container<'a>) {
        container.after = self.containers.last().map(|last| last.name.clone());
        self.containers.push(container);
    }

    /// Adds what lays a container's files into their volumes.
    fn fill(&mut self, stack: &mut Stack<'_>, folders: &Folders<'a>, container: &Container<'a>) {
        if folders.is_empty() {
            return;
        }
        self.files.extend(folders.labels(&self.name, &container.name));
        self.lays(stack, folders, container);
        self.scratch.extend(folders.mounts(&container.name).into_iter().map(|(volume, _)| volume));
        let name = self.name.clone();
        for filler in folders.filled(stack, &name, container, self.origin) {
            self.push(filler);
        }
    }

    /// Refuses folders that no volume can be laid over.
    fn lays(&self, stack: &mut Stack<'_>, folders: &Folders<'a>, container: &Container<'a>) {
        let help = "choose another folder for the file, or put it into the image";
        for (volume, path) in folders.mounts(&container.name) {
            let taken = container.mounts.iter().any(|(other, there)| *there == path && *other != volume);
            if path == "/" {
                let message = format!("a file of `{}` stands in /, and Fargate lays files as whole folders", self.name);
                stack.refuse(message, help, self.origin);
            } else if taken {
                let message = format!("a file of `{}` stands in {path}, which is a volume of it", self.name);
                stack.refuse(message, help, self.origin);
            }
        }
    }

    /// Puts the toolbox before everything else where something needs it.
    fn finished(mut self, needs_toolbox: bool) -> Self {
        if !needs_toolbox && self.files.is_empty() {
            return self;
        }
        self.scratch.push(TOOLBOX.to_owned());
        let mut command: Words<'a> = ["sh", "-c", PREPARE, TOOLBOX].map(Cow::Borrowed).to_vec();
        command.extend(self.flags.clone().map(Cow::Owned));
        let toolbox = Container {
            // Neither a process nor a step bears it where two dashes stand in it.
            name: format!("{}--{TOOLBOX}", self.name),
            image: Cow::Borrowed(TOOLBOX_IMAGE),
            entrypoint: Some(command),
            command: None,
            env: Cow::Owned(vec![Variable {
                name: "PREVIEWC_HTTP_OK".to_owned(),
                value: Value::text(HTTP_CHECK_SCRIPT),
                source: Source::Generated { from: "the toolbox".to_owned() },
                origin: Origin::NONE,
            }]),
            scope: String::new(),
            user: Some(0),
            capabilities: &[],
            mounts: vec![toolbox_mount()],
            ports: &[],
            health: None,
            stop_seconds: None,
            after: None,
            essential: false,
            origin: self.origin,
        };
        if let Some(first) = self.containers.first_mut() {
            first.after = Some(toolbox.name.clone());
        }
        self.containers.insert(0, toolbox);
        self
    }

    /// Writes the task definition down, with its secret and role.
    pub fn write(&self, stack: &mut Stack<'_>, file: File) {
        let label = identifier(&self.name);
        let mut values: Vec<(String, Expr)> = Vec::new();
        let containers: Vec<Expr> =
            self.containers.iter().map(|container| container.describe(stack, &self.name, &mut values)).collect();
        self.weigh(stack);
        if !values.is_empty() {
            secret(stack, &self.name, values, self.origin);
        }
        let (cpu, memory) = size::fargate(self.size).unwrap_or_else(|| {
            let help = "Fargate's largest task has 16 CPU and 120 GiB: ask for less";
            stack.refuse(format!("no task of Fargate is as large as `{}`", self.name), help, self.origin);
            (256, 512)
        });
        let mut body = Body::new()
            .with("family", names::task(stack.environment, &self.name))
            .with("requires_compatibilities", vec!["FARGATE"])
            .with("network_mode", "awsvpc")
            .with("cpu", cpu.to_string())
            .with("memory", memory.to_string())
            .with("execution_role_arn", iam::execution_arn());
        let mut waits = self.waits.clone();
        waits.extend(self.files.iter().map(|label| Expr::reference(&["aws_s3_object", label])));
        if let Some(role) = iam::task(stack, &self.name, !self.files.is_empty(), self.origin) {
            body.set("task_role_arn", role);
            // The role alone gives no rights.
            waits.push(Expr::reference(&["aws_iam_role_policy", &label]));
        }
        body.set("container_definitions", Expr::Call("jsonencode", vec![Expr::List(containers)]));
        let platform =
            Body::new().with("operating_system_family", "LINUX").with("cpu_architecture", stack.aws.architecture);
        body.block("runtime_platform", &[], platform);
        if !waits.is_empty() {
            body.set("depends_on", Expr::List(waits));
        }
        for name in &self.scratch {
            body.block("volume", &[], Body::new().with("name", name));
        }
        for volume in self.volumes {
            body.block("volume", &[], stored(volume));
        }
        let name = names::task(stack.environment, &self.name);
        stack.resource(file, "aws_ecs_task_definition", &label, name, self.origin, body);
    }

    /// Finds what is too large for ECS or for Secrets Manager.
    fn weigh(&self, stack: &mut Stack<'_>) {
        if self.containers.len() > MOST {
            let message = format!(
                "`{}` would be {} containers, and ECS takes {MOST} for a task",
                self.name,
                self.containers.len()
            );
            let help = "previewc adds some for files and for waiting; join commands of `init`, or steps of the seed";
            stack.refuse(message, help, self.origin);
        }
        let (mut definition, mut secrets) = (0, BTreeMap::new());
        for container in &self.containers {
            // What is about each container, its log, its rights and its health.
            definition += 700 + container.image.len();
            definition += container.mounts.iter().map(|(name, path)| name.len() + path.len() + 60).sum::<usize>();
            for variable in container.env.iter() {
                let bytes = variable.name.len() + in_json(&variable.value.reveal(stack.vault)) + 32;
                if variable.value.is_tainted() {
                    // What several containers read stands in the task's secret once; each names it, by ARN, key and version.
                    secrets.insert((&container.scope, &variable.name), bytes);
                    let arn = 120 + names::secret(stack.environment, &self.name).len();
                    definition += arn + 2 * variable.name.len() + container.scope.len() + 32;
                } else {
                    definition += bytes;
                }
            }
        }
        let secret = secrets.into_values().sum::<usize>();
        let words = self.containers.iter().flat_map(|container| container.entrypoint.iter().chain(&container.command));
        definition += words.flatten().map(|word| in_json(word) + 3).sum::<usize>();
        let help = "put long text into a file (`files`), into the image, or let the program fetch it";
        for (bytes, what) in [(definition, "ECS takes for one task"), (secret, "Secrets Manager takes for one secret")]
        {
            if bytes > LARGEST {
                let message =
                    format!("the variables and arguments of `{}` hold more than the 64 KiB that {what}", self.name);
                stack.refuse(message, help, self.origin);
            }
        }
    }
}

/// How many bytes a text takes where Terraform's `jsonencode` has written it.
fn in_json(text: &str) -> usize {
    let of = |c: char| match c {
        '"' | '\\' | '\n' | '\r' | '\t' => 2,
        '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => 6,
        c if u32::from(c) < 0x20 => 6,
        c => c.len_utf8(),
    };
    text.chars().map(of).sum()
}

/// The secret of a task.
fn secret(stack: &mut Stack<'_>, task: &str, values: Vec<(String, Expr)>, origin: Origin) {
    let label = identifier(task);
    let name = names::secret(stack.environment, task);
    let body = Body::new()
        .with("name", name.as_str())
        .with("recovery_window_in_days", 0_u32)
        .with("depends_on", Expr::List(vec![stack.claim()]));
    stack.resource(File::Secrets, "aws_secretsmanager_secret", &label, name.as_str(), origin, body);
    let body = Body::new()
        .with("secret_id", Expr::reference(&["aws_secretsmanager_secret", &label, "id"]))
        .with("secret_string", Expr::Call("jsonencode", vec![Expr::Object(values)]));
    stack.resource(File::Secrets, "aws_secretsmanager_secret_version", &label, name, origin, body);
}

/// A volume on EFS, whose access point makes everything in it belong to the process's user.
fn stored(volume: &Volume) -> Body {
    let point = Body::new()
        .with("access_point_id", Expr::reference(&["aws_efs_access_point", &identifier(&volume.name), "id"]));
    let efs = Body::new()
        .with("file_system_id", Expr::reference(&["aws_efs_file_system", "data", "id"]))
        .with("transit_encryption", "ENABLED")
        .with_block("authorization_config", &[], point);
    Body::new().with("name", &volume.name).with_block("efs_volume_configuration", &[], efs)
}

fn toolbox_mount() -> (String, String) {
    (TOOLBOX.to_owned(), TOOLBOX_DIR.to_owned())
}

fn of_step<'a>(stack: &mut Stack<'_>, step: &'a Step) -> Container<'a> {
    let mut container = Container {
        name: step.name.clone(),
        image: Cow::Borrowed(step.image.reference.as_str()),
        entrypoint: None,
        command: None,
        env: Cow::Borrowed(step.env.as_slice()),
        scope: String::new(),
        user: step.user,
        capabilities: &[],
        mounts: Vec::new(),
        ports: &[],
        health: None,
        stop_seconds: None,
        after: None,
        essential: false,
        origin: step.origin,
    };
    run(stack, &mut container, &step.command, &[]);
    container
}

/// Sets what a container runs; says whether that needs a program of the toolbox.
fn run<'a>(stack: &mut Stack<'_>, container: &mut Container<'a>, command: &'a [Word], args: &'a [Word]) -> bool {
    match command::vectors(command, args) {
        Ok(found) => {
            (container.entrypoint, container.command) = (found.entrypoint, found.command);
            found.needs_toolbox
        }
        Err(command::UnknownEntrypoint) => {
            stack.find(secret_argument(&container.name, container.origin));
            false
        }
    }
}

/// Whether a process keeps data, so that two of it must never run at once.
pub fn keeps_data(process: &Process) -> bool {
    matches!(process.kind, ProcessKind::Store { .. }) || !process.volumes.is_empty()
}
