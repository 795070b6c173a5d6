//! Env files carry every value to a process byte for byte, through Compose and a Docker engine.

use std::process::Command;

use previewc::document::{Doc, Map, dotenv, yaml};

use crate::{hostile, tools};

const IMAGE: &str = "busybox:1.37.0-musl";

#[test]
fn hostile_values_reach_the_process() {
    if !tools::have(&["docker", "compose", "version"]) || !tools::have(&["docker", "image", "inspect", IMAGE]) {
        return;
    }
    // No process can have a NUL byte in its environment.
    let values: Vec<String> = hostile::all().into_iter().filter(|value| !value.contains('\0')).collect();
    assert!(values.len() >= 80);
    let variables = || values.iter().enumerate().map(|(i, value)| (format!("V{i:04}"), value));

    let folder = tempfile::tempdir().unwrap();
    let service = Map::new()
        .with("image", IMAGE)
        .with("entrypoint", vec!["cat", "/proc/self/environ"])
        .with("network_mode", "none")
        .with("env_file", vec!["values.env"]);
    let project = Doc::from(Map::new().with("services", Map::new().with("a", service)));
    std::fs::write(folder.path().join("compose.yaml"), yaml::to_string(&project)).unwrap();
    let mut file = String::new();
    variables().for_each(|(name, value)| dotenv::write(&mut file, &name, value).unwrap());
    std::fs::write(folder.path().join("values.env"), file).unwrap();

    let name = format!("previewc-env-files-{}", std::process::id());
    let run =
        ["docker", "compose", "-p", &name, "--env-file", "/dev/null", "run", "--rm", "--no-TTY", "--quiet-pull", "a"];
    let output = Command::new(run[0]).args(&run[1..]).current_dir(folder.path()).output().unwrap();
    let environ = tools::succeeded(&run, output);

    for (name, value) in variables() {
        let head = format!("{name}=");
        let got = environ.split('\0').find_map(|entry| entry.strip_prefix(&head));
        assert_eq!(got, Some(value.as_str()), "{name}");
    }
}
