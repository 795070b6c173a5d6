//! Bundles from what targets hand over.

use super::record::*;
use super::*;
use crate::artifact::{Object, Stage, StageName, TeardownStep};
use crate::resolve::Origin;

/// A bundle of some files (a path that begins with `secrets/` is private), for these tests and those of `cli::store`.
pub(crate) fn bundle(target: &str, files: &[(&str, &str)]) -> Bundle {
    Bundle::new(facts(target), lowered(files)).unwrap()
}

fn facts(target: &str) -> Facts {
    Facts {
        environment: EnvironmentRecord {
            id: "shop-pr-142".into(),
            app: "shop".into(),
            pr: 142,
            repo: "github.com/acme/shop".into(),
            url: Some("http://pr-142.shop.localhost:20142".into()),
        },
        target: target.into(),
        inputs: Inputs {
            fork: false,
            files: vec![InputFile { path: "preview.yaml".into(), sha256: Digest::of(b"x") }],
            sha: Some("4f2c1d0".into()),
            branch: Some("feature/x".into()),
            key: Some("0123456789abcdef".into()),
            epoch: 1,
            reseed: true,
            reset: [("db".to_owned(), "0123456789abcdef".to_owned())].into(),
            images: [("api".to_owned(), "ghcr.io/acme/shop-api@sha256:00".to_owned())].into(),
            vars: [("REGION".to_owned(), "eu-west-1".to_owned())].into(),
        },
        urls: vec![UrlRecord { name: "web".into(), url: "http://pr-142.shop.localhost:20142".into() }],
        absent: Vec::new(),
    }
}

fn lowered(files: &[(&str, &str)]) -> Lowered {
    let argv = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Argv>();
    let mut lowered = Lowered::new();
    for (path, text) in files {
        let mode = match path.rsplit_once('.') {
            _ if path.starts_with("secrets/") => Mode::Private,
            Some((_, "sh")) => Mode::Script,
            _ => Mode::Public,
        };
        lowered.file(*path, *text, mode);
    }
    let object = |kind: &str, removal| Object {
        kind: kind.into(),
        name: "shop-pr-142".into(),
        namespace: None,
        stage: StageName::Namespace,
        removal,
        origin: Origin::NONE,
    };
    lowered.object(object("network", Removal::Step("network".into())));
    lowered.object(object("endpoint", Removal::Within { kind: "network".into(), name: "shop-pr-142".into() }));
    lowered.stage(Stage {
        name: StageName::Namespace,
        run: vec![argv(&["docker", "compose", "up"])],
        wait: vec![],
        outputs: vec![],
    });
    lowered.teardown(TeardownStep {
        name: "network".into(),
        run: vec![argv(&["docker", "network", "rm", "shop-pr-142"])],
        sweep: vec![],
        verify: vec![argv(&["docker", "network", "ls", "-q"])],
    });
    lowered
}

fn validator() -> jsonschema::Validator {
    let schema: serde_json::Value = serde_json::from_str(include_str!("../../schemas/bundle.schema.json")).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    jsonschema::validator_for(&schema).unwrap()
}

#[test]
fn a_record_lists_every_file_and_fits_the_schema() {
    let bundle = bundle("compose", &[("up.sh", "#!/bin/sh\n"), ("secrets/api.env", "A=\"b\"\n"), ("compose.yaml", "")]);
    let record = bundle.record();
    let listed: Vec<_> = record.files.iter().map(|f| (f.path.as_str(), f.mode)).collect();
    assert_eq!(listed, [("compose.yaml", Mode::Public), ("secrets/api.env", Mode::Private), ("up.sh", Mode::Script)]);
    assert_eq!(record.inconsistencies(), [] as [&str; 0]);
    let json = record.to_json();
    assert_eq!(BundleRecord::read(&json).unwrap(), *record);
    let value: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let errors: Vec<String> = validator().iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert_eq!(errors, [] as [&str; 0]);
    assert_eq!(value["files"][1]["mode"], "0600");
    assert_eq!(value["objects"][1]["removal"]["within"]["kind"], "network");
}

#[test]
fn a_sparse_record_fits_the_schema_too() {
    let mut record = bundle("kubernetes", &[]).record().clone();
    record.environment.url = None;
    record.inputs = Inputs::default();
    record.urls.clear();
    let sweep = SweepRecord { list: vec!["docker".into()], remove: vec!["docker".into(), "rm".into()] };
    record.teardown[0].sweep.push(sweep);
    record.stages[0].outputs.push(OutputRecord { run: vec!["true".into()], file: "handoff/a.json".into() });
    let value: serde_json::Value = serde_json::from_slice(&record.to_json()).unwrap();
    assert!(validator().is_valid(&value), "{:?}", validator().iter_errors(&value).next());
}

#[test]
fn the_schema_refuses_what_is_no_record() {
    let good: serde_json::Value = serde_json::from_slice(&bundle("compose", &[("a", "")]).record().to_json()).unwrap();
    let broken: [(&str, serde_json::Value); 9] = [
        ("/version", 2.into()),
        ("/target", "".into()),
        ("/environment/pr", 0.into()),
        ("/files/0/path", "../a".into()),
        ("/files/0/mode", "0777".into()),
        ("/files/0/sha256", "x".into()),
        ("/objects/0/removal", serde_json::json!({})),
        ("/stages/0/run", serde_json::json!(["docker compose up"])),
        ("/teardown/0/verify/0", serde_json::json!([])),
    ];
    for (pointer, value) in broken {
        let mut record = good.clone();
        *record.pointer_mut(pointer).unwrap() = value;
        assert!(!validator().is_valid(&record), "{pointer}");
    }
    for key in ["tool", "environment", "target", "inputs", "urls", "files", "objects", "stages", "teardown"] {
        let mut record = good.clone();
        record.as_object_mut().unwrap().remove(key);
        assert!(!validator().is_valid(&record), "without {key}");
    }
}

#[test]
fn paths_that_cannot_stand_together_are_refused() {
    let codes = |files: &[(&str, &str)]| match Bundle::new(facts("compose"), lowered(files)) {
        Ok(_) => vec![],
        Err(found) => found.into_iter().map(|d| d.message).collect(),
    };
    assert_eq!(codes(&[("a/b", ""), ("a/c", ""), ("b", "")]), [] as [&str; 0]);
    let cases: [&[(&str, &str)]; 7] = [
        &[("a", ""), ("a", "")],
        &[("a", ""), ("A", "")],
        &[("a", ""), ("a/b", "")],
        &[("a/b", ""), ("a", "")],
        &[("a/b", ""), ("A/c", "")],
        &[("bundle.json", "")],
        &[("../x", "")],
    ];
    for files in cases {
        assert_eq!(codes(files).len(), 1, "{files:?}");
    }
}

#[test]
fn a_record_of_another_version_is_refused() {
    let json = String::from_utf8(bundle("compose", &[]).record().to_json()).unwrap();
    let later = json.replacen("\"version\": 1,", "\"version\": 2, \"new\": [],", 1);
    assert!(matches!(BundleRecord::read(later.as_bytes()), Err(RecordError::Version(2))));
    assert!(matches!(BundleRecord::read(b"{}"), Err(RecordError::Malformed(_))));
    assert!(matches!(BundleRecord::read(b""), Err(RecordError::Malformed(_))));
    let known = json.replacen("\"version\": 1,", "\"version\": 1, \"extra\": 1,", 1);
    assert!(BundleRecord::read(known.as_bytes()).is_ok());
}

#[test]
fn removals_that_lead_nowhere_are_found() {
    let mut record = bundle("compose", &[]).record().clone();
    record.objects[0].removal =
        RemovalRecord::Within(ObjectName { kind: "endpoint".into(), name: "shop-pr-142".into() });
    assert_eq!(record.inconsistencies().len(), 2, "a circle");
    record.objects[0].removal = RemovalRecord::Step("x".into());
    record.objects[1].stage = "y".into();
    record.teardown.push(record.teardown[0].clone());
    assert_eq!(record.inconsistencies().len(), 3);
}

#[test]
fn nothing_secret_is_printed() {
    let bundle = bundle("compose", &[("secrets/api.env", "hunter2")]);
    assert!(!format!("{bundle:?} {:?}", bundle.files()).contains("hunter2"));
}

#[test]
fn streams() {
    let kubernetes =
        [("Kustomization", "k"), ("manifests/00-a.yaml", "a: 1\n"), ("manifests/10-b.yaml", "b: 1"), ("up.sh", "")];
    assert_eq!(
        String::from_utf8(stream(&bundle("kubernetes", &kubernetes))).unwrap(),
        "# file: manifests/00-a.yaml\na: 1\n---\n# file: manifests/10-b.yaml\nb: 1\n"
    );
    let compose = [("compose.yaml", "a: 1\n"), ("secrets/a.env", "A=\"1\""), ("up.sh", "")];
    assert_eq!(
        String::from_utf8(stream(&bundle("compose", &compose))).unwrap(),
        "# file: compose.yaml 0644\na: 1\n# file: secrets/a.env 0600\nA=\"1\"\n# file: up.sh 0755\n"
    );
}

fn on_disk(entries: &[(&str, OnDisk)]) -> BTreeMap<String, OnDisk> {
    entries.iter().map(|(path, there)| ((*path).to_owned(), *there)).collect()
}

fn holds(text: &str) -> OnDisk {
    OnDisk::File(Digest::of(text.as_bytes()))
}

#[test]
fn differences_by_kind() {
    let old = bundle("compose", &[("a", "1"), ("b", "1"), ("c", "1"), ("d", "1"), ("e", "1"), ("f", "1"), ("g", "1")]);
    let new = bundle("compose", &[("a", "1"), ("b", "2"), ("d", "2"), ("e", "2"), ("g", "2"), ("n", "1")]);
    let disk = on_disk(&[
        ("a", holds("1")),
        ("b", holds("1")),
        ("c", holds("1")),
        ("d", holds("edited")),
        ("e", holds("2")),
        ("f", holds("edited")),
        ("g", OnDisk::Other),
        ("bundle.json", holds("record")),
        (".terraform", OnDisk::Folder),
        ("notes", OnDisk::Unread),
    ]);
    let difference = Difference::new(Some(old.record()), &disk, &new);
    assert_eq!(
        difference,
        Difference {
            unchanged: vec!["a".into(), "e".into()],
            changed: vec!["b".into(), "d".into(), "g".into()],
            added: vec!["n".into()],
            removed: vec!["c".into(), "f".into()],
            edited: vec!["d".into(), "f".into(), "g".into()],
            obstructing: vec![],
            carried: vec![".terraform".into(), "notes".into()],
        }
    );
    assert!(difference.loses_work() && !difference.is_empty());
    let same = Difference::new(Some(new.record()), &on_disk(&[]), &new);
    assert_eq!((same.added.len(), same.loses_work()), (6, false), "deleted files are made again");
}

#[test]
fn foreign_things_in_the_way_are_found() {
    let old = bundle("compose", &[("x/a", "1")]);
    let new = bundle("compose", &[("a", "1"), ("b/c", "1"), ("d", "1"), ("e/f", "1"), ("x", "1"), ("y", "1")]);
    let disk = on_disk(&[
        ("a", holds("other")),
        ("b", OnDisk::Other),
        ("d", OnDisk::Folder),
        ("e/more", OnDisk::Unread),
        ("x/a", holds("1")),
        ("x/notes", OnDisk::Unread),
        ("y", holds("1")),
    ]);
    let difference = Difference::new(Some(old.record()), &disk, &new);
    assert_eq!(difference.obstructing, ["a", "b", "d", "x/notes"]);
    assert_eq!(difference.carried, ["e/more"]);
    assert_eq!(difference.edited, [] as [&str; 0]);
    assert_eq!(difference.unchanged, ["y"]);
}

#[test]
fn a_changed_mode_is_a_change() {
    let mut old = bundle("compose", &[("a", "1")]).record().clone();
    old.files[0].mode = Mode::Script;
    let new = bundle("compose", &[("a", "1")]);
    let difference = Difference::new(Some(&old), &on_disk(&[("a", holds("1"))]), &new);
    assert_eq!((difference.changed.len(), difference.loses_work()), (1, false));
}
