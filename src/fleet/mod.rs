//! The environments that are there, held against the pull requests that are open: which should be gone, and why.
//!
//! ```text
//! open.rs    pull requests: GitHub's and GitLab's lists, plain numbers
//! live.rs    what runs: namespaces, Compose projects, containers and volumes, states of Terraform
//! judge.rs   what should become of each environment
//! states.rs  how the processes of one environment do
//! ```
//!
//! Nothing is asked for here: the lists are handed over as text, and what to do is handed back. An environment is ours where its
//! own labels, or the place of its state, say so; what only has such a name is listed apart and left alone.

mod judge;
mod live;
mod open;
mod states;

use crate::plan::TargetName;

pub use judge::{Fleet, Judged, Verdict, judge, span};
pub use live::{Live, Stranger, read as live};
pub use open::{Open, PullState, read as open};
pub use states::states;

/// The label by which a pull request keeps its environment, unless another is named.
pub const KEEP: &str = "preview-keep";

/// Whose environments these are, and how long they may stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The manifest's name.
    pub app: String,
    /// The repository, in small letters.
    pub repository: String,
    /// Seconds that an environment stays after the last push.
    pub ttl: Option<u64>,
    /// Seconds without a request after which it sleeps.
    pub idle: Option<u64>,
    /// How many pull requests may have an environment.
    pub max_open: Option<u32>,
    /// The label without which a pull request gets none.
    pub label: Option<String>,
    /// The label by which a pull request keeps its environment.
    pub keep: String,
    /// The manifest's folder, by which a Compose project is known to be of this checkout.
    pub root: String,
}

/// One environment that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// The pull request.
    pub number: u64,
    /// What it runs on.
    pub target: TargetName,
    /// Its id.
    pub id: String,
    /// When it was last brought up, in seconds since 1970; `None` where nothing says so.
    pub pushed: Option<i64>,
    /// When it was last asked for anything, likewise.
    pub active: Option<i64>,
    /// Whether something of it runs beside the gateway; `None` where no list tells.
    pub awake: Option<bool>,
    /// The gateway's container, where Docker's list tells it.
    pub gateway: Option<String>,
    /// Whether it is marked to be kept.
    pub keep: bool,
    /// Since when it is being removed.
    pub going: Option<i64>,
    /// Whether something of it was seen; a state may be all that is left.
    pub seen: bool,
}

/// Why a list could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// It is neither JSON nor the lines that are known.
    #[error("it is neither JSON nor a list of {what}")]
    Form {
        /// What is wanted.
        what: &'static str,
    },
    /// One entry is wrong.
    #[error("entry {entry} {what}")]
    Entry {
        /// Its number, from 1.
        entry: usize,
        /// What is wrong with it.
        what: &'static str,
    },
}

/// A moment as lists state it: RFC 3339, or the form of `docker` and of GitLab with a space and an offset.
///
/// Gives seconds since 1970, and nothing where it is none.
pub fn moment(text: &str) -> Option<i64> {
    let text = text.trim();
    let (plain, is_utc) = text.strip_suffix("UTC").map_or((text, false), |rest| (rest.trim(), true));
    let mut plain = plain.replacen(' ', "T", 1).replace(' ', "");
    if is_utc && !plain.ends_with("+0000") {
        plain.push('Z');
    }
    plain.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}

/// Every JSON value of a text: an array's entries, an object with a list of them, or one value a line.
fn entries(text: &str, lists: &[&str], what: &'static str) -> Result<Vec<serde_json::Value>, ListError> {
    let mut out = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>() {
        match value.map_err(|_| ListError::Form { what })? {
            serde_json::Value::Array(items) => out.extend(items),
            serde_json::Value::Object(mut object) => match lists.iter().find_map(|key| object.remove(*key)) {
                Some(serde_json::Value::Array(items)) => out.extend(items),
                Some(_) => return Err(ListError::Form { what }),
                None => out.push(serde_json::Value::Object(object)),
            },
            other => out.push(other),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_in_every_form() {
        let wanted = moment("2026-11-30T12:00:00Z");
        assert!(wanted.is_some());
        for text in [
            "2026-11-30T13:00:00+01:00",
            "2026-11-30T12:00:00.000Z",
            "2026-11-30 12:00:00 +0000 UTC",
            "2026-11-30 12:00:00 UTC",
        ] {
            assert_eq!(moment(text), wanted, "{text}");
        }
        for text in ["", "yesterday", "2026-13-30T12:00:00Z"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
