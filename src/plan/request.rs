//! What one compilation is asked for, besides the program.

use indexmap::IndexMap;

use super::PullRequest;

/// The inputs of one plan.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The pull request.
    pub pull_request: PullRequest,
    /// Images that were built elsewhere, by node (`--image api=ghcr.io/acme/shop-api@sha256:…`).
    pub images: IndexMap<String, String>,
    /// Variables set on the command line, by name.
    pub vars: IndexMap<String, String>,
    /// Whether databases whose snapshot or seed was edited are made anew.
    pub reseed: bool,
    /// Stores that are made anew once, with the identity of that reset: hexadecimal digits.
    pub reset: IndexMap<String, String>,
    /// Raised to rotate credentials.
    pub epoch: u32,
    /// The key's fingerprint.
    pub fingerprint: String,
}

impl Request {
    /// A made-up pull request whose number has seven digits, so that names are as long as they become.
    pub fn rehearsal() -> Request {
        Request {
            pull_request: PullRequest {
                repository: "owner/repository".to_owned(),
                number: 9_999_999,
                head_sha: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
                branch: Some("branch".to_owned()),
                fork: false,
            },
            fingerprint: "0000000000000000".to_owned(),
            ..Request::default()
        }
    }
}
