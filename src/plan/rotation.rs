//! Rotating credentials: with every epoch they are derived anew, and a server that keeps its data must be told.
//!
//! A recipe with the step `rotate` has it run first, before anything asks the store with the new credentials. It is given the
//! ones of the epoch before, ends at once where the new ones are accepted already, and so may be repeated. Engines that read
//! their password at every start, as Redis does, need no step.

use super::context::Context;
use super::process::{Source, Variable, Word};
use super::sequence::{FLAG_DIR, Flag, Step, TOOLBOX_PROGRAM};
use super::value::Value;
use super::vault::{Secret, SecretSource};
use crate::recipes::{Atom, Recipe};
use crate::resolve::{Node, Origin};

/// Whether a store's credentials have to be changed on its server.
pub(super) fn is_needed(recipe: &Recipe, epoch: u32) -> bool {
    epoch > 0 && recipe.steps.as_ref().is_some_and(|steps| steps.rotate.is_some())
}

impl Context<'_> {
    /// `PREVIEWC_OLD_<ATOM>` for every secret of a store, where it is rotated.
    pub(super) fn old_secrets(&mut self, node: &Node, engine: &str, recipe: &Recipe) -> Vec<Variable> {
        if !is_needed(recipe, self.request.epoch) {
            return Vec::new();
        }
        let atoms = recipe.atoms.iter().filter_map(|(name, atom)| match atom {
            Atom::Secret(secret) => Some((name, u16::try_from(secret.secret.value).unwrap_or(u16::MAX))),
            Atom::Name(_) | Atom::Label(_) | Atom::Text(_) => None,
        });
        let old = |(name, length): (&String, u16)| {
            let source = SecretSource::Previous { node: node.name.clone(), purpose: name.clone(), length };
            // No name of an atom holds a space.
            let secret = Secret { name: format!("{}/old {name}", node.name), source, origin: node.origin };
            Variable {
                name: format!("PREVIEWC_OLD_{}", name.to_ascii_uppercase()),
                value: Value::secret(self.secrets.add(secret)),
                source: Source::Recipe { engine: engine.to_owned() },
                origin: Origin::NONE,
            }
        };
        atoms.map(old).collect()
    }
}

/// A client's step with the credentials of the epoch before. It leaves a flag when the server has taken those of this one:
/// until then no further epoch may begin, for its step would know only the credentials of this one.
pub(super) fn step(mut client: Step, store: &str, old: Vec<Variable>) -> Step {
    client.env.extend(old);
    client.env.sort_by(|a, b| a.name.cmp(&b.name));
    let flagged = [
        TOOLBOX_PROGRAM.to_owned(),
        "sh".to_owned(),
        "-c".to_owned(),
        "\"$@\" && : >\"$0\"".to_owned(),
        format!("{FLAG_DIR}/{store}/{}", Flag::Rotated.file()),
    ];
    client.command = flagged.into_iter().map(Word::Text).chain(client.command).collect();
    client
}
