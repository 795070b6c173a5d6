//! Shell scripts of bundles. Templates hold the text; every value is put in as one word of a POSIX shell, and a list as
//! several, so that no template can forget to quote.

use std::collections::BTreeSet;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::ValueKind;
use minijinja::{Environment as Templates, Error, ErrorKind, Output, State, Value, context};

use crate::artifact::{Finding, Lowered, Mode};
use crate::diagnostics::{Diagnostic, codes};
use crate::document::shell;
use crate::plan::{Environment, Process, ProcessKind, Vault, percent};
use crate::resolve::Origin;

/// The file that [`masks`] goes to; scripts read it where it exists.
pub const MASKS: &str = "secrets/masks";

/// What templates include.
const PARTS: [(&str, &str); 17] = [
    ("aws-tasks", include_str!("../../templates/scripts/aws-tasks.sh.jinja")),
    ("bundle-folder", include_str!("../../templates/scripts/bundle-folder.sh.jinja")),
    ("compose-owner", include_str!("../../templates/scripts/compose-owner.sh.jinja")),
    ("cron", include_str!("../../templates/scripts/cron.sh.jinja")),
    ("epoch", include_str!("../../templates/scripts/epoch.sh.jinja")),
    ("fetch", include_str!("../../templates/scripts/fetch.sh.jinja")),
    ("frame", include_str!("../../templates/scripts/frame.sh.jinja")),
    ("imported", include_str!("../../templates/scripts/imported.sh.jinja")),
    ("imported-masks", include_str!("../../templates/scripts/imported-masks.sh.jinja")),
    ("kubernetes-owner", include_str!("../../templates/scripts/kubernetes-owner.sh.jinja")),
    ("label-functions", include_str!("../../templates/scripts/label-functions.sh.jinja")),
    ("label-removal", include_str!("../../templates/scripts/label-removal.sh.jinja")),
    ("masked", include_str!("../../templates/scripts/masked.sh.jinja")),
    ("outside-down", include_str!("../../templates/scripts/outside-down.sh.jinja")),
    ("pushed", include_str!("../../templates/scripts/pushed.sh.jinja")),
    ("restless", include_str!("../../templates/scripts/restless.sh.jinja")),
    ("recorded", include_str!("../../templates/scripts/recorded.sh.jinja")),
];

/// Fills in a template.
///
/// # Errors
/// A template that is wrong, or a value that no word of a shell can hold (NUL).
pub fn render(template: &str, values: &Value) -> Result<String, Error> {
    let mut templates = Templates::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?;
    templates.set_syntax(syntax);
    templates.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    templates.set_formatter(quoted);
    for (name, source) in PARTS {
        templates.add_template(name, source)?;
    }
    templates.render_str(template, values.clone())
}

/// Fills a template in and hands the script over. One that cannot be written is a finding.
pub fn write(path: &str, template: &str, values: &Value, out: &mut Lowered) {
    match render(template, values) {
        Ok(text) => out.file(path, text, Mode::Script),
        Err(error) => unwritten(path, &error, out),
    }
}

/// The finding about a script that cannot be written.
pub fn unwritten(path: &str, why: &dyn std::fmt::Display, out: &mut Lowered) {
    out.finding(Finding {
        diagnostic: Diagnostic::new(codes::SCRIPT_NOT_WRITTEN, format!("{path} cannot be written: {why}")),
        origin: Origin::NONE,
        label: String::new(),
    });
}

/// Every cron's name and schedule, for templates.
pub fn crons(environment: &Environment) -> Vec<Value> {
    let cron = |process: &Process| match &process.kind {
        ProcessKind::Cron { schedule } => Some(context! { name => process.name.clone(), schedule => schedule.clone() }),
        _ => None,
    };
    environment.processes.iter().filter_map(cron).collect()
}

/// What must not be seen in logs: every secret line by line, as it is and as a URL writes it, the longest first.
pub fn masks(environment: &Environment, vault: &Vault) -> Option<String> {
    if environment.secrets.is_empty() {
        return None;
    }
    let mut words = BTreeSet::new();
    for secret in vault.values() {
        for line in secret.lines().map(|line| line.trim_end_matches('\r')).filter(|line| !line.is_empty()) {
            words.insert(line.to_owned());
            words.insert(percent(line));
        }
    }
    let mut words: Vec<String> = words.into_iter().collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    Some(words.join("\n") + "\n")
}

fn quoted(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let words: Vec<String> = match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => value.try_iter()?.map(|item| item.to_string()).collect(),
        _ => vec![value.to_string()],
    };
    let line =
        shell::line(&words).map_err(|nul| Error::new(ErrorKind::BadEscape, "a word of a script").with_source(nul))?;
    out.write_str(&line).map_err(Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_words_whatever_they_hold() {
        let values = minijinja::context! { id => "a b'; rm", list => ["x", "", "$y"] };
        assert_eq!(
            render("id={{ id }}\nset -- {{ list }}\n", &values).unwrap(),
            "id='a b'\\''; rm'\nset -- x '' '$y'\n"
        );
        assert!(render("{{ missing }}", &minijinja::context! {}).is_err());
    }
}
