//! What a store asks for, its engine's recipe must have steps for: otherwise it would silently never happen.

use super::Resolver;
use super::program::Section;
use crate::diagnostics::{Diagnostic, codes};
use crate::manifest::{self, Seed};
use crate::recipes::{QueueKey, Recipe};
use crate::source::Span;

impl Resolver<'_> {
    /// Reports every key of a store that its recipe has no steps for.
    pub(super) fn capable(&mut self, name: &str, section: Section, body: &manifest::Store, recipe: &Recipe) {
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
        let dead_letter = body.dead_letter.as_ref().filter(|asked| asked.value).map(|asked| asked.span);
        let retries = body.max_retries.as_ref().map(|asked| asked.span);
        let ttl = body.ttl.as_ref().map(|asked| asked.span);
        for (key, name, place) in [
            (QueueKey::DeadLetter, "dead_letter", dead_letter),
            (QueueKey::MaxRetries, "max_retries", retries),
            (QueueKey::Ttl, "ttl", ttl),
        ] {
            if let Some(place) = place.filter(|_| !recipe.sets(key)) {
                let all = !recipe.declares_queues();
                lacking.push((name, place, if all { "set anything for a queue" } else { "set it for a queue" }));
            }
        }
        for (key, place, what) in lacking {
            let engine = &body.engine.value;
            let message = format!("`{key}` of `{name}`: the recipe of `{engine}` has no steps that {what}");
            let help = format!("remove `{key}`, or add the steps in .previewc/recipes/{engine}.yaml (docs/recipes.md)");
            self.sink.push(Diagnostic::new(codes::UNKNOWN_OPTION, message).at(place, "").help(help));
        }
        if section == Section::Queues {
            self.queue_names(name, body, recipe);
        }
    }

    /// Reports every queue whose name the engine would refuse.
    fn queue_names(&mut self, name: &str, body: &manifest::Store, recipe: &Recipe) {
        let own = body.queues.is_empty().then_some((name, body.engine.span));
        let listed = body.queues.iter().map(|queue| (queue.value.as_str(), queue.span));
        for (queue, span) in own.into_iter().chain(listed) {
            if let Some(allowed) = recipe.queue_name_problem(queue) {
                let message = format!("`{}` has no queues named `{queue}`", body.engine.value);
                let help = format!("the name of such a queue holds {allowed}");
                self.sink.push(Diagnostic::new(codes::BAD_NAME, message).at(span, "").help(help));
            }
        }
        if !body.dead_letter.as_ref().is_some_and(|wanted| wanted.value) && body.max_retries.is_none() {
            return;
        }
        for queue in &body.queues {
            // How the recipes name what holds a queue's dead letters.
            let of = ["-dead", ".dead"].iter().find_map(|end| queue.value.strip_suffix(end));
            if let Some(first) = of.and_then(|of| body.queues.iter().find(|other| other.value == of)) {
                let message = format!("`{}` is where the dead letters of `{}` go", queue.value, first.value);
                self.sink.push(
                    Diagnostic::new(codes::CONFLICTING_KEYS, message)
                        .at(queue.span, "the same queue")
                        .also(first.span, "its dead letters")
                        .help("leave it out: it is made with the other one; or give it another name"),
                );
            }
        }
    }
}
