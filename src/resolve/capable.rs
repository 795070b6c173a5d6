//! What a store asks for, its engine's recipe must have steps for: otherwise it would silently never happen.

use super::Resolver;
use crate::diagnostics::{Diagnostic, codes};
use crate::manifest::{self, Seed};
use crate::recipes::Recipe;
use crate::source::Span;

impl Resolver<'_> {
    /// Reports every key of a store that its recipe has no steps for.
    pub(super) fn capable(&mut self, name: &str, body: &manifest::Store, recipe: &Recipe) {
        let mut lacking: Vec<(&str, Span, &str)> = Vec::new();
        if let Some(migrate) = body.migrate.as_ref().filter(|_| !recipe.records_migrations()) {
            let place = migrate.from.as_ref().map(|from| from.span).or(migrate.image.as_ref().map(|image| image.span));
            lacking.extend(place.map(|place| ("migrate", place, "record a migration")));
        }
        match &body.seed {
            Some(Seed::Sql(sql)) if !recipe.loads_seeds() => {
                lacking.extend(sql.sql.first().map(|file| ("seed", file.span, "load a seed")));
            }
            Some(Seed::Snapshot(seed)) if recipe.snapshot_forms().next().is_none() => {
                lacking.push(("seed", seed.snapshot.span, "restore a snapshot"));
            }
            Some(Seed::Command(seed)) if !recipe.records_seeds() => {
                let place = seed.from.as_ref().map(|from| from.span).or(seed.image.as_ref().map(|image| image.span));
                lacking.extend(place.map(|place| ("seed", place, "record a seed")));
            }
            _ => {}
        }
        if !recipe.declares_queues() {
            let dead_letter = body.dead_letter.as_ref().filter(|asked| asked.value).map(|asked| asked.span);
            let retries = body.max_retries.as_ref().map(|asked| asked.span);
            let ttl = body.ttl.as_ref().map(|asked| asked.span);
            for (key, place) in [("dead_letter", dead_letter), ("max_retries", retries), ("ttl", ttl)] {
                lacking.extend(place.map(|place| (key, place, "set anything for a queue")));
            }
        }
        for (key, place, what) in lacking {
            let engine = &body.engine.value;
            let message = format!("`{key}` of `{name}`: the recipe of `{engine}` has no steps that {what}");
            let help = format!("remove `{key}`, or add the steps in .previewc/recipes/{engine}.yaml (docs/recipes.md)");
            self.sink.push(Diagnostic::new(codes::UNKNOWN_OPTION, message).at(place, "").help(help));
        }
    }
}
