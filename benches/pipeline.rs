//! How long the steps take in one process. `cargo bench`; whole processes are measured by `benches/processes.sh`.

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

use divan::{Bencher, black_box};
use previewc::pipeline::{Secrets, compile, read};
use previewc::plan::{Key, PullRequest, Request, TargetName};
use previewc::resolve::Program;
use previewc::source::MemoryFiles;
use previewc::target::Settings;

fn main() {
    divan::main();
}

/// A stack of so many services around one database.
fn manifest(services: usize) -> String {
    use std::fmt::Write as _;
    let mut text =
        String::from("version: 1\nname: big\ndomain: big.preview.example.com\nregistry: ghcr.io/acme\nservices:\n");
    for i in 0..services {
        let peer = (i + 1) % services;
        let _ = write!(
            text,
            "  svc{i}:\n    build: services/svc{i}\n    port: 8080\n    route: {{ host: svc{i} }}\n    health: /healthz\n    \
             size: small\n    uses: [db]\n    env:\n      LOG_LEVEL: debug\n      PEER: ${{services.svc{peer}.url}}\n"
        );
    }
    text.push_str("databases:\n  db: { engine: postgres }\n");
    text
}

fn program(services: usize) -> Program {
    let read = read("preview.yaml", manifest(services).into_bytes(), &MemoryFiles::new());
    read.program.value.expect("the manifest is fine")
}

fn request(number: u64) -> Request {
    Request {
        pull_request: PullRequest {
            fork: false,
            repository: "acme/big".to_owned(),
            number,
            head_sha: Some("0123456789abcdef".to_owned()),
            branch: None,
        },
        ..Request::default()
    }
}

#[divan::bench(args = [10, 100, 2000])]
fn reading(bencher: Bencher<'_, '_>, services: usize) {
    let text = manifest(services);
    bencher.bench(|| read("preview.yaml", black_box(text.clone()).into_bytes(), &MemoryFiles::new()));
}

#[divan::bench(args = [10, 100, 2000])]
fn kubernetes(bencher: Bencher<'_, '_>, services: usize) {
    compiled(bencher, services, TargetName::Kubernetes);
}

#[divan::bench(args = [10, 100, 2000])]
fn compose(bencher: Bencher<'_, '_>, services: usize) {
    compiled(bencher, services, TargetName::Compose);
}

fn compiled(bencher: Bencher<'_, '_>, services: usize, target: TargetName) {
    let program = program(services);
    let settings = Settings::of(target, &program, "../../..");
    let key = Key::new(b"0123456789abcdef0123456789abcdef").expect("long enough");
    bencher.bench(|| {
        let secrets = Secrets { key: &key, given: &|_| None };
        compile(&program, black_box(&request(142)), &settings, &secrets)
    });
}
