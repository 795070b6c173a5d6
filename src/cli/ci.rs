//! What GitHub Actions and GitLab CI say about the pull request.

use std::env;

use serde_json::Value;

/// What is known without any flag.
#[derive(Debug, Default)]
pub struct Facts {
    /// The pull request's number.
    pub number: Option<u64>,
    /// Its head commit.
    pub sha: Option<String>,
    /// Its head branch.
    pub branch: Option<String>,
    /// The repository.
    pub repository: Option<String>,
    /// Whether it comes from another repository.
    pub fork: bool,
}

impl Facts {
    /// Whether a pull request comes from another repository, as far as the job's event tells: of the one that it names, and of
    /// whichever is asked for where it names none.
    pub fn is_fork(&self, number: u64) -> bool {
        self.fork && self.number.is_none_or(|own| own == number)
    }
}

/// Whether this runs in a CI, where nothing that a run writes is there in the next.
pub fn is_ci() -> bool {
    ["CI", "GITHUB_ACTIONS", "GITLAB_CI"]
        .into_iter()
        .any(|name| env::var(name).is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false")))
}

/// Reads what the CI sets.
pub fn facts() -> Facts {
    if ["GITHUB_ACTIONS", "GITHUB_EVENT_PATH", "GITHUB_REF"].into_iter().any(|name| set(name).is_some()) {
        return github();
    }
    if ["GITLAB_CI", "CI_MERGE_REQUEST_IID"].into_iter().any(|name| set(name).is_some()) {
        return Facts {
            number: set("CI_MERGE_REQUEST_IID").and_then(|number| number.parse().ok()),
            sha: set("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA").or_else(|| set("CI_COMMIT_SHA")),
            branch: set("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME").or_else(|| set("CI_COMMIT_REF_NAME")),
            repository: set("CI_MERGE_REQUEST_PROJECT_PATH").or_else(|| set("CI_PROJECT_PATH")),
            fork: set("CI_MERGE_REQUEST_SOURCE_PROJECT_ID") != set("CI_MERGE_REQUEST_PROJECT_ID"),
        };
    }
    Facts::default()
}

/// The event names the head commit; `GITHUB_SHA`, a merge commit that exists nowhere else, serves only where there is no
/// event to read.
fn github() -> Facts {
    let event: Value = set("GITHUB_EVENT_PATH")
        .and_then(|path| std::fs::read(path).ok())
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let number = event.pointer("/pull_request/number").and_then(Value::as_u64).or_else(|| {
        let reference = set("GITHUB_REF")?;
        reference.strip_prefix("refs/pull/")?.split('/').next()?.parse().ok()
    });
    let is_fork = |base: &str, head: &str| {
        let name = |of: &str| text(&format!("{of}/full_name"));
        event.pointer(base).is_some() && name(base) != name(head)
    };
    Facts {
        number,
        sha: text("/pull_request/head/sha").or_else(|| set("GITHUB_SHA")),
        branch: text("/pull_request/head/ref").or_else(|| set("GITHUB_HEAD_REF")),
        repository: set("GITHUB_REPOSITORY"),
        // A head without a repository is one whose repository is gone: not this one.
        fork: is_fork("/pull_request/base/repo", "/pull_request/head/repo")
            || is_fork("/workflow_run/repository", "/workflow_run/head_repository"),
    }
}

fn set(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
