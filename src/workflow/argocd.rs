//! Argo CD: an ApplicationSet with one Application for each open pull request, and the plugin that renders for them, so that
//! nothing that is rendered is kept in Git.

use minijinja::context;

use super::WorkflowError;
use super::facts::Facts;
use super::template::{Forge, fill, pattern};
use crate::plan::TargetName;

/// Where pull requests are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// github.com or GitHub Enterprise.
    Github,
    /// gitlab.com or a GitLab of one's own.
    Gitlab,
    /// A Gitea.
    Gitea,
    /// A Bitbucket Server.
    Bitbucket,
}

/// A repository, as Argo CD looks for its pull requests.
#[derive(Debug, Clone, Copy)]
pub struct Repository<'a> {
    /// Where it is.
    pub host: Host,
    /// `OWNER/NAME`; on a Bitbucket Server `PROJECT/NAME`.
    pub name: &'a str,
    /// The API's address, where it is not that of github.com or gitlab.com.
    pub api: Option<&'a str>,
    /// The address that it is cloned from, where it is not there.
    pub url: Option<&'a str>,
}

/// Writes the objects.
///
/// # Errors
/// What Argo CD cannot do: stores that only `down.sh` removes, pull requests without a label, a place that no address tells.
pub fn write(facts: &Facts<'_>, repository: Repository<'_>) -> Result<String, WorkflowError> {
    let bitbucket = repository.host == Host::Bitbucket;
    if let Some(refusal) = refused(facts, bitbucket) {
        return Err(refusal);
    }
    let (owner, name) = repository.name.rsplit_once('/').unwrap_or(("", repository.name));
    let api = repository.api.map(|api| ("api", api.to_owned()));
    let known =
        |host: &str| repository.url.map_or_else(|| format!("https://{host}/{}.git", repository.name), str::to_owned);
    let elsewhere = || {
        repository.url.filter(|_| repository.api.is_some()).map(str::to_owned).ok_or_else(|| {
            WorkflowError::unfit("nobody knows where that server is", "pass --api URL and --git-url URL")
        })
    };
    if repository.api.is_some() && repository.url.is_none() {
        return Err(WorkflowError::unfit(
            "--api names a server of your own, but not where it is cloned from",
            "pass --git-url URL, too",
        ));
    }
    let pair = |key, value: &str| (key, value.to_owned());
    let (kind, url, settings) = match repository.host {
        Host::Github => ("github", known("github.com"), vec![pair("owner", owner), pair("repo", name)]),
        Host::Gitlab => ("gitlab", known("gitlab.com"), vec![pair("project", repository.name)]),
        Host::Gitea => ("gitea", elsewhere()?, vec![pair("owner", owner), pair("repo", name)]),
        Host::Bitbucket => ("bitbucketServer", elsewhere()?, vec![pair("project", owner), pair("repo", name)]),
    };
    if [&url, facts.options.manifest, repository.name].iter().any(|text| text.contains("{{")) {
        return Err(WorkflowError::unfit(
            "`{{` in a path or an address begins a template of Argo CD's",
            "name it without",
        ));
    }
    let settings: Vec<(&str, String)> = settings.into_iter().chain(api).collect();
    let values = context! {
        version => env!("CARGO_PKG_VERSION"),
        command => facts.options.command,
        app => facts.app,
        manifest => facts.options.manifest,
        repository => repository.name,
        url => url,
        namespaces => format!("{}-pr-*", facts.app),
        generator => context! { kind => kind, settings => settings },
        token => context! { secret => "previewc-forge", key => "token" },
        bitbucket => bitbucket,
        label => facts.label,
        title => facts.title.map(|title| format!("(?i){}", pattern(title))),
    };
    Ok(fill(include_str!("../../templates/ci/argocd.yaml.jinja"), &values, Forge::ArgoCd)?)
}

/// What Argo CD cannot do for a program.
fn refused(facts: &Facts<'_>, bitbucket: bool) -> Option<WorkflowError> {
    if facts.options.target != TargetName::Kubernetes {
        return Some(WorkflowError::unfit(
            "Argo CD applies to Kubernetes alone",
            "leave --target away, or write --target k8s",
        ));
    }
    if let Err(refusal) = facts.fits_gitops("Argo CD") {
        return Some(refusal);
    }
    // Bitbucket's pull requests have no labels, and its forks are on the same server.
    if facts.label.is_none() && !bitbucket {
        return Some(WorkflowError::unfit(
            "Argo CD cannot tell a fork's pull request from another, and would bring up every one",
            "set `preview.trigger.label`, which only members of the team can put on",
        ));
    }
    if !facts.rendered.is_empty() {
        return Some(WorkflowError::unfit(
            "the plugin would hand secrets with `store: env` to every pull request with the label, a fork's too",
            "let External Secrets fetch them into the cluster (`targets.kubernetes.secret_store`)",
        ));
    }
    None
}
