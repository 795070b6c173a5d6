//! Finds a key among a map's entries, also in maps of a hundred thousand.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::tree::Entry;

/// Up to this many entries are looked through one by one.
const FEW: usize = 16;

/// Where each key of a growing list of entries stands. The tree's order is not affected, and no input makes it slow.
#[derive(Debug, Default)]
pub(super) struct Keys<'s> {
    many: BTreeMap<Cow<'s, str>, usize>,
}

impl<'s> Keys<'s> {
    /// The position of the entry with this key.
    pub(super) fn find(&mut self, entries: &[Entry<'s>], key: &str) -> Option<usize> {
        if entries.len() <= FEW {
            return entries.iter().position(|e| e.key == key);
        }
        for (at, entry) in entries.iter().enumerate().skip(self.many.len()) {
            self.many.insert(entry.key.clone(), at);
        }
        self.many.get(key).copied()
    }
}
