//! One container as one resource.

use std::borrow::Cow;

use super::super::{DockerSettings, TerraformSettings, imports};
use super::images::{Images, module_path};
use super::removal;
use crate::artifact::{Finding, Lowered, Mode};
use crate::diagnostics::{Diagnostic, codes};
use crate::document::hcl::{Body, Expr, identifier};
use crate::plan::{ProcessKind, Sequence, Variable, Vault};
use crate::source::Digest;
use crate::target::engine::health::Check;
use crate::target::engine::{Container, Containers, Kind, Mount, labels};
use crate::target::strings::{LONGEST_STRING, holds_nul, too_long};
use crate::target::terraform::text::kept;

/// Seconds in which a container must begin to serve.
const WAIT_SECONDS: u32 = 300;
/// How long what ends by itself may take.
pub const LONGEST: &str = "24h";

/// What every container's resource is written with.
pub struct Writer<'w, 'a> {
    /// The settings.
    pub settings: &'w TerraformSettings,
    /// Those of the engine.
    pub engine: &'w DockerSettings,
    /// All containers.
    pub containers: &'w Containers<'a>,
    /// The images' resources.
    pub images: &'w Images,
    /// The secrets.
    pub vault: &'w Vault,
    /// Values with secrets, by the key under which they stand in the one variable that holds all.
    pub secrets: Vec<(String, String)>,
}

impl<'a> Writer<'_, 'a> {
    /// The resource of a container.
    pub fn resource(&mut self, container: &Container<'a>, out: &mut Lowered) -> Body {
        let environment = self.containers.environment;
        let mut body = Body::new();
        let name = removal::container(environment, &container.name);
        match replicas(container) {
            1 => body.set("name", name),
            count => {
                body.set("count", count);
                let number = Expr::reference(&["count", "index"]);
                body.set("name", Expr::Template(vec![format!("{name}_").into(), number]));
            }
        }
        body.set("image", self.images.id(&container.image.reference));
        if container.is_host {
            body.set("hostname", &container.name);
        }
        run(&mut body, container, out);
        for word in container.entrypoint.iter().chain(&container.command).flatten() {
            kept(word, &format!("an argument of `{}`", container.name), container.origin, out);
        }
        if !container.env.is_empty() {
            let env: Vec<Expr> = container.env.iter().filter_map(|v| self.variable(container, v, out)).collect();
            body.set("env", env);
        }
        if let Some(user) = container.user {
            body.set("user", user.to_string());
        }
        body.set("security_opts", vec!["no-new-privileges:true"]);
        limits(&mut body, container);
        lifetime(&mut body, container);
        if let Some(scratch) = container.scratch {
            body.set("tmpfs", Expr::texts([(scratch, "")]));
        }
        if container.user.is_some() {
            let mut capabilities = Body::new().with("drop", vec!["ALL"]);
            if !container.capabilities.is_empty() {
                capabilities
                    .set("add", container.capabilities.iter().map(|name| format!("CAP_{name}")).collect::<Expr>());
            }
            body.block("capabilities", &[], capabilities);
        }
        let network = Body::new()
            .with("name", Expr::reference(&["docker_network", "default", "name"]))
            .with("aliases", vec![container.name.as_str()]);
        body.block("networks_advanced", &[], network);
        self.door(&mut body, container);
        for mount in &container.mounts {
            body.block("mounts", &[], self.mount(mount));
        }
        for file in container.files {
            let path = container.path_of(file);
            let upload = Body::new()
                .with("file", &file.path)
                .with("source", Expr::Template(vec![Expr::reference(&["path", "module"]), format!("/{path}").into()]))
                .with("source_hash", Digest::of(&file.contents).short(32))
                .with("permissions", "0644");
            body.block("upload", &[], upload);
            out.file(path, file.contents.clone(), Mode::Public);
        }
        if let Some(check) = &container.health {
            for word in &check.test {
                kept(word, &format!("the health check of `{}`", container.name), container.origin, out);
            }
            body.block("healthcheck", &[], healthcheck(check));
        }
        body.block("dynamic", &["labels"], of_labels("labels"));
        self.order(&mut body, container);
        body
    }

    /// `NAME=value`. A value with a secret in it stands in the variable of all secrets.
    fn variable(&mut self, container: &Container<'_>, variable: &Variable, out: &mut Lowered) -> Option<Expr> {
        if let Some(id) = variable.value.imported() {
            let value = imports::value(self.containers.environment, id)?;
            return Some(Expr::Template(vec![format!("{}=", variable.name).into(), value]));
        }
        let value = variable.value.reveal(self.vault);
        let what = format!("`{}` of `{}`", variable.name, container.name);
        if variable.name.len() + value.len() + 2 > LONGEST_STRING {
            out.finding(too_long(what, variable.origin));
            return None;
        }
        if value.contains('\0') {
            out.finding(holds_nul(&what, variable.origin));
            return None;
        }
        kept(&value, &what, variable.origin, out);
        if !variable.value.is_tainted() {
            return Some(Expr::from(format!("{}={value}", variable.name)));
        }
        let key = format!("{}/{}", container.name, variable.name);
        self.secrets.push((key.clone(), value));
        let secret = Expr::reference(&["var", "secrets"]).key(&key);
        Some(Expr::Template(vec![format!("{}=", variable.name).into(), secret]))
    }

    fn door(&self, body: &mut Body, container: &Container<'_>) {
        let Kind::LongLived { process } = container.kind else { return };
        let (true, Some(port)) = (process.kind == ProcessKind::Gateway, process.ports.first()) else { return };
        let Some(published) = self.containers.environment.published else { return };
        let ports = Body::new().with("internal", port.number).with("external", published).with("ip", &self.engine.bind);
        body.block("ports", &[], ports);
    }

    fn mount(&self, mount: &Mount<'_>) -> Body {
        match mount {
            Mount::Volume { key, target, read_only } => {
                let mut body = Body::new()
                    .with("type", "volume")
                    .with("source", Expr::reference(&["docker_volume", &identifier(key), "name"]))
                    .with("target", target.as_ref());
                if *read_only {
                    body.set("read_only", true);
                }
                body
            }
            Mount::Source { path, target } => Body::new()
                .with("type", "bind")
                .with("source", module_path(self.settings, path))
                .with("target", *target)
                .with("read_only", true),
        }
    }

    /// What it starts after, and when it is made anew.
    fn order(&self, body: &mut Body, container: &Container<'_>) {
        if !container.waits.is_empty() {
            let waits = container.waits.keys().map(|name| Expr::reference(&["docker_container", &identifier(name)]));
            body.set("depends_on", Expr::List(waits.collect()));
        }
        let Kind::OneShot { sequence } = container.kind else { return };
        let mut lifecycle = Body::new();
        if let Some(sequence) = sequence {
            lifecycle.set("replace_triggered_by", Expr::List(self.triggers(container, sequence)));
        }
        let name = removal::container(self.containers.environment, &container.name);
        let ended = Expr::Equal(Box::new(Expr::reference(&["self", "exit_code"])), Box::new(Expr::Int(0)));
        let message = format!("{name} did not end well: see `docker logs {name}`, and run ./up.sh to try it again.");
        lifecycle.block("postcondition", &[], Body::new().with("condition", ended).with("error_message", message));
        body.block("lifecycle", &[], lifecycle);
        // The provider gives up after twenty minutes, and a seed may take longer.
        body.block("timeouts", &[], Body::new().with("create", LONGEST));
    }

    /// A sequence runs as a whole or not at all: its first step finds out what is done, and the others believe it. So whatever
    /// replaces one of its containers replaces the first, and each replaces the next.
    fn triggers(&self, container: &Container<'_>, sequence: &Sequence) -> Vec<Expr> {
        let chain = self
            .containers
            .preparation
            .iter()
            .filter(|other| matches!(other.kind, Kind::OneShot { sequence: Some(of) } if of.name == sequence.name));
        let chain: Vec<&Container<'_>> = chain.collect();
        let resource = |name: &str| Expr::reference(&["docker_container", &identifier(name)]);
        let before = chain.windows(2).find(|pair| pair.last().is_some_and(|last| last.name == container.name));
        if let Some(before) = before.and_then(|pair| pair.first()) {
            return vec![resource(&before.name)];
        }
        let store = self.containers.environment.process(&sequence.store);
        let volumes = store.iter().flat_map(|store| &store.volumes);
        let mut triggers =
            vec![Expr::reference(&["terraform_data", &identifier(&sequence.name)]), resource(&self.containers.toolbox)];
        triggers.extend(volumes.map(|volume| Expr::reference(&["docker_volume", &identifier(&volume.name)])));
        for one in chain {
            let image = self.images.resource_of(&one.image.reference);
            if !triggers.contains(&image) {
                triggers.push(image);
            }
        }
        triggers
    }
}

/// Adds `entrypoint` and `command`. The provider refuses a command with an empty word in it, and takes an entrypoint with one.
fn run(body: &mut Body, container: &Container<'_>, out: &mut Lowered) {
    let words = |words: &mut dyn Iterator<Item = &Cow<'_, str>>| words.map(|word| Expr::from(word.as_ref())).collect();
    let is_empty = container.command.iter().flatten().any(|word| word.is_empty());
    match (&container.entrypoint, &container.command) {
        (Some(entrypoint), Some(command)) if is_empty => {
            body.set("entrypoint", Expr::List(words(&mut entrypoint.iter().chain(command))));
        }
        (entrypoint, command) => {
            if let Some(entrypoint) = entrypoint {
                body.set("entrypoint", Expr::List(words(&mut entrypoint.iter())));
            }
            if let Some(command) = command {
                body.set("command", Expr::List(words(&mut command.iter())));
            }
            if is_empty {
                let name = &container.name;
                out.finding(Finding {
                    diagnostic: Diagnostic::new(
                        codes::NOT_BY_TERRAFORM,
                        format!("an argument of `{name}` is empty, and Terraform's provider hands none on to an image's own entrypoint"),
                    )
                    .help("write the program too, as `command: [program, \"\"]`"),
                    origin: container.origin,
                    label: "has `args` but no `command`".to_owned(),
                });
            }
        }
    }
}

/// How many there are of a container.
pub fn replicas(container: &Container<'_>) -> u32 {
    match container.kind {
        Kind::LongLived { process } => process.replicas,
        Kind::OnDemand { .. } | Kind::OneShot { .. } => 1,
    }
}

/// A dynamic block of labels, for which a local value stands.
pub fn of_labels(local: &str) -> Body {
    let content = Body::new()
        .with("label", Expr::reference(&["labels", "key"]))
        .with("value", Expr::reference(&["labels", "value"]));
    Body::new().with("for_each", Expr::reference(&["local", local])).with_block("content", &[], content)
}

/// The labels of everything, as a map.
pub fn labels_of(labels: labels::Labels) -> Expr {
    Expr::texts(labels.iter().map(|(key, value)| (*key, value.as_str())))
}

/// Whole mebibytes, and swap as the engine sets it by itself: otherwise each plan would find a difference. More than one CPU is
/// a quota, because the engine refuses `cpus` above the machine's number.
fn limits(body: &mut Body, container: &Container<'_>) {
    let memory = container.size.memory.div_ceil(1 << 20);
    let memory = i64::try_from(memory).unwrap_or(i64::MAX / 2);
    body.set("memory", memory);
    body.set("memory_swap", memory.saturating_mul(2));
    body.set("cpu_period", 100_000_u32);
    body.set("cpu_quota", i64::from(container.size.cpu_millis) * 100);
}

fn lifetime(body: &mut Body, container: &Container<'_>) {
    match container.kind {
        Kind::LongLived { process } => {
            body.set("restart", "unless-stopped");
            body.set("destroy_grace_seconds", process.stop_seconds);
            if container.health.is_some() {
                body.set("wait", true);
                body.set("wait_timeout", WAIT_SECONDS);
            }
        }
        Kind::OnDemand { .. } => {
            body.comment("cron.sh starts it.");
            body.set("start", false);
            body.set("must_run", false);
        }
        Kind::OneShot { .. } => {
            body.set("attach", true);
            body.set("must_run", false);
        }
    }
}

fn healthcheck(check: &Check<'_>) -> Body {
    let mut test = vec![Expr::from("CMD")];
    test.extend(check.test.iter().map(|word| Expr::from(word.as_ref())));
    Body::new()
        .with("test", test)
        .with("interval", duration(check.interval))
        .with("timeout", duration(check.timeout))
        .with("retries", check.retries)
        .with("start_period", duration(check.start_period))
}

/// A duration as the provider reads it back: otherwise each plan would find a difference.
fn duration(seconds: u32) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m{seconds}s"),
    }
}
