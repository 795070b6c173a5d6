//! One container of a task, as ECS describes it (ContainerDefinition of the Amazon ECS API).

use std::borrow::Cow;

use super::stack::Stack;
use crate::document::hcl::{Expr, identifier};
use crate::plan::{Port, Variable};
use crate::resolve::Origin;
use crate::target::capabilities::{BASELINE, RAW};
use crate::target::engine::command::Words;
use crate::target::engine::health::Check;
use crate::target::strings::holds_nul;

/// The longest that Fargate waits between SIGTERM and SIGKILL, in seconds.
const LONGEST_STOP: u32 = 120;

/// One container.
#[derive(Debug, Clone)]
pub struct Container<'a> {
    /// Its name in the task.
    pub name: String,
    /// The image.
    pub image: Cow<'a, str>,
    /// Replaces the image's entrypoint.
    pub entrypoint: Option<Words<'a>>,
    /// Replaces the image's command.
    pub command: Option<Words<'a>>,
    /// Its variables.
    pub env: Cow<'a, [Variable]>,
    /// What the keys of its secrets begin with in the task's secret.
    pub scope: String,
    /// The numeric user, where known: then every capability but those below is dropped.
    pub user: Option<u32>,
    /// Capabilities that it keeps.
    pub capabilities: &'a [String],
    /// Volumes of the task, with the path of each.
    pub mounts: Vec<(String, String)>,
    /// Its ports.
    pub ports: &'a [Port],
    /// How to tell that it serves.
    pub health: Option<Check<'a>>,
    /// Seconds that it gets to end.
    pub stop_seconds: Option<u32>,
    /// The container that must have ended well before it starts.
    pub after: Option<String>,
    /// Whether the task ends with it.
    pub essential: bool,
    /// Where it comes from.
    pub origin: Origin,
}

/// The variables of a container, as ECS takes them.
#[derive(Debug, Default)]
pub struct Split {
    /// Those that everyone may read.
    pub plain: Vec<Expr>,
    /// Those that ECS reads from a secret.
    pub secret: Vec<Expr>,
}

impl Container<'_> {
    /// The description. `task` names the task in findings and labels, `values` receives what goes into the task's secret.
    pub fn describe(&self, stack: &mut Stack<'_>, task: &str, values: &mut Vec<(String, Expr)>) -> Expr {
        let mut out: Vec<(&str, Expr)> = vec![
            ("name", self.name.as_str().into()),
            ("image", self.image.as_ref().into()),
            ("essential", self.essential.into()),
        ];
        for (key, words) in [("entryPoint", &self.entrypoint), ("command", &self.command)] {
            let Some(words) = words else { continue };
            for word in words {
                stack.kept(word, &format!("an argument of `{}`", self.name), self.origin);
            }
            out.push((key, words.iter().map(|word| Expr::from(word.as_ref())).collect()));
        }
        let env = self.variables(stack, task, values);
        if !env.plain.is_empty() {
            out.push(("environment", Expr::List(env.plain)));
        }
        if !env.secret.is_empty() {
            out.push(("secrets", Expr::List(env.secret)));
        }
        if let Some(user) = self.user {
            out.push(("user", user.to_string().into()));
            // None can be added there, so those that it keeps are left in place.
            let given = BASELINE.into_iter().chain([RAW]);
            let dropped = given.filter(|name| !self.capabilities.iter().any(|kept| kept == name));
            let capabilities = object(vec![("drop", dropped.collect())]);
            out.push(("linuxParameters", object(vec![("capabilities", capabilities)])));
        }
        if !self.ports.is_empty() {
            let port = |port: &Port| {
                object(vec![
                    ("containerPort", port.number.into()),
                    ("hostPort", port.number.into()),
                    ("protocol", "tcp".into()),
                ])
            };
            out.push(("portMappings", self.ports.iter().map(port).collect()));
        }
        if !self.mounts.is_empty() {
            let mount = |(volume, path): &(String, String)| {
                object(vec![
                    ("sourceVolume", volume.as_str().into()),
                    ("containerPath", path.as_str().into()),
                    ("readOnly", false.into()),
                ])
            };
            out.push(("mountPoints", self.mounts.iter().map(mount).collect()));
        }
        if let Some(check) = &self.health {
            out.push(("healthCheck", health(check)));
        }
        if let Some(before) = &self.after {
            let after = object(vec![("containerName", before.as_str().into()), ("condition", "SUCCESS".into())]);
            out.push(("dependsOn", Expr::List(vec![after])));
        }
        if let Some(seconds) = self.stop_seconds {
            out.push(("stopTimeout", seconds.min(LONGEST_STOP).into()));
        }
        if let Some(secret) = stack.aws.pull_secrets.get(registry(&self.image)) {
            let credentials = object(vec![("credentialsParameter", secret.as_str().into())]);
            out.push(("repositoryCredentials", credentials));
        }
        out.push(("logConfiguration", logs(task)));
        object(out)
    }

    fn variables(&self, stack: &mut Stack<'_>, task: &str, values: &mut Vec<(String, Expr)>) -> Split {
        let mut split = Split::default();
        for variable in self.env.iter() {
            let what = format!("`{}` of `{}`", variable.name, self.name);
            let name = ("name", Expr::from(variable.name.as_str()));
            if let Some((secret, key)) = stack.stored(&variable.value) {
                let arn =
                    Expr::reference(&["data", "aws_secretsmanager_secret", &super::iam::stored_label(&secret), "arn"]);
                let tail = format!(":{}::", key.unwrap_or_default());
                // Without a key the whole secret is the value.
                let from = if tail == ":::" { arn } else { Expr::Template(vec![arn, tail.into()]) };
                split.secret.push(object(vec![name, ("valueFrom", from)]));
                continue;
            }
            if !variable.value.is_tainted() && !variable.value.is_made() {
                let text = variable.value.reveal(stack.vault);
                if text.contains('\0') {
                    stack.find(holds_nul(&what, variable.origin));
                    continue;
                }
                stack.kept(&text, &what, variable.origin);
                split.plain.push(object(vec![name, ("value", text.into())]));
                continue;
            }
            let key = format!("{}{}", self.scope, variable.name);
            if variable.value.reveal(stack.vault).contains('\0') {
                stack.find(holds_nul(&what, variable.origin));
                continue;
            }
            let Some(value) = stack.value(&variable.value, &format!("{task}/{key}"), &what, variable.origin) else {
                continue;
            };
            if !variable.value.is_tainted() {
                split.plain.push(object(vec![name, ("value", value)]));
                continue;
            }
            let secret = identifier(task);
            let from = Expr::Template(vec![
                Expr::reference(&["aws_secretsmanager_secret", &secret, "arn"]),
                format!(":{key}::").into(),
                // Another value is another version, so that the task is replaced.
                Expr::reference(&["aws_secretsmanager_secret_version", &secret, "version_id"]),
            ]);
            split.secret.push(object(vec![name, ("valueFrom", from)]));
            if !values.iter().any(|(known, _)| *known == key) {
                values.push((key, value));
            }
        }
        split
    }
}

/// An object of known keys.
pub fn object(entries: Vec<(&str, Expr)>) -> Expr {
    Expr::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// ECS asks no more often than every five seconds, and gives no more than five minutes to begin.
fn health(check: &Check<'_>) -> Expr {
    let mut test = vec![Expr::from("CMD")];
    test.extend(check.test.iter().map(|word| Expr::from(word.as_ref())));
    object(vec![
        ("command", Expr::List(test)),
        ("interval", check.interval.clamp(5, 300).into()),
        ("timeout", check.timeout.clamp(2, 60).into()),
        ("retries", check.retries.clamp(1, 10).into()),
        ("startPeriod", check.start_period.min(300).into()),
    ])
}

fn logs(task: &str) -> Expr {
    let options = object(vec![
        ("awslogs-group", Expr::reference(&["aws_cloudwatch_log_group", "environment", "name"])),
        ("awslogs-region", Expr::reference(&["local", "region"])),
        ("awslogs-stream-prefix", task.into()),
    ]);
    object(vec![("logDriver", "awslogs".into()), ("options", options)])
}

/// The host of the registry that an image comes from.
fn registry(image: &str) -> &str {
    let host = image.split_once('/').map(|(host, _)| host);
    host.filter(|host| host.contains(['.', ':']) || *host == "localhost").unwrap_or("docker.io")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_go_to_their_registry_alone() {
        for (image, host) in [
            ("postgres:16", "docker.io"),
            ("acme/web@sha256:00", "docker.io"),
            ("docker.io/acme/web", "docker.io"),
            ("ghcr.io/acme/web:1", "ghcr.io"),
            ("registry.example.com:5000/web", "registry.example.com:5000"),
        ] {
            assert_eq!(registry(image), host, "{image}");
        }
    }
}
