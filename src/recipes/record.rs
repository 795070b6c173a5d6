//! What a recipe states, one line per key.

use indexmap::IndexMap;
use serde_json::json;

use super::managed::{FormName, Managed};
use super::scoped::Scoped;
use crate::diagnostics::codes;
use crate::manifest::{Storage, VarName};
use crate::shape::{
    Int, Leaf, LeafShape, Misread, NonEmpty, Port, RecipeTemplate, Rule, Template, choice, one_of, record, text_leaf,
};
use crate::source::Located;
use crate::syntax::Scalar;

record! {
    /// How an engine runs: plain data. Values stand in `${…}`, scripts are literal, and values reach scripts by env.
    pub struct Recipe: "a recipe" {
        /// The sections of the manifest that it serves.
        /// Example: ["databases"]
        serves: Vec<Located<String>> as NonEmpty<Located<Section>>,
        /// Keys that a store of this engine may have beside the common ones. A value is text or a list of texts.
        options: IndexMap<String, OptionDecl> as IndexMap<Name, OptionDecl>,
        /// The version where the manifest states none.
        version: Located<String> as Located<Line>,
        /// The image.
        /// Example: postgres:${version}
        image: Image,
        /// The ports by name; the first is the main one, `${self.port}`; each is also `${self.NAME}`.
        /// Example: {"amqp": 5672, "management": 15672}
        ports: IndexMap<String, Located<u16>> as IndexMap<PortName, Located<Port>>,
        /// Names and credentials that every environment gets of its own.
        atoms: IndexMap<String, Atom> as IndexMap<Name, Atom>,
        /// What others may refer to as `${databases.db.NAME}`: every store has `url`, `host` and `port`.
        outputs: IndexMap<String, Output> as IndexMap<Name, Output>,
        /// How its container runs.
        container: Container,
        /// The container that its steps run in.
        client: Option<Client>,
        /// The forms of snapshots that its `restore` loads, as file names end; `.gz` behind them is unpacked before.
        /// Example: ["sql", "dump"]
        snapshots: Vec<Located<String>> as Vec<Located<Name>>,
        /// What happens in it before its consumers start.
        steps: Option<Steps>,
        /// How it is kept apart on a shared server.
        scoped: Option<Scoped>,
        /// How it stands as a service of a cloud, by the service.
        managed: IndexMap<String, Managed> as IndexMap<FormName, Managed>,
        /// What its step `declare` can do for a queue. Default: everything.
        queues: Option<QueueRules>,
    }
}

record! {
    /// What an engine's queues can do, and how they may be named. What a manifest asks for beyond it is refused.
    /// Example: {"sets": ["dead_letter", "max_retries"], "chars": "_-", "longest": 75}
    pub struct QueueRules: "rules for queues" {
        /// The keys of a queue that the step can set. Default: all of them.
        sets: Option<Vec<Located<QueueKey>>>,
        /// The characters that a queue's name may hold besides letters and digits. Default: `._:/-`.
        chars: Option<Located<String>> as Option<Located<Line>>,
        /// The longest name in characters, with room for what is put behind it for dead letters. Default: 128.
        longest: Option<Located<u32>> as Option<Located<Int<16, 128>>>,
    }
}

choice! {
    /// A key of the manifest that says what becomes of a queue's messages.
    pub enum QueueKey {
        /// Messages that could not be handled are kept.
        DeadLetter = "dead_letter",
        /// How often a message is given out again.
        MaxRetries = "max_retries",
        /// How long a message may wait.
        Ttl = "ttl",
    }
}

record! {
    /// An option's description.
    pub struct OptionDecl: "an option" {
        /// What it is, for messages.
        about: Located<String> as Located<Line>,
        /// The characters that a value may hold besides letters and digits. Default: `_` and `-`.
        chars: Option<Located<String>> as Option<Located<Line>>,
        /// The only values that it may have. Default: any.
        values: Vec<Located<String>> as Vec<Located<Line>>,
    }
    short: about;
}

record! {
    /// An image, and which others take its place.
    pub struct Image: "an image" {
        /// The reference.
        /// Example: postgres:${version}
        reference: Template as RecipeTemplate,
        /// Others, the first that fits wins.
        with: Vec<ImageWith>,
    }
    short: reference;
}

record! {
    /// Another image under conditions, all of which must hold.
    /// Example: {"option": "extensions", "has": "pgvector", "reference": "pgvector/pgvector:pg${version}"}
    pub struct ImageWith: "another image" {
        /// Holds where this option is given …
        option: Option<Located<String>> as Option<Located<Name>>,
        /// … with this value among its values; without it, any value will do.
        has: Option<Located<String>> as Option<Located<Line>>,
        /// Holds for versions of one of these forms; `*` stands for any characters.
        /// Example: ["*-alpine*"]
        version: Vec<Located<String>> as Vec<Located<Line>>,
        /// The reference. Default: the plain one.
        reference: Option<Template> as Option<RecipeTemplate>,
        /// The numeric user of this image's server. Default: the container's.
        user: Option<Located<u32>> as Option<Located<Int<0, 4_294_967_294>>>,
    }
    rules: [
        Rule::AtLeastOne(&["option", "version"]),
        Rule::AtLeastOne(&["reference", "user"]),
        Rule::Needs("has", "option"),
    ];
}

one_of! {
    /// A name or credential of one environment's own.
    pub enum Atom: "an atom" {
        records: {
        /// A name made from the environment's id and the node's name.
        Name(NameAtom) by ["name"],
        /// The same with `-`, as buckets need it.
        Label(LabelAtom) by ["label"],
        /// Derived from the key: letters and digits.
        Secret(SecretAtom) by ["secret"],
        /// The same everywhere.
        Text(TextAtom) by ["text"],
        }
    }
}

record! {
    /// A name: letters, digits and `_`.
    pub struct NameAtom: "a name" {
        /// The longest that the engine takes, in bytes; longer ones end in a hash.
        name: Located<u32> as Located<Int<16, 255>>,
    }
}

record! {
    /// A DNS label: letters, digits and `-`.
    pub struct LabelAtom: "a label" {
        /// The longest that the engine takes, in bytes; longer ones end in a hash.
        label: Located<u32> as Located<Int<16, 63>>,
    }
}

record! {
    /// A credential.
    pub struct SecretAtom: "a secret" {
        /// Its length in characters.
        secret: Located<u32> as Located<Int<8, 128>>,
    }
}

record! {
    /// A fixed text.
    pub struct TextAtom: "a text" {
        /// The text.
        text: Template as RecipeTemplate,
    }
}

one_of! {
    /// What processes may refer to.
    pub enum Output: "an output" {
        records: {
        /// Text.
        Text(TextOutput) by ["text"],
        /// A URL; its parts are percent-encoded.
        Url(UrlOutput) by ["scheme"],
        }
    }
    short: Text(TextOutput);
}

record! {
    /// Text as it is.
    pub struct TextOutput: "a text" {
        /// The text.
        text: Template as RecipeTemplate,
    }
    short: text;
}

record! {
    /// A URL (RFC 3986) in parts, each percent-encoded. It never ends in `/`.
    pub struct UrlOutput: "a URL" {
        /// The scheme.
        /// Example: postgresql
        scheme: Located<String> as Located<Line>,
        /// The user.
        user: Option<Template> as Option<RecipeTemplate>,
        /// The password.
        password: Option<Template> as Option<RecipeTemplate>,
        /// The host.
        host: Template as RecipeTemplate,
        /// The port.
        port: Option<Template> as Option<RecipeTemplate>,
        /// The path, without `/` before it; it is one segment.
        path: Option<Template> as Option<RecipeTemplate>,
        /// The query, as it is.
        query: Option<Located<String>> as Option<Located<Line>>,
    }
}

record! {
    /// How the engine's container runs.
    pub struct Container: "a container" {
        /// The numeric user that the image's server runs as.
        user: Option<Located<u32>> as Option<Located<Int<0, 4_294_967_294>>>,
        /// The whole argument vector, in place of the image's entrypoint and command.
        command: Vec<Located<String>> as Vec<Located<Script>>,
        /// Handed to the image's entrypoint.
        args: Vec<Located<String>> as Vec<Located<Script>>,
        /// Its variables.
        env: IndexMap<VarName, Template> as IndexMap<VarName, RecipeTemplate>,
        /// The folder that outlives the container.
        data: Option<Data>,
        /// Tells from inside that it serves; run by `sh -c`, reads values from the container's env.
        health: Located<String> as Located<Script>,
        /// Linux capabilities that the server needs.
        capabilities: Vec<Located<String>> as Vec<Located<Line>>,
        /// CPU in thousandths and memory, where the manifest states no size.
        size: Option<ContainerSize>,
        /// Makes its host name mean itself inside its container, also before others may reach it: for servers that
        /// look themselves up while they start. Default: false.
        own_name: Option<Located<bool>>,
        /// Seconds that it gets to end. Default: 30.
        stop_seconds: Option<Located<u32>> as Option<Located<Int<1, 600>>>,
        /// Files mounted read-only, by path.
        files: IndexMap<String, Located<String>> as IndexMap<Line, Located<Script>>,
    }
}

record! {
    /// The folder that outlives the container.
    pub struct Data: "a data folder" {
        /// Where; `${self.data}` in other texts.
        /// Example: /var/lib/postgresql/data
        path: Located<String> as Located<Line>,
        /// Other folders from a major version on; the last entry whose version is not above the one in use counts.
        /// Example: {"18": "/var/lib/postgresql"}
        from: IndexMap<String, Located<String>> as IndexMap<Line, Located<Line>>,
        /// How much disk, where the manifest states none.
        storage: Located<Storage>,
    }
}

record! {
    /// A size.
    pub struct ContainerSize: "a size" {
        /// Thousandths of a CPU.
        cpu: Located<crate::manifest::Cpu>,
        /// Memory.
        memory: Located<crate::manifest::Memory>,
    }
}

record! {
    /// The container that steps run in.
    pub struct Client: "a client" {
        /// Its image. Default: the engine's own.
        image: Option<Template> as Option<RecipeTemplate>,
        /// Its numeric user.
        user: Option<Located<u32>> as Option<Located<Int<0, 4_294_967_294>>>,
        /// How much a step may use. Default: a tenth of a CPU and 128Mi.
        size: Option<ContainerSize>,
        /// Its variables.
        env: IndexMap<VarName, Template> as IndexMap<VarName, RecipeTemplate>,
        /// Variables of the steps that prepare the store alone: who only asks for `ready` or `done` never sees them.
        admin: IndexMap<VarName, Template> as IndexMap<VarName, RecipeTemplate>,
    }
}

record! {
    /// Scripts for `sh -c` in the client's container, which find values in its env and in the variables of the protocol
    /// (docs/recipes.md). Each may be repeated at any time.
    pub struct Steps: "steps" {
        /// One attempt: ends with 0 when the server accepts the environment's credentials.
        /// Example: exec psql -X -q -c 'SELECT 1'
        ready: Located<String> as Located<Script>,
        /// Waits; makes the store anew where a snapshot or a seed began and did not finish; writes the flags `migrated`,
        /// `restored` and `seeded`.
        /// Needed where migrations or seeds are to be recorded.
        check: Option<Located<String>> as Option<Located<Script>>,
        /// Whether `check` also makes the store anew for `PREVIEWC_RESET` and `PREVIEWC_RESEED`.
        renews: Option<Located<bool>>,
        /// Records that it begins, loads the file of `PREVIEWC_SNAPSHOT`, records that it is finished.
        restore: Option<Located<String>> as Option<Located<Script>>,
        /// Records the migration's identity.
        migrated: Option<Located<String>> as Option<Located<Script>>,
        /// Records that the seed begins.
        seeding: Option<Located<String>> as Option<Located<Script>>,
        /// Loads the files of `PREVIEWC_SEED_FILES`.
        seed: Option<Located<String>> as Option<Located<Script>>,
        /// Records that the seed is finished.
        seeded: Option<Located<String>> as Option<Located<Script>>,
        /// Creates what is declared (queues); safe to repeat.
        declare: Option<Located<String>> as Option<Located<Script>>,
        /// One attempt: ends with 0 when everything that is declared is done for exactly this content.
        done: Option<Located<String>> as Option<Located<Script>>,
        /// Waits; gives the server the password of a raised epoch, where it still has the one before, which
        /// `PREVIEWC_OLD_PASSWORD` holds. Not needed where the server reads its password at each start.
        rotate: Option<Located<String>> as Option<Located<Script>>,
    }
    rules: [
        Rule::Needs("migrated", "check"),
        Rule::Needs("renews", "check"),
        Rule::Needs("restore", "check"),
        Rule::Needs("seeding", "check"),
        Rule::Needs("seeding", "seeded"),
        Rule::Needs("seeded", "seeding"),
        Rule::Needs("seed", "seeding"),
        Rule::Needs("check", "done"),
        Rule::Needs("declare", "done"),
    ];
}

text_leaf! {
    /// A section of the manifest that holds stores.
    Section: NOT_A_CHOICE, "`databases`, `queues`, `caches`, `search`, `buckets` or `mail`",
        "^(?:databases|queues|caches|search|buckets|mail)$", Nothing,
        |t| matches!(t, "databases" | "queues" | "caches" | "search" | "buckets" | "mail");

    /// A name inside a recipe.
    Name: BAD_NAME, "a name: small letters, digits and `_`, a letter first, at most 30",
        "^[a-z][a-z0-9_]{0,29}$", Nothing,
        |t| t.len() <= 30 && t.starts_with(|c: char| c.is_ascii_lowercase())
            && t.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');

    /// The name of a port (RFC 6335): at most 15 characters.
    PortName: BAD_NAME, "a port name: small letters, digits and single `-`, at most 15, a letter first",
        "^(?!.*--)[a-z](?:[a-z0-9-]{0,13}[a-z0-9])?$", Nothing,
        |t| t.len() <= 15 && t.starts_with(|c: char| c.is_ascii_lowercase()) && !t.ends_with('-') && !t.contains("--")
            && t.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');

    /// One line of plain text.
    Line: BAD_FORM, "one line of text", r"^[^\u0000-\u001f]+$", Number,
        |t| !t.is_empty() && !t.chars().any(char::is_control);
}

/// Literal text of any length; `${…}` in it belongs to the shell.
#[derive(Debug)]
pub struct Script;

impl Leaf for Script {
    type Out = String;
    const EXPECTED: &'static str = "a script or literal text";

    fn shape() -> LeafShape {
        let schema = json!({ "type": ["string", "number", "boolean"], "pattern": r"^[^\u0000]+$" });
        LeafShape { expected: Self::EXPECTED, schema, choices: Vec::new() }
    }

    fn read(scalar: &Scalar<'_>) -> Result<String, Misread> {
        if scalar.text.is_empty() {
            return Err(Misread::new(codes::NO_VALUE).saying("the text is empty"));
        }
        Ok(scalar.text.clone().into_owned())
    }
}
