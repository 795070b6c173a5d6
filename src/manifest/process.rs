//! Services, workers and crons.

use indexmap::IndexMap;

use super::command::Command;
use super::forms::{FilePath, HealthPath, HostLabel, Image, PortName, RoutePath};
use super::names::{NodeName, NodeRef, VarName};
use super::quantity::{Cpu, Memory};
use super::schedule::Schedule;
use crate::shape::{Int, Port, Rule, Template, choice, one_of, record};
use crate::source::Located;

record! {
    /// A long-lived process that answers requests.
    /// Example: {"build": "api", "port": 8080, "route": "/api", "health": "/healthz", "uses": ["db"]}
    pub struct Service: "a service" {
        /// Takes build, image, env and size from this node; `uses` and `command` stay this node's own.
        /// Example: api
        from: Option<Located<NodeName>> as Option<Located<NodeRef>>,
        /// How its image is built.
        /// Example: web
        build: Option<Build>,
        /// A ready image.
        /// Example: ghcr.io/acme/api:1.2
        image: Option<Located<String>> as Option<Located<Image>>,
        /// The port that it listens on.
        /// Example: 8080
        port: Option<Located<u16>> as Option<Located<Port>>,
        /// Several ports by name; the first is the one that is routed.
        /// Example: {"http": 8080, "metrics": 9090}
        ports: IndexMap<String, Located<u16>> as IndexMap<PortName, Located<Port>>,
        /// Where it can be reached from outside; without a route it is internal.
        /// Example: /api
        /// Example: {"path": "/api", "strip": true}
        route: Vec<Route>,
        /// When it counts as ready. Default: its port accepts connections.
        /// Example: /healthz
        health: Option<Health>,
        /// Files whose change rebuilds it, as globs. Default: its build context.
        /// Example: ["api/**", "libs/**"]
        paths: Vec<Located<String>> as Vec<Located<FilePath>>,
        /// How much CPU and memory it gets.
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
        /// How many copies run.
        /// Default: 1
        replicas: Option<Located<u32>> as Option<Located<Int<1, 10>>>,
        /// The numeric user that it runs as. Default: the image's.
        /// Example: 1000
        user: Option<Located<u32>> as Option<Located<Int<0, 4_294_967_294>>>,
    }
    rules: [Rule::ExactlyOne(&["from", "build", "image"]), Rule::AtMostOne(&["port", "ports"])];
}

record! {
    /// A long-lived process that takes work from a queue or a table.
    /// Example: {"from": "api", "command": ["bin/worker"], "uses": ["jobs"]}
    pub struct Worker: "a worker" {
        /// Takes build, image, env and size from this node; `uses` and `command` stay this node's own.
        /// Example: api
        from: Option<Located<NodeName>> as Option<Located<NodeRef>>,
        /// How its image is built.
        build: Option<Build>,
        /// A ready image.
        image: Option<Located<String>> as Option<Located<Image>>,
        /// The port that it listens on, for health or for its neighbours.
        port: Option<Located<u16>> as Option<Located<Port>>,
        /// Several ports by name.
        ports: IndexMap<String, Located<u16>> as IndexMap<PortName, Located<Port>>,
        /// When it counts as ready.
        health: Option<Health>,
        /// Files whose change rebuilds it, as globs. Default: its build context.
        paths: Vec<Located<String>> as Vec<Located<FilePath>>,
        /// How much CPU and memory it gets.
        /// Default: small
        size: Option<Size>,
        /// The nodes that it uses: it starts after them and receives their variables.
        uses: Vec<Located<NodeName>> as Vec<Located<NodeRef>>,
        /// Environment variables. A scalar of any kind becomes text as it is written.
        env: IndexMap<VarName, Template>,
        /// Variables at build time, given as build arguments.
        build_env: IndexMap<VarName, Template>,
        /// The whole command line, in place of the image's entrypoint and command.
        command: Option<Vec<Template>> as Option<Command>,
        /// Arguments for the image's entrypoint, or behind `command`.
        args: Vec<Template>,
        /// How many copies run.
        /// Default: 1
        replicas: Option<Located<u32>> as Option<Located<Int<1, 10>>>,
        /// The numeric user that it runs as. Default: the image's.
        user: Option<Located<u32>> as Option<Located<Int<0, 4_294_967_294>>>,
    }
    rules: [Rule::ExactlyOne(&["from", "build", "image"]), Rule::AtMostOne(&["port", "ports"])];
}

record! {
    /// A process that runs on a schedule.
    /// Example: {"from": "api", "schedule": "0 6 * * *", "command": ["bin/digest"], "uses": ["db"]}
    pub struct Cron: "a cron" {
        /// When it runs, in UTC: minute, hour, day of the month, month, day of the week.
        /// Example: 0 6 * * *
        schedule: Located<Schedule>,
        /// Takes build, image, env and size from this node; `uses` and `command` stay this node's own.
        from: Option<Located<NodeName>> as Option<Located<NodeRef>>,
        /// How its image is built.
        build: Option<Build>,
        /// A ready image.
        image: Option<Located<String>> as Option<Located<Image>>,
        /// Files whose change rebuilds it, as globs. Default: its build context.
        paths: Vec<Located<String>> as Vec<Located<FilePath>>,
        /// How much CPU and memory it gets.
        /// Default: small
        size: Option<Size>,
        /// The nodes that it uses: it receives their variables.
        uses: Vec<Located<NodeName>> as Vec<Located<NodeRef>>,
        /// Environment variables. A scalar of any kind becomes text as it is written.
        env: IndexMap<VarName, Template>,
        /// Variables at build time, given as build arguments.
        build_env: IndexMap<VarName, Template>,
        /// The whole command line, in place of the image's entrypoint and command.
        command: Option<Vec<Template>> as Option<Command>,
        /// Arguments for the image's entrypoint, or behind `command`.
        args: Vec<Template>,
        /// The numeric user that it runs as. Default: the image's.
        user: Option<Located<u32>> as Option<Located<Int<0, 4_294_967_294>>>,
    }
    rules: [Rule::ExactlyOne(&["from", "build", "image"])];
}

record! {
    /// How an image is built.
    /// Example: {"context": "api", "target": "prod"}
    pub struct Build: "a build" {
        /// The folder that is built, relative to the manifest.
        /// Example: api
        context: Located<String> as Located<FilePath>,
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
