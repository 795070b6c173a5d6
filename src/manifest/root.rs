//! The manifest as a whole.

use indexmap::IndexMap;
use serde_json::{Value as Json, json};

use super::forms::{AppName, Domain, Ident, Registry};
use super::names::NodeName;
use super::outside::{External, Frontend, SecretDecl, Server};
use super::preview::{Baseline, Preview, Tests};
use super::process::{Cron, Service, Worker};
use super::store::{Buckets, Caches, Databases, Mails, Queues, Searches, Store, StoreOf};
use super::targets::Targets;
use crate::diagnostics::{Diagnostic, Sink, codes};
use crate::shape::{self, Codec, Cx, Leaf, LeafShape, Literal, Misread, Shape, Slot, record};
use crate::source::{Located, SourceMap, Span};
use crate::syntax::{Node, Scalar, ScalarKind};

/// Nodes by name, in the order of the text.
pub type Named<T> = IndexMap<NodeName, Slot<T>>;

record! {
    /// A stack, written once: what one preview environment is made of.
    pub struct Manifest: "a manifest" {
        /// The version of this format.
        /// Example: 1
        version: Located<u64> as Located<FormatVersion>,
        /// The application's name, a DNS label: with the pull request's number it names everything.
        /// Example: shop
        name: Located<String> as Located<AppName>,
        /// The domain that environments live under: `pr-142.<domain>`. One application per domain.
        /// Example: shop.preview.example.com
        domain: Located<String> as Located<Domain>,
        /// Where built images live.
        /// Example: ghcr.io/acme
        registry: Option<Located<String>> as Option<Located<Registry>>,
        /// Long-lived processes that answer requests.
        services: Named<Service>,
        /// Long-lived processes that take work from a queue or a table.
        workers: Named<Worker>,
        /// Processes that run on a schedule.
        crons: Named<Cron>,
        /// Databases.
        /// Example: {"db": {"engine": "postgres", "version": "16"}}
        databases: Named<Store> as Named<StoreOf<Databases>>,
        /// Message brokers.
        /// Example: {"jobs": {"engine": "rabbitmq", "dead_letter": true}}
        queues: Named<Store> as Named<StoreOf<Queues>>,
        /// Caches.
        /// Example: {"cache": {"engine": "redis"}}
        caches: Named<Store> as Named<StoreOf<Caches>>,
        /// Search indices.
        /// Example: {"products": {"engine": "opensearch"}}
        search: Named<Store> as Named<StoreOf<Searches>>,
        /// Object stores.
        /// Example: {"uploads": {"engine": "minio"}}
        buckets: Named<Store> as Named<StoreOf<Buckets>>,
        /// Mail catchers: they take what the environment sends, and deliver nothing.
        /// Example: {"mailbox": {"engine": "mailpit"}}
        mail: Named<Store> as Named<StoreOf<Mails>>,
        /// Third parties that are never replicated, each with the reason why.
        external: Named<External>,
        /// Long-lived servers for `isolation: { on: … }`.
        servers: Named<Server>,
        /// Frontends that stay on their own platform.
        frontends: Named<Frontend>,
        /// Secret values.
        /// Example: {"session_key": {"generate": 48}}
        secrets: IndexMap<String, Slot<SecretDecl>> as IndexMap<Ident, Slot<SecretDecl>>,
        /// Values that `--var NAME=…` can override; `$${` writes a literal `${`.
        /// Example: {"REGION": "eu-west-1"}
        vars: IndexMap<String, Slot<Located<String>>> as IndexMap<Ident, Slot<Located<Literal>>>,
        /// How long environments live, what makes one, and who may see it.
        preview: Option<Preview>,
        /// Tests that run against the environment.
        tests: Option<Tests>,
        /// The long-lived environment whose services a selective preview shares.
        baseline: Option<Baseline>,
        /// Settings of the targets.
        targets: Option<Targets>,
    }
}

/// Reads a manifest. Every structural mistake is reported; what is wrong is left out, so that the later stages can look
/// at the rest. `None` means that there is no record at all. Check the sink before you compile from the result.
pub fn decode(map: &SourceMap, root: &Node<'_>, sink: &mut Sink) -> Option<Manifest> {
    let mut cx = Cx::new(map, sink);
    let manifest = Manifest::decode(root, &mut cx)?;
    unique(&manifest, &mut cx);
    Some(manifest)
}

/// The description of the whole manifest.
pub fn shape() -> Shape {
    Manifest::shape()
}

/// The manifest's JSON Schema (draft 2020-12).
pub fn schema() -> Json {
    shape::schema(&shape(), "https://previewc.dev/schemas/preview.schema.json", "previewc manifest")
}

/// The manifest's reference page, in Markdown.
pub fn reference() -> String {
    let intro = include_str!("reference.md").trim_end();
    shape::reference(&shape(), "The manifest", intro)
}

impl Manifest {
    /// The names of all nodes with their places and their kind as it is written (`services`), kind after kind.
    pub fn nodes(&self) -> impl Iterator<Item = (&'static str, &NodeName, Span)> {
        fn of<'m, T>(
            kind: &'static str,
            named: &'m Named<T>,
        ) -> impl Iterator<Item = (&'static str, &'m NodeName, Span)> {
            named.iter().map(move |(name, slot)| (kind, name, slot.key))
        }
        of("services", &self.services)
            .chain(of("workers", &self.workers))
            .chain(of("crons", &self.crons))
            .chain(of("databases", &self.databases))
            .chain(of("queues", &self.queues))
            .chain(of("caches", &self.caches))
            .chain(of("search", &self.search))
            .chain(of("buckets", &self.buckets))
            .chain(of("mail", &self.mail))
            .chain(of("external", &self.external))
            .chain(of("servers", &self.servers))
            .chain(of("frontends", &self.frontends))
    }
}

/// Reports every node whose name an earlier one has: what a decoder of the record alone does not see.
pub fn unique(manifest: &Manifest, cx: &mut Cx<'_>) {
    let mut nodes: Vec<_> = manifest.nodes().collect();
    nodes.sort_by_key(|(_, _, span)| *span);
    let mut seen: IndexMap<&NodeName, (&str, Span)> = IndexMap::new();
    for (kind, name, span) in nodes {
        if let Some((first_kind, first)) = seen.get(name) {
            let message = format!("`{name}` is already the name of a node under `{first_kind}`");
            let twice = Diagnostic::new(codes::DUPLICATE_NODE, message).at(span, format!("again, under `{kind}`"));
            cx.report(
                twice.also(*first, "first used here").help("names are unique across all kinds of nodes: rename one"),
            );
        } else {
            seen.insert(name, (kind, span));
        }
    }
}

/// Reads the version of the format; there is one so far.
#[derive(Debug)]
pub struct FormatVersion;

impl Leaf for FormatVersion {
    type Out = u64;
    const EXPECTED: &'static str = "1, the version of the manifest's format";

    fn shape() -> LeafShape {
        LeafShape { expected: Self::EXPECTED, schema: json!({ "type": "integer", "const": 1 }), choices: Vec::new() }
    }

    fn read(scalar: &Scalar<'_>) -> Result<u64, Misread> {
        match (scalar.kind, &*scalar.text) {
            (ScalarKind::Int, "1") => Ok(1),
            (ScalarKind::Int, _) => Err(Misread::new(codes::OUT_OF_RANGE)),
            (_, "1") => Err(Misread::new(codes::WRONG_TYPE).help("write 1 without quotes")),
            _ => Err(Misread::new(codes::WRONG_TYPE)),
        }
    }

    fn stand_in() -> Option<u64> {
        Some(1)
    }
}
