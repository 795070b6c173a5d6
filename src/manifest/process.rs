//! Services, workers and crons.

use indexmap::IndexMap;

use super::command::Command;
use super::forms::{FilePath, HealthPath, HostLabel, Image, MountPath, PortName, RoutePath};
use super::lenient::Lenient;
use super::names::{NodeName, NodeRef, VarName};
use super::quantity::{Cpu, Memory, Storage};
use super::schedule::Schedule;
use crate::shape::{Int, Port, Rule, Template, choice, one_of, record};
use crate::source::Located;

/// What the manifest says of a process, whatever its section.
pub trait Workload {
    /// The keys that all of them have.
    fn common(&self) -> Common<'_>;
    /// What only long-lived ones have.
    fn long_lived(&self) -> LongLived<'_> {
        LongLived::default()
    }
    /// Where it can be reached from outside.
    fn routes(&self) -> &[Route] {
        &[]
    }
    /// When it runs.
    fn schedule(&self) -> Option<Schedule> {
        None
    }
}

/// The keys of every process; see [`Service`].
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "each stands at the record's own field")]
pub struct Common<'m> {
    pub from: Option<&'m Located<NodeName>>,
    pub build: Option<&'m Build>,
    pub image: Option<&'m Located<String>>,
    pub paths: &'m [Located<String>],
    pub size: Option<&'m Size>,
    pub uses: &'m [Located<NodeName>],
    pub env: &'m IndexMap<VarName, Template>,
    pub build_env: &'m IndexMap<VarName, Template>,
    pub command: &'m [Template],
    pub args: &'m [Template],
    pub user: Option<u32>,
    pub files: &'m IndexMap<String, File>,
    pub volumes: &'m IndexMap<String, Located<Storage>>,
}

/// The keys of long-lived processes; see [`Service`].
#[derive(Debug, Clone, Copy, Default)]
#[allow(missing_docs, reason = "each stands at the record's own field")]
pub struct LongLived<'m> {
    pub port: Option<&'m Located<u16>>,
    pub ports: Option<&'m IndexMap<String, Located<u16>>>,
    pub health: Option<&'m Health>,
    pub replicas: Option<u32>,
    pub init: &'m [Init],
}

/// A record with the keys of every process and its own.
macro_rules! process {
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident: $what:literal { $($own:tt)* }
        rules: [$($rule:expr),*];
        also: { $($also:tt)* }
    ) => {
        record! {
            $(#[doc = $doc])*
            pub struct $name: $what {
                /// Takes build, image, env, files and size from this node; `uses`, `command`, `volumes` and `init` stay this node's own. At most 8 follow each other.
                /// Example: api
                from: Option<Located<NodeName>> as Option<Located<NodeRef>>,
                /// How its image is built.
                /// Example: web
                build: Option<Build>,
                /// A ready image.
                /// Example: ghcr.io/acme/api:1.2
                image: Option<Located<String>> as Option<Located<Image>>,
                $($own)*
                /// Files whose change rebuilds it, as globs. Default: its build context.
                /// Example: ["api/**", "libs/**"]
                paths: Vec<Located<String>> as Vec<Located<FilePath>>,
                /// How much CPU and memory it gets, in place of `preview.size`.
                /// Default: small
                size: Option<Size>,
                /// The nodes that it uses: it starts after them and receives their variables.
                /// Example: ["db", "cache"]
                uses: Vec<Located<NodeName>> as Vec<Located<NodeRef>>,
                /// Environment variables. A scalar of any kind becomes text as it is written.
                /// Example: {"LOG_LEVEL": "debug", "API": "${services.api.url}"}
                env: IndexMap<VarName, Template>,
                /// Variables at build time, given as build arguments.
                /// Example: {"NEXT_PUBLIC_API_URL": "${services.api.public_url}"}
                build_env: IndexMap<VarName, Template>,
                /// The whole command line, in place of the image's entrypoint and command.
                /// Example: ["bin/server"]
                command: Option<Vec<Template>> as Option<Command>,
                /// Arguments for the image's entrypoint, or behind `command`.
                args: Vec<Template>,
                /// The numeric user that it runs as. Default: the image's.
                /// Example: 1000
                user: Option<Located<u32>> as Option<Located<Int<0, 4_294_967_294>>>,
                /// Files of the repository that are mounted read-only, by their path in the container. Everyone may read them: secrets
                /// belong into `env`.
                /// Example: {"/etc/app/app.yaml": "config/preview.yaml"}
                files: IndexMap<String, File> as IndexMap<MountPath, File>,
                /// Storage of its own, by its path in the container: kept over a push, gone with the environment. Where the image has no
                /// such folder, state the `user` that writes to it. A folder of the host is never mounted.
                /// Example: {"/var/lib/uploads": "1Gi"}
                volumes: IndexMap<String, Located<Storage>> as IndexMap<MountPath, Located<Storage>>,
            }
            rules: [Rule::ExactlyOne(&["from", "build", "image"]) $(, $rule)*];
        }

        impl Workload for $name {
            fn common(&self) -> Common<'_> {
                Common {
                    from: self.from.as_ref(),
                    build: self.build.as_ref(),
                    image: self.image.as_ref(),
                    paths: &self.paths,
                    size: self.size.as_ref(),
                    uses: &self.uses,
                    env: &self.env,
                    build_env: &self.build_env,
                    command: self.command.as_deref().unwrap_or_default(),
                    args: &self.args,
                    user: self.user.as_ref().map(|user| user.value),
                    files: &self.files,
                    volumes: &self.volumes,
                }
            }
            $($also)*
        }
    };
}

/// A process that lives long and may listen.
macro_rules! long_lived {
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident: $what:literal { $($own:tt)* }
        also: { $($also:tt)* }
    ) => {
        process! {
            $(#[doc = $doc])*
            pub struct $name: $what {
                /// The port that it listens on, for requests, for its neighbours or for health.
                /// Example: 8080
                port: Option<Located<u16>> as Option<Located<Port>>,
                /// Several ports by name; the first is the main one, which routes lead to.
                /// Example: {"http": 8080, "metrics": 9090}
                ports: IndexMap<String, Located<u16>> as IndexMap<PortName, Located<Port>>,
                $($own)*
                /// When it counts as ready. Default: its port accepts connections.
                /// Example: /healthz
                health: Option<Health>,
                /// How many copies run.
                /// Default: 1
                replicas: Option<Located<u32>> as Option<Located<Int<1, 10>>>,
                /// Commands that run one after the other before it starts, in its image and with its env, files and
                /// volumes: at least once for each push, and safe to repeat.
                /// Example: [{"command": ["bin/warm-up"]}]
                init: Vec<Init>,
            }
            rules: [Rule::AtMostOne(&["port", "ports"])];
            also: {
                fn long_lived(&self) -> LongLived<'_> {
                    LongLived {
                        port: self.port.as_ref(),
                        ports: Some(&self.ports),
                        health: self.health.as_ref(),
                        replicas: self.replicas.as_ref().map(|replicas| replicas.value),
                        init: &self.init,
                    }
                }
                $($also)*
            }
        }
    };
}

long_lived! {
    /// A long-lived process that answers requests.
    /// Example: {"build": "api", "port": 8080, "route": "/api", "health": "/healthz", "uses": ["db"]}
    pub struct Service: "a service" {
        /// Where it can be reached from outside; without a route it is internal.
        /// Example: /api
        /// Example: {"path": "/api", "strip": true}
        route: Vec<Route>,
    }
    also: {
        fn routes(&self) -> &[Route] {
            &self.route
        }
    }
}

long_lived! {
    /// A long-lived process that takes work from a queue or a table.
    /// Example: {"from": "api", "command": ["bin/worker"], "uses": ["jobs"]}
    pub struct Worker: "a worker" {}
    also: {}
}

process! {
    /// A process that runs on a schedule.
    /// Example: {"from": "api", "schedule": "0 6 * * *", "command": ["bin/digest"], "uses": ["db"]}
    pub struct Cron: "a cron" {
        /// When it runs, in UTC: minute, hour, day of the month, month, day of the week.
        /// Example: 0 6 * * *
        schedule: Located<Schedule>,
    }
    rules: [];
    also: {
        fn schedule(&self) -> Option<Schedule> {
            Some(self.schedule.value.clone())
        }
    }
}

record! {
    /// How an image is built.
    /// Example: {"context": "api", "target": "prod"}
    pub struct Build: "a build" {
        /// The folder that is built, relative to the manifest.
        /// Example: api
        context: Located<String> as Lenient<Located<FilePath>>,
        /// The Dockerfile, relative to the context.
        /// Default: Dockerfile
        dockerfile: Option<Located<String>> as Option<Located<FilePath>>,
        /// The stage of the Dockerfile to build.
        /// Example: prod
        target: Option<Located<String>> as Option<Located<crate::shape::Text>>,
        /// Build arguments.
        /// Example: {"NODE_VERSION": "22"}
        args: IndexMap<VarName, Template>,
    }
    short: context;
}

one_of! {
    /// A file in a container.
    pub enum File: "a file" {
        records: {
            /// A file of the repository.
            Source(SourceFile) by ["source"],
            /// Its text.
            Content(ContentFile) by ["content"],
        }
    }
    short: Source(SourceFile);
}

record! {
    /// A file of the repository, byte for byte.
    /// Example: {"source": "config/preview.yaml"}
    pub struct SourceFile: "a file of the repository" {
        /// The file, relative to the manifest.
        /// Example: config/preview.yaml
        source: Located<String> as Located<FilePath>,
    }
    short: source;
}

record! {
    /// A file whose text stands here.
    /// Example: {"content": "base_url = ${preview.url}"}
    pub struct ContentFile: "a file's text" {
        /// The text, in which references are filled in.
        /// Example: base_url = ${preview.url}
        content: Template,
    }
}

record! {
    /// A command that runs before a process starts.
    /// Example: {"command": ["bin/warm-up"]}
    pub struct Init: "a command before the start" {
        /// The whole command line.
        /// Example: ["bin/warm-up"]
        command: Vec<Template> as Command,
    }
}

record! {
    /// Where a service can be reached from outside.
    /// Example: {"host": "api"}
    pub struct Route: "a route" {
        /// Requests whose path is this or below it.
        /// Default: /
        /// Example: /api
        path: Option<Located<String>> as Option<Located<RoutePath>>,
        /// Takes the path away before the request is passed on.
        /// Default: false
        strip: Option<Located<bool>>,
        /// A host of its own: `api` becomes `api-pr-142.shop.preview.example.com`. Default: the environment's host.
        /// Example: api
        host: Option<Located<String>> as Option<Located<HostLabel>>,
    }
    short: path;
    rules: [Rule::AtLeastOne(&["path", "host"])];
}

one_of! {
    /// When a process counts as ready.
    pub enum Health: "a health check" {
        records: {
            /// A GET answers with 2xx or 3xx.
            Http(HttpHealth) by ["path"],
            /// A port accepts connections.
            Tcp(TcpHealth) by ["tcp"],
            /// A command in the container ends with 0.
            Command(CommandHealth) by ["command"],
        }
    }
    short: Http(HttpHealth);
}

record! {
    /// A GET that must answer with 2xx or 3xx.
    /// Example: {"path": "/healthz", "port": 9090}
    pub struct HttpHealth: "a health check over HTTP" {
        /// The path, with a query if need be.
        /// Example: /healthz
        path: Located<String> as Located<HealthPath>,
        /// The port. Default: the first.
        port: Option<Located<u16>> as Option<Located<Port>>,
    }
    short: path;
}

record! {
    /// A port that must accept connections.
    /// Example: {"tcp": 8080}
    pub struct TcpHealth: "a health check of a port" {
        /// The port.
        /// Example: 8080
        tcp: Located<u16> as Located<Port>,
    }
}

record! {
    /// A command that must end with 0.
    /// Example: {"command": ["bin/healthy"]}
    pub struct CommandHealth: "a health check by command" {
        /// The command line, run in the container without a shell.
        /// Example: ["bin/healthy"]
        command: Vec<Template> as Command,
    }
}

choice! {
    /// A size by name.
    pub enum SizeName {
        /// 50m CPU, 128Mi memory.
        Nano = "nano",
        /// 100m CPU, 256Mi memory.
        Small = "small",
        /// 250m CPU, 512Mi memory.
        Medium = "medium",
        /// 500m CPU, 1Gi memory.
        Large = "large",
    }
}

one_of! {
    /// How much CPU and memory a process gets.
    pub enum Size: "a size" {
        scalar: {
            /// A size by name.
            Named(Located<SizeName>),
        }
        records: {
            /// Its own amounts.
            Custom(Resources) by ["cpu", "memory"],
        }
    }
}

impl Size {
    /// Where it stands.
    pub fn span(&self) -> Option<crate::source::Span> {
        match self {
            Size::Named(name) => Some(name.span),
            Size::Custom(own) => own.cpu.as_ref().map(|cpu| cpu.span).or(own.memory.as_ref().map(|memory| memory.span)),
        }
    }
}

record! {
    /// Amounts of CPU and memory.
    /// Example: {"cpu": "250m", "memory": "512Mi"}
    pub struct Resources: "a size" {
        /// CPU: cores or thousandths. Default: that of `small`.
        /// Example: 250m
        cpu: Option<Located<Cpu>>,
        /// Memory. Default: that of `small`.
        /// Example: 512Mi
        memory: Option<Located<Memory>>,
    }
    rules: [Rule::AtLeastOne(&["cpu", "memory"])];
}
