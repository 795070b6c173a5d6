//! Pull requests, from what the forges' own programs and APIs print.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{ListError, entries};

/// What is known of a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PullState {
    /// Whether it is open.
    pub open: bool,
    /// Its labels; `None` where the list does not tell.
    pub labels: Option<Vec<String>>,
}

/// The pull requests of a list, by number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Open {
    /// All of them.
    pub pulls: BTreeMap<u64, PullState>,
}

const WHAT: &str = "pull requests";
/// Lengths at which forges and their programs cut a list unless they are told otherwise.
const PAGES: [usize; 5] = [20, 30, 50, 100, 1000];

impl Open {
    /// Whether a pull request that the list does not have is known not to be open. A list of pull requests in every state, and one
    /// that may have been cut, says nothing of those before its first.
    pub fn proves_absence(&self, number: u64) -> bool {
        let whole = self.pulls.values().all(|pull| pull.open) && !PAGES.contains(&self.pulls.len());
        whole || self.pulls.keys().next().is_some_and(|first| number > *first)
    }
}

/// Reads GitHub's list (the API's or `gh pr list --json number,state,labels`), GitLab's, an array of numbers, or a number a line.
/// What does not say whether it is open is: who lists the open ones alone need not.
///
/// # Errors
/// [`ListError`]: a list that cannot be read is no empty list, and neither is no text at all, which is what a program leaves that
/// failed.
pub fn read(text: &str) -> Result<Open, ListError> {
    let mut open = Open::default();
    if text.trim().is_empty() {
        return Err(ListError::Form { what: WHAT });
    }
    if let Some(numbers) = plain(text) {
        let state = PullState { open: true, labels: None };
        open.pulls = numbers.into_iter().map(|number| (number, state.clone())).collect();
        return Ok(open);
    }
    for (index, entry) in entries(text, &[], WHAT)?.iter().enumerate() {
        let wrong = |what| ListError::Entry { entry: index + 1, what };
        let number = match entry {
            Value::Number(number) => number.as_u64(),
            // GitLab's `iid` is the number that people see; its `number` there is none.
            Value::Object(object) => object.get("iid").or_else(|| object.get("number")).and_then(Value::as_u64),
            _ => None,
        };
        let number = number.filter(|number| *number > 0).ok_or_else(|| wrong("has no `number` and no `iid`"))?;
        let state = entry.get("state").and_then(Value::as_str).unwrap_or("open").to_ascii_lowercase();
        let is_open = match state.as_str() {
            // GitLab locks a merge request while it is merged, and opens it again where that fails.
            "open" | "opened" | "locked" => true,
            "closed" | "merged" => false,
            _ => return Err(wrong("has a `state` that is not known")),
        };
        let label = |label: &Value| match label {
            Value::String(name) => Some(name.clone()),
            other => other.get("name").and_then(Value::as_str).map(str::to_owned),
        };
        let labels = match entry.get("labels") {
            None | Some(Value::Null) => None,
            Some(Value::Array(labels)) => {
                let named: Option<Vec<String>> = labels.iter().map(label).collect();
                Some(named.ok_or_else(|| wrong("has a label without a name"))?)
            }
            Some(_) => return Err(wrong("has `labels` that are no list")),
        };
        open.pulls.insert(number, PullState { open: is_open, labels });
    }
    Ok(open)
}

/// A number a line, nothing else.
fn plain(text: &str) -> Option<Vec<u64>> {
    let number = |line: &str| line.parse().ok().filter(|number| *number > 0);
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_list_is_read() {
        let numbers = |text: &str| read(text).unwrap().pulls.into_keys().collect::<Vec<_>>();
        assert_eq!(numbers("[3, 1]"), [1, 3]);
        assert_eq!(numbers("3\n1\n"), [1, 3]);
        assert_eq!(numbers("[]"), [0; 0]);
        assert_eq!(numbers(r#"[{"number": 7}] [{"number": 8}]"#), [7, 8]);
        let github = read(
            r#"[{"number": 1, "state": "open", "labels": [{"name": "preview"}]}, {"number": 2, "state": "CLOSED"}]"#,
        );
        let pulls = github.unwrap().pulls;
        assert_eq!(pulls[&1], PullState { open: true, labels: Some(vec!["preview".to_owned()]) });
        assert_eq!(pulls[&2], PullState { open: false, labels: None });
        let gitlab = read(
            r#"[{"id": 900, "iid": 4, "state": "opened", "labels": ["a"]}, {"iid": 5, "state": "merged", "labels": []}]"#,
        );
        let pulls = gitlab.unwrap().pulls;
        assert!(pulls[&4].open && !pulls[&5].open);
    }

    #[test]
    fn what_cannot_be_read_is_no_empty_list() {
        for text in [
            "",
            " \n",
            "<html>",
            "{\"message\": \"Bad credentials\"}",
            "[{\"title\": \"x\"}]",
            "[0]",
            "[-1]",
            "[1.5]",
            "[{\"number\": 1, \"state\": \"?\"}]",
            "1\nx",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
