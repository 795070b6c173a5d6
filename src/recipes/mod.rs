//! Recipes: how an engine runs, as data.
//!
//! The recipes that previewc ships are `templates/recipes/<engine>.yaml`, embedded in the binary; a project's own in
//! `.previewc/recipes/` are read by the same decoder and validated with spans like the manifest. A recipe is parsed only
//! when a manifest names its engine.
//!
//! What the plan makes of a recipe:
//! - Image: [`Recipe::image`] with version and options gives the reference and the numeric user that goes with it. An image
//!   of the manifest's own takes both places: its user is unknown.
//! - Templates know these references, which [`decode`] checks: `${version}`; `${options.NAME}` (the option's values, one per
//!   line; empty where it is not given); `${self.ATOM}`; `${self.PORT}` for a port by its name; `${self.host}`, `${self.port}`,
//!   `${self.name}` (the node's), `${self.section}` (`caches`), `${self.memory}` (bytes), `${self.data}` ([`Data::folder`]).
//!   Image references and [`UrlOutput`] parts know them too; images only `version` and `options`.
//! - Steps: [`Steps`]; what they find in their environment is written in `docs/recipes.md`. Options reach them by the
//!   client's env, as everything of the recipe does.

mod builtin;
mod check;
mod managed;
mod record;
mod scoped;

use indexmap::IndexMap;

pub use builtin::{builtin, engines};
pub use managed::{Managed, ManagedForm};
pub use record::{
    Atom, Client, Container, ContainerSize, Data, Image, ImageWith, LabelAtom, NameAtom, OptionDecl, Output, QueueKey,
    QueueRules, Recipe, SecretAtom, Steps, TextAtom, TextOutput, UrlOutput,
};
pub use scoped::{Scoped, ScopedClient};

use crate::diagnostics::Sink;
use crate::shape::{Codec, Cx, Template};
use crate::source::{SourceMap, Span};
use crate::syntax::Node;

/// Reads a recipe. Every mistake is reported; references are looked at once the rest is in order. Use the result only
/// where the sink has no error.
pub fn decode(map: &SourceMap, root: &Node<'_>, sink: &mut Sink) -> Option<Recipe> {
    let mut cx = Cx::new(map, sink);
    let recipe = Recipe::decode(root, &mut cx)?;
    if cx.errors() == 0 {
        let start = Span::new(root.span.file, root.span.lo, root.span.lo);
        check::check(&recipe, start, &mut cx);
        check::check_scoped(&recipe, start, &mut cx);
        check::check_managed(&recipe, start, &mut cx);
    }
    Some(recipe)
}

/// The recipe's JSON Schema (draft 2020-12).
pub fn schema() -> serde_json::Value {
    let id = "https://previewc.dev/schemas/recipe.schema.json";
    crate::shape::schema(&Recipe::shape(), id, "previewc recipe")
}

/// The reference page of every key, in Markdown.
pub fn reference() -> String {
    let intro = "Every key of a recipe. [recipes.md](recipes.md) tells how they work together. This page is made from the same \
                 description as the decoder and `schemas/recipe.schema.json`.";
    crate::shape::reference(&Recipe::shape(), "The keys of a recipe", intro)
}

impl Recipe {
    /// Whether it serves a section of the manifest.
    pub fn serves(&self, section: &str) -> bool {
        self.served().any(|served| served == section)
    }

    /// The sections that it serves.
    pub fn served(&self) -> impl Iterator<Item = &str> {
        self.serves.iter().map(|section| section.value.as_str())
    }

    /// The names of its outputs.
    pub fn output_names(&self) -> impl Iterator<Item = &str> {
        self.outputs.keys().map(String::as_str)
    }

    /// Whether one of its outputs holds a credential.
    pub fn is_secret(&self, output: &str) -> bool {
        let holds = |template: &Template| self.holds_secret(template, self.atoms.len());
        match self.outputs.get(output) {
            Some(Output::Text(text)) => holds(&text.text),
            Some(Output::Url(url)) => {
                let parts = [&url.user, &url.password, &url.port, &url.path];
                holds(&url.host) || parts.into_iter().flatten().any(holds)
            }
            None => false,
        }
    }

    /// `depth` bounds how far texts of atoms lead to each other.
    fn holds_secret(&self, template: &Template, depth: usize) -> bool {
        template.references().any(|(path, _)| match path {
            [root, name] if root == "self" => match self.atoms.get(name) {
                Some(Atom::Secret(_)) => true,
                Some(Atom::Text(text)) => depth > 0 && self.holds_secret(&text.text, depth - 1),
                Some(Atom::Name(_) | Atom::Label(_)) | None => false,
            },
            _ => false,
        })
    }

    /// The names of its options.
    pub fn option_names(&self) -> impl Iterator<Item = &str> {
        self.options.keys().map(String::as_str)
    }

    /// What is wrong with a value of an option, if anything, and what to write instead.
    pub fn option_problem(&self, option: &str, value: &str) -> Option<(String, String)> {
        let decl = self.options.get(option)?;
        let about = &decl.about.value;
        if !decl.values.is_empty() {
            let known: Vec<&str> = decl.values.iter().map(|value| value.value.as_str()).collect();
            let help = format!("`{option}` is {about}: one of {}", known.join(", "));
            return (!known.contains(&value)).then(|| (format!("`{value}` is none of its values"), help));
        }
        let more = decl.chars.as_ref().map_or("_-", |chars| chars.value.as_str());
        let allowed = |c: char| c.is_ascii_alphanumeric() || more.contains(c);
        (value.is_empty() || value.len() > 200 || !value.chars().all(allowed)).then(|| {
            let help = format!("`{option}` is {about}: letters, digits and `{more}` only, at most 200");
            (format!("`{value}` holds something else"), help)
        })
    }

    /// The image for a version and options: the first case whose conditions hold, else the plain one.
    pub fn image(&self, version: &str, options: &IndexMap<String, Vec<String>>) -> Chosen<'_> {
        let case = self.image.with.iter().find(|case| case.holds(version, options));
        let user = case.and_then(|case| case.user.as_ref()).or(self.container.user.as_ref());
        Chosen {
            reference: case.and_then(|case| case.reference.as_ref()).unwrap_or(&self.image.reference),
            user: user.map(|user| user.value),
        }
    }

    /// Whether migrations can be recorded in it.
    pub fn records_migrations(&self) -> bool {
        self.steps.as_ref().is_some_and(|steps| steps.migrated.is_some())
    }

    /// Whether seeds by command can be recorded in it.
    pub fn records_seeds(&self) -> bool {
        self.steps.as_ref().is_some_and(|steps| steps.seeding.is_some())
    }

    /// Whether a store can be made anew on demand.
    pub fn renews(&self) -> bool {
        let renews = self.steps.as_ref().and_then(|steps| steps.renews.as_ref());
        renews.is_some_and(|renews| renews.value)
    }

    /// The forms of snapshots that it restores.
    pub fn snapshot_forms(&self) -> impl Iterator<Item = &str> {
        let restores = self.steps.as_ref().is_some_and(|steps| steps.restore.is_some());
        self.snapshots.iter().filter(move |_| restores).map(|form| form.value.as_str())
    }

    /// Whether it loads seed files.
    pub fn loads_seeds(&self) -> bool {
        self.steps.as_ref().is_some_and(|steps| steps.seed.is_some())
    }

    /// Whether queues can be declared in it before their consumers start.
    pub fn declares_queues(&self) -> bool {
        self.steps.as_ref().is_some_and(|steps| steps.declare.is_some())
    }

    /// Whether its step `declare` can set a key of a queue.
    pub fn sets(&self, key: QueueKey) -> bool {
        let listed = self.queues.as_ref().and_then(|rules| rules.sets.as_ref());
        self.declares_queues() && listed.is_none_or(|sets| sets.iter().any(|set| set.value == key))
    }

    /// What its queues' names may hold, where that is less than the manifest allows: `letters, digits, …`.
    pub fn queue_name_problem(&self, name: &str) -> Option<String> {
        let rules = self.queues.as_ref()?;
        let more = rules.chars.as_ref().map_or("._:/-", |chars| chars.value.as_str());
        let longest = rules.longest.as_ref().map_or(128, |longest| longest.value as usize);
        let fits = name.len() <= longest && name.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
        (!fits).then(|| format!("letters, digits and `{more}` only, at most {longest} in all"))
    }
}

/// An image of a recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen<'r> {
    /// The reference.
    pub reference: &'r Template,
    /// The numeric user of its server, where known.
    pub user: Option<u32>,
}

impl ImageWith {
    fn holds(&self, version: &str, options: &IndexMap<String, Vec<String>>) -> bool {
        let by_option = self.option.as_ref().is_none_or(|option| {
            options.get(&option.value).is_some_and(|values| match &self.has {
                Some(has) => values.contains(&has.value),
                None => !values.is_empty(),
            })
        });
        let by_version = self.version.is_empty() || self.version.iter().any(|form| fits(version, &form.value));
        by_option && by_version
    }
}

/// Whether a text has a form in which `*` stands for any characters.
fn fits(text: &str, form: &str) -> bool {
    match form.split_once('*') {
        None => text == form,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|tail| {
            tail.char_indices().map(|(at, _)| at).chain([tail.len()]).any(|at| fits(tail.get(at..).unwrap_or(""), rest))
        }),
    }
}

impl Data {
    /// The folder for a version: the last entry of `from` whose major version is not above it. A version without a number
    /// (`latest`) counts as the newest.
    pub fn folder(&self, version: &str) -> &str {
        let major = |text: &str| text.split(['.', '-']).next().and_then(|text| text.parse::<u32>().ok());
        let version = major(version).unwrap_or(u32::MAX);
        self.from
            .iter()
            .filter(|(from, _)| major(from).is_some_and(|from| from <= version))
            .max_by_key(|(from, _)| major(from))
            .map_or(self.path.value.as_str(), |(_, path)| path.value.as_str())
    }
}
