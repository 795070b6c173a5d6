//! Whole lowerings of an environment made by hand.

mod access;
mod pods;
mod shape;

use serde_json::Value as Json;

use super::*;
use crate::plan::{
    Access, ConfigFile, EnvId, Health, Hosts, Image, Imports, Key, Overrides, Poll, Port, PublicUrl, PullRequest,
    Route, Scope, Secret, SecretSource, Secrets, Sequence, Shared, Size, Source, Step, TargetName, Value, Variable,
    Volume, WaitOn, Word,
};
use crate::resolve::Origin;

fn image(reference: &str) -> Image {
    Image { reference: reference.into(), build: None, mutable: false }
}

fn variable(name: &str, value: Value) -> Variable {
    Variable { name: name.into(), value, source: Source::Manifest, origin: Origin::NONE }
}

fn words(words: &[&str]) -> Vec<Word> {
    words.iter().map(|word| Word::Text((*word).into())).collect()
}

fn process(name: &str, kind: ProcessKind) -> Process {
    Process {
        name: name.into(),
        origin: Origin::NONE,
        kind,
        image: image("ghcr.io/acme/shop-api:4f1c"),
        command: Vec::new(),
        args: Vec::new(),
        env: Vec::new(),
        ports: Vec::new(),
        health: None,
        ready: None,
        waits: Vec::new(),
        size: Size { cpu_millis: 500, memory: 512 << 20 },
        replicas: 1,
        user: None,
        capabilities: Vec::new(),
        files: Vec::new(),
        volumes: Vec::new(),
        init: Vec::new(),
        own_name: false,
        stop_seconds: 30,
    }
}

/// A service, a cron, a gateway and a database that is prepared: the least that needs every file.
fn environment() -> Environment {
    let mut secrets = Secrets::default();
    let password = secrets.add(Secret {
        name: "db/password".into(),
        source: SecretSource::Derived { node: "db".into(), purpose: "password".into(), length: 32 },
        origin: Origin::NONE,
    });
    let mut url = Value::text("postgresql://shop:");
    url.push(&Value::secret(password), crate::plan::Encoding::Percent);
    url.push_text("@db:5432/shop");
    let client = |script: &str| Poll {
        image: image("postgres:16"),
        command: ["sh", "-c", script].map(str::to_owned).to_vec(),
        env: vec![variable("PGPASSWORD", Value::secret(password))],
        user: Some(999),
        size: None,
    };
    let step = |name: &str, command: &[&str], env: Vec<Variable>| Step {
        is_task: false,
        name: name.into(),
        origin: Origin::NONE,
        image: image("postgres:16"),
        command: words(command),
        env,
        user: Some(999),
        files: Vec::new(),
        source: None,
        size: Size { cpu_millis: 100, memory: 128 << 20 },
    };

    let db = Process {
        image: image("postgres:16"),
        env: vec![variable("POSTGRES_PASSWORD", Value::secret(password))],
        ports: vec![Port { name: "postgres".into(), number: 5432 }],
        health: Some(Health::Command(["sh", "-c", "pg_isready -U \"$POSTGRES_USER\""].map(str::to_owned).to_vec())),
        ready: Some(client("psql -c 'SELECT 1'")),
        user: Some(999),
        volumes: vec![Volume { name: "db".into(), path: "/var/lib/postgresql/data".into(), bytes: 1 << 30 }],
        ..process("db", ProcessKind::Store { engine: "postgres".into() })
    };
    let api = Process {
        args: vec![Word::Text("--price=$5$$".into()), Word::Env("DATABASE_URL".into())],
        env: vec![variable("DATABASE_URL", url.clone()), variable("PRICE", Value::text("$(X) é$é"))],
        ports: vec![Port { name: "http".into(), number: 8080 }],
        health: Some(Health::Http { port: 8080, path: "/healthz".into() }),
        waits: vec![WaitOn::Process("db".into()), WaitOn::Sequence("db-prepare".into())],
        replicas: 2,
        ..process("api", ProcessKind::Service)
    };
    let digest = Process {
        command: words(&["bin/digest"]),
        env: vec![variable("DATABASE_URL", url.clone())],
        waits: vec![WaitOn::Process("db".into())],
        ..process("digest", ProcessKind::Cron { schedule: "0 6 * * *".into() })
    };
    let gateway = Process {
        image: image("caddy:2.8-alpine"),
        ports: vec![Port { name: "http".into(), number: 8080 }],
        user: Some(65532),
        capabilities: vec!["NET_BIND_SERVICE".into()],
        files: vec![ConfigFile { path: "/etc/caddy/Caddyfile".into(), contents: b":8080\n".to_vec() }],
        ..process("gateway", ProcessKind::Gateway)
    };
    let host = "pr-142.shop.preview.example.com";
    Environment {
        imports: Imports::default(),
        absent: Vec::new(),
        id: EnvId::new("shop", 142),
        app: "shop".into(),
        scope: Scope { repository: "acme/shop".into(), environment: "shop-pr-142".into(), epoch: 0 },
        pull_request: PullRequest { repository: "acme/shop".into(), number: 142, ..PullRequest::default() },
        target: TargetName::Kubernetes,
        cloud: None,
        url: format!("https://{host}"),
        urls: vec![PublicUrl { node: "api".into(), url: format!("https://{host}/api") }],
        published: None,
        hosts: Hosts {
            names: vec![host.into()],
            routes: vec![Route {
                host: host.into(),
                path: "/api".into(),
                strip: true,
                process: "api".into(),
                port: 8080,
                origin: Origin::NONE,
            }],
        },
        access: Access::default(),
        processes: vec![db, api, digest, gateway],
        frontends: Vec::new(),
        sequences: vec![Sequence {
            name: "db-prepare".into(),
            store: "db".into(),
            origin: Origin::NONE,
            steps: vec![
                step("check", &["sh", "-c", "check"], vec![variable("PGPASSWORD", Value::secret(password))]),
                step("migrate", &["/previewc/busybox", "sh", "-c", "exec \"$@\""], vec![variable("DATABASE_URL", url)]),
            ],
            done: client("psql -c 'SELECT done'"),
        }],
        overrides: Overrides::default(),
        branches: Vec::new(),
        shared: Shared::default(),
        managed: Vec::new(),
        part: None,
        secrets,
        fingerprint: "00112233".into(),
    }
}

fn vault(environment: &Environment, key: &[u8]) -> Vault {
    Vault::open(&environment.secrets, &Key::new(key).unwrap(), &environment.scope, |_| None).unwrap()
}

const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

fn lower(environment: &Environment, settings: KubernetesSettings) -> Lowered {
    let mut out = Lowered::new();
    Kubernetes { settings }.lower(environment, &vault(environment, KEY), &mut out);
    out
}

fn text<'a>(out: &'a Lowered, path: &str) -> &'a str {
    let file = out.files().iter().find(|file| file.path == path).unwrap_or_else(|| panic!("no {path}"));
    std::str::from_utf8(&file.contents).unwrap()
}

/// Every object of the manifests, read back with another parser.
fn objects(out: &Lowered) -> Vec<Json> {
    let manifests = out.files().iter().filter(|file| file.path.starts_with("manifests/"));
    let texts = manifests.map(|file| std::str::from_utf8(&file.contents).unwrap());
    texts.flat_map(|text| serde_saphyr::from_multiple::<Json>(text).unwrap()).collect()
}

fn find(out: &Lowered, kind: &str, name: &str) -> Json {
    let mut all = objects(out).into_iter();
    all.find(|o| o["kind"] == kind && o["metadata"]["name"] == name).unwrap_or_else(|| panic!("no {kind} {name}"))
}

fn job_name(out: &Lowered) -> String {
    let job = objects(out).into_iter().find(|o| o["kind"] == "Job").unwrap();
    job["metadata"]["name"].as_str().unwrap().to_owned()
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../../snapshots/kubernetes");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}
