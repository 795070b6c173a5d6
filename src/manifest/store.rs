//! Databases, queues, caches, search indices, buckets, mail catchers.

use std::marker::PhantomData;

use indexmap::IndexMap;

use super::aws::Region;
use super::command::Command;
use super::forms::{EngineVersion, FilePath, Image, QueueName, Sha256};
use super::names::{NodeName, NodeRef, VarName};
use super::process::Size;
use super::quantity::{Duration, Storage};
use crate::shape::{
    Codec, Cx, Int, Leaf, LeafShape, Misread, NonEmpty, Rule, Shape, Spanned, Template, Text, choice, one_of, record,
};
use crate::source::Located;
use crate::syntax::{Node, Scalar};

record! {
    /// A node that keeps data. Which engines there are, and which further options each takes, is said by recipes.
    /// Example: {"engine": "postgres", "version": "16"}
    pub struct Store: "a store" {
        /// The engine, by the name of its recipe.
        /// Example: postgres
        engine: Located<String> as Located<EngineName>,
        /// The engine's version, as it stands in image tags. Default: the recipe's.
        /// Example: 16
        version: Option<Located<String>> as Option<Located<EngineVersion>>,
        /// How this environment's data is kept apart.
        /// Default: dedicated
        /// Example: {"on": "shared-pg"}
        isolation: Option<Located<Isolation>> as Option<Spanned<Isolation>>,
        /// How much CPU and memory its server gets. Default: the recipe's.
        size: Option<Size>,
        /// How much disk its server gets. Default: the recipe's.
        /// Example: 1Gi
        storage: Option<Located<Storage>>,
        /// Makes it the one behind `DATABASE_URL`, `CACHE_URL` or `QUEUE_URL`. Default: the only one of its family.
        default: Option<Located<bool>>,
        /// An image in place of the recipe's.
        /// Example: ghcr.io/acme/postgres-postgis:16
        image: Option<Located<String>> as Option<Located<Image>>,
        /// Brings the schema up to date before anything starts that uses it.
        /// Example: {"from": "api", "command": ["bin/migrate"], "paths": ["api/migrations/**"]}
        migrate: Option<Migrate>,
        /// Fills it once.
        /// Example: {"sql": "api/seed.sql"}
        seed: Option<Seed>,
        /// The queues that are made in it. Default: one of its own name.
        /// Example: ["mail", "invoices"]
        queues: Vec<Located<String>> as Vec<Located<QueueName>>,
        /// Keeps messages that could not be handled.
        /// Default: false
        dead_letter: Option<Located<bool>>,
        /// How often a message is given out again before it counts as not handled.
        /// Example: 5
        max_retries: Option<Located<u32>> as Option<Located<Int<0, 1000>>>,
        /// How long a message may wait. Default: for ever.
        /// Example: 1h
        ttl: Option<Located<Duration>>,
    }
    open: rest;
}

/// Reads the name of an engine. Any text will do: resolve says which engines there are.
#[derive(Debug)]
pub struct EngineName;

impl Leaf for EngineName {
    type Out = String;
    const EXPECTED: &'static str = Text::EXPECTED;

    fn shape() -> LeafShape {
        <Text as Leaf>::shape()
    }

    fn read(scalar: &Scalar<'_>) -> Result<String, Misread> {
        <Text as Leaf>::read(scalar)
    }

    fn stand_in() -> Option<String> {
        // No engine has an empty name: resolve takes it for one that was reported.
        Some(String::new())
    }
}

/// A family of stores: it says which keys belong to it.
pub trait Family {
    /// The name of its definition in the schema.
    const NAME: &'static str;
    /// One of it, with an article.
    const WHAT: &'static str;
    /// Keys of [`Store`] that belong to other families, with whose they are.
    const REFUSED: &'static [(&'static str, &'static str)];
}

macro_rules! families {
    ($($(#[$doc:meta])* $name:ident, $def:literal, $what:literal, [$($key:literal: $home:literal),*];)*) => { $(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;
        impl Family for $name {
            const NAME: &'static str = $def;
            const WHAT: &'static str = $what;
            const REFUSED: &'static [(&'static str, &'static str)] = &[$(($key, $home)),*];
        }
    )* };
}

families! {
    /// Databases have migrations and seeds.
    Databases, "Database", "a database",
        ["queues": "queues", "dead_letter": "queues", "max_retries": "queues", "ttl": "queues"];
    /// Queues have queue names, dead letters and retries.
    Queues, "Queue", "a queue", ["migrate": "databases", "seed": "databases"];
    /// Caches.
    Caches, "Cache", "a cache", ["migrate": "databases", "seed": "databases",
        "queues": "queues", "dead_letter": "queues", "max_retries": "queues", "ttl": "queues"];
    /// Search indices.
    Searches, "Search", "a search index", ["migrate": "databases", "seed": "databases",
        "queues": "queues", "dead_letter": "queues", "max_retries": "queues", "ttl": "queues"];
    /// Buckets.
    Buckets, "Bucket", "a bucket", ["migrate": "databases", "seed": "databases",
        "queues": "queues", "dead_letter": "queues", "max_retries": "queues", "ttl": "queues"];
    /// Mail catchers.
    Mails, "Mail", "a mail catcher", ["migrate": "databases", "seed": "databases",
        "queues": "queues", "dead_letter": "queues", "max_retries": "queues", "ttl": "queues"];
}

/// Reads a store of a family.
#[derive(Debug)]
pub struct StoreOf<F>(PhantomData<F>);

impl<F: Family> Codec for StoreOf<F> {
    type Out = Store;

    fn shape() -> Shape {
        Store::shape_as(F::NAME, F::WHAT, F::REFUSED)
    }

    fn decode(node: &Node<'_>, cx: &mut Cx<'_>) -> Option<Store> {
        Store::decode_as(node, cx, F::WHAT, F::REFUSED)
    }
}

one_of! {
    /// How an environment's data is kept apart from every other's.
    pub enum Isolation: "an isolation" {
        words: {
            /// A server of its own.
            Dedicated = "dedicated",
        }
        records: {
            /// A database, vhost, bucket or prefix of its own on a declared server.
            On(OnServer) by ["on"],
            /// A copy-on-write branch at a provider.
            Branch(Branch) by ["branch"],
            /// A service of a cloud, wherever the processes run.
            Cloud(InCloud) by ["cloud"],
        }
    }
}

record! {
    /// A database, vhost, bucket or prefix on a shared server.
    /// Example: {"on": "shared-pg"}
    pub struct OnServer: "an isolation on a server" {
        /// The server, one of `servers`.
        on: Located<NodeName> as Located<NodeRef>,
    }
}

record! {
    /// A branch of a database at a provider.
    /// Example: {"branch": "neon", "project": "p-123", "parent": "main"}
    pub struct Branch: "a branch" {
        /// The provider.
        branch: Located<BranchProvider>,
        /// Neon's project.
        /// Example: p-123
        project: Option<Located<String>> as Option<Located<Text>>,
        /// The branch to copy.
        /// Default: main
        parent: Option<Located<String>> as Option<Located<Text>>,
        /// The database in the branch.
        database: Option<Located<String>> as Option<Located<Text>>,
        /// The role that processes log in as, where the branch has several.
        role: Option<Located<String>> as Option<Located<Text>>,
        /// PlanetScale's organization.
        organization: Option<Located<String>> as Option<Located<Text>>,
    }
    rules: [
        Rule::NeedsIf("branch", "neon", "project"),
        Rule::NeedsIf("branch", "planetscale", "organization"),
        Rule::NeedsIf("branch", "planetscale", "database"),
    ];
}

record! {
    /// A queue or a bucket of the environment's own at a cloud, made by Terraform before the processes start.
    /// Example: {"cloud": "aws", "region": "eu-west-1"}
    pub struct InCloud: "an isolation in a cloud" {
        /// The cloud.
        cloud: Located<CloudProvider>,
        /// The region. Default: that of `targets.terraform`.
        /// Example: eu-west-1
        region: Option<Located<String>> as Option<Located<Region>>,
    }
}

choice! {
    /// Who runs queues and buckets.
    pub enum CloudProvider {
        /// Amazon Web Services: SQS and S3.
        Aws = "aws",
    }
}

impl CloudProvider {
    /// The provider's own name.
    pub fn title(self) -> &'static str {
        match self {
            CloudProvider::Aws => "AWS",
        }
    }
}

choice! {
    /// Who makes branches of databases.
    pub enum BranchProvider {
        /// neon.tech, for PostgreSQL.
        Neon = "neon",
        /// planetscale.com, for MySQL and PostgreSQL.
        Planetscale = "planetscale",
    }
}

record! {
    /// A command that brings a schema up to date. It runs at least once per identity (its command and the digest of its
    /// `paths`, else its image) and must be safe to repeat.
    /// Example: {"from": "api", "command": ["bin/migrate"], "paths": ["api/migrations/**"]}
    pub struct Migrate: "a migration" {
        /// Takes image and env from this node.
        /// Example: api
        from: Option<Located<NodeName>> as Option<Located<NodeRef>>,
        /// A ready image.
        image: Option<Located<String>> as Option<Located<Image>>,
        /// The whole command line.
        /// Example: ["bin/migrate"]
        command: Option<Vec<Template>> as Option<Command>,
        /// Files whose change makes it another migration, as globs.
        /// Example: ["api/migrations/**"]
        paths: Vec<Located<String>> as Vec<Located<FilePath>>,
        /// Further variables.
        env: IndexMap<VarName, Template>,
        /// Further nodes whose variables it receives; it waits for its own database only.
        uses: Vec<Located<NodeName>> as Vec<Located<NodeRef>>,
    }
    rules: [
        Rule::ExactlyOne(&["from", "image"]),
        Rule::Needs("from", "command"),
        Rule::Needs("image", "command"),
    ];
}

one_of! {
    /// What fills a database once per volume.
    pub enum Seed: "a seed" {
        records: {
            /// Files for the engine's own client.
            Sql(SqlSeed) by ["sql"],
            /// A sanitized snapshot.
            Snapshot(SnapshotSeed) by ["snapshot"],
            /// A copy of a database on a shared server.
            Template(TemplateSeed) by ["template"],
            /// A command.
            Command(CommandSeed) by ["from", "image"],
        }
    }
}

record! {
    /// Files that the engine's own client runs, in order.
    /// Example: {"sql": "api/seed.sql"}
    pub struct SqlSeed: "a seed from files" {
        /// The files, relative to the manifest.
        /// Example: api/seed.sql
        sql: Vec<Located<String>> as NonEmpty<Located<FilePath>>,
    }
}

record! {
    /// A snapshot that is restored, before any migration. Its name says what it is: `.sql`, or `.dump` in PostgreSQL's custom
    /// format; `.gz` behind it is unpacked.
    /// Example: {"snapshot": "s3://acme-previews/shop.sql.gz", "checksum": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"}
    pub struct SnapshotSeed: "a seed from a snapshot" {
        /// Where it lies: a file, relative to the manifest, or an address that begins with `https://`, `http://` or `s3://`.
        /// Example: s3://acme-previews/shop.sql.gz
        snapshot: Located<String> as Located<Text>,
        /// The SHA-256 of the file as it lies there, in hexadecimal. Needed for an address: nothing is loaded before it fits.
        /// Example: 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824
        checksum: Option<Located<String>> as Option<Located<Sha256>>,
        /// Variables of what fetches it: for `s3://` those of the AWS command line.
        /// Example: {"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "${secrets.aws_id}"}
        env: IndexMap<VarName, Template>,
    }
}

record! {
    /// A database on the same server that the new one is a copy of: PostgreSQL's `CREATE DATABASE … TEMPLATE`.
    /// Example: {"template": "shop_sanitized"}
    pub struct TemplateSeed: "a seed from a template" {
        /// The template database.
        /// Example: shop_sanitized
        template: Located<String> as Located<Text>,
    }
}

record! {
    /// A command that fills the database.
    /// Example: {"from": "api", "command": ["bin/seed"]}
    pub struct CommandSeed: "a seed by command" {
        /// Takes image and env from this node.
        /// Example: api
        from: Option<Located<NodeName>> as Option<Located<NodeRef>>,
        /// A ready image.
        image: Option<Located<String>> as Option<Located<Image>>,
        /// The whole command line.
        /// Example: ["bin/seed"]
        command: Option<Vec<Template>> as Option<Command>,
        /// Files whose change makes it another seed, as globs.
        paths: Vec<Located<String>> as Vec<Located<FilePath>>,
        /// Further variables.
        env: IndexMap<VarName, Template>,
    }
    rules: [
        Rule::ExactlyOne(&["from", "image"]),
        Rule::Needs("from", "command"),
        Rule::Needs("image", "command"),
    ];
}
