//! The labels by which scripts, teardown and audits find everything that belongs to an environment.

use crate::document::{Map, map};
use crate::plan::Environment;

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

/// Says what something belongs to. It stays the same from push to push: Compose would make volumes and networks anew
/// when their labels change.
pub fn belonging(environment: &Environment) -> Map<'static> {
    let mut labels = map! {
        ENVIRONMENT => environment.id.to_string(),
        APP => environment.app.clone(),
        PULL_REQUEST => environment.pull_request.number.to_string(),
    };
    if !environment.scope.repository.is_empty() {
        labels.insert(REPOSITORY, environment.scope.repository.clone());
    }
    labels
}

/// The same for storage, with the key whose credentials it was made with.
pub fn storage(environment: &Environment) -> Map<'static> {
    belonging(environment).with(KEY, environment.fingerprint.clone())
}
