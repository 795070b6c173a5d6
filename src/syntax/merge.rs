//! YAML merge keys (`<<: *base`, `<<: [*a, *b]`): <https://yaml.org/type/merge.html>.

use std::collections::BTreeSet;

use super::build::Stop;
use super::findings::Findings;
use super::tree::{Entry, Node, Value};
use crate::diagnostics::{Diagnostic, codes};
use crate::source::Span;

/// What a map is to take in.
pub(super) struct Merge<'s> {
    /// Before which of the map's own entries `<<` stands.
    pub(super) at: usize,
    /// Where `<<` stands.
    pub(super) key_span: Span,
    /// The map, or the list of maps.
    pub(super) value: Node<'s>,
}

/// The map's own entries and, where `<<` stands, those of the merged maps. Own keys win; then the earlier map wins.
pub(super) fn apply<'s>(
    own: Vec<Entry<'s>>,
    merge: Merge<'s>,
    findings: &mut Findings<'_>,
) -> Result<Vec<Entry<'s>>, Stop> {
    let sources = match merge.value.value {
        Value::List(items) => items,
        _ => vec![merge.value],
    };
    let mut taken: BTreeSet<_> = own.iter().map(|e| e.key.clone()).collect();
    let mut merged = Vec::new();
    for source in sources {
        match source.value {
            Value::Map { entries, .. } => {
                merged.extend(entries.into_iter().filter(|e| taken.insert(e.key.clone())));
            }
            // An alias that names nothing has been reported as such.
            _ if findings.is_reported(codes::UNKNOWN_ALIAS, source.span) => {}
            _ => findings.push(
                Diagnostic::new(codes::BAD_MERGE, "only a map, or a list of maps, can be merged")
                    .at(source.span, "not a map")
                    .also(merge.key_span, "merged here")
                    .help(
                        "write `<<: *name`, where `&name` stands at a map; quote the key, \"<<\", if it is just text",
                    ),
            )?,
        }
    }
    let mut own = own;
    let behind = own.split_off(merge.at.min(own.len()));
    own.extend(merged);
    own.extend(behind);
    Ok(own)
}
