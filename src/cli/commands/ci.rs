//! `previewc ci`: the workflow that runs the life of environments.

use super::load;
use crate::cli::args::{self, Ci, Format, Runner};
use crate::cli::inputs;
use crate::cli::project::Project;
use crate::cli::terminal::Terminal;
use crate::cli::{Done, Failure};
use crate::document::shell;
use crate::plan::TargetName;
use crate::workflow::{self, Facts, Host, Options, Repository, WorkflowError};

/// Prints it.
pub fn run(args: &Ci, terminal: &Terminal) -> Done {
    let project = Project::find(&args.manifest)?;
    let loaded = match load(&project, Format::Human, terminal)? {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let path = project.file.strip_prefix(".").unwrap_or(&project.file);
    let manifest = path.to_str().ok_or_else(|| Failure::new("the manifest's path is not UTF-8"))?;
    if path.is_absolute() || manifest.split('/').any(|part| part == "..") {
        return Err(Failure::new(format!("{manifest} is outside of the folder that this runs in"))
            .help("run it in the repository's root: the workflow names the manifest from there"));
    }
    let target = args.target.map_or(TargetName::Kubernetes, inputs::target);
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    words.insert(0, "previewc".to_owned());
    let command = shell::line(&words).unwrap_or_default();
    let options =
        Options { target, manifest, runs_on: &args.runs_on, install: args.install.as_deref(), command: &command };
    let written = Facts::of(&loaded.program, options).and_then(|facts| match args.runner {
        Runner::Github => workflow::github(&facts),
        Runner::Gitlab => workflow::gitlab(&facts),
        Runner::Argocd | Runner::Flux => {
            let host = match args.host {
                args::Host::Github => Host::Github,
                args::Host::Gitlab => Host::Gitlab,
                args::Host::Gitea => Host::Gitea,
                args::Host::Bitbucket => Host::Bitbucket,
            };
            let name = args.repo.as_deref().unwrap_or_default();
            let repository = Repository { host, name, api: args.api.as_deref(), url: args.git_url.as_deref() };
            let write = if args.runner == Runner::Flux { workflow::flux } else { workflow::argocd };
            write(&facts, repository)
        }
    });
    match written {
        Ok(text) => terminal.out(text.as_bytes()),
        Err(WorkflowError::Unfit { message, help }) => Err(Failure::new(message).help(help)),
        Err(error) => Err(Failure::new(error.to_string())),
    }
}
