//! GitHub Actions: one workflow.
//!
//! Pull requests of the repository's own branches are brought up on `pull_request`, in their own version and with the
//! repository's secrets, which whoever may push a branch can read anyway. Everything is taken down on
//! `pull_request_target`, in the version of the default branch: it is the only event that a pull request with
//! conflicts has. A fork's pull request is brought up on that event too, when a label is put on it: after each look at it,
//! for each of its commits.

use minijinja::{Value, context};

use super::WorkflowError;
use super::facts::{Facts, Piece};
use super::frontends;
use super::template::{Forge, expression, fill};
use crate::manifest::Forks;

/// Actions, each by the commit of a release.
mod actions {
    pub const CHECKOUT: &str = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1";
    pub const UPLOAD: &str = "actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1";
    pub const AWS: &str = "aws-actions/configure-aws-credentials@ec61189d14ec14c8efccab744f656cffd0e33f37 # v6.1.0";
    pub const TERRAFORM: &str = "hashicorp/setup-terraform@5e8dbf3c6d9deaf4193ca7a8fb23f2ac83bb6c85 # v4.0.0";
}

const SAME: &str = "github.event.pull_request.head.repo.full_name == github.repository";
const FORKED: &str = "github.event.pull_request.head.repo.full_name != github.repository";

/// Writes the workflow.
///
/// # Errors
/// A value that its place cannot hold, such as a label with a newline.
pub fn write(facts: &Facts<'_>) -> Result<String, WorkflowError> {
    let safe = |text: &str| Value::from_safe_string(text.to_owned());
    let options = &facts.options;
    let forks = facts.forks != Forks::Never;
    let flags = "--file \"$MANIFEST\" --target \"$TARGET\" --pr \"$PR\" --sha \"$SHA\"";
    let tests = facts.tests.as_ref().map(|tests| {
        let value = |pieces: &[Piece]| {
            let piece = |piece: &Piece| match piece {
                Piece::Text(text) => Forge::Github.inert(text),
                Piece::Url => URL.to_owned(),
            };
            // A scalar in double quotes, whatever it holds: the expressions in it are meant.
            safe(&crate::document::json::compact(&pieces.iter().map(piece).collect::<String>().into()))
        };
        context! {
            dir => &tests.folder,
            under => if tests.folder == "." { String::new() } else { format!("{}/", tests.folder) },
            command => &tests.command,
            minutes => tests.minutes,
            env => tests
                .variables
                .iter()
                .map(|(name, pieces)| context! { name => name, value => value(pieces) })
                .collect::<Vec<_>>(),
        }
    });
    let registry = facts.registry.unwrap_or_default();
    let runs_on = match (options.runs_on, facts.docker) {
        ([], true) => Value::from(vec!["self-hosted", "previews"]),
        ([], false) => Value::from(HOSTED),
        ([one], _) => Value::from(one.as_str()),
        (several, _) => Value::from(several.to_vec()),
    };
    let wanted = wanted(facts)?;
    let own = if forks { vec!["github.event_name == 'pull_request'".to_owned()] } else { Vec::new() };
    let values = context! {
        version => env!("CARGO_PKG_VERSION"),
        command => options.command,
        app => facts.app,
        manifest => options.manifest,
        target => options.target.as_str(),
        hosted => HOSTED,
        runs_on => runs_on,
        install => facts.install(),
        actions => context! {
            checkout => safe(actions::CHECKOUT),
            upload => safe(actions::UPLOAD),
            aws => safe(actions::AWS),
            terraform => safe(actions::TERRAFORM),
        },
        forks => forks,
        flags => if forks { format!("{flags} ${{PREVIEW_BASE:+--base-manifest \"$PREVIEW_BASE\"}}") } else { flags.to_owned() },
        own_flags => flags,
        head_flags => flags.replace("$MANIFEST", ".previewc-head/$MANIFEST"),
        withheld => facts.forks == Forks::WithoutSecrets,
        deployments_token => safe(DEPLOYMENTS_TOKEN),
        kubernetes => options.target == crate::plan::TargetName::Kubernetes,
        compose => options.target == crate::plan::TargetName::Compose,
        docker => facts.docker,
        listed => facts.docker || options.target == crate::plan::TargetName::Kubernetes,
        aws => &facts.aws,
        terraform => facts.terraform,
        rendered => &facts.rendered,
        applied => &facts.applied,
        own_registry => registry == "ghcr.io",
        builds => facts.registry.is_some(),
        registry => registry,
        ecr => facts.ecr(),
        lists => facts.lists.iter().map(|list| context! { name => list.name, command => &list.command }).collect::<Vec<_>>(),
        frontends => frontends::values(facts),
        e2e_needs => facts.frontends.iter().map(|(name, ..)| format!("frontend-{name}")).chain(["up".to_owned()]).collect::<Vec<_>>(),
        e2e => tests,
        up_types => up_types(facts).join(", "),
        down_types => down_types(facts).join(", "),
        wanted_always => [vec!["!cancelled()".to_owned()], wanted.clone()].concat(),
        // The tests are code of the pull request's: a fork's are not run where the team's secrets are.
        tested => [vec!["!cancelled()".to_owned()], own, wanted.clone()].concat(),
        wanted => wanted,
        unwanted => unwanted(facts)?,
    };
    Ok(fill(include_str!("../../templates/ci/github.yaml.jinja"), &values, Forge::Github)?)
}

/// The runner of jobs that need no machine of their own.
const HOSTED: &str = "ubuntu-24.04";

/// The environment's URL in the job of the tests.
const URL: &str = "${{ needs.up.outputs.url }}";

/// The token that deployments are made with. A deployment of a token of one's own starts workflows in the version of the commit that is
/// deployed, which must not be a fork's.
const DEPLOYMENTS_TOKEN: &str = "${{ github.event_name == 'pull_request' && secrets.PREVIEW_TOKEN || github.token }}";

/// What may give a pull request an environment.
fn up_types(facts: &Facts<'_>) -> Vec<&'static str> {
    let mut types = vec!["opened", "synchronize", "reopened", "ready_for_review"];
    types.extend(facts.label.map(|_| "labeled"));
    types.extend(facts.title.map(|_| "edited"));
    types
}

/// What may take it away, and what gives one to a fork's.
fn down_types(facts: &Facts<'_>) -> Vec<&'static str> {
    let mut types = vec!["closed"];
    types.extend(facts.label.or(facts.fork_label()).map(|_| "unlabeled"));
    types.extend((!facts.drafts).then_some("converted_to_draft"));
    types.extend(facts.title.map(|_| "edited"));
    types.extend((facts.forks != Forks::Never).then_some("labeled"));
    types
}

/// When an environment is brought up.
fn wanted(facts: &Facts<'_>) -> Result<Vec<String>, WorkflowError> {
    let mut all = vec!["github.event.pull_request.state == 'open'".to_owned()];
    let own = format!("github.event_name == 'pull_request' && {SAME}");
    if facts.forks == Forks::Never {
        all.push(own);
    } else {
        let label = expression(facts.fork_label().unwrap_or_default())?;
        all.push(format!(
            "({own} ||\n      github.event_name == 'pull_request_target' && github.event.action == 'labeled' &&\n      \
             github.event.label.name == {label} && {FORKED})"
        ));
    }
    if let Some(label) = facts.label {
        let label = expression(label)?;
        all.push(format!("contains(github.event.pull_request.labels.*.name, {label})"));
        all.push(format!("(github.event.action != 'labeled' || github.event.label.name == {label})"));
    }
    if let Some(title) = facts.title {
        all.push(format!("contains(github.event.pull_request.title, {})", expression(title)?));
        all.push("(github.event.action != 'edited' || github.event.changes.title)".to_owned());
    }
    if !facts.drafts {
        all.push("!github.event.pull_request.draft".to_owned());
    }
    Ok(all)
}

/// When it is taken down.
fn unwanted(facts: &Facts<'_>) -> Result<Vec<String>, WorkflowError> {
    let mut all = vec!["github.event_name == 'pull_request_target'".to_owned()];
    if facts.forks == Forks::Never {
        all.push(SAME.to_owned());
    }
    let mut reasons = vec!["github.event.action == 'closed'".to_owned()];
    if let Some(label) = facts.label.or(facts.fork_label()) {
        reasons
            .push(format!("github.event.action == 'unlabeled' && github.event.label.name == {}", expression(label)?));
    }
    if !facts.drafts {
        reasons.push("github.event.action == 'converted_to_draft'".to_owned());
    }
    if let Some(title) = facts.title {
        reasons.push(format!(
            "github.event.action == 'edited' && github.event.changes.title &&\n      \
             !contains(github.event.pull_request.title, {})",
            expression(title)?
        ));
    }
    all.push(format!("({})", reasons.join(" ||\n      ")));
    Ok(all)
}
