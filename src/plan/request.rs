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
    /// Raised to rotate credentials.
    pub epoch: u32,
    /// The key's fingerprint.
    pub fingerprint: String,
}
