//! Secrets where others can read them.

use std::collections::BTreeSet;

use super::Resolver;
use super::program::{Reference, Section, Text, TextPart};
use crate::diagnostics::{Diagnostic, codes};
use crate::shape::{Template, TemplatePart};

impl Resolver<'_> {
    /// Reports the first secret of a text that stands where everyone may read it.
    pub(super) fn in_public(&mut self, text: &Text, place: &str) {
        let tainted = text.parts.iter().find_map(|part| match part {
            TextPart::Ref(reference, origin) if self.is_secret(reference) => Some(*origin),
            _ => None,
        });
        let Some(span) = tainted.and_then(|origin| self.origins.span(origin)) else { return };
        self.sink.push(
            Diagnostic::new(codes::TAINTED, format!("a secret stands in {place}, where others can read it"))
                .at(span, "this holds a secret")
                .help("secrets may stand in `env` only: give the process a variable and read it from there"),
        );
    }

    fn is_secret(&self, reference: &Reference) -> bool {
        match reference {
            Reference::Secret(_) => true,
            Reference::Preview(_) | Reference::Var(_) => false,
            Reference::Output { node, output } => self.is_secret_output(node, output, &mut BTreeSet::new()),
        }
    }

    /// `seen` holds the externals on the way here: their URLs may lead in a circle.
    fn is_secret_output<'a>(&'a self, node: &'a str, output: &str, seen: &mut BTreeSet<&'a str>) -> bool {
        let store = match self.names.section(node) {
            Some(Section::External) => {
                let Some(external) = self.manifest.external.get(node).and_then(|slot| slot.body.as_ref()) else {
                    return false;
                };
                return external.secrets.contains_key(output)
                    || (output == "url" && seen.insert(node) && self.holds_secret(&external.url, seen));
            }
            Some(Section::Databases) => self.manifest.databases.get(node),
            Some(Section::Queues) => self.manifest.queues.get(node),
            Some(Section::Caches) => self.manifest.caches.get(node),
            Some(Section::Search) => self.manifest.search.get(node),
            Some(Section::Buckets) => self.manifest.buckets.get(node),
            Some(Section::Mail) => self.manifest.mail.get(node),
            _ => None,
        };
        // How a branch is reached is known to its provider alone.
        if store.and_then(|slot| slot.body.as_ref()).is_some_and(super::scoped::is_branch) {
            return true;
        }
        let recipe = store.and_then(|slot| slot.body.as_ref()).and_then(|store| self.recipe_of(store));
        recipe.is_some_and(|recipe| recipe.is_secret(output))
    }

    fn holds_secret<'a>(&'a self, template: &'a Template, seen: &mut BTreeSet<&'a str>) -> bool {
        template.parts.iter().any(|part| {
            let TemplatePart::Ref { path, .. } = part else { return false };
            match path.as_slice() {
                [root, _] => root == "secrets",
                [_, node, output] => self.is_secret_output(node, output, seen),
                _ => false,
            }
        })
    }
}
