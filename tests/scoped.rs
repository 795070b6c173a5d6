//! Stores on shared servers, compiled from a manifest for both targets.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests end where something fails"
)]

use std::collections::BTreeMap;

use previewc::artifact::Mode;
use previewc::bundle::Bundle;
use previewc::bundle::record::RemovalRecord;
use previewc::pipeline::{Secrets, compile, read};
use previewc::plan::{Key, PullRequest, Request, TargetName, on_server};
use previewc::source::MemoryFiles;
use previewc::target::Settings;
use proptest::prelude::*;
use serde_json::Value;

const ADMIN: &str = "q'u\"o`te $x ${y}";
const MANIFEST: &str = r#"
version: 1
name: shop
domain: shop.preview.example.com
services:
  api: { image: acme/api:1, port: 8080, route: /, uses: [db, jobs] }
  page: { image: acme/page:1, port: 8080, route: /page }
workers:
  mailer: { image: acme/mailer:1, env: { CACHE: "${caches.cache.url}" } }
databases:
  db:
    engine: postgres
    migrate: { from: api, command: [bin/migrate] }
    isolation: { on: shared-pg }
queues:
  jobs: { engine: rabbitmq, isolation: { on: shared-mq } }
caches:
  cache: { engine: redis, isolation: { on: shared-rd } }
servers:
  shared-pg: { engine: postgres, host: pg.internal, cidr: 10.3.0.0/24, admin: { user: root, password: "${secrets.admin}" }, reason: cost }
  shared-mq: { engine: rabbitmq, host: 10.4.0.7, ports: { management: 443 }, admin: { user: root, password: "${secrets.admin}" }, reason: cost }
  shared-rd: { engine: valkey, host: 10.5.0.7, port: 7000, admin: { user: root, password: "${secrets.admin}" }, reason: cost }
secrets:
  admin: { store: env, key: ADMIN }
"#;

/// Kafka, MinIO and MongoDB.
const FURTHER: &str = r#"
version: 1
name: shop
domain: shop.preview.example.com
services:
  api:
    image: acme/api:1
    port: 8080
    route: /
    uses: [docs, mail-jobs, files]
    env:
      BROKERS: ${queues.mail-jobs.brokers}
      PROTOCOL: ${queues.mail-jobs.security_protocol} ${queues.mail-jobs.sasl_mechanism} ${queues.mail-jobs.user}
      BUCKET: ${buckets.files.bucket} ${buckets.files.access_key} ${buckets.files.endpoint}
      AUTH: ${databases.docs.auth_source}
databases:
  docs: { engine: mongodb, migrate: { from: api, command: [bin/migrate] }, isolation: { on: shared-mo } }
queues:
  mail-jobs: { engine: kafka, isolation: { on: shared-ka } }
buckets:
  files: { engine: minio, isolation: { on: shared-s3 } }
servers:
  shared-mo: { engine: mongodb, host: 10.6.0.7, admin: { user: root, password: "${secrets.admin}" }, reason: cost }
  shared-ka: { engine: kafka, host: 10.7.0.7, port: 9096, admin: { user: root, password: "${secrets.admin}" }, reason: cost }
  shared-s3: { engine: minio, host: 10.8.0.7, admin: { user: root, password: "${secrets.admin}" }, reason: cost }
secrets:
  admin: { store: env, key: ADMIN }
"#;

fn bundle(target: TargetName) -> Bundle {
    bundle_of(MANIFEST, target)
}

fn bundle_of(manifest: &str, target: TargetName) -> Bundle {
    let program = read("preview.yaml", manifest.as_bytes().to_vec(), &MemoryFiles::default()).program;
    let program = program.value.unwrap_or_else(|| panic!("{:?}", program.diagnostics));
    let pull_request = PullRequest { repository: "acme/shop".into(), number: 142, ..PullRequest::default() };
    let key = Key::new(b"a key for tests that protects nothing").unwrap();
    let request = Request { pull_request, fingerprint: key.fingerprint(), ..Request::default() };
    let secrets = Secrets { key: &key, given: &|name| (name == "ADMIN").then(|| ADMIN.to_owned()) };
    let outcome = compile(&program, &request, &Settings::of(target, &program, "../../.."), &secrets);
    outcome.value.unwrap_or_else(|| panic!("{:?}", outcome.diagnostics))
}

fn text(bundle: &Bundle, path: &str) -> String {
    let file = bundle.files().iter().find(|(found, _)| found.as_str() == path).unwrap_or_else(|| panic!("no {path}"));
    String::from_utf8(file.1.bytes.clone()).unwrap()
}

fn documents(text: &str) -> Vec<Value> {
    text.split("\n---\n").map(|one| serde_saphyr::from_str(one).unwrap()).collect()
}

/// The files that hold the administrator's password.
fn holders(compose: &Bundle) -> Vec<&str> {
    let encoded = ADMIN.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$");
    let holds = |path: &str, bytes: &[u8]| path != "secrets/masks" && String::from_utf8_lossy(bytes).contains(&encoded);
    let mut found = Vec::new();
    for (path, file) in compose.files().iter().filter(|(path, file)| holds(path.as_str(), &file.bytes)) {
        assert_eq!(file.mode, Mode::Private, "{path}");
        found.push(path.as_str());
    }
    found
}

#[test]
fn only_the_first_step_and_the_way_down_see_the_administrator() {
    let compose = bundle(TargetName::Compose);
    let expected = [
        "down/secrets/cache-drop--left.env",
        "down/secrets/cache-drop.env",
        "down/secrets/db-drop--left.env",
        "down/secrets/db-drop.env",
        "down/secrets/jobs-drop--left.env",
        "down/secrets/jobs-drop.env",
        "secrets/cache-prepare.env",
        "secrets/db-prepare-create.env",
        "secrets/jobs-prepare-create.env",
    ];
    assert_eq!(holders(&compose), expected);

    // In Kubernetes each container takes its own keys out of the pod's Secret.
    let kubernetes = bundle(TargetName::Kubernetes);
    let password = "cSd1Im9gdGUgJHggJHt5fQ==";
    let mut keys = Vec::new();
    for (path, file) in kubernetes.files().iter().filter(|(path, _)| path.as_str().ends_with(".yaml")) {
        let text = String::from_utf8_lossy(&file.bytes);
        for document in documents(&text).iter().filter(|document| document["kind"] == "Secret") {
            for (key, value) in document["data"].as_object().unwrap() {
                if value == password {
                    assert_eq!(file.mode, Mode::Private, "{path}");
                    keys.push(format!("{}/{key}", document["metadata"]["name"].as_str().unwrap()));
                }
            }
        }
    }
    keys.sort();
    assert_eq!(
        keys,
        [
            "cache-drop/drop.REDISCLI_AUTH",
            "cache-drop/left.REDISCLI_AUTH",
            "cache-prepare/create.REDISCLI_AUTH",
            "db-drop/drop.PGPASSWORD",
            "db-drop/left.PGPASSWORD",
            "db-prepare/create.PGPASSWORD",
            "jobs-drop/drop.ADMIN_PASSWORD",
            "jobs-drop/left.ADMIN_PASSWORD",
            "jobs-prepare/create.ADMIN_PASSWORD",
        ]
    );
}

#[test]
fn policies_open_the_way_for_those_who_use_a_server_and_no_further() {
    let kubernetes = bundle(TargetName::Kubernetes);
    let mut found = BTreeMap::new();
    for document in documents(&text(&kubernetes, "manifests/00-namespace.yaml")) {
        let name = document["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        if document["kind"] == "NetworkPolicy" && name.starts_with("server-") {
            let spec = &document["spec"];
            let clients = &spec["podSelector"]["matchExpressions"][0]["values"];
            let rule = &spec["egress"][0];
            let ports: Vec<u64> =
                rule["ports"].as_array().unwrap().iter().map(|p| p["port"].as_u64().unwrap()).collect();
            found.insert(name, format!("{clients} {} {ports:?}", rule["to"][0]["ipBlock"]["cidr"]));
        }
    }
    let expected = [
        ("server-shared-mq", r#"["api","jobs-drop","jobs-prepare"] "10.4.0.7/32" [443, 5672]"#),
        ("server-shared-pg", r#"["api","db-drop","db-prepare"] "10.3.0.0/24" [5432]"#),
        ("server-shared-rd", r#"["cache-drop","cache-prepare","mailer"] "10.5.0.7/32" [7000]"#),
    ];
    assert_eq!(found, expected.map(|(name, rest)| (name.to_owned(), rest.to_owned())).into());
}

#[test]
fn what_stands_on_a_server_is_an_object_and_goes_before_all_others() {
    for target in [TargetName::Compose, TargetName::Kubernetes] {
        let bundle = bundle(target);
        let record = bundle.record();
        assert_eq!(record.inconsistencies(), Vec::<String>::new());
        let database = record.objects.iter().find(|object| object.kind == "database").unwrap();
        assert_eq!(database.name, "shared-pg/shop_pr_142__db");
        let RemovalRecord::Step(step) = &database.removal else { panic!("{:?}", database.removal) };
        assert_eq!(step, "db on shared-pg");
        let steps: Vec<&str> = record.teardown.iter().map(|step| step.name.as_str()).collect();
        let first = ["stop", "cache on shared-rd", "db on shared-pg", "jobs on shared-mq"];
        assert_eq!(steps[..4], first, "{target:?}");
        assert!(steps.len() > 4);
        // Nothing of the stores themselves runs.
        let runs = |name: &str| {
            record.objects.iter().any(|object| object.name == name || object.name.ends_with(&format!("-{name}-1")))
        };
        assert!(!runs("db") && !runs("jobs") && !runs("cache"));
    }
}

#[test]
fn a_prefix_a_bucket_and_a_database_of_its_own() {
    let compose = bundle_of(FURTHER, TargetName::Compose);
    let expected = [
        "down/secrets/docs-drop--left.env",
        "down/secrets/docs-drop.env",
        "down/secrets/files-drop--left.env",
        "down/secrets/files-drop.env",
        "down/secrets/mail-jobs-drop--left.env",
        "down/secrets/mail-jobs-drop.env",
        "secrets/docs-prepare-create.env",
        "secrets/files-prepare.env",
        "secrets/mail-jobs-prepare-create.env",
    ];
    assert_eq!(holders(&compose), expected);
    let made = compose.record().objects.iter().filter(|object| matches!(object.removal, RemovalRecord::Step(_)));
    let mut made: Vec<String> = made
        .filter(|object| object.name.starts_with("shared-"))
        .map(|object| format!("{} {}", object.kind, object.name))
        .collect();
    made.sort();
    let expected = [
        "bucket shared-s3/shop-pr-142--files",
        "database shared-mo/shop_pr_142__docs",
        "record shared-mo/shop_pr_142__docs-previewc",
        "topics shared-ka/shop_pr_142__mail_jobs-*",
        "user shared-ka/shop_pr_142__mail_jobs",
        "user shared-mo/shop_pr_142__docs",
        "user shared-s3/shop_pr_142__files",
    ];
    assert_eq!(made, expected);

    // What the application is told, and nothing of containers that are not there.
    let all = text(&compose, "compose.yaml") + &text(&compose, "secrets/api.env");
    for line in [
        "MAIL_JOBS_PREFIX: shop_pr_142__mail_jobs-",
        "BROKERS: \"10.7.0.7:9096\"",
        "PROTOCOL: SASL_PLAINTEXT SCRAM-SHA-512 shop_pr_142__mail_jobs",
        "BUCKET: shop-pr-142--files shop_pr_142__files http://10.8.0.7:9000",
        "AUTH: shop_pr_142__docs",
        "QUEUE_URL=\"kafka://shop_pr_142__mail_jobs:",
        "DATABASE_URL=\"mongodb://shop_pr_142__docs:",
        "@10.6.0.7:27017/shop_pr_142__docs\"",
    ] {
        assert!(all.contains(line), "{line} is not in:\n{all}");
    }
    // MongoDB's roles cannot be tried here: they are for these two databases, and for no other.
    let roles = "const roles = [{ role: \"readWrite\", db: name }, { role: \"dbAdmin\", db: name }, \
                 { role: \"readWrite\", db: env.MONGO_RECORD }];";
    assert!(all.contains(roles) && all.matches("role: ").count() == 3);
    // The tools on the Java virtual machine need more than a step of a shell.
    assert!(text(&compose, "down/compose.yaml").contains("mem_limit: \"320m\""));
    let kubernetes = bundle_of(FURTHER, TargetName::Kubernetes);
    assert_eq!(kubernetes.record().inconsistencies(), Vec::<String>::new());
    // Consumers log in as the application does, and ask for what was declared under the prefix.
    let workloads: String = kubernetes
        .files()
        .iter()
        .filter(|(path, _)| path.as_str().starts_with("manifests/"))
        .map(|(path, _)| text(&kubernetes, path.as_str()))
        .collect();
    assert!(workloads.contains("memory: \"320Mi\""));
    assert!(workloads.contains("grep -qxF -e \"$${PREFIX}previewc.$$PREVIEWC_IDENTITY\""), "{workloads}");
}

/// An application's name, of parts that could be mistaken for a separator and a number.
fn app() -> impl Strategy<Value = String> {
    ("[a-z]([a-z0-9]|-[a-z]|-pr-[0-9]|--[a-z]){0,6}", 0usize..40).prop_map(|(name, more)| name + &"a".repeat(more))
}

/// A node's name.
fn node() -> impl Strategy<Value = String> {
    ("[a-z]([a-z0-9]|-[a-z0-9]|-pr-[0-9]){0,6}", 0usize..12).prop_map(|(name, more)| {
        let mut name = name + &"a".repeat(more);
        name.truncate(30);
        name.trim_end_matches('-').to_owned()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    /// MySQL's users have at most 32 bytes, its databases 64, PostgreSQL's names and buckets 63, MongoDB's databases 54, so
    /// that there is room for a second one, Kafka's users 100, the others' 128.
    #[test]
    fn names_on_a_server_never_collide(one in (app(), 1u64..300, node()), other in (app(), 1u64..300, node())) {
        let id = |(app, number, _): &(String, u64, String)| format!("{app}-pr-{number}");
        for limit in [32usize, 54, 63, 64, 100, 128] {
            let names = [&one, &other].map(|which| on_server(&id(which), &which.2, limit));
            for name in &names {
                prop_assert!(name.len() <= limit && name.starts_with(|c: char| c.is_ascii_lowercase()), "{}", name);
                prop_assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'), "{}", name);
            }
            let same = id(&one) == id(&other) && one.2 == other.2;
            prop_assert_eq!(names[0] == names[1], same, "{:?} {:?} at {}: {}", &one, &other, limit, &names[0]);
        }
    }

    /// What begins with one environment's prefix never begins with another's: keys in Redis (`:`), topics, groups and
    /// transactions in Kafka (`-`), where no topic of one takes the name of another's, although `.` and `_` count as one there.
    #[test]
    fn nothing_bears_two_prefixes(
        one in (app(), 1u64..300, node()), other in (app(), 1u64..300, node()), rest in "[a-z0-9._:-]{0,12}",
    ) {
        let id = |(app, number, _): &(String, u64, String)| format!("{app}-pr-{number}");
        let same = id(&one) == id(&other) && one.2 == other.2;
        for (limit, end) in [(128usize, ':'), (100, '-')] {
            let [mine, theirs] = [&one, &other].map(|which| format!("{}{end}", on_server(&id(which), &which.2, limit)));
            let thing = format!("{mine}{rest}");
            prop_assert_eq!(thing.starts_with(&theirs), same, "{} and {}", &thing, &theirs);
            if end == '-' {
                let (thing, theirs) = (thing.replace('.', "_"), theirs.replace('.', "_"));
                prop_assert_eq!(thing.starts_with(&theirs), same, "{} and {}", &thing, &theirs);
            }
        }
        // A second database, for MongoDB's record, is nobody's first one; a bucket's name is one that S3 takes.
        let [mine, theirs] = [&one, &other].map(|which| on_server(&id(which), &which.2, 54));
        prop_assert_ne!(format!("{mine}-previewc"), theirs);
        let bucket = on_server(&id(&one), &one.2, 63).replace('_', "-");
        prop_assert!((3..=63).contains(&bucket.len()) && !bucket.ends_with('-'), "{}", bucket);
    }
}

/// Neighbours: every pair of many names that differ little, cut and uncut side by side.
#[test]
fn names_that_differ_little_never_collide() {
    for limit in [32usize, 54, 63, 64, 100, 128] {
        let mut given = BTreeMap::new();
        for length in [1usize, 5, 10, 20, 30, 40, 50, 55] {
            for number in (1..40).chain([142, 1_000_000, 9_999_999]) {
                for node in [
                    "a",
                    "b",
                    "db",
                    "d-b",
                    "db-1",
                    "pr-1",
                    "a-pr-1",
                    "database-of-the-whole-shop-one",
                    "database-of-the-whole-shop-two",
                ] {
                    for tail in ["", "-a", "-pr-1", "--a", "--db-pr-1"] {
                        let id = format!("{}{tail}-pr-{number}", "a".repeat(length));
                        let name = on_server(&id, node, limit);
                        let first = given.insert(name.clone(), (id.clone(), node));
                        assert!(first.is_none(), "{first:?} and {id} {node} are both {name} at {limit}");
                    }
                }
            }
        }
    }
}
