//! Queues and buckets in a cloud, of environments whose processes are elsewhere.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests end where something fails"
)]

use std::collections::BTreeSet;

use previewc::artifact::Mode;
use previewc::bundle::Bundle;
use previewc::bundle::record::RemovalRecord;
use previewc::pipeline::{Secrets, compile, read};
use previewc::plan::{Key, PullRequest, Request, TargetName};
use previewc::source::MemoryFiles;
use previewc::target::Settings;

const MANIFEST: &str = r#"
version: 1
name: shop
domain: shop.preview.example.com
services:
  api:
    image: acme/api:1
    port: 8080
    route: /
    uses: [jobs, files]
    env:
      MAIL: ${queues.jobs.prefix}mail
      MAIL_URL: ${queues.jobs.queue_prefix}/${queues.jobs.prefix}mail
      SECRET: ${buckets.files.secret_key}
      BOTH: ${queues.jobs.access_key}:${secrets.token}
workers:
  mailer: { from: api, command: [bin/mailer, "${queues.jobs.account}"], env: { MAIL_URL: another } }
queues:
  jobs: { engine: sqs, queues: [mail], max_retries: 3, isolation: { cloud: aws, region: eu-west-1 } }
buckets:
  files: { engine: minio, isolation: { cloud: aws, region: eu-west-1 } }
secrets:
  token: { store: env, key: TOKEN }
"#;
const TOKEN: &str = "t0ken-${of}-\"tests\"";

fn bundle(more: &str, target: TargetName, number: u64) -> Bundle {
    let manifest = format!("{MANIFEST}{more}");
    let program = read("preview.yaml", manifest.into_bytes(), &MemoryFiles::default()).program;
    let program = program.value.unwrap_or_else(|| panic!("{:?}", program.diagnostics));
    let pull_request = PullRequest { repository: "acme/shop".into(), number, ..PullRequest::default() };
    let key = Key::new(b"a key for tests that protects nothing").unwrap();
    let request = Request { pull_request, fingerprint: key.fingerprint(), ..Request::default() };
    let secrets = Secrets { key: &key, given: &|name| (name == "TOKEN").then(|| TOKEN.to_owned()) };
    let outcome = compile(&program, &request, &Settings::of(target, &program, "../../.."), &secrets);
    outcome.value.unwrap_or_else(|| panic!("{:?}", outcome.diagnostics))
}

fn text(bundle: &Bundle, path: &str) -> String {
    let file = bundle.files().iter().find(|(found, _)| found.as_str() == path).unwrap_or_else(|| panic!("no {path}"));
    String::from_utf8(file.1.bytes.clone()).unwrap()
}

const TARGETS: [TargetName; 3] = [TargetName::Kubernetes, TargetName::Compose, TargetName::Terraform];

#[test]
fn every_target_has_the_same_part_and_hands_on_whole_values() {
    for target in TARGETS {
        let bundle = bundle("", target, 142);
        let outputs = text(&bundle, "cloud/outputs.tf");
        let names: Vec<&str> = outputs.lines().filter_map(|line| line.strip_prefix("output \"")).collect();
        // What is known when the bundle is written is no output.
        let expected = ["BOTH\" {", "MAIL_URL\" {", "PREVIEWC_ARG_1\" {", "SECRET\" {"];
        assert_eq!(names, expected, "{target:?}");
        assert_eq!(outputs.matches("sensitive = true").count(), names.len());
        let account = "${data.aws_caller_identity.current.account_id}";
        assert!(
            outputs.contains(&format!("\"https://sqs.eu-west-1.amazonaws.com/{account}/shop-pr-142--jobs--mail\""))
        );
        assert!(outputs.contains("\"${aws_iam_access_key.environment.id}${var.secrets[\"output/BOTH\"]}\""));
        assert!(text(&bundle, "cloud/secrets.auto.tfvars.json").contains(r#"":t0ken-${of}-\"tests\"""#));
        let policy = text(&bundle, "cloud/network.tf");
        assert!(policy.contains("aws_sqs_queue.jobs__mail.arn") && !policy.contains("\"*\""), "{policy}");
        // Nothing of it stands among the processes.
        for (path, file) in bundle.files() {
            let text = String::from_utf8_lossy(&file.bytes);
            assert!(!text.contains("elasticmq") && !text.contains("minio/minio"), "{target:?} {path}");
            assert!(!text.contains("t0ken-") || file.mode == Mode::Private, "{target:?} {path}");
        }
    }
}

#[test]
fn it_is_applied_first_removed_last_and_everything_of_it_is_in_the_record() {
    for target in TARGETS {
        let bundle = bundle("", target, 142);
        let record = bundle.record();
        let argv = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let up = argv(&["sh", "cloud.sh", "up"]);
        let stage = record.stages.iter().position(|stage| stage.run.contains(&up)).expect("a stage applies it");
        let later = record.stages.iter().skip(stage + 1).flat_map(|stage| &stage.run).count();
        assert!(later > 0, "{target:?}");
        let fetched =
            record.stages.iter().flat_map(|stage| &stage.outputs).filter(|output| output.run[1] == "cloud.sh");
        assert_eq!(fetched.count(), 4, "{target:?}");
        let last = record.teardown.last().unwrap();
        assert_eq!((last.name.as_str(), &last.run), ("part on AWS", &vec![argv(&["sh", "cloud.sh", "down"])]));
        assert_eq!(last.verify, [argv(&["sh", "cloud.sh", "left"])]);
        let mine = |one: &&previewc::bundle::record::ObjectRecord| one.kind.starts_with("aws_");
        let objects: Vec<_> = record.objects.iter().filter(mine).collect();
        let resources: usize = ["cloud/network.tf", "cloud/data.tf"]
            .iter()
            .map(|path| text(&bundle, path).matches("resource \"aws_").count())
            .sum();
        assert_eq!(objects.len(), resources, "{target:?}");
        for object in objects {
            assert_eq!(object.removal, RemovalRecord::Step("part on AWS".to_owned()), "{}", object.name);
        }
    }
}

#[test]
fn pull_requests_share_no_name_there_and_targets_no_state() {
    let names = |number| -> BTreeSet<(String, String)> {
        let bundle = bundle("", TargetName::Kubernetes, number);
        let objects = bundle.record().objects.iter().filter(|one| one.kind.starts_with("aws_"));
        objects.map(|one| (one.kind.clone(), one.name.clone())).collect()
    };
    let (one, other) = (names(142), names(143));
    assert!(one.len() == other.len() && one.is_disjoint(&other), "{one:?}");
    let backend = "targets: { terraform: { platform: docker, backend: { kind: s3, settings: { bucket: states } } } }\n";
    for (more, kept) in [
        ("", "path = \"../../handoff/shop-pr-142.terraform.cloud.tfstate\""),
        (backend, "key          = \"previewc/acme/shop/shop-pr-142.cloud.tfstate\""),
    ] {
        let bundle = bundle(more, TargetName::Terraform, 142);
        assert!(text(&bundle, "cloud/versions.tf").contains(kept), "{}", text(&bundle, "cloud/versions.tf"));
        assert!(!text(&bundle, "versions.tf").contains(".cloud.tfstate"));
    }
}

#[test]
fn on_aws_there_is_no_part_but_roles() {
    let aws = "targets: { terraform: { platform: aws, region: eu-west-1, subnets: [subnet-0a1b2c3d], listener: \"arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/previews/50dc6c495c0c9188/f2f7dc8efc522ab2\" } }\n";
    let bundle = bundle(aws, TargetName::Terraform, 142);
    assert!(bundle.files().keys().all(|path| !path.as_str().starts_with("cloud")));
    let services = text(&bundle, "services.tf");
    assert!(services.contains("aws_sqs_queue.jobs__mail.arn") && !services.contains("aws_iam_access_key"));
}
