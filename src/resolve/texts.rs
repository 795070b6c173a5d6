//! References inside texts.

use super::names::{Names, Wanted, exist};
use super::origin::{Origin, Origins};
use super::program::{Edge, EdgeKind, PreviewFact, Reference, Section, Text, TextPart};
use crate::diagnostics::{Diagnostic, Sink, codes};
use crate::shape::{Template, TemplatePart};
use crate::source::Span;
use indexmap::{IndexMap, IndexSet};

/// What references may name: the outputs of each node, secrets and variables.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// Outputs by node; `None` where the node's body is wrong, so that nothing is said about its outputs.
    pub outputs: IndexMap<String, Option<Vec<String>>>,
    /// Declared secrets.
    pub secrets: IndexSet<String>,
    /// Declared variables.
    pub vars: IndexSet<String>,
}

/// The roots of references.
const ROOTS: [(&str, &[Section]); 10] = [
    ("services", &[Section::Services]),
    ("workers", &[Section::Workers]),
    ("databases", &[Section::Databases]),
    ("queues", &[Section::Queues]),
    ("caches", &[Section::Caches]),
    ("search", &[Section::Search]),
    ("buckets", &[Section::Buckets]),
    ("mail", &[Section::Mail]),
    ("external", &[Section::External]),
    ("frontends", &[Section::Frontends]),
];
const ALL_ROOTS: [&str; 14] = [
    "services",
    "workers",
    "databases",
    "queues",
    "caches",
    "search",
    "buckets",
    "mail",
    "external",
    "frontends",
    "secrets",
    "servers",
    "preview",
    "vars",
];

/// Resolves texts, and notes the edges that they make.
pub(super) struct Texts<'a> {
    pub names: &'a mut Names,
    pub scope: &'a Scope,
    pub origins: &'a mut Origins,
    pub edges: &'a mut Vec<Edge>,
    pub sink: &'a mut Sink,
    /// Names of secrets and variables that something refers to.
    pub used: &'a mut std::collections::BTreeSet<String>,
}

impl Texts<'_> {
    /// Resolves one text of a node; a reference that names nothing is reported and left out.
    pub(super) fn resolve(&mut self, owner: &str, template: &Template) -> Text {
        let origin = self.origins.add(template.span);
        let mut parts = Vec::with_capacity(template.parts.len());
        for part in &template.parts {
            match part {
                TemplatePart::Text(text) => parts.push(TextPart::Literal(text.clone())),
                TemplatePart::Ref { path, span } => {
                    if let Some(reference) = self.reference(path, *span) {
                        let origin = self.origins.add(*span);
                        self.edge(owner, &reference, origin);
                        parts.push(TextPart::Ref(reference, origin));
                    }
                }
            }
        }
        Text { origin, parts }
    }

    fn reference(&mut self, path: &[String], span: Span) -> Option<Reference> {
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["secrets", name] => {
                let known = &self.scope.secrets;
                self.known("secret", name, known, span).map(|()| Reference::Secret((*name).to_owned()))
            }
            ["vars", name] => {
                let known = &self.scope.vars;
                self.known("variable", name, known, span).map(|()| Reference::Var((*name).to_owned()))
            }
            ["preview", name] => {
                if let Some((_, fact)) = PreviewFact::ALL.iter().find(|(known, _)| known == name) {
                    return Some(Reference::Preview(*fact));
                }
                let known = PreviewFact::ALL.iter().map(|(name, _)| *name);
                self.unknown(&format!("`preview` has no `{name}`"), name, known, span);
                None
            }
            [root, name, output] if ROOTS.iter().any(|(known, _)| known == root) => {
                self.output(root, name, output, span)
            }
            ["servers", ..] => {
                self.sink.push(
                    Diagnostic::new(
                        codes::UNKNOWN_REFERENCE,
                        "a server's address and credentials are never handed to processes",
                    )
                    .at(span, "")
                    .help("give a store `isolation: { on: SERVER }` and refer to the store"),
                );
                None
            }
            [root, ..] if ALL_ROOTS.contains(root) => {
                let form = if matches!(*root, "secrets" | "preview" | "vars") {
                    format!("${{{root}.name}}")
                } else {
                    format!("${{{root}.name.output}}")
                };
                self.sink.push(
                    Diagnostic::new(
                        codes::UNKNOWN_REFERENCE,
                        format!("`{}` has the wrong number of parts", words.join(".")),
                    )
                    .at(span, "")
                    .help(format!("write `{form}`")),
                );
                match *root {
                    "secrets" => self.names.lose_declared("secret"),
                    "vars" => self.names.lose_declared("variable"),
                    _ => self.names.guess(&words),
                }
                None
            }
            [root, ..] => {
                self.unknown(&format!("`{root}` is not a root of references"), root, ALL_ROOTS.iter().copied(), span);
                self.names.guess(&words);
                None
            }
            [] => None,
        }
    }

    fn output(&mut self, root: &str, name: &str, output: &str, span: Span) -> Option<Reference> {
        let sections = ROOTS.iter().find(|(known, _)| *known == root).map(|(_, sections)| *sections)?;
        if self.names.is_twice(name) {
            self.names.mark(name);
            return None;
        }
        if let Some(section) = self.names.section(name)
            && !sections.contains(&section)
        {
            self.names.mark(name);
            self.sink.push(
                Diagnostic::new(
                    codes::UNKNOWN_REFERENCE,
                    format!("`{name}` stands in `{}`, not in `{root}`", section.key()),
                )
                .at(span, "")
                .help(format!("write `${{{}.{name}.{output}}}`", section.key())),
            );
            return None;
        }
        self.names.require(name, sections, Wanted::Root(root), span, self.sink)?;
        let outputs = self.scope.outputs.get(name)?.as_ref()?;
        if !outputs.iter().any(|known| known == output) {
            let known = outputs.iter().map(String::as_str);
            self.unknown(&format!("`{name}` has no output `{output}`"), output, known, span);
            return None;
        }
        Some(Reference::Output { node: name.to_owned(), output: output.to_owned() })
    }

    fn known(&mut self, what: &'static str, name: &str, known: &IndexSet<String>, span: Span) -> Option<()> {
        if !self.used.contains(name) {
            self.used.insert(name.to_owned());
        }
        if self.sink.is_lost(if what == "secret" { "secrets" } else { "vars" }) {
            return None;
        }
        if known.contains(name) {
            return Some(());
        }
        let near = self.unknown(&format!("there is no {what} `{name}`"), name, known.iter().map(String::as_str), span);
        match near {
            Some(near) => drop(self.used.insert(near.to_owned())),
            None => self.names.lose_declared(what),
        }
        None
    }

    /// Reports what is not among the known; gives what was probably meant.
    fn unknown<'c>(
        &mut self,
        message: &str,
        written: &str,
        known: impl ExactSizeIterator<Item = &'c str> + Clone,
        span: Span,
    ) -> Option<&'c str> {
        let near = self.names.suggest(written, known.clone(), known.len());
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => exist(known),
        };
        self.sink.push(Diagnostic::new(codes::UNKNOWN_REFERENCE, message).at(span, "").help(help));
        near
    }

    /// A reference to a store orders the start; one to a process only knows its address.
    fn edge(&mut self, owner: &str, reference: &Reference, origin: Origin) {
        let Reference::Output { node, .. } = reference else {
            return;
        };
        let kind = match self.names.section(node) {
            Some(
                Section::Databases
                | Section::Queues
                | Section::Caches
                | Section::Search
                | Section::Buckets
                | Section::Mail,
            ) => EdgeKind::Start,
            _ => EdgeKind::Address,
        };
        self.edges.push(Edge { from: owner.to_owned(), to: node.clone(), kind, origin });
    }
}
