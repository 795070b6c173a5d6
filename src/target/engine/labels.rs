//! The labels by which scripts, teardown and audits find everything that belongs to an environment.

use crate::plan::{ConfigFile, Environment};
use crate::source::Digest;

/// The environment's id.
pub const ENVIRONMENT: &str = "previewc.dev/environment";
/// The manifest's name.
pub const APP: &str = "previewc.dev/app";
/// The pull request's number.
pub const PULL_REQUEST: &str = "previewc.dev/pr";
/// The repository, where known.
pub const REPOSITORY: &str = "previewc.dev/repository";
/// The fingerprint of the key that the stores' credentials were derived from.
pub const KEY: &str = "previewc.dev/key";
/// A digest over the mounted files, so that a changed file replaces the container.
pub const FILES: &str = "previewc.dev/files";

/// On the gateway's container, whose log tells of requests.
pub const GATEWAY: &str = "previewc.dev/gateway";

/// The target, on what only scripts make.
pub const TARGET: &str = "previewc.dev/target";

/// Labels in the order in which they are written.
pub type Labels = Vec<(&'static str, String)>;

/// Says what something belongs to. It stays the same from push to push: Compose would make volumes and networks anew
/// when their labels change.
pub fn belonging(environment: &Environment) -> Labels {
    let mut labels = vec![
        (ENVIRONMENT, environment.id.to_string()),
        (APP, environment.app.clone()),
        (PULL_REQUEST, environment.pull_request.number.to_string()),
    ];
    if !environment.scope.repository.is_empty() {
        labels.push((REPOSITORY, environment.scope.repository.clone()));
    }
    labels
}

/// The same for storage, with the key whose credentials it was made with.
pub fn storage(environment: &Environment) -> Labels {
    let mut labels = belonging(environment);
    labels.push((KEY, environment.fingerprint.clone()));
    labels
}

/// The same for a container with files, so that a changed one replaces it.
pub fn of_container(environment: &Environment, files: &[ConfigFile]) -> Labels {
    let mut labels = belonging(environment);
    if !files.is_empty() {
        let contents = files.iter().flat_map(|file| [file.path.as_bytes(), &file.contents]);
        labels.push((FILES, Digest::of_list(contents).short(16)));
    }
    labels
}

/// The volume on which `up.sh` writes when it ran. No process or sequence has a name with two dashes.
pub fn pushed(environment: &Environment) -> String {
    pushed_of(environment.id.as_str())
}

/// The same by the environment's id.
pub fn pushed_of(id: &str) -> String {
    format!("{id}_pushed--at")
}

/// The same for templates, with the labels that it is made with.
pub fn pushed_words(environment: &Environment) -> minijinja::Value {
    let mut labels = belonging(environment);
    labels.push((TARGET, environment.target.as_str().to_owned()));
    let words: Vec<String> =
        labels.iter().flat_map(|(key, value)| ["--label".to_owned(), format!("{key}={value}")]).collect();
    minijinja::context! { name => pushed(environment), labels => words }
}
