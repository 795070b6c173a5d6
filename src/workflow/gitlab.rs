//! GitLab CI: jobs to include, with GitLab's own environments: they show the address, stop when the merge request is merged or
//! closed, and stop by themselves after `preview.ttl` without a push.
//!
//! Pipelines of merge requests of the project's own branches alone get an environment. A fork's run in the fork, with the fork's
//! variables, unless a member runs one in the project, and then with the project's: neither is what anybody wants here.

use minijinja::context;

use super::WorkflowError;
use super::facts::{Facts, Piece};
use super::frontends;
use super::template::{self, Forge, fill};
use crate::plan::TargetName;

/// Writes the jobs.
///
/// # Errors
/// A value that its place cannot hold, such as a label with a newline.
pub fn write(facts: &Facts<'_>) -> Result<String, WorkflowError> {
    let options = &facts.options;
    let tags = match (options.runs_on, facts.docker) {
        ([], true) => Some(vec!["previews".to_owned()]),
        ([], false) => None,
        (several, _) => Some(several.to_vec()),
    };
    let tests = facts.tests.as_ref().map(|tests| {
        let export = |(name, pieces): &(String, Vec<Piece>)| {
            let value: String = pieces.iter().map(in_double_quotes).collect();
            format!("export {name}=\"{value}\"")
        };
        let below = |file: &str| if tests.folder == "." { file.to_owned() } else { format!("{}/{file}", tests.folder) };
        context! {
            dir => crate::document::shell::word(&tests.folder).unwrap_or_default(),
            command => &tests.command,
            exports => tests.variables.iter().map(export).collect::<Vec<_>>(),
            minutes => tests.minutes,
            report => below("playwright-report"),
            results => below("test-results"),
        }
    });
    let lists: Vec<String> =
        facts.lists.iter().map(|list| format!("{} >.preview-{}.json", list.command, list.name)).collect();
    let live: Vec<String> = facts.lists.iter().map(|list| format!("--live .preview-{}.json", list.name)).collect();
    let mut programs = vec!["previewc", "git", "curl", "jq"];
    programs.extend((options.target == TargetName::Kubernetes).then_some("kubectl"));
    programs.extend(facts.registry.map(|_| "docker"));
    programs.extend(facts.terraform.then_some("terraform"));
    programs.extend(facts.aws.as_ref().map(|_| "aws"));
    let values = context! {
        version => env!("CARGO_PKG_VERSION"),
        command => options.command,
        app => facts.app,
        manifest => options.manifest,
        target => options.target.as_str(),
        test_runner => match &tags {
            Some(tags) => format!("  tags: {}", crate::document::json::compact(&tags.clone().into())),
            None => "  image: $PREVIEW_TEST_IMAGE".to_owned(),
        },
        tags => tags,
        programs => programs.join(", "),
        install => facts.install(),
        secret_names => [&facts.rendered[..], &facts.applied[..]].concat(),
        kubernetes => options.target == TargetName::Kubernetes,
        aws => facts.aws.clone().or_else(|| facts.ecr().map(str::to_owned)),
        ecr => facts.ecr(),
        builds => facts.registry.is_some(),
        registry => facts.registry.unwrap_or_default(),
        auto_stop => facts.ttl.map(|seconds| format!("{} minutes", seconds.div_ceil(60))),
        frontends => frontends::values(facts),
        e2e => tests,
        lists => lists,
        live => live.join(" "),
        wanted => wanted(facts)?,
    };
    Ok(fill(include_str!("../../templates/ci/gitlab.yaml.jinja"), &values, Forge::Gitlab)?)
}

/// A part of a value between double quotes of a shell.
fn in_double_quotes(piece: &Piece) -> String {
    match piece {
        Piece::Url => "$BASE_URL".to_owned(),
        Piece::Text(text) => crate::document::shell::in_double_quotes(text),
    }
}

/// When a merge request has an environment.
fn wanted(facts: &Facts<'_>) -> Result<String, WorkflowError> {
    let mut all = vec![
        "$CI_PIPELINE_SOURCE == \"merge_request_event\"".to_owned(),
        "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID".to_owned(),
    ];
    if let Some(label) = facts.label {
        all.push(format!("$CI_MERGE_REQUEST_LABELS =~ /(^|,){}(,|$)/", pattern("label", label)?));
    }
    if let Some(title) = facts.title {
        all.push(format!("$CI_MERGE_REQUEST_TITLE =~ /{}/i", pattern("title", title)?));
    }
    if !facts.drafts {
        all.push("$CI_MERGE_REQUEST_TITLE !~ /^(\\[draft\\]|\\(draft\\)|draft:)/i".to_owned());
    }
    Ok(all.join(" && "))
}

/// A text in a pattern (RE2), in which it stands for itself.
fn pattern(what: &str, text: &str) -> Result<String, WorkflowError> {
    if text.chars().any(char::is_control) {
        return Err(WorkflowError::Unfit {
            message: format!("preview.trigger.{what} holds control characters, which no pipeline's rule can hold"),
            help: "write it without them".to_owned(),
        });
    }
    Ok(template::pattern(text))
}
