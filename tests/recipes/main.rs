//! Recipes as users meet them: the shipped ones are in order, a project's own is used as they are, and a wrong one is
//! reported in its own file.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "tests may panic, print and touch the disk"
)]

use indexmap::IndexMap;
use previewc::diagnostics::{Diagnostic, Sink};
use previewc::plan::{Environment, Process, Request};
use previewc::recipes::{self, Recipe};
use previewc::source::{MemoryFiles, SourceMap};
use previewc::syntax::{self, Syntax};
use previewc::{pipeline, target};

const COCKROACHDB: &str = include_str!("cockroachdb.yaml");
const PATH: &str = ".previewc/recipes/cockroachdb.yaml";

fn read(text: &str) -> (Option<Recipe>, Vec<String>) {
    let (mut map, mut sink) = (SourceMap::new(), Sink::new());
    let file = syntax::load(&mut map, "recipe.yaml", text.as_bytes().to_vec(), &mut sink).unwrap();
    let root = syntax::parse(&map, file, Syntax::Yaml, &mut sink);
    let recipe = root.and_then(|root| recipes::decode(&map, &root, &mut sink));
    let found = sink.into_sorted().iter().map(|found| line(&map, found)).collect();
    (recipe, found)
}

/// `PATH:LINE:COLUMN CODE MESSAGE`.
fn line(map: &SourceMap, found: &Diagnostic) -> String {
    let span = found.primary.as_ref().unwrap().span;
    let start = map.range(span).start;
    let name = map.get(span.file).unwrap().name();
    format!("{name}:{}:{} {} {}", start.line, start.column, found.code.id(), found.message)
}

fn manifest(databases: &str) -> Vec<u8> {
    format!(
        "version: 1\nname: shop\ndomain: shop.example.com\nservices:\n  api: {{ image: \"api:1\", port: 80, route: /, uses: [db] }}\n{databases}\n"
    )
    .into_bytes()
}

fn environment(manifest: Vec<u8>, files: &MemoryFiles) -> Result<Environment, Vec<String>> {
    let read = pipeline::read("preview.yaml", manifest, files);
    let Some(program) = read.program.value else {
        return Err(read.program.diagnostics.iter().map(|found| line(&read.map, found)).collect());
    };
    let settings = target::Settings::of(previewc::plan::TargetName::Compose, &program, ".");
    let planned = pipeline::environment(&program, &Request::rehearsal(), &settings);
    planned.value.ok_or_else(|| planned.diagnostics.iter().map(|found| line(&read.map, found)).collect())
}

fn variable(process: &Process, name: &str) -> String {
    process.env.iter().find(|variable| variable.name == name).unwrap().value.masked("***")
}

#[test]
fn shipped_recipes_are_in_order() {
    for engine in recipes::engines() {
        let (recipe, found) = read(recipes::builtin(engine).unwrap());
        assert!(found.is_empty(), "{engine}: {found:#?}");
        let recipe = recipe.unwrap();
        // These images know root only.
        let root = ["nats", "minio", "mailpit", "meilisearch", "typesense"].contains(&engine);
        assert_eq!(recipe.container.user.is_some(), !root, "{engine} runs as an unknown user");
        assert!(recipe.client.is_some_and(|client| client.user.is_some()), "{engine}'s client is an unknown user");
    }
}

#[test]
fn mysql_and_mariadb_share_their_scripts() {
    let steps = |engine: &str| {
        let text = recipes::builtin(engine).unwrap();
        // Which client it is stands in the operator's variables too.
        let steps = text.split_once("\nsteps:").unwrap().1.split_once("\nmanaged:").unwrap().0;
        steps.replace("CLIENT: mysql", "CLIENT: mariadb")
    };
    assert_eq!(steps("mysql"), steps("mariadb"));
    let of = |engine: &str| {
        // Services have versions of their own.
        let text = recipes::builtin(engine).unwrap().split_once("\nmanaged:").unwrap().0;
        text.replace("valkey/valkey", "valkey").replace("Valkey", "Redis")
    };
    let valkey = of("valkey").replace("valkey", "redis").replace("version: \"8\"", "version: \"7\"");
    assert_eq!(valkey, of("redis").replace("valkey", "redis"));
}

#[test]
fn images_follow_from_version_and_options() {
    let (recipe, _) = read(recipes::builtin("postgres").unwrap());
    let recipe = recipe.unwrap();
    let cases: [(&str, &[&str], &str, u32); 7] = [
        ("16", &[], "postgres:${version}", 999),
        ("16", &["pgcrypto"], "postgres:${version}", 999),
        ("16", &["pgcrypto", "vector"], "pgvector/pgvector:pg${version}", 999),
        ("16", &["pgvector"], "pgvector/pgvector:pg${version}", 999),
        ("16", &["postgis"], "postgis/postgis:${version}-3.5", 999),
        ("16", &["timescaledb"], "timescale/timescaledb:latest-pg${version}", 70),
        ("16-alpine3.20", &[], "postgres:${version}", 70),
    ];
    for (version, extensions, reference, user) in cases {
        let values = extensions.iter().map(|&extension| extension.to_owned()).collect();
        let options = IndexMap::from([("extensions".to_owned(), values)]);
        let chosen = recipe.image(version, &options);
        let (start, parts) = reference.split_once("${version}").unwrap();
        let text: String = chosen
            .reference
            .parts
            .iter()
            .map(|part| match part {
                previewc::shape::TemplatePart::Text(text) => text.clone(),
                previewc::shape::TemplatePart::Ref { path, .. } => format!("${{{}}}", path.join(".")),
            })
            .collect();
        assert_eq!(text, format!("{start}${{version}}{parts}"), "{version} {extensions:?}");
        assert_eq!(chosen.user, Some(user), "{version} {extensions:?}");
    }
    let data = recipe.container.data.unwrap();
    for (version, folder) in [
        ("9.6", "/var/lib/postgresql/data"),
        ("17", "/var/lib/postgresql/data"),
        ("18", "/var/lib/postgresql"),
        ("18-alpine", "/var/lib/postgresql"),
        ("19.1", "/var/lib/postgresql"),
        ("latest", "/var/lib/postgresql"),
    ] {
        assert_eq!(data.folder(version), folder, "{version}");
    }
}

#[test]
fn a_recipe_of_the_project_is_used_like_a_shipped_one() {
    let files = MemoryFiles::new().with(PATH, COCKROACHDB);
    let manifest = manifest(
        "databases:\n  db:\n    engine: cockroachdb\n    log_level: WARNING\n    migrate: { from: api, command: [bin/migrate] }",
    );
    let environment = environment(manifest, &files).unwrap();
    let db = environment.process("db").unwrap();
    assert_eq!(db.image.reference, "cockroachdb/cockroach:v24.3.1");
    assert_eq!((db.user, db.size.memory), (Some(1000), 1 << 30));
    assert_eq!(db.ports.iter().map(|port| port.number).collect::<Vec<_>>(), [26257, 8080]);
    assert_eq!(variable(db, "LOG_LEVEL"), "WARNING");
    assert_eq!(variable(db, "COCKROACH_PASSWORD"), "***");
    assert_eq!(db.files.len(), 1);
    let name = "shop_pr_9999999__db";
    let api = environment.process("api").unwrap();
    assert_eq!(variable(api, "DATABASE_URL"), format!("postgresql://{name}:***@db:26257/{name}?sslmode=require"));
    let sequence = environment.sequences.first().unwrap();
    let steps: Vec<&str> = sequence.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(steps, ["check", "migrate", "migrated"]);
}

#[test]
fn a_recipe_of_the_project_overrides_a_shipped_one() {
    let files = MemoryFiles::new()
        .with(".previewc/recipes/postgres.yaml", recipes::builtin("postgres").unwrap().replace("\"16\"", "\"15\""));
    let environment = environment(manifest("databases: { db: { engine: postgres } }"), &files).unwrap();
    assert_eq!(environment.process("db").unwrap().image.reference, "postgres:15");
}

#[test]
fn an_image_of_the_manifest_runs_as_an_unknown_user() {
    let text = "databases: { db: { engine: postgres, image: \"ghcr.io/acme/pg:16\" } }";
    let environment = environment(manifest(text), &MemoryFiles::new()).unwrap();
    let db = environment.process("db").unwrap();
    assert_eq!((db.image.reference.as_str(), db.user), ("ghcr.io/acme/pg:16", None));
}

#[test]
fn wrong_recipes_are_reported_in_their_own_file() {
    let cases = [
        ("serves: [databases]", "serves: [database]", "2:10 PV0107"),
        ("version: v24.3.1\n", "", "2:1 PV0102"),
        ("ports: {", "port: {", "10:1 PV0101"),
        ("{ sql: 26257,", "{ sql: 262570,", "10:15 PV0106"),
        ("{ sql: 26257,", "{ SQL: 26257,", "10:10 PV0105"),
        ("database: { name: 63 }", "database: { name: 3 }", "12:21 PV0106"),
        ("password: { secret: 32 }", "password: { sekret: 32 }", "14:15 PV0101"),
        ("port: \"${self.admin}\"", "port: \"${self.admn}\"", "17:112 PV0201"),
        ("LOG_LEVEL: ${options.log_level}", "LOG_LEVEL: ${options.level}", "28:16 PV0201"),
        ("COCKROACH_DATABASE: ${self.database}", "COCKROACH_DATABASE: ${database}", "25:25 PV0201"),
        ("cockroach:${version}", "cockroach:${self.password}", "7:36 PV0201"),
        ("- { version:", "- { versio:", "9:9 PV0101"),
        ("  port: ${self.port}\n", "", "2:1 PV0102"),
        ("storage: 2Gi", "storage: many", "29:43 PV0113"),
        ("  ready: exec", "  reddy: exec", "42:3 PV0101"),
        ("  done: |\n", "  done2: |\n", "56:3 PV0101"),
        ("  migrated: |", "  seeding: |", "54:3 PV0102"),
    ];
    let text = manifest("databases:\n  db: { engine: cockroachdb }");
    let mut wrong = Vec::new();
    for (from, to, place) in cases {
        assert!(COCKROACHDB.contains(from), "{from}");
        let files = MemoryFiles::new().with(PATH, COCKROACHDB.replacen(from, to, 1));
        let found = environment(text.clone(), &files).unwrap_err();
        // Neither does the store complain of an engine that is unknown only because its recipe is wrong.
        let expected = format!("{PATH}:{place}");
        let right = found.first().is_some_and(|first| first.starts_with(&expected));
        if !right || found.iter().any(|line| !line.starts_with(PATH)) {
            wrong.push(format!("{to}: {place}, not {found:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_recipe_cannot_do_is_refused_at_the_key() {
    let no_steps = COCKROACHDB.split_once("\nsteps:").unwrap().0.to_owned();
    let files = MemoryFiles::new().with(PATH, no_steps).with("seed.sql", "SELECT 1");
    let cases = [
        ("databases: { db: { engine: cockroachdb, migrate: { from: api, command: [m] } } }", "6:58 PV0210"),
        ("databases: { db: { engine: cockroachdb, seed: { sql: seed.sql } } }", "6:54 PV0210"),
        ("databases: { db: { engine: cockroachdb, seed: { from: api, command: [s] } } }", "6:55 PV0210"),
        ("queues: { db: { engine: redis, dead_letter: true } }", "6:45 PV0210"),
        ("queues: { db: { engine: valkey, max_retries: 3 } }", "6:46 PV0210"),
        ("queues: { db: { engine: redis, ttl: 1h } }", "6:37 PV0210"),
        ("queues: { db: { engine: sqs, dead_letter: true, max_retries: 3, ttl: 1h } }", "6:70 PV0210"),
        ("queues: { db: { engine: kafka, dead_letter: true, max_retries: 3 } }", "6:64 PV0210"),
        ("queues: { db: { engine: nats, dead_letter: true } }", "6:44 PV0210"),
        ("queues: { db: { engine: sqs, queues: [a.b] } }", "6:39 PV0105"),
        ("queues: { db: { engine: kafka, queues: [\"a:b\"] } }", "6:41 PV0105"),
        ("caches: { db: { engine: redis, eviction: lru } }", "6:42 PV0210"),
        ("databases: { db: { engine: redis } }", "6:28 PV0202"),
        ("databases: { db: { engine: mongodbb } }", "6:28 PV0209"),
        ("databases: { db: { engine: postgress } }", "6:28 PV0209"),
    ];
    for (text, place) in cases {
        let found = environment(manifest(text), &files).unwrap_err();
        assert!(found.iter().any(|line| line.starts_with(&format!("preview.yaml:{place}"))), "{text}: {found:#?}");
    }
    environment(manifest("queues: { db: { engine: redis, dead_letter: false } }"), &files).unwrap();
}
