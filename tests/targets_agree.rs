//! A process has the same variables in every target, and the same values but for hosts, ports and schemes of public URLs.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests read files, and end where something fails"
)]

use std::collections::BTreeMap;
use std::path::Path;

use previewc::pipeline::{environment, read};
use previewc::plan::{Environment, ProcessKind, PullRequest, Request, TargetName, Variable};
use previewc::source::MemoryFiles;
use previewc::target::Settings;
use previewc::target::terraform::{AwsSettings, CloudSettings, Platform, TerraformSettings};

/// Terraform's platforms are two targets here.
fn on_aws() -> Settings {
    Settings::Terraform(TerraformSettings {
        platform: Platform::Aws(Box::new(AwsSettings {
            region: "eu-west-1".to_owned(),
            cluster: "previews".to_owned(),
            subnets: vec!["subnet-0a1b2c3d".to_owned()],
            public_ip: false,
            listener: None,
            zone: None,
            architecture: "X86_64",
            pull_secrets: BTreeMap::new(),
            kms_keys: Vec::new(),
            egress: Vec::new(),
            log_days: 7,
            permissions_boundary: None,
            db_subnet_group: None,
            cache_subnet_group: None,
            managed: BTreeMap::new(),
        })),
        domain: None,
        cloud: CloudSettings::default(),
        build_root: "../../..".to_owned(),
    })
}

fn planned(example: &str, target: Option<TargetName>) -> Environment {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
    let bytes = std::fs::read(folder.join("preview.yaml")).unwrap();
    let mut files = MemoryFiles::new();
    for entry in walk(&folder) {
        let path = entry.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
        files = files.with(&path, std::fs::read(&entry).unwrap());
    }
    let program = read("preview.yaml", bytes, &files).program;
    let program = program.value.unwrap_or_else(|| panic!("{:?}", program.diagnostics));
    let pull_request = PullRequest {
        repository: "acme/shop".to_owned(),
        number: 142,
        head_sha: Some("3f9d0c1b2a4e5f60718293a4b5c6d7e8f9012345".to_owned()),
        branch: Some("feature/checkout".to_owned()),
        fork: false,
    };
    let request = Request { pull_request, ..Request::default() };
    let settings = target.map_or_else(on_aws, |target| Settings::of(target, &program, "../../.."));
    let outcome = environment(&program, &request, &settings);
    outcome.value.unwrap_or_else(|| panic!("{:?}", outcome.diagnostics))
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().is_some_and(|name| name == ".previewc") {
            continue;
        }
        if path.is_dir() { out.extend(walk(&path)) } else { out.push(path) }
    }
    out
}

/// The variables of every process, migration and seed, with what belongs to a target's own public URLs taken out.
fn variables(environment: &Environment) -> BTreeMap<String, BTreeMap<String, (String, bool)>> {
    let mut hosts: Vec<(String, String)> =
        environment.urls.iter().map(|public| (public.url.clone(), format!("<url of {}>", public.node))).collect();
    hosts.push((environment.url.clone(), "<url>".to_owned()));
    // The longest first: an URL may begin with another.
    hosts.sort_by_key(|(url, _)| std::cmp::Reverse(url.len()));
    let of = |env: &[Variable]| {
        let one = |variable: &Variable| {
            let masked = variable.value.masked("***");
            let value = hosts.iter().fold(masked, |text, (url, word)| text.replace(url, word));
            // In a cloud a host inside the environment bears the environment's domain.
            let value = value.replace(&format!(".{}.previewc.internal", environment.id), "");
            (variable.name.clone(), (value, variable.value.is_tainted()))
        };
        env.iter().map(one).collect::<BTreeMap<_, _>>()
    };
    let processes = environment.processes.iter().filter(|process| process.kind != ProcessKind::Gateway);
    let mut out: BTreeMap<_, _> = processes.map(|process| (process.name.clone(), of(&process.env))).collect();
    for sequence in &environment.sequences {
        out.extend(sequence.steps.iter().map(|step| (format!("{} {}", sequence.name, step.name), of(&step.env))));
    }
    out
}

#[test]
fn every_target_gives_a_process_the_same_variables() {
    for example in ["shop", "minimal"] {
        let targets =
            [Some(TargetName::Kubernetes), Some(TargetName::Compose), Some(TargetName::Terraform), None::<TargetName>];
        let [kubernetes, compose, terraform, aws] = targets.map(|target| variables(&planned(example, target)));
        assert!(kubernetes.values().map(BTreeMap::len).sum::<usize>() >= 5, "{kubernetes:?}");
        assert_eq!(kubernetes, compose, "{example}");
        assert_eq!(compose, terraform, "{example}");
        assert_eq!(terraform, aws, "{example}");
    }
}
