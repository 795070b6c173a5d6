//! What the Terraform target writes reaches a process byte for byte through the real Terraform and provider: variables with and
//! without secrets, and arguments that are literal or a variable's value. What Terraform would change is refused.

use std::path::Path;
use std::process::{Command, Output};

use previewc::artifact::Lowered;
use previewc::plan::{Environment, PortRange, ProcessKind, Value, Word};
use previewc::target::Target;
use previewc::target::terraform::{CloudSettings, DockerSettings, Platform, Terraform, TerraformSettings};
use unicode_normalization::is_nfc;

use crate::{hostile, stack, tools};

const IMAGE: &str = "busybox:1.37.0-musl";
/// Prints its variables, then its arguments, each ended by a NUL byte, into a file, and waits.
const SAY: &str = "{ cat /proc/self/environ; for word; do printf '%s\\0' \"$word\"; done; } >/said; exec sleep 1000";

#[test]
fn hostile_values_reach_the_process() {
    if !tools::have(&["terraform", "version"]) || !tools::have(&["docker", "image", "inspect", IMAGE]) {
        return;
    }
    let values: Vec<String> =
        hostile::all().into_iter().filter(|value| !value.contains('\0') && is_nfc(value)).collect();
    assert!(values.len() >= 60);
    let name = |head: &str, index: usize| format!("{head}{index:04}");
    let mut environment = stack::empty("conformance-tf", 1_000_000 + u64::from(std::process::id()));
    let mut worker = stack::process("say", ProcessKind::Worker, IMAGE);
    worker.command = stack::texts(&["sh", "-c", SAY, "say"]);
    for (index, value) in values.iter().enumerate() {
        let secret = match value.as_str() {
            "" => Value::text(""),
            _ => Value::secret(stack::secret(&mut environment, &name("S", index))),
        };
        worker.env.push(stack::variable(&name("V", index), Value::text(value)));
        worker.env.push(stack::variable(&name("S", index), secret));
        worker.args.push(Word::Text(value.clone()));
    }
    let short: Vec<usize> = (0..values.len()).filter(|index| values[*index].len() < 4096).collect();
    worker.args.extend(short.iter().map(|index| Word::Env(name("S", *index))));
    environment.processes = vec![worker];

    let Some(said) = run(&environment, |secret| {
        secret.strip_prefix('S').and_then(|index| values.get(index.parse::<usize>().ok()?)).cloned()
    }) else {
        return;
    };
    let said: Vec<&str> = said.split('\0').collect();
    for (index, value) in values.iter().enumerate() {
        for head in ["V", "S"] {
            let entry = format!("{}={value}", name(head, index));
            assert!(said.contains(&entry.as_str()), "{} is not {value:?}", name(head, index));
        }
    }
    let wanted: Vec<&str> =
        values.iter().map(String::as_str).chain(short.iter().map(|i| values[*i].as_str())).collect();
    let got = &said[said.len() - 1 - wanted.len()..said.len() - 1];
    assert_eq!(got, wanted);
}

#[test]
fn what_terraform_would_change_is_refused() {
    let mut environment = stack::empty("conformance-tf", 7);
    let mut worker = stack::process("say", ProcessKind::Worker, IMAGE);
    worker.env.push(stack::variable("CITY", Value::text("Orle\u{301}ans")));
    worker.args = vec![Word::Text("e\u{301}".to_owned())];
    environment.processes = vec![worker];
    let out = lowered(&environment, |_| None);
    assert_eq!(codes(&out), ["PV0533", "PV0533"]);
}

fn codes(out: &Lowered) -> Vec<&'static str> {
    out.findings().iter().map(|finding| finding.diagnostic.code.id()).collect()
}

/// The provider refuses an empty word of a command, and takes one of an entrypoint.
#[test]
fn an_empty_argument_stands_where_the_provider_takes_it() {
    let mut environment = stack::empty("conformance-tf", 7);
    let mut worker = stack::process("say", ProcessKind::Worker, IMAGE);
    worker.args = stack::texts(&["a", ""]);
    environment.processes = vec![worker.clone()];
    assert_eq!(codes(&lowered(&environment, |_| None)), ["PV0532"]);
    worker.command = stack::texts(&["say"]);
    environment.processes = vec![worker];
    let out = lowered(&environment, |_| None);
    assert_eq!(codes(&out), [""; 0]);
    let services = out.files().iter().find(|file| file.path == "services.tf").unwrap();
    let text = String::from_utf8_lossy(&services.contents).into_owned();
    assert!(text.contains("\n    \"say\",\n    \"a\",\n    \"\",\n  ]\n") && !text.contains("command"), "{text}");
}

fn lowered(environment: &Environment, given: impl Fn(&str) -> Option<String>) -> Lowered {
    let mut out = Lowered::new();
    let settings = TerraformSettings {
        platform: Platform::Docker(DockerSettings {
            host: None,
            ports: PortRange { from: 20000, to: 29999 },
            bind: "127.0.0.1".to_owned(),
        }),
        domain: None,
        cloud: CloudSettings::default(),
        build_root: ".".to_owned(),
    };
    Terraform { settings }.lower(environment, &stack::vault(environment, given), &mut out);
    out
}

/// Applies the environment, reads what its only process wrote, destroys everything. Nothing where the provider cannot be had.
fn run(environment: &Environment, given: impl Fn(&str) -> Option<String>) -> Option<String> {
    let out = lowered(environment, given);
    assert!(out.findings().is_empty(), "{:?}", out.findings());
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle");
    for file in out.files() {
        let path = bundle.join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &file.contents).unwrap();
    }
    let at = bundle.to_str().unwrap();
    if !tools::have(&["terraform", &format!("-chdir={at}"), "init", "-input=false"]) {
        return None;
    }
    let apply = ["terraform", "apply", "-input=false", "-auto-approve", "-no-color"];
    let applied = within(&bundle, &apply);
    let container = format!("{}_say", environment.id);
    let read = ["docker", "exec", &container, "cat", "/said"];
    let said = within(&bundle, &read);
    let plan = ["terraform", "plan", "-input=false", "-no-color", "-detailed-exitcode"];
    let planned = within(&bundle, &plan);
    let destroy = ["terraform", "destroy", "-input=false", "-auto-approve", "-no-color"];
    tools::succeeded(&destroy, within(&bundle, &destroy));
    tools::succeeded(&apply, applied);
    tools::succeeded(&plan, planned);
    Some(tools::succeeded(&read, said))
}

fn within(folder: &Path, command: &[&str]) -> Output {
    Command::new(command[0]).args(&command[1..]).current_dir(folder).output().unwrap()
}
