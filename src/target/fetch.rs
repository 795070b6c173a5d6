//! Fetching imported values on the machine that applies the bundle: a command prints each one into the folder `handoff/`
//! beside the bundle's, and `imports.sh` turns what was printed into what the target hands to its containers.

use std::collections::BTreeSet;

use minijinja::{Value, context};

use crate::artifact::{Argv, Finding, Lowered, Output};
use crate::diagnostics::{Diagnostic, codes};
use crate::plan::{Environment, Import, ImportSource};

/// The script that goes on with what was fetched.
pub const SCRIPT: &str = "imports.sh";

/// One value that a command prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    /// The key of the import, which names its files.
    pub key: String,
    /// Where the value comes from, in words.
    pub from: String,
    /// The command.
    pub run: Argv,
    /// Whether what the command prints ends in a newline that is no part of the value.
    pub newline: bool,
    /// Whether the value must not be seen in logs.
    pub secret: bool,
    /// The key of a JSON object whose text is the value; without one all that is printed.
    pub field: Option<String>,
}

impl Fetch {
    /// How a value is fetched by its store's own command line; `None` for one that only a cluster has.
    pub fn of(import: &Import) -> Option<Fetch> {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let (run, newline, field) = match &import.source {
            ImportSource::ClusterSecret { .. } => return None,
            // It prints the field as it is where nobody reads along.
            ImportSource::Vault { path, key } => {
                (words(&["vault", "kv", "get", &format!("-field={key}"), path]), false, None)
            }
            ImportSource::Aws { name, key } => {
                let name = format!("--secret-id={name}");
                let rest = ["--query", "SecretString", "--output", "text"];
                let mut run: Argv = words(&["aws", "secretsmanager", "get-secret-value", &name]);
                run.extend(rest.map(str::to_owned));
                (run, true, key.clone())
            }
            ImportSource::Command { run, newline, .. } => (run.clone(), *newline, None),
        };
        Some(Fetch {
            key: import.key(),
            from: import.source.words(),
            run,
            newline,
            secret: import.source.is_secret(),
            field,
        })
    }

    /// The stage's output.
    pub fn output(&self, environment: &Environment) -> Output {
        Output { run: self.run.clone(), file: format!("handoff/{}", self.file(environment)) }
    }

    /// The file of what is printed, in the folder `handoff/`.
    pub fn file(&self, environment: &Environment) -> String {
        format!("{}.{}", stem(environment), self.key)
    }

    /// What templates are told.
    pub fn context(&self, environment: &Environment) -> Value {
        context! {
            key => self.key.clone(),
            file => self.file(environment),
            from => self.from.clone(),
            run => self.run.clone(),
            newline => self.newline,
            secret => self.secret,
            field => self.field.clone(),
        }
    }
}

/// What the names of an environment's files in `handoff/` begin with: another environment may be rendered beside it.
pub fn stem(environment: &Environment) -> String {
    format!("{}.{}", environment.id, environment.target.as_str())
}

/// Finds what no machine can fetch; `target` is called so in words.
pub fn check(environment: &Environment, target: &str, out: &mut Lowered) {
    for import in environment.imports.iter() {
        if let ImportSource::ClusterSecret { .. } = &import.source {
            let name = import.name.trim_start_matches("secrets/");
            let message = format!("the secret `{name}` is kept in a cluster, and {target} has none");
            out.finding(Finding {
                diagnostic: Diagnostic::new(codes::STORE_NOT_HERE, message).help(format!(
                    "keep it in `vault` or `aws`, or write `store: env`; where nothing is rendered for {target}, name only \
                     the targets in use under `targets`"
                )),
                origin: import.origin,
                label: format!("comes from {}", import.source.words()),
            });
        }
    }
}

/// What is fetched. Where the cloud's own tasks read its secrets, nobody else does.
pub fn fetches(environment: &Environment) -> Vec<Fetch> {
    environment.imports.iter().filter(|import| is_fetched(environment, import)).filter_map(Fetch::of).collect()
}

fn is_fetched(environment: &Environment, import: &Import) -> bool {
    environment.cloud.is_none() || !matches!(import.source, ImportSource::Aws { .. })
}

/// What a stage before the others writes down.
pub fn outputs(environment: &Environment) -> Vec<Output> {
    fetches(environment).iter().map(|fetch| fetch.output(environment)).collect()
}

/// What the way down must fetch: administrators' passwords.
pub fn fetches_down(environment: &Environment) -> Vec<Fetch> {
    let steps = environment.shared.scoped.iter().flat_map(|one| [&one.drop, &one.left]);
    let ids: BTreeSet<_> = steps.flat_map(|step| &step.env).filter_map(|variable| variable.value.imported()).collect();
    let imports = ids.into_iter().filter_map(|id| environment.imports.get(id));
    imports.filter(|import| is_fetched(environment, import)).filter_map(Fetch::of).collect()
}
