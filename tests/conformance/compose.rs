//! What the Compose target writes reaches a process byte for byte: variables with and without secrets, arguments that
//! are literal and arguments that are a variable's value.

use std::path::Path;
use std::process::Command;

use previewc::artifact::Lowered;
use previewc::plan::{Environment, PortRange, ProcessKind, Value, Word};
use previewc::target::Target;
use previewc::target::compose::{Compose, ComposeSettings, Expose};
use previewc::target::terraform::CloudSettings;

use crate::{hostile, stack, tools};

const IMAGE: &str = "busybox:1.37.0-musl";
/// Prints its variables, then its arguments, each ended by a NUL byte.
const SAY: &str = "cat /proc/self/environ; for word; do printf '%s\\0' \"$word\"; done";

#[test]
fn hostile_values_reach_the_process() {
    if !tools::have(&["docker", "compose", "version"]) || !tools::have(&["docker", "image", "inspect", IMAGE]) {
        return;
    }
    // No process can have a NUL byte in its environment.
    let values: Vec<String> = hostile::all().into_iter().filter(|value| !value.contains('\0')).collect();
    assert!(values.len() >= 80);
    let name = |head: &str, index: usize| format!("{head}{index:04}");

    // A number that no other test and no person uses, so that two runs on one engine do not meet.
    let mut environment = stack::empty("conformance", 1_000_000 + u64::from(std::process::id()));
    let mut worker = stack::process("say", ProcessKind::Worker, IMAGE);
    worker.command = stack::texts(&["sh", "-c", SAY, "say"]);
    for (index, value) in values.iter().enumerate() {
        // An empty secret is none.
        let secret = match value.as_str() {
            "" => Value::text(""),
            _ => Value::secret(stack::secret(&mut environment, &name("S", index))),
        };
        worker.env.push(stack::variable(&name("V", index), Value::text(value)));
        worker.env.push(stack::variable(&name("S", index), secret));
        worker.args.push(Word::Text(value.clone()));
    }
    // Each variable once more as an argument would not fit beside the others: the long ones come by themselves.
    let short: Vec<usize> = (0..values.len()).filter(|index| values[*index].len() < 4096).collect();
    worker.args.extend(short.iter().map(|index| Word::Env(name("S", *index))));
    environment.processes = vec![worker];

    let said = run(&environment, |secret| {
        secret.strip_prefix('S').and_then(|index| values.get(index.parse::<usize>().ok()?)).cloned()
    });
    let said: Vec<&str> = said.split('\0').collect();
    for (index, value) in values.iter().enumerate() {
        for head in ["V", "S"] {
            let entry = format!("{}={value}", name(head, index));
            assert!(said.contains(&entry.as_str()), "{} is not {value:?}", name(head, index));
        }
    }
    let arguments: Vec<&str> =
        values.iter().map(String::as_str).chain(short.iter().map(|i| values[*i].as_str())).collect();
    let got = &said[said.len() - 1 - arguments.len()..said.len() - 1];
    for (got, expected) in got.iter().zip(&arguments) {
        assert_eq!(got, expected);
    }
}

/// Lowers the environment, runs its only process to the end, takes everything down, and hands back what it said.
fn run(environment: &Environment, given: impl Fn(&str) -> Option<String>) -> String {
    let mut out = Lowered::new();
    let settings = ComposeSettings {
        expose: Expose::None,
        domain: None,
        ports: PortRange { from: 20000, to: 29999 },
        cloud: CloudSettings::default(),
        build_root: ".".to_owned(),
    };
    Compose { settings }.lower(environment, &stack::vault(environment, given), &mut out);
    assert!(out.findings().is_empty(), "{:?}", out.findings());
    let folder = tempfile::tempdir().unwrap();
    for file in out.files() {
        let path = folder.path().join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &file.contents).unwrap();
    }
    let id = environment.id.as_str();
    let run = ["docker", "compose", "-p", id, "--env-file", "/dev/null", "run", "--rm", "--no-TTY", "say"];
    let ran = within(folder.path(), &run);
    let down = ["sh", "./down.sh"];
    tools::succeeded(&down, within(folder.path(), &down));
    tools::succeeded(&run, ran)
}

fn within(folder: &Path, command: &[&str]) -> std::process::Output {
    Command::new(command[0]).args(&command[1..]).current_dir(folder).output().unwrap()
}
