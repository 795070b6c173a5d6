//! Environments made by hand, so that a target is tested without the steps before it.

use previewc::plan::{
    Access, ConfigFile, EnvId, Environment, Health, Hosts, Image, ImageBuild, Imports, Key, Overrides, Poll, Port,
    Process, ProcessKind, PublicUrl, PullRequest, Route, Scope, Secret, SecretId, SecretSource, Secrets, Sequence,
    Shared, Size, Source, Step, TargetName, Value, Variable, Vault, Volume, WaitOn, Word,
};
use previewc::resolve::Origin;

pub const KEY: &[u8] = b"a key for tests that protects nothing";

/// An environment without processes.
pub fn empty(app: &str, number: u64) -> Environment {
    let id = EnvId::new(app, number);
    Environment {
        app: app.to_owned(),
        scope: Scope { repository: "acme/shop".to_owned(), environment: id.to_string(), epoch: 0 },
        id,
        pull_request: PullRequest { repository: "acme/shop".to_owned(), number, ..PullRequest::default() },
        target: TargetName::Compose,
        cloud: None,
        url: format!("http://pr-{number}.{app}.localhost:20{number}"),
        urls: vec![PublicUrl { node: "web".to_owned(), url: format!("http://pr-{number}.{app}.localhost:20{number}") }],
        published: u16::try_from(20000 + number % 10000).ok(),
        hosts: Hosts {
            names: vec![format!("pr-{number}.{app}.localhost")],
            routes: vec![Route {
                host: format!("pr-{number}.{app}.localhost"),
                path: "/".to_owned(),
                strip: false,
                process: "web".to_owned(),
                port: 8080,
                origin: Origin::NONE,
            }],
        },
        access: Access::default(),
        processes: Vec::new(),
        frontends: Vec::new(),
        sequences: Vec::new(),
        overrides: Overrides::default(),
        branches: Vec::new(),
        shared: Shared::default(),
        managed: Vec::new(),
        part: None,
        secrets: Secrets::default(),
        imports: Imports::default(),
        absent: Vec::new(),
        fingerprint: Key::new(KEY).unwrap().fingerprint(),
    }
}

/// A process without anything.
pub fn process(name: &str, kind: ProcessKind, image: &str) -> Process {
    Process {
        name: name.to_owned(),
        origin: Origin::NONE,
        kind,
        image: given(image),
        command: Vec::new(),
        args: Vec::new(),
        env: Vec::new(),
        ports: Vec::new(),
        health: None,
        ready: None,
        waits: Vec::new(),
        size: Size { cpu_millis: 250, memory: 128 << 20 },
        replicas: 1,
        user: None,
        capabilities: Vec::new(),
        files: Vec::new(),
        volumes: Vec::new(),
        init: Vec::new(),
        own_name: false,
        stop_seconds: 1,
    }
}

pub fn given(reference: &str) -> Image {
    Image { reference: reference.to_owned(), build: None, mutable: false }
}

pub fn built(reference: &str, context: &str) -> Image {
    Image {
        reference: reference.to_owned(),
        build: Some(ImageBuild {
            context: context.to_owned(),
            dockerfile: None,
            target: None,
            args: [("PRICE".to_owned(), "5$ ${X}".to_owned())].into_iter().collect(),
        }),
        mutable: false,
    }
}

pub fn variable(name: &str, value: Value) -> Variable {
    Variable { name: name.to_owned(), value, source: Source::Manifest, origin: Origin::NONE }
}

pub fn texts(words: &[&str]) -> Vec<Word> {
    words.iter().map(|word| Word::Text((*word).to_owned())).collect()
}

/// A secret whose value is given by a variable of the same name.
pub fn secret(environment: &mut Environment, name: &str) -> SecretId {
    environment.secrets.add(Secret {
        name: format!("secrets/{name}"),
        source: SecretSource::Given { variable: name.to_owned() },
        origin: Origin::NONE,
    })
}

pub fn password(environment: &mut Environment, node: &str) -> SecretId {
    environment.secrets.add(Secret {
        name: format!("{node}/password"),
        source: SecretSource::Derived { node: node.to_owned(), purpose: "password".to_owned(), length: 24 },
        origin: Origin::NONE,
    })
}

pub fn vault(environment: &Environment, given: impl Fn(&str) -> Option<String>) -> Vault {
    Vault::open(&environment.secrets, &Key::new(KEY).unwrap(), &environment.scope, given).unwrap()
}

/// A small stack that really runs: a store with a password and a sequence, a service, a worker, a cron, the gateway.
/// The migration counts its runs in the store's list `ran`.
pub fn stack(app: &str, number: u64) -> Environment {
    let mut environment = empty(app, number);
    let password = password(&mut environment, "cache");
    let auth = || variable("REDISCLI_AUTH", Value::secret(password));
    let client = |script: &str| texts(&["sh", "-c", script]);

    let mut cache = process("cache", ProcessKind::Store { engine: "redis".to_owned() }, "redis:7");
    cache.command = texts(&["sh", "-c", "exec redis-server --appendonly yes --requirepass \"$REDISCLI_AUTH\""]);
    cache.env = vec![auth()];
    cache.user = Some(999);
    cache.health = Some(Health::Command(["sh", "-c", "[ \"$(redis-cli ping)\" = PONG ]"].map(str::to_owned).to_vec()));
    cache.ports = vec![Port { name: "redis".to_owned(), number: 6379 }];
    cache.volumes = vec![Volume { name: "cache".to_owned(), path: "/data".to_owned(), bytes: 1 << 30 }];

    let step = |name: &str, command: Vec<Word>| Step {
        is_task: false,
        name: name.to_owned(),
        origin: Origin::NONE,
        image: given("redis:7"),
        command,
        env: vec![auth()],
        user: Some(999),
        files: Vec::new(),
        source: None,
        size: Size { cpu_millis: 100, memory: 64 << 20 },
    };
    let mut migrate = step(
        "migrate",
        texts(&[
            "/previewc/busybox",
            "sh",
            "-c",
            "if [ -f /previewc/run/cache/migrated ]; then exit 0; fi; exec \"$@\"",
            "step",
        ]),
    );
    migrate.command.extend(client("redis-cli -h cache rpush ran \"$(cat /etc/migration)\""));
    migrate.files = vec![ConfigFile { path: "/etc/migration".to_owned(), contents: b"one".to_vec() }];
    environment.sequences = vec![Sequence {
        name: "cache-prepare".to_owned(),
        store: "cache".to_owned(),
        origin: Origin::NONE,
        steps: vec![
            step(
                "check",
                client(
                    "redis-cli -h cache ping >/dev/null; \
                     if [ \"$(redis-cli -h cache get migrated)\" = one ]; then touch /previewc/run/cache/migrated; fi",
                ),
            ),
            migrate,
            step("migrated", client("redis-cli -h cache set migrated one")),
        ],
        done: Poll {
            image: given("redis:7"),
            command: vec!["true".to_owned()],
            env: Vec::new(),
            user: Some(999),
            size: None,
        },
    }];

    let mut web = process("web", ProcessKind::Service, "python:3.12-slim");
    web.command = texts(&["python3", "-m", "http.server", "8080", "--directory", "/usr/share"]);
    web.env = vec![variable("GREETING", Value::text("it costs $5, ${NAME}"))];
    web.ports = vec![Port { name: "http".to_owned(), number: 8080 }];
    web.health = Some(Health::Http { port: 8080, path: "/".to_owned() });
    web.waits = vec![WaitOn::Sequence("cache-prepare".to_owned())];
    web.user = Some(65532);

    let mut worker = process("mailer", ProcessKind::Worker, "redis:7");
    worker.command =
        client("trap 'exit 0' TERM; while :; do redis-cli -h cache incr beats >/dev/null; sleep 1 & wait; done");
    worker.env = vec![auth()];
    worker.waits = vec![WaitOn::Process("cache".to_owned())];
    worker.replicas = 2;

    let mut cron = process("digest", ProcessKind::Cron { schedule: "0 6 * * *".to_owned() }, "redis:7");
    cron.command = client("redis-cli -h cache incr digests");
    cron.env = vec![auth()];

    let mut gateway = process("gateway", ProcessKind::Gateway, "caddy:2.8-alpine");
    gateway.command = texts(&["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]);
    gateway.ports = vec![Port { name: "http".to_owned(), number: 8080 }];
    gateway.health = Some(Health::Http { port: 8081, path: "/".to_owned() });
    gateway.user = Some(65532);
    gateway.capabilities = vec!["NET_BIND_SERVICE".to_owned()];
    gateway.waits = vec![WaitOn::Process("web".to_owned())];
    gateway.files = vec![ConfigFile {
        path: "/etc/caddy/Caddyfile".to_owned(),
        contents:
            b"{\n\tadmin off\n\tauto_https off\n}\n:8081 {\n\trespond 200\n}\n:8080 {\n\treverse_proxy web:8080\n}\n"
                .to_vec(),
    }];
    environment.processes = vec![cache, web, worker, cron, gateway];
    environment
}
