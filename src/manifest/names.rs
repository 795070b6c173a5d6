//! Names of nodes and of environment variables.

use std::fmt;

use super::forms::{lower, of};
use crate::diagnostics::codes;
use crate::shape::{Also, Key, Leaf, LeafShape, Misread};
use crate::syntax::Scalar;

/// The name of a node: `[a-z][a-z0-9-]{0,29}` without `--` or a `-` at the end, unique in the manifest.
///
/// It is a DNS label in every target, so it serves as a host name as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeName(String);

/// The name of an environment variable: `[A-Za-z_][A-Za-z0-9_]*`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VarName(String);

/// Reads a reference to a node. Any name will do: resolve says which names exist.
#[derive(Debug)]
pub struct NodeRef;

impl NodeName {
    const PATTERN: &'static str = "^(?!.*--)[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?$";

    /// The name, if it is one.
    pub fn new(text: &str) -> Option<NodeName> {
        is_node_name(text).then(|| NodeName(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl VarName {
    /// The name, if it is one.
    pub fn new(text: &str) -> Option<VarName> {
        is_var_name(text).then(|| VarName(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for VarName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for NodeName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for VarName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Key for NodeName {
    type Out = NodeName;

    fn shape() -> LeafShape {
        let expected = "a node name: a small letter, then small letters, digits and single `-`, at most 30 in all";
        LeafShape { expected, schema: Also::Nothing.schema(NodeName::PATTERN), choices: Vec::new() }
    }

    fn read(text: &str) -> Result<NodeName, Misread> {
        NodeName::new(text).ok_or_else(|| {
            let misread = Misread::new(codes::BAD_NAME);
            match repair(text) {
                Some(name) => misread.help(format!("write `{name}`")),
                None => misread,
            }
        })
    }

    fn refused(text: &str) -> Option<NodeName> {
        // Only the decoder comes here, after it has reported the name: nothing is compiled from it.
        Some(NodeName(text.to_owned()))
    }
}

impl Leaf for NodeRef {
    type Out = NodeName;
    const EXPECTED: &'static str = "the name of a node";

    fn shape() -> LeafShape {
        <crate::shape::Text as Leaf>::shape().saying(Self::EXPECTED)
    }

    fn read(scalar: &Scalar<'_>) -> Result<NodeName, Misread> {
        <crate::shape::Text as Leaf>::read(scalar).map(NodeName)
    }
}

impl Key for VarName {
    type Out = VarName;

    fn shape() -> LeafShape {
        let expected = "a variable name: letters, digits and `_`, not a digit first";
        LeafShape { expected, schema: Also::Nothing.schema("^[A-Za-z_][A-Za-z0-9_]*$"), choices: Vec::new() }
    }

    fn read(text: &str) -> Result<VarName, Misread> {
        VarName::new(text).ok_or_else(|| Misread::new(codes::BAD_NAME))
    }
}

pub(super) fn is_node_name(text: &str) -> bool {
    text.len() <= 30
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && lower(text, "-")
        && !text.contains("--")
        && !text.ends_with('-')
}

/// The nearest name of a node, for the help.
fn repair(text: &str) -> Option<NodeName> {
    let mut out = String::new();
    let mut before = '-';
    for c in text.chars() {
        let c = if c.is_ascii_alphanumeric() { c } else { '-' };
        if c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
            out.push('-');
        }
        if c != '-' || !out.ends_with('-') {
            out.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    NodeName::new(out.trim_matches('-'))
}

fn is_var_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && of(text, "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_names_obey_their_form() {
        let long = "a".repeat(30);
        for good in ["a", "api", "api-2", "a1", long.as_str()] {
            assert!(NodeName::new(good).is_some(), "{good}");
        }
        let too_long = "a".repeat(31);
        for bad in ["", "1a", "A", "a-", "a--b", "-a", "a_b", "ä", too_long.as_str()] {
            assert!(NodeName::new(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_bad_name_is_repaired_for_the_help() {
        let cases =
            [("API_Server", Some("api-server")), ("userDb", Some("user-db")), ("a--b", Some("a-b")), ("1a", None)];
        for (bad, good) in cases {
            assert_eq!(repair(bad).map(|n| n.to_string()).as_deref(), good, "{bad}");
        }
    }
}
