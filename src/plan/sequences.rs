//! What must happen in a store before its consumers start.
//!
//! | step | where | skipped when |
//! |---|---|---|
//! | create | client, with the administrator's credentials | never; only on a shared server: it is safe to repeat |
//! | rotate | client, where the epoch is raised | never: it finds out whether it is done |
//! | check | client | never: it waits, and finds out what is done |
//! | fetch | an image with the tool that can | the snapshot is recorded as loaded |
//! | restore | client | the snapshot is recorded as loaded |
//! | migrate | the application's image | this migration is recorded |
//! | migrated | client | never: it is safe to repeat |
//! | seeding, seed, seeded | client, or the application's image for a seed by command | the seed is recorded as finished |
//! | declare | client | never: it is safe to repeat |

use super::context::Context;
use super::process::{ConfigFile, Image, Size, Source, Variable, Word};
use super::sequence::{CHECK, FLAG_DIR, Flag, ROTATE, Sequence, Step, TOOLBOX_PROGRAM};
use super::snapshot;
use super::stores::{StoreFacts, admin_env, client_env, client_size, shell};
use super::value::Value;
use crate::recipes::{Recipe, Steps};
use crate::resolve::{Migration, Node, Origin, Restore, Seed, Store};
use crate::source::Digest;

/// Where the SQL files of a seed are mounted.
const SEED_DIR: &str = "/previewc-seed";
/// What a client's step may use.
pub(super) const CLIENT_SIZE: Size = Size { cpu_millis: 100, memory: 128 << 20 };

/// Whether a store has a sequence.
pub(super) fn is_needed(store: &Store, recipe: &Recipe, reset: bool) -> bool {
    let Some(steps) = &recipe.steps else { return false };
    if store.server.is_some() {
        return true;
    }
    let options = store.options.values().any(|values| !values.is_empty());
    let database = store.migrate.is_some() || store.restore.is_some() || store.seed.is_some() || options || reset;
    (steps.check.is_some() && database) || (steps.declare.is_some() && !store.queues.is_empty())
}

/// What the steps of one store share.
struct Shared<'a> {
    node: &'a Node,
    image: Image,
    user: Option<u32>,
    env: Vec<Variable>,
    size: Size,
}

impl Shared<'_> {
    /// A step in the client's image.
    fn client(&self, name: &str, script: &str, files: Vec<ConfigFile>) -> Step {
        Step {
            name: name.to_owned(),
            origin: self.node.origin,
            image: self.image.clone(),
            command: shell(script).into_iter().map(Word::Text).collect(),
            env: self.env.clone(),
            user: self.user,
            files,
            source: None,
            size: self.size,
            is_task: false,
        }
    }
}

impl Context<'_> {
    /// The sequence of a store, if it has one.
    pub(super) fn sequence(&mut self, node: &Node, store: &Store) -> Option<Sequence> {
        let recipe = self.recipe(&node.name, store)?;
        let steps = recipe.steps.as_ref()?;
        let name = self.stores.get(&node.name)?.sequence.clone()?;
        let old = self.old_secrets(node, &store.engine, recipe);
        let migration = store.migrate.as_ref().map(|migration| self.migration(&node.name, migration));
        let seed = match &store.seed {
            Some(Seed::Command(command)) => Some(self.migration(&node.name, command)),
            _ => None,
        };
        let identity =
            migration.as_ref().zip(store.migrate.as_ref()).map(|(step, migration)| identity(step, migration));
        let fill = Fill {
            restore: match &store.restore {
                Some(Restore::Snapshot(snapshot)) => Some(snapshot.checksum.to_string()),
                Some(Restore::Template { .. }) | None => None,
            },
            seed: store.seed.as_ref().map(|stated| seed_identity(stated, seed.as_ref())),
            reseed: self.request.reseed,
            reset: self.request.reset.get(&node.name).cloned(),
        };
        let user = recipe.client.as_ref().and_then(|client| client.user.as_ref()).map(|user| user.value);
        let fetch = match &store.restore {
            Some(Restore::Snapshot(snapshot)) => Some(self.fetch(&node.name, snapshot, user)),
            Some(Restore::Template { .. }) | None => None,
        };
        let facts = self.stores.get(&node.name)?;
        let told = told(node, store, recipe, facts, identity.as_deref(), &fill);
        let mut env = told.clone();
        env.extend(admin_env(store, recipe, facts));
        env.sort_by(|a, b| a.name.cmp(&b.name));
        let shared = Shared {
            node,
            image: self.client_image(store, recipe, facts),
            user,
            env,
            size: client_size(recipe).unwrap_or(CLIENT_SIZE),
        };
        let mut list = Vec::new();
        list.extend(self.create(node, store, &told));
        if let Some(rotate) = steps.rotate.as_ref().filter(|_| !old.is_empty()) {
            list.push(super::rotation::step(shared.client(ROTATE, &rotate.value, Vec::new()), &node.name, old));
        }
        push(
            &mut list,
            &shared,
            CHECK,
            steps.check.as_ref().filter(|_| is_database(store) || fill.reset.is_some()).map(|s| s.value.as_str()),
        );
        if let Some(fetch) = fetch {
            list.push(fetch);
            push(&mut list, &shared, "restore", steps.restore.as_ref().map(|s| s.value.as_str()));
        }
        if let Some(step) = migration {
            list.push(guarded(step, "migrate", &node.name, Flag::Migrated));
            push(&mut list, &shared, "migrated", steps.migrated.as_ref().map(|s| s.value.as_str()));
        }
        if store.seed.is_some() {
            push(&mut list, &shared, "seeding", steps.seeding.as_ref().map(|s| s.value.as_str()));
            match seed {
                Some(step) => list.push(guarded(step, "seed", &node.name, Flag::Seeded)),
                None => list.extend(sql_seed(&shared, steps, store)),
            }
            push(&mut list, &shared, "seeded", steps.seeded.as_ref().map(|s| s.value.as_str()));
        }
        if !store.queues.is_empty() {
            push(&mut list, &shared, "declare", steps.declare.as_ref().map(|s| s.value.as_str()));
        }
        // Who can log in finds what `create` made, or has the credentials of today.
        let mut done =
            self.poll(store, recipe, facts, steps.done.as_ref().or(Some(&steps.ready)).map(|s| s.value.as_str()))?;
        done.env = told;
        Some(Sequence { name, store: node.name.clone(), origin: node.origin, steps: list, done })
    }

    /// A migration or a seed by command, not yet guarded.
    fn migration(&mut self, database: &str, migration: &Migration) -> Step {
        let mut env = self.variables(&migration.uses, Some(database), &migration.env);
        let command = self.words(&migration.command, &mut env);
        env.sort_by(|a, b| a.name.cmp(&b.name));
        Step {
            name: String::new(),
            origin: migration.origin,
            image: self.image(database, &migration.image, migration.origin),
            command,
            env,
            user: migration.user,
            files: Vec::new(),
            source: None,
            size: self.size_of(migration.size),
            is_task: true,
        }
    }
}

fn is_database(store: &Store) -> bool {
    store.migrate.is_some() || store.restore.is_some() || store.seed.is_some() || !store.options.is_empty()
}

fn push(list: &mut Vec<Step>, shared: &Shared<'_>, name: &str, script: Option<&str>) {
    if let Some(script) = script {
        list.push(shared.client(name, script, Vec::new()));
    }
}

fn sql_seed(shared: &Shared<'_>, steps: &Steps, store: &Store) -> Option<Step> {
    let Some(Seed::Sql { files, .. }) = &store.seed else { return None };
    let files = files
        .iter()
        .enumerate()
        .map(|(index, (_, bytes))| ConfigFile { path: seed_path(index), contents: bytes.clone() })
        .collect();
    Some(shared.client("seed", &steps.seed.as_ref()?.value, files))
}

/// The user's own file name would have to be escaped three times over; a number need not.
fn seed_path(index: usize) -> String {
    format!("{SEED_DIR}/{:03}.sql", index + 1)
}

/// Makes a step end at once where its flag exists. The command stays an argument vector: nothing of it is parsed again.
fn guarded(mut step: Step, name: &str, store: &str, flag: Flag) -> Step {
    name.clone_into(&mut step.name);
    let guard = [
        TOOLBOX_PROGRAM.to_owned(),
        "sh".to_owned(),
        "-c".to_owned(),
        "[ -e \"$0\" ] || exec \"$@\"".to_owned(),
        format!("{FLAG_DIR}/{store}/{}", flag.file()),
    ];
    step.command = guard.into_iter().map(Word::Text).chain(step.command).collect();
    step
}

/// A migration's identity: its command and the digest of its paths, else its image.
fn identity(step: &Step, migration: &Migration) -> String {
    let command = step.command.iter().map(|word| match word {
        Word::Text(text) | Word::Env(text) => text.as_bytes(),
    });
    let content = match &migration.digest {
        Some(digest) => digest.as_ref(),
        None => step.image.reference.as_bytes(),
    };
    Digest::of_list(command.chain([content])).short(32)
}

/// What a store is filled with, as its record knows it.
struct Fill {
    /// The snapshot's identity: its checksum.
    restore: Option<String>,
    /// The seed's identity.
    seed: Option<String>,
    /// Whether a store that was filled with something else is made anew.
    reseed: bool,
    /// The identity of a reset that is asked for.
    reset: Option<String>,
}

impl Fill {
    /// What scripts are told of it.
    fn told(&self, store: &Store, name: &str) -> Vec<(String, String)> {
        let filled = self.restore.is_some() || self.seed.is_some();
        let mut told = vec![
            ("PREVIEWC_RESEED", if self.reseed && filled { "1".to_owned() } else { String::new() }),
            ("PREVIEWC_RESET", self.reset.clone().unwrap_or_default()),
            ("PREVIEWC_RESTORE", self.restore.clone().unwrap_or_default()),
        ];
        match &store.restore {
            Some(Restore::Snapshot(snapshot)) => told.extend([
                ("PREVIEWC_SNAPSHOT", snapshot::place(name)),
                ("PREVIEWC_SNAPSHOT_FORM", snapshot.form.clone()),
            ]),
            Some(Restore::Template { name, .. }) => told.push(("PREVIEWC_TEMPLATE", name.clone())),
            None => {}
        }
        told.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// A seed's identity. The image of a command is no part of it: each commit has another one, and the seed is the same.
fn seed_identity(seed: &Seed, command: Option<&Step>) -> String {
    match (seed, command) {
        (Seed::Command(stated), Some(step)) => {
            let words = step.command.iter().map(|word| match word {
                Word::Text(text) | Word::Env(text) => text.as_bytes().to_vec(),
            });
            let digest = stated.digest.as_ref().map(|digest| digest.as_ref().to_vec());
            Digest::of_list(words.chain(digest)).short(32)
        }
        (Seed::Sql { files, .. }, _) => Digest::of_list(files.iter().map(|(_, bytes)| bytes)).short(32),
        (Seed::Command(_), None) => String::new(),
    }
}

/// The client's variables, and what its scripts are told.
fn told(
    node: &Node,
    store: &Store,
    recipe: &Recipe,
    facts: &StoreFacts,
    migration: Option<&str>,
    fill: &Fill,
) -> Vec<Variable> {
    let seed_files: Vec<String> = match &store.seed {
        Some(Seed::Sql { files, .. }) => (0..files.len()).map(seed_path).collect(),
        _ => Vec::new(),
    };
    let flag = |set: bool| if set { "1".to_owned() } else { String::new() };
    let number = |number: Option<u64>| number.map_or(String::new(), |number| number.to_string());
    let mut told = vec![
        ("PREVIEWC_FLAGS".to_owned(), format!("{FLAG_DIR}/{}", node.name)),
        ("PREVIEWC_MIGRATION".to_owned(), migration.unwrap_or_default().to_owned()),
        ("PREVIEWC_SEED".to_owned(), fill.seed.clone().unwrap_or_default()),
        ("PREVIEWC_SEED_FILES".to_owned(), seed_files.join("\n")),
        ("PREVIEWC_QUEUES".to_owned(), store.queues.join("\n")),
        ("PREVIEWC_DEAD_LETTER".to_owned(), flag(store.dead_letter)),
        ("PREVIEWC_MAX_RETRIES".to_owned(), number(store.max_retries.map(u64::from))),
        ("PREVIEWC_MESSAGE_TTL".to_owned(), number(store.message_ttl)),
    ];
    let identity = Digest::of_list(told.iter().flat_map(|(name, value)| [name, value])).short(16);
    told.push(("PREVIEWC_IDENTITY".to_owned(), identity));
    told.extend(fill.told(store, &node.name));
    let mut env = client_env(store, recipe, facts);
    // What says nothing in this store is left out: scripts read every variable with a default.
    env.extend(told.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| Variable {
        name,
        value: Value::text(value),
        source: Source::Recipe { engine: store.engine.clone() },
        origin: Origin::NONE,
    }));
    env.sort_by(|a, b| a.name.cmp(&b.name));
    env
}
