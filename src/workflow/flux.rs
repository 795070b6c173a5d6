//! Flux: a ResourceSet of its operator with a source, a Kustomization and an account of few rights for each open pull request. Flux
//! renders nothing, so that CI pushes what is rendered to a registry, with values of secrets encrypted.

use minijinja::context;

use super::WorkflowError;
use super::argocd::{Host, Repository};
use super::facts::Facts;
use super::template::{Forge, fill};
use crate::document::shell;
use crate::plan::TargetName;

/// Writes the objects.
///
/// # Errors
/// What Flux cannot do: stores that only `down.sh` removes, pull requests without a label, a registry or a place that nobody named.
pub fn write(facts: &Facts<'_>, repository: Repository<'_>) -> Result<String, WorkflowError> {
    if facts.options.target != TargetName::Kubernetes {
        return Err(WorkflowError::unfit(
            "Flux applies to Kubernetes alone",
            "leave --target away, or write --target k8s",
        ));
    }
    facts.fits_gitops("Flux")?;
    if let Some(title) = facts.title {
        let message = format!("Flux cannot tell by its title whether a pull request holds `{title}`");
        return Err(WorkflowError::unfit(&message, "leave `preview.trigger.title` away, and let the label decide"));
    }
    if repository.api.is_some() {
        return Err(WorkflowError::unfit("Flux finds the API by the repository's address", "name that with --git-url"));
    }
    let Some(label) = facts.label else {
        return Err(WorkflowError::unfit(
            "Flux cannot tell a fork's pull request from another, and would bring up every one",
            "set `preview.trigger.label`, which only members of the team can put on",
        ));
    };
    let Some(registry) = facts.repositories else {
        return Err(WorkflowError::unfit(
            "there is no registry that Flux could take environments from",
            "set `registry` in the manifest, such as `registry: ghcr.io/acme`",
        ));
    };
    let (provider, server) = match repository.host {
        Host::Github => ("GitHubPullRequest", Some("github.com")),
        Host::Gitlab => ("GitLabMergeRequest", Some("gitlab.com")),
        Host::Gitea => ("GiteaPullRequest", None),
        Host::Bitbucket => {
            let help = "`previewc ci argocd` does; so does a job of yours that runs up.sh and down.sh";
            return Err(WorkflowError::unfit("Flux does not list pull requests of Bitbucket", help));
        }
    };
    let known = server.map(|server| format!("https://{server}/{}", repository.name));
    let given = repository.url.map(str::to_owned);
    let url = given
        .or(known)
        .filter(|url| url.starts_with("https://") || url.starts_with("http://"))
        .ok_or_else(|| WorkflowError::unfit("nobody knows where that server is", "pass --git-url https://…"))?;
    if [&url, facts.options.manifest, repository.name, registry].iter().any(|text| text.contains("<<")) {
        return Err(WorkflowError::unfit(
            "`<<` in a path or an address begins a template of Flux's",
            "name it without",
        ));
    }
    let word = |text: &str| shell::word(text).map(|word| word.into_owned()).unwrap_or_default();
    let values = context! {
        version => env!("CARGO_PKG_VERSION"),
        command => facts.options.command,
        app => facts.app,
        manifest_word => word(facts.options.manifest),
        repository => repository.name,
        provider => provider,
        url_word => word(&url),
        url => url,
        registry => registry,
        artifacts => format!("oci://{registry}/{}-previews", facts.app),
        secrets => context! { forge => "previewc-forge", registry => "previewc-registry", age => "previewc-age" },
        label => label,
    };
    Ok(fill(include_str!("../../templates/ci/flux.yaml.jinja"), &values, Forge::Flux)?)
}
