//! The variables of a process: canonical ones, what follows from `uses`, and the manifest's own, which win.

use indexmap::IndexMap;

use super::context::Context;
use super::process::{Source, Variable};
use super::value::Value;
use crate::diagnostics::{Diagnostic, codes};
use crate::resolve::{Body, Origin, PreviewFact, Reference, Section, Text};

/// `uses` of one process: names and where they stand.
type Uses = [(String, Origin)];

impl Context<'_> {
    /// The variables of a process, sorted by name. `subject` is the database of a migration or seed: there `DATABASE_URL`
    /// is that database's.
    pub(super) fn variables(
        &mut self,
        uses: &Uses,
        subject: Option<&str>,
        env: &IndexMap<String, Text>,
    ) -> Vec<Variable> {
        let mut found: IndexMap<String, Variable> = IndexMap::new();
        for (name, fact) in [
            ("PREVIEW_ENV", PreviewFact::Env),
            ("PREVIEW_URL", PreviewFact::Url),
            ("PREVIEW_PR", PreviewFact::Pr),
            ("PREVIEW_SHA", PreviewFact::Sha),
        ] {
            let value = self.reference(&Reference::Preview(fact));
            self.generate(&mut found, name.to_owned(), value, "the pull request", Origin::NONE);
        }
        if let Some(database) = subject {
            let value = self.output(database, "url");
            self.generate(&mut found, "DATABASE_URL".to_owned(), value.clone(), database, Origin::NONE);
            self.generate(&mut found, variable_name(database, "url"), value, database, Origin::NONE);
        }
        for (node, origin) in uses {
            self.used(&mut found, node, *origin, subject);
        }
        for (name, text) in env {
            let value = self.eval(text);
            let source = match found.get(name) {
                Some(generated) => Source::Override { generated: generated.value.masked("********") },
                None => Source::Manifest,
            };
            found.insert(name.clone(), Variable { name: name.clone(), value, source, origin: text.origin });
        }
        let mut variables: Vec<Variable> = found.into_values().collect();
        variables.sort_by(|a, b| a.name.cmp(&b.name));
        variables
    }

    /// Adds what one used node gives.
    fn used(&mut self, found: &mut IndexMap<String, Variable>, node: &str, origin: Origin, subject: Option<&str>) {
        let program = self.program;
        let Some(used) = program.nodes.get(node) else { return };
        let mut give = |context: &mut Self, name: String, value: Value| {
            context.generate(found, name, value, node, origin);
        };
        match &used.body {
            Body::Store(_) => {
                let value = self.output(node, "url");
                let canonical = match used.section {
                    Section::Databases if subject.is_none() => ("DATABASE_URL", &program.canonical.database),
                    Section::Caches => ("CACHE_URL", &program.canonical.cache),
                    Section::Queues => ("QUEUE_URL", &program.canonical.queue),
                    _ => ("", &None),
                };
                if canonical.1.as_deref() == Some(node) {
                    give(self, canonical.0.to_owned(), value.clone());
                }
                give(self, variable_name(node, "url"), value);
                // On a shared server a cache's keys begin with it, and no others are allowed.
                let prefix = self.output(node, "prefix");
                if !prefix.parts().is_empty() {
                    give(self, variable_name(node, "prefix"), prefix);
                }
            }
            Body::Workload(workload) => {
                if !workload.ports.is_empty() {
                    let value = self.output(node, "url");
                    give(self, variable_name(node, "url"), value);
                }
                if !workload.routes.is_empty() {
                    let value = self.output(node, "public_url");
                    give(self, variable_name(node, "public_url"), value);
                }
            }
            Body::External(external) => {
                let value = self.output(node, "url");
                give(self, variable_name(node, "url"), value);
                for key in external.secrets.keys() {
                    let value = self.output(node, key);
                    give(self, variable_name(node, key), value);
                }
            }
            Body::Frontend(_) => {
                let value = self.output(node, "url");
                give(self, variable_name(node, "url"), value);
            }
            Body::Server(_) => {}
        }
    }

    /// Adds a generated variable; one of the same name and another value is an error.
    fn generate(
        &mut self,
        found: &mut IndexMap<String, Variable>,
        name: String,
        value: Value,
        from: &str,
        origin: Origin,
    ) {
        match found.get(&name) {
            Some(first) if first.value != value => {
                let other = match &first.source {
                    Source::Generated { from } => from.clone(),
                    _ => String::new(),
                };
                self.find(
                    Diagnostic::new(
                        codes::VARIABLE_CLASH,
                        format!(
                            "`{name}` would be generated twice, for `{other}` and for `{from}`, with different values"
                        ),
                    )
                    .help("rename one of the nodes, or do not use both in one process"),
                    origin,
                    "used here",
                );
            }
            Some(_) => {}
            None => {
                let source = Source::Generated { from: from.to_owned() };
                found.insert(name.clone(), Variable { name, value, source, origin });
            }
        }
    }
}

/// `<NAME>_<OUTPUT>` in capitals, with `_` for everything that a variable's name cannot hold.
pub fn variable_name(node: &str, output: &str) -> String {
    format!("{node}_{output}")
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
        .collect()
}
