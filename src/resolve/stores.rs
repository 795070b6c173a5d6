//! Databases, queues, caches, search indices, buckets, mail catchers.

use indexmap::IndexMap;

use super::Resolver;
use super::draft::{amounts, name_of, names, variables};
use super::inherit::{Inherited, WORKLOADS};
use super::names::Wanted;
use super::program::{Body, EdgeKind, Migration, Node, Section, Seed, Store};
use crate::diagnostics::{Diagnostic, codes};
use crate::manifest;
use crate::recipes;
use crate::shape::{DataValue, Shape, Template, nearest};
use crate::source::{Digest, FileError, Located, Span};

/// What a migration and a seed by command have in common.
struct Task<'m> {
    from: Option<(&'m str, Span)>,
    image: Option<(&'m str, Span)>,
    command: &'m [Template],
    paths: &'m [Located<String>],
    env: IndexMap<String, &'m Template>,
    /// What it takes its image from; `None` where that is missing, which is reported.
    span: Option<Span>,
}

impl<'a> Resolver<'a> {
    /// The sections of stores with what stands in them.
    fn families(&self) -> [(Section, &'a manifest::Named<manifest::Store>); 6] {
        let m = self.manifest;
        [
            (Section::Databases, &m.databases),
            (Section::Queues, &m.queues),
            (Section::Caches, &m.caches),
            (Section::Search, &m.search),
            (Section::Buckets, &m.buckets),
            (Section::Mail, &m.mail),
        ]
    }

    /// The outputs of each store; `None` where its engine has no recipe.
    pub(super) fn store_outputs(&self) -> Vec<(String, Option<Vec<String>>)> {
        let mut out = Vec::new();
        for (_, family) in self.families() {
            for (name, slot) in family {
                let outputs = slot
                    .body
                    .as_ref()
                    .and_then(|body| self.recipe_of(body))
                    .map(|recipe| recipe.output_names().map(str::to_owned).collect());
                out.push((name.as_str().to_owned(), outputs));
            }
        }
        out
    }

    /// Every store as a node.
    pub(super) fn stores(&mut self) -> Vec<(String, Node)> {
        let mut out = Vec::new();
        for (section, family) in self.families() {
            for (name, slot) in family {
                let Some(body) = &slot.body else { continue };
                if let Some(store) = self.store(name.as_str(), section, body) {
                    let origin = self.origins.add(slot.key);
                    let name = name.as_str().to_owned();
                    out.push((name.clone(), Node { name, section, origin, body: Body::Store(Box::new(store)) }));
                }
            }
        }
        out
    }

    fn store(&mut self, name: &str, section: Section, body: &'a manifest::Store) -> Option<Store> {
        let server = self.isolation(name, body);
        let branch = self.branch(name, body);
        let cloud = self.in_cloud(name, body);
        let migrate = body.migrate.as_ref().and_then(|migrate| {
            let task = Task {
                from: name_of(migrate.from.as_ref()),
                image: super::draft::text_of(migrate.image.as_ref()),
                command: migrate.command.as_deref().unwrap_or_default(),
                paths: &migrate.paths,
                env: variables(&migrate.env),
                span: place(migrate.from.as_ref(), migrate.image.as_ref()),
            };
            let uses = names(&migrate.uses);
            self.task(name, &task, "a migration", &uses)
        });
        let seed = body.seed.as_ref().and_then(|seed| self.seed(name, seed));
        let restore = self.restore(name, body);
        self.engine(section, body)?;
        if let Some(recipe) = self.recipe_of(body) {
            self.capable(name, section, body, recipe);
        }
        let options = self.options(name, section, body);
        let queues = if section == Section::Queues && body.queues.is_empty() {
            vec![name.to_owned()]
        } else {
            body.queues.iter().map(|queue| queue.value.clone()).collect()
        };
        Some(Store {
            engine: body.engine.value.clone(),
            server,
            branch,
            cloud,
            version: body.version.as_ref().map(|version| version.value.clone()),
            image: body.image.as_ref().map(|image| image.value.clone()),
            size: amounts(body.size.as_ref()),
            storage: body.storage.as_ref().map(|storage| storage.value.bytes()),
            options,
            migrate,
            restore,
            seed,
            queues,
            dead_letter: body.dead_letter.as_ref().is_some_and(|value| value.value),
            max_retries: body.max_retries.as_ref().map(|value| value.value),
            message_ttl: body.ttl.as_ref().map(|ttl| ttl.value.seconds() * 1000),
        })
    }

    /// Whether the engine has a recipe that serves this section.
    fn engine(&mut self, section: Section, body: &manifest::Store) -> Option<()> {
        let engine = &body.engine;
        let Some(recipe) = self.recipes.get(&engine.value) else {
            // An empty name stands for an engine that was not given, which is reported.
            if engine.value.is_empty() || self.broken.contains(&engine.value) {
                return None;
            }
            let known: Vec<&str> = recipes::engines().collect();
            let help = match nearest(&engine.value, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there is: {}; or add .previewc/recipes/{}.yaml", known.join(", "), engine.value),
            };
            self.sink.push(
                Diagnostic::new(codes::UNKNOWN_ENGINE, format!("there is no recipe for the engine `{}`", engine.value))
                    .at(engine.span, "")
                    .help(help),
            );
            return None;
        };
        if !recipe.serves(section.key()) {
            let served = recipe.served().collect::<Vec<_>>().join(", ");
            self.sink.push(
                Diagnostic::new(codes::WRONG_KIND, format!("`{}` does not serve `{}`", engine.value, section.key()))
                    .at(engine.span, "")
                    .help(format!("it serves: {served}")),
            );
            return None;
        }
        Some(())
    }

    /// The recipe's options. Every key that the recipe does not declare is reported.
    fn options(&mut self, name: &str, section: Section, body: &'a manifest::Store) -> IndexMap<String, Vec<String>> {
        let mut out = IndexMap::new();
        let Some(recipe) = self.recipes.get(&body.engine.value) else {
            return out;
        };
        for (key, rest) in &body.rest {
            let known: Vec<&str> = recipe.option_names().collect();
            if !known.contains(&key.as_str()) {
                let candidates = keys(section).into_iter().chain(known.iter().copied());
                let help = match nearest(key, candidates) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if known.is_empty() => {
                        format!("the recipe of `{}` has no options", body.engine.value)
                    }
                    None => format!("the recipe of `{}` has: {}", body.engine.value, known.join(", ")),
                };
                self.sink.push(
                    Diagnostic::new(codes::UNKNOWN_OPTION, format!("`{name}` has no option `{key}`"))
                        .at(rest.key, "")
                        .help(help),
                );
                continue;
            }
            let mut values = Vec::new();
            self.option_values(name, &rest.data.value, rest.data.span, &mut values);
            for (value, span) in &values {
                if let Some((problem, help)) = recipe.option_problem(key, value) {
                    self.sink.push(
                        Diagnostic::new(codes::UNKNOWN_OPTION, format!("`{key}` of `{name}`: {problem}"))
                            .at(*span, "")
                            .help(help),
                    );
                }
            }
            out.insert(key.clone(), values.into_iter().map(|(value, _)| value).collect());
        }
        out
    }

    fn option_values(&mut self, name: &str, value: &DataValue, span: Span, out: &mut Vec<(String, Span)>) {
        match value {
            DataValue::Scalar(template, _) => match template.as_text() {
                Some(text) => out.push((text.to_owned(), span)),
                None => {
                    self.mention(name, template);
                    self.sink.push(
                        Diagnostic::new(codes::NOT_YET, "references in a recipe's options are not supported yet")
                            .at(span, "")
                            .help("write the value itself"),
                    );
                }
            },
            DataValue::List(items) => {
                for item in items {
                    self.option_values(name, &item.value, item.span, out);
                }
            }
            DataValue::Map(_) => self.sink.push(
                Diagnostic::new(codes::UNKNOWN_OPTION, format!("an option of `{name}` is text or a list of texts"))
                    .at(span, "")
                    .help("write the text, or a list: `extensions: [pgcrypto]`"),
            ),
        }
    }

    fn seed(&mut self, name: &str, seed: &'a manifest::Seed) -> Option<Seed> {
        match seed {
            manifest::Seed::Sql(sql) => {
                let mut files = Vec::new();
                for file in &sql.sql {
                    if let Some(bytes) = self.read(&file.value, file.span) {
                        files.push((file.value.clone(), bytes));
                    }
                }
                let origin = self.origins.add(sql.sql.first()?.span);
                (files.len() == sql.sql.len()).then_some(Seed::Sql { files, origin })
            }
            // These are not loaded behind the migration: the store begins with them.
            manifest::Seed::Snapshot(_) | manifest::Seed::Template(_) => None,
            manifest::Seed::Command(command) => {
                let task = Task {
                    from: name_of(command.from.as_ref()),
                    image: super::draft::text_of(command.image.as_ref()),
                    command: command.command.as_deref().unwrap_or_default(),
                    paths: &command.paths,
                    env: variables(&command.env),
                    span: place(command.from.as_ref(), command.image.as_ref()),
                };
                self.task(name, &task, "a seed", &[]).map(|task| Seed::Command(Box::new(task)))
            }
        }
    }

    /// A migration or a seed by command: the image and variables of a workload, with a command of its own.
    fn task(&mut self, name: &str, task: &Task<'a>, what: &str, uses: &[(&str, Span)]) -> Option<Migration> {
        let mut inherited = Inherited::default();
        if let Some((from, span)) = task.from {
            if self.names.require(from, &WORKLOADS, Wanted::From(what), span, self.sink).is_some() {
                self.edge(name, from, EdgeKind::Build, span);
                inherited = self.inherited.get(from).cloned().unwrap_or_default();
            }
        } else if let Some((image, span)) = task.image {
            inherited.image = Some((image.to_owned(), span));
        }
        inherited.env.extend(task.env.iter().map(|(key, text)| (key.clone(), *text)));
        // The edges of what it is `from` are that node's: a migration waits for its own database only.
        let before = self.edges.len();
        let image = self.image_source(name, &inherited);
        let command = self.texts(name, task.command);
        let env = self.env(name, &inherited.env);
        self.edges.truncate(before);
        let uses = uses
            .iter()
            .filter_map(|(used, span)| {
                self.names.require(used, &super::workloads::USABLE, Wanted::Used, *span, self.sink)?;
                Some(((*used).to_owned(), self.edge(name, used, EdgeKind::Address, *span)))
            })
            .collect();
        let digest = self.digest(task.paths);
        // What is missing is reported: a command by the decoder, an image at what it should come from.
        if command.is_empty() {
            return None;
        }
        Some(Migration {
            image: image?,
            command,
            env,
            uses,
            size: inherited.size,
            user: inherited.user,
            digest,
            origin: self.origins.add(task.span?),
        })
    }

    /// SHA-256 over the names and contents of the files that the patterns match; `None` without patterns.
    fn digest(&mut self, paths: &[Located<String>]) -> Option<Digest> {
        if paths.is_empty() {
            return None;
        }
        let mut files: Vec<(String, Span)> = Vec::new();
        for pattern in paths {
            match self.files.glob(&pattern.value) {
                Ok(found) if found.is_empty() => self.sink.push(
                    Diagnostic::new(codes::MISSING_FILE, format!("no file matches `{}`", pattern.value))
                        .at(pattern.span, "")
                        .help("patterns are relative to the manifest's folder: `api/migrations/**`"),
                ),
                Ok(found) => files.extend(found.into_iter().map(|path| (path, pattern.span))),
                Err(error) => self.file_error(&pattern.value, pattern.span, &error),
            }
        }
        files.sort();
        files.dedup_by(|(one, _), (other, _)| one == other);
        let mut all: Vec<Vec<u8>> = Vec::new();
        for (path, span) in files {
            match self.files.digest(&path) {
                Ok(digest) => {
                    all.extend([path.clone().into_bytes(), digest.as_ref().to_vec()]);
                    self.inputs.insert(path, digest);
                }
                // Without it a change of that file would not be noticed.
                Err(error) => self.file_error(&path, span, &error),
            }
        }
        Some(Digest::of_list(all))
    }

    pub(super) fn read(&mut self, path: &str, span: Span) -> Option<Vec<u8>> {
        match self.files.read(path) {
            Ok(bytes) => {
                self.inputs.insert(path.to_owned(), Digest::of(&bytes));
                Some(bytes)
            }
            Err(error) => {
                self.file_error(path, span, &error);
                None
            }
        }
    }

    pub(super) fn file_error(&mut self, path: &str, span: Span, error: &FileError) {
        let (message, help) = match error {
            FileError::Missing => (format!("there is no file `{path}`"), "paths are relative to the manifest's folder"),
            FileError::Unreadable(why) => {
                (format!("`{path}` cannot be read: {why}"), "give a file that previewc may read")
            }
            FileError::Outside => {
                (format!("`{path}` leads out of the manifest's folder"), "keep the file beside or below the manifest")
            }
            FileError::Withheld => (
                format!("`{path}` is one of the files that previewc keeps for itself"),
                "keep the file outside of `.previewc`, of which only `recipes` and `overrides` are yours",
            ),
            FileError::TooLarge(limit) => (
                format!("`{path}` is larger than {limit} bytes"),
                "load large data with a command: `seed: { from, command }`",
            ),
        };
        self.sink.push(Diagnostic::new(codes::MISSING_FILE, message).at(span, "").help(help));
    }
}

/// The place of a task: what it takes its image from.
fn place(from: Option<&Located<manifest::NodeName>>, image: Option<&Located<String>>) -> Option<Span> {
    from.map(|from| from.span).or(image.map(|image| image.span))
}

/// The keys that stores of a section know, whatever their engine.
fn keys(section: Section) -> Vec<&'static str> {
    let Shape::Record(root) = manifest::shape() else {
        return Vec::new();
    };
    let family = root.fields.into_iter().find(|field| field.key == section.key()).map(|field| field.shape);
    let Some(Shape::Map { value, .. }) = family else {
        return Vec::new();
    };
    match *value {
        Shape::Record(store) => store.fields.iter().map(|field| field.key).collect(),
        _ => Vec::new(),
    }
}
