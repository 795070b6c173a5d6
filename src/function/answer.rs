//! The list that the function gives back. Objects go from text to text: nothing that is read and written again stands between an object
//! and whoever applies it.

use std::fmt::Write as _;

use super::call::Call;
use super::list::Made;
use crate::bundle::Bundle;
use crate::document::{Doc, map, yaml};

/// The folder of a bundle that holds its objects.
pub const MANIFESTS: &str = "manifests/";

/// The objects that were given but for those of an earlier answer, then those of the bundle, in the order of the stages; and findings.
///
/// An object is of an earlier answer where it bears the marks of a render of this environment, and no other repository's.
pub fn answer(call: &Call, bundle: Option<&Bundle>, findings: Vec<Doc<'_>>) -> String {
    let environment = bundle.map(|bundle| &bundle.record().environment);
    let earlier = |made: &Made| {
        environment.is_some_and(|own| {
            made.environment == own.id && made.repository.as_ref().is_none_or(|repository| *repository == own.repo)
        })
    };
    let head = map! { "apiVersion" => call.version.as_str(), "kind" => "ResourceList" };
    let mut out = yaml::to_string(&head.into());
    let given = call.given.iter().filter(|given| !given.made.as_ref().is_some_and(earlier));
    let given: Vec<&str> = given.map(|given| given.text.as_str()).collect();
    let made = bundle.into_iter().flat_map(Bundle::files).filter(|(path, _)| path.as_str().starts_with(MANIFESTS));
    let made: Vec<String> = made.flat_map(|(_, file)| documents(&String::from_utf8_lossy(&file.bytes))).collect();
    if given.is_empty() && made.is_empty() {
        out.push_str("items: []\n");
    } else {
        out.push_str("items:\n");
        out.extend(given);
        made.iter().for_each(|document| entry(&mut out, document));
    }
    if !findings.is_empty() {
        out.push_str(&yaml::to_string(&map! { "results" => Doc::List(findings) }.into()));
    }
    out
}

/// One finding, as a list states it.
pub fn finding<'a>(severity: &'a str, code: &'a str, message: String, file: Option<(&'a str, String)>) -> Doc<'a> {
    let tags = map! { "code" => code }.with_some("line", file.as_ref().map(|(_, line)| line.clone()));
    let place = file.map(|(path, _)| map! { "path" => path });
    map! { "message" => message, "severity" => severity }.with_some("file", place).with("tags", tags).into()
}

/// The documents of a stream that previewc wrote: `---` begins a line only between them.
fn documents(stream: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    for line in stream.lines() {
        match out.last_mut() {
            Some(_) if line == "---" => out.push(String::new()),
            // What a file is, not what an object is.
            Some(document) if document.is_empty() && line.starts_with('#') => {}
            Some(document) => {
                let _ = writeln!(document, "{line}");
            }
            None => {}
        }
    }
    out.retain(|document| !document.trim().is_empty());
    out
}

/// Adds an item to a list at the margin. More indentation changes nothing of what a text holds (YAML 1.2.2, section 6.1).
fn entry(out: &mut String, item: &str) {
    for (index, line) in item.lines().enumerate() {
        let indent = if index == 0 { "- " } else { "  " };
        let _ = writeln!(out, "{}", if line.is_empty() { line.to_owned() } else { format!("{indent}{line}") });
    }
}
