//! Names within limits. A name is never silently cut: what is too long keeps its head and ends in a hash over the whole.

use crate::resolve::Program;
use crate::source::Digest;

/// A DNS label (RFC 1035): Kubernetes namespaces and Services, Compose projects, one part of a host name.
pub const LABEL_LIMIT: usize = 63;

/// The name itself where it fits in `limit` bytes; else its head, a separator and 8 hexadecimal digits of SHA-256 over the
/// whole. The separator is `_` where the name uses `_`, else `-`; the result never ends in one. Names are ASCII;
/// limits below 16 count as 16.
pub fn fit(name: &str, limit: usize) -> String {
    if name.len() <= limit {
        return name.to_owned();
    }
    let separator = if name.contains('_') { '_' } else { '-' };
    let hash = Digest::of(name.as_bytes()).short(8);
    let mut room = limit.max(16) - hash.len() - 1;
    while !name.is_char_boundary(room) {
        room -= 1;
    }
    let head = name.get(..room).unwrap_or("").trim_end_matches(['-', '_']);
    format!("{head}{separator}{hash}")
}

/// The name that a node of an environment has on a shared server: `<id>__<node>` with `_` for `-`, of `a-z0-9_`.
///
/// No two environments and nodes share one. A node's name begins with a letter and holds no `__`, so what stands behind the
/// last `__` is the node; where the whole is too long, a `0` stands there, and 16 hexadecimal digits of SHA-256 over it.
/// Limits below 32 count as 32.
pub fn on_server(id: &str, node: &str, limit: usize) -> String {
    let whole = format!("{id}__{node}").replace('-', "_");
    if whole.len() <= limit {
        return whole;
    }
    let end = format!("__0{}", Digest::of(whole.as_bytes()).short(16));
    let mut room = limit.max(32) - end.len();
    while !whole.is_char_boundary(room) {
        room -= 1;
    }
    format!("{}{end}", whole.get(..room).unwrap_or("").trim_end_matches('_'))
}

/// A name for what previewc itself adds to an environment: the one wanted, unless a node of the manifest bears it. No node's
/// name holds `--`, so the other one is always free.
pub(super) fn own(program: &Program, wanted: &str) -> String {
    if program.nodes.contains_key(wanted) { format!("{wanted}--preview") } else { wanted.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_stay_and_long_ones_end_in_a_hash_of_the_whole() {
        assert_eq!(fit("shop-pr-142", 63), "shop-pr-142");
        let a = fit(&format!("{}-a", "x".repeat(70)), 63);
        let b = fit(&format!("{}-b", "x".repeat(70)), 63);
        assert_eq!(a.len(), 63);
        assert_ne!(a, b);
        assert!(!fit(&"a-".repeat(40), 63).contains("--"));
    }
}
