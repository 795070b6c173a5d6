//! Text to a spanned tree that knows no meaning: YAML, JSON and KDL look the same from here on.
//!
//! ```text
//! bytes ─► load ─► text in the source map ─► parse ─┬─ yaml ─┐
//!          UTF-8, size                              ├─ json ─┼─► Node
//!                                                   └─ kdl ──┘
//! ```
//!
//! Nothing here recurses without a bound or needs more than linear time: [`MAX_DEPTH`], [`MAX_BYTES`] and the limits
//! on aliases hold before a tree is handed on. Keys of a map are unique in the tree.

mod build;
mod characters;
mod findings;
mod json;
mod kdl;
mod keys;
mod limits;
mod load;
mod merge;
mod plain;
mod reference_spans;
mod tree;
mod yaml;

pub use limits::{MAX_BYTES, MAX_COPIED, MAX_DEPTH, MAX_NODES};
pub use load::load;
pub use reference_spans::{reference_ranges, reference_span};
pub use tree::{Entry, Node, Scalar, ScalarKind, Value};

use crate::diagnostics::Sink;
use crate::source::{FileId, SourceFile, SourceMap, Span};

/// Which notation a text is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// YAML 1.2, with merge keys.
    Yaml,
    /// JSON (RFC 8259).
    Json,
    /// KDL 2.
    Kdl,
}

impl Syntax {
    /// The syntax that a file's name ends in: `.yaml`, `.yml`, `.json`, `.kdl`, in any case.
    pub fn of_path(path: &str) -> Option<Syntax> {
        let (_, extension) = path.rsplit_once('.')?;
        match extension.to_ascii_lowercase().as_str() {
            "yaml" | "yml" => Some(Syntax::Yaml),
            "json" => Some(Syntax::Json),
            "kdl" => Some(Syntax::Kdl),
            _ => None,
        }
    }

    /// The syntax as people write it.
    pub fn name(self) -> &'static str {
        match self {
            Syntax::Yaml => "YAML",
            Syntax::Json => "JSON",
            Syntax::Kdl => "KDL",
        }
    }
}

/// Reads one text of the map. What is wrong goes to the sink; a tree comes back whenever the rest can still be
/// understood, as with duplicate keys, of which the first stays. An empty YAML or KDL text is an empty map.
pub fn parse<'s>(map: &'s SourceMap, file: FileId, syntax: Syntax, sink: &mut Sink) -> Option<Node<'s>> {
    let text = map.get(file).map_or("", SourceFile::text);
    if text.len() > MAX_BYTES {
        sink.push(findings::too_large(text.len(), Span::new(file, 0, 0)));
        return None;
    }
    if !characters::allowed(file, text, syntax, sink) {
        return None;
    }
    match syntax {
        Syntax::Yaml => yaml::read(file, text, sink),
        Syntax::Json => json::read(file, text, sink),
        Syntax::Kdl => kdl::read(file, text, sink),
    }
}
