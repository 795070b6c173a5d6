//! The second input.

/// The facts of a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PullRequest {
    /// The repository (`acme/shop`), lower-case because hosts compare it so; "" where unknown.
    pub repository: String,
    /// Its number.
    pub number: u64,
    /// The head commit, 7 to 64 hexadecimal digits.
    pub head_sha: Option<String>,
    /// The head branch, any text.
    pub branch: Option<String>,
    /// Whether it comes from another repository than the one that it is to be merged into.
    pub fork: bool,
}
