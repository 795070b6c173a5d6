//! What holds for every manifest: tried with 2,000 random ones a run, against limits and rules that are written again here.
//! `PREVIEWC_SEED=NUMBER` tries others; a failure names the seed that it came of.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests read and write files, run the program, and end where something fails"
)]

#[path = "../support/hostile.rs"]
mod hostile;
#[path = "../support/random.rs"]
mod random;

mod compose;
mod kubernetes;
mod terraform;

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use previewc::artifact::Mode;
use previewc::bundle::Bundle;
use previewc::diagnostics::Outcome;
use previewc::pipeline::{Secrets, compile, read};
use previewc::plan::{Key, PullRequest, Request, TargetName, fit};
use previewc::resolve::Program;
use previewc::source::MemoryFiles;
use previewc::target::Settings;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use serde_json::Value;

use random::Stack;

const THREADS: u32 = 2;
const CASES: u32 = 2000 / THREADS;
const KEY: &[u8] = b"a key for tests that protects nothing";
/// Without PREVIEWC_SEED every run tries the same stacks, so that what fails fails again.
const SEED: u64 = 0x0707_0707_0707_0707;
const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

type Done = Result<(), TestCaseError>;

/// Fails one case.
macro_rules! ensure {
    ($holds:expr, $($why:tt)*) => {
        if !$holds {
            return Err(TestCaseError::fail(format!($($why)*)));
        }
    };
}
use ensure;

#[test]
fn every_random_stack_keeps_the_promises() {
    let chosen: u64 = std::env::var("PREVIEWC_SEED").map_or(SEED, |seed| seed.parse().expect("a number"));
    let workers: Vec<_> = (0..THREADS)
        .map(|number| {
            thread::spawn(move || {
                let mut seed = [7u8; 32];
                seed[0] = number as u8;
                seed[8..16].copy_from_slice(&chosen.to_le_bytes());
                let config =
                    Config { cases: CASES, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
                let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
                let mut runner = TestRunner::new_with_rng(config, rng);
                runner.run(&random::stack(), |stack| holds(&stack)).map_err(|error| error.to_string())
            })
        })
        .collect();
    for worker in workers {
        worker.join().unwrap().unwrap_or_else(|error| panic!("with PREVIEWC_SEED={chosen}: {error}"));
    }
}

fn holds(stack: &Stack) -> Done {
    let text = serde_json::to_vec_pretty(&stack.manifest).unwrap();
    let outcome = read("preview.json", text, &MemoryFiles::new()).program;
    let Some(program) = outcome.value else {
        return Err(TestCaseError::fail(format!("refused: {:?}", outcome.diagnostics)));
    };
    // One target each keeps a run short.
    let target = stack.target;
    if target == TargetName::Terraform && !terraform::keeps(stack) {
        let refused = compiled(&program, target, stack.number);
        let codes: BTreeSet<&str> = refused.diagnostics.iter().map(|d| d.code.id()).collect();
        ensure!(
            refused.value.is_none() && codes.contains("PV0533"),
            "text that Terraform changes is carried: {codes:?}"
        );
        return Ok(());
    }
    let one = bundle(&program, target, stack.number)?;
    let other = bundle(&program, target, stack.other)?;
    let again = bundle(&program, target, stack.number)?;
    ensure!(files(&one) == files(&again), "two compilations give the same bytes");
    let inconsistencies = one.record().inconsistencies();
    ensure!(inconsistencies.is_empty(), "the record does not fit together: {inconsistencies:?}");
    secrets(&one, &other)?;
    match target {
        TargetName::Kubernetes => kubernetes::holds(stack, &one, &other)?,
        TargetName::Compose => compose::holds(stack, &one, &other)?,
        TargetName::Terraform => terraform::holds(stack, &one, &other)?,
    }
    Ok(())
}

fn bundle(program: &Program, target: TargetName, number: u64) -> Result<Bundle, TestCaseError> {
    let outcome = compiled(program, target, number);
    outcome.value.ok_or_else(|| TestCaseError::fail(format!("{target:?} refused: {:?}", outcome.diagnostics)))
}

fn compiled(program: &Program, target: TargetName, number: u64) -> Outcome<Bundle> {
    let key = Key::new(KEY).unwrap();
    let request = Request {
        pull_request: PullRequest {
            fork: false,
            repository: "acme/shop".to_owned(),
            number,
            head_sha: Some(SHA.to_owned()),
            branch: Some("feature/x".to_owned()),
        },
        fingerprint: key.fingerprint(),
        ..Request::default()
    };
    let settings = Settings::of(target, program, "..");
    compile(program, &request, &settings, &Secrets { key: &key, given: &|_| None })
}

fn files(bundle: &Bundle) -> BTreeMap<String, (Vec<u8>, Mode)> {
    let mut files: BTreeMap<String, (Vec<u8>, Mode)> =
        bundle.files().iter().map(|(path, file)| (path.to_string(), (file.bytes.clone(), file.mode))).collect();
    files.insert("bundle.json".to_owned(), (serde_json::to_vec(bundle.record()).unwrap(), Mode::Public));
    files
}

/// Secrets differ from those of another pull request, and stand in private files only.
fn secrets(one: &Bundle, other: &Bundle) -> Done {
    let masks = |bundle: &Bundle| -> BTreeSet<String> {
        let files = files(bundle);
        let (bytes, _) = files.get("secrets/masks").cloned().unwrap_or_default_mode();
        String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
    };
    let (mine, theirs) = (masks(one), masks(other));
    ensure!(!mine.is_empty(), "there is a secret");
    ensure!(mine.is_disjoint(&theirs), "two pull requests share a secret");
    for (path, (bytes, mode)) in files(one) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        for secret in &mine {
            ensure!(secret.len() >= 8, "a secret is long");
            ensure!(mode == Mode::Private || !text.contains(secret.as_str()), "{path} shows a secret");
            ensure!(mode == Mode::Private || !text.contains(&base64(secret)), "{path} shows a secret in base64");
        }
    }
    Ok(())
}

trait OrNothing {
    fn unwrap_or_default_mode(self) -> (Vec<u8>, Mode);
}

impl OrNothing for Option<(Vec<u8>, Mode)> {
    fn unwrap_or_default_mode(self) -> (Vec<u8>, Mode) {
        self.unwrap_or((Vec::new(), Mode::Private))
    }
}

fn base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let six = (bits >> (18 - 6 * place)) & 63;
            out.push(if place > chunk.len() { '=' } else { char::from(LETTERS[six as usize]) });
        }
    }
    out
}

/// RFC 1123: what namespaces, Services, containers and parts of host names obey.
fn is_label(text: &str) -> bool {
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (1..=63).contains(&text.len())
        && text.chars().all(|c| edge(c) || c == '-')
        && text.starts_with(edge)
        && text.ends_with(edge)
}

fn word<'v>(value: &'v Value, path: &str) -> &'v str {
    value.pointer(path).and_then(Value::as_str).unwrap_or("")
}

/// Every object of the files is listed in the record with a removal that there is, and nothing else is.
fn listed(bundle: &Bundle, created: BTreeSet<(String, String)>) -> Done {
    let record = serde_json::to_value(bundle.record()).unwrap();
    let steps: BTreeSet<&str> = record["teardown"].as_array().unwrap().iter().map(|step| word(step, "/name")).collect();
    let objects = record["objects"].as_array().unwrap();
    let by_name: BTreeMap<(String, String), &Value> =
        objects.iter().map(|o| ((word(o, "/kind").to_owned(), word(o, "/name").to_owned()), o)).collect();
    ensure!(by_name.len() == objects.len(), "bundle.json lists an object twice");
    let listed: BTreeSet<(String, String)> = by_name.keys().cloned().collect();
    let differ: Vec<_> = listed.symmetric_difference(&created).collect();
    ensure!(differ.is_empty(), "bundle.json and the files differ in {differ:?}");
    for object in objects {
        let mut at = object;
        let mut depth = 0;
        while let Some(within) = at.pointer("/removal/within") {
            let key = (word(within, "/kind").to_owned(), word(within, "/name").to_owned());
            at = by_name.get(&key).ok_or_else(|| TestCaseError::fail(format!("nothing removes {object}")))?;
            depth += 1;
            ensure!(depth < 5, "{object} is removed in a circle");
        }
        ensure!(steps.contains(word(at, "/removal/step")), "no step removes {object}");
    }
    for step in record["teardown"].as_array().unwrap() {
        let verified = step["verify"].as_array().is_some_and(|verify| !verify.is_empty());
        ensure!(verified, "nothing verifies that {} left nothing", word(step, "/name"));
    }
    Ok(())
}

#[test]
fn names_are_injective_within_every_limit() {
    for limit in [16usize, 30, 32, 52, 58, 63, 64, 128, 253] {
        let mut given = BTreeMap::new();
        for length in limit - 9..=limit + 9 {
            for tail in 0..200u32 {
                for separator in ["", "-", "_", "-pr-"] {
                    let tail = format!("{separator}{tail}");
                    if tail.len() >= length {
                        continue;
                    }
                    let name = "a".repeat(length - tail.len()) + &tail;
                    let fitted = fit(&name, limit);
                    assert!(fitted.len() <= limit && !fitted.ends_with(['-', '_']), "{name} became {fitted}");
                    assert!(name.len() > limit || fitted == name, "{name} fits as it is");
                    if let Some(first) = given.insert(fitted.clone(), name.clone()) {
                        assert_eq!(first, name, "both became {fitted}");
                    }
                }
            }
        }
    }
}
