//! Recipes: how an engine runs, as data.
//!
//! The recipes that previewc ships are `templates/recipes/<engine>.yaml`, embedded in the binary; a project's own in
//! `.previewc/recipes/` are read by the same decoder and validated with spans like the manifest. A recipe is parsed only
//! when a manifest names its engine.

mod builtin;
mod record;

pub use builtin::{builtin, engines, planned, planned_engines};
pub use record::{
    Atom, Client, Container, ContainerSize, Data, Image, ImageWith, NameAtom, OptionDecl, Output,
    Recipe, SecretAtom, Steps, TextAtom, TextOutput, UrlOutput,
};

use crate::diagnostics::Sink;
use crate::shape::{Codec, Cx, Template};
use crate::source::SourceMap;
use crate::syntax::Node;

/// Reads a recipe. Every mistake is reported. Use the result only where the sink has no error.
pub fn decode(map: &SourceMap, root: &Node<'_>, sink: &mut Sink) -> Option<Recipe> {
    Recipe::decode(root, &mut Cx::new(map, sink))
}

/// The recipe's JSON Schema (draft 2020-12).
pub fn schema() -> serde_json::Value {
    let id = "https://previewc.dev/schemas/recipe.schema.json";
    crate::shape::schema(&Recipe::shape(), id, "previewc recipe")
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

    /// The names of its options.
    pub fn option_names(&self) -> impl Iterator<Item = &str> {
        self.options.keys().map(String::as_str)
    }

    /// What is wrong with a value of an option, if anything.
    pub fn option_problem(&self, option: &str, value: &str) -> Option<String> {
        let decl = self.options.get(option)?;
        if !decl.values.is_empty() {
            let known: Vec<&str> = decl
                .values
                .iter()
                .map(|value| value.value.as_str())
                .collect();
            return (!known.contains(&value))
                .then(|| format!("`{value}` is not one of {}", known.join(", ")));
        }
        let more = decl
            .chars
            .as_ref()
            .map_or("_-", |chars| chars.value.as_str());
        let allowed = |c: char| c.is_ascii_alphanumeric() || more.contains(c);
        (value.is_empty() || value.len() > 200 || !value.chars().all(allowed))
            .then(|| format!("`{value}` may hold letters, digits and `{more}` only, at most 200"))
    }

    /// The image: the first of `with` whose option holds its value, else the plain one.
    pub fn image(&self, options: &indexmap::IndexMap<String, Vec<String>>) -> &Template {
        self.image
            .with
            .iter()
            .find(|with| {
                options
                    .get(&with.option.value)
                    .is_some_and(|values| values.contains(&with.has.value))
            })
            .map_or(&self.image.reference, |with| &with.reference)
    }
}

impl Data {
    /// The folder for a version: the last entry of `from` whose major version is not above it.
    pub fn folder(&self, version: &str) -> &str {
        let major = |text: &str| {
            text.split(['.', '-'])
                .next()
                .and_then(|text| text.parse::<u32>().ok())
        };
        let version = major(version).unwrap_or(0);
        self.from
            .iter()
            .filter(|(from, _)| major(from).is_some_and(|from| from <= version))
            .max_by_key(|(from, _)| major(from))
            .map_or(self.path.value.as_str(), |(_, path)| path.value.as_str())
    }
}
