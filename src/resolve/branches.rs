//! Databases that are branches at a provider.

use super::Resolver;
use super::outside::{Branch, BranchProvider};
use crate::diagnostics::{Diagnostic, codes};
use crate::manifest::{self, Isolation};
use crate::source::{Located, Span};

impl<'a> Resolver<'a> {
    /// The branch that a store is, where it is one; reports what a branch cannot be.
    pub(super) fn branch(&mut self, name: &str, store: &'a manifest::Store) -> Option<Branch> {
        let isolation = store.isolation.as_ref()?;
        let Isolation::Branch(branch) = &isolation.value else { return None };
        let text = |text: &Option<Located<String>>| text.as_ref().map(|text| text.value.clone());
        let (provider, engine) = match branch.branch.value {
            manifest::BranchProvider::Neon => (BranchProvider::Neon { project: text(&branch.project)? }, "postgres"),
            manifest::BranchProvider::Planetscale => {
                (BranchProvider::Planetscale { organization: text(&branch.organization)? }, "mysql")
            }
        };
        // An empty engine stands for one that was not given, which is reported.
        if store.engine.value != engine && !store.engine.value.is_empty() {
            self.sink.push(
                Diagnostic::new(
                    codes::BRANCH_ENGINE,
                    format!("`{name}` is {}, and {} branches {engine}", store.engine.value, provider.title()),
                )
                .at(branch.branch.span, "")
                .also(store.engine.span, "the store's engine")
                .help(format!("write `engine: {engine}`, or leave `isolation` out")),
            );
            return None;
        }
        if !self.scoped.contains_key(&store.engine.value) {
            let message = format!(
                "`{name}` cannot be a branch: the recipe of `{engine}` says nothing of servers that others run"
            );
            self.sink.push(Diagnostic::new(codes::NOT_ON_A_SERVER, message).at(branch.branch.span, "").help(format!(
                "leave `isolation` out, or add `scoped` in .previewc/recipes/{engine}.yaml (docs/recipes.md)"
            )));
            return None;
        }
        self.on_a_branch(name, store, &provider);
        Some(Branch {
            origin: self.origins.add(isolation.span),
            provider,
            parent: text(&branch.parent).unwrap_or_else(|| "main".to_owned()),
            database: text(&branch.database),
            role: text(&branch.role),
        })
    }

    /// Refuses what nobody could record there, and warns of what says something of a server that the environment does not run.
    fn on_a_branch(&mut self, name: &str, store: &'a manifest::Store, provider: &BranchProvider) {
        if let Some(seed) = store.seed.as_ref().and_then(seed_place) {
            self.sink.push(
                Diagnostic::new(
                    codes::BRANCH_TASK,
                    format!("`{name}` is a branch, which holds its parent's data already"),
                )
                .at(seed, "")
                .help("remove `seed`, and put what previews need into the parent branch"),
            );
        }
        let is_planetscale = matches!(provider, BranchProvider::Planetscale { .. });
        let migrate = store.migrate.as_ref().filter(|_| is_planetscale);
        if let Some(place) = migrate.and_then(|migrate| {
            migrate.from.as_ref().map(|from| from.span).or(migrate.image.as_ref().map(|image| image.span))
        }) {
            let message =
                format!("migrations of `{name}` cannot be recorded: PlanetScale gives no database beside its own");
            self.sink.push(Diagnostic::new(codes::BRANCH_TASK, message).at(place, "").help(
                "remove `migrate`, and let the service that needs it run it first: `init: [{ command: [bin/migrate] }]`",
            ));
        }
        self.decided_elsewhere(name, store);
    }

    /// Warns of what says something of a server that the environment does not run.
    pub(super) fn decided_elsewhere(&mut self, name: &str, store: &manifest::Store) {
        let mut void: Vec<(String, Option<Span>)> = vec![
            ("size".to_owned(), store.size.as_ref().map(|size| size.span().unwrap_or(store.engine.span))),
            ("storage".to_owned(), store.storage.as_ref().map(|storage| storage.span)),
        ];
        let recipe = self.recipes.get(&store.engine.value);
        let known = store.rest.iter().filter(|(key, _)| recipe.is_some_and(|recipe| recipe.options.contains_key(*key)));
        void.extend(known.map(|(key, rest)| (key.clone(), Some(rest.key))));
        for (key, span) in void {
            let Some(span) = span else { continue };
            self.sink.push(
                Diagnostic::new(
                    codes::NOT_ON_SHARED,
                    format!("`{key}` of `{name}` has no effect: the provider decides it"),
                )
                .at(span, "")
                .help(format!("remove `{key}`, or leave `isolation` out so that the store has a server of its own")),
            );
        }
    }
}

fn seed_place(seed: &manifest::Seed) -> Option<Span> {
    match seed {
        manifest::Seed::Sql(sql) => sql.sql.first().map(|file| file.span),
        manifest::Seed::Snapshot(snapshot) => Some(snapshot.snapshot.span),
        manifest::Seed::Template(template) => Some(template.template.span),
        manifest::Seed::Command(command) => {
            command.from.as_ref().map(|from| from.span).or(command.image.as_ref().map(|image| image.span))
        }
    }
}
