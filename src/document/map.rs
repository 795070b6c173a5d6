//! Maps that keep the order of insertion, and macros that write trees down.

use indexmap::IndexMap;

use super::{Doc, Text};

/// Up to this many entries a key is found by looking at each: quicker to build than a hash index.
const FEW: usize = 16;

/// Keys and values in the order of insertion. A key stands once: inserting it again replaces the value and keeps the
/// place, so no writer can write a duplicate key.
#[derive(Debug, Clone, Default)]
pub struct Map<'a>(Entries<'a>);

#[derive(Debug, Clone)]
enum Entries<'a> {
    Few(Vec<(Text<'a>, Doc<'a>)>),
    Many(Box<IndexMap<Text<'a>, Doc<'a>>>),
}

impl Default for Entries<'_> {
    fn default() -> Self {
        Entries::Few(Vec::new())
    }
}

impl<'a> Map<'a> {
    /// An empty map.
    pub fn new() -> Self {
        Map::default()
    }

    /// An empty map with room for some entries.
    pub fn with_capacity(entries: usize) -> Self {
        Map(Entries::Few(Vec::with_capacity(entries.min(FEW))))
    }

    /// Adds an entry, or replaces the value of one that is there.
    pub fn insert(&mut self, key: impl Into<Text<'a>>, value: impl Into<Doc<'a>>) {
        let (key, value) = (key.into(), value.into());
        match &mut self.0 {
            Entries::Many(map) => {
                map.insert(key, value);
            }
            Entries::Few(entries) => {
                if let Some(entry) = entries.iter_mut().find(|(k, _)| *k == key) {
                    entry.1 = value;
                } else if entries.len() < FEW {
                    entries.push((key, value));
                } else {
                    let mut many: IndexMap<_, _> = std::mem::take(entries).into_iter().collect();
                    many.insert(key, value);
                    self.0 = Entries::Many(Box::new(many));
                }
            }
        }
    }

    /// Adds an entry and hands the map on.
    #[must_use]
    pub fn with(mut self, key: impl Into<Text<'a>>, value: impl Into<Doc<'a>>) -> Self {
        self.insert(key, value);
        self
    }

    /// Adds an entry where there is a value, and hands the map on.
    #[must_use]
    pub fn with_some(mut self, key: impl Into<Text<'a>>, value: Option<impl Into<Doc<'a>>>) -> Self {
        if let Some(value) = value {
            self.insert(key, value);
        }
        self
    }

    /// Adds an entry unless its value is nothing, an empty list or an empty map, and hands the map on.
    #[must_use]
    pub fn with_filled(mut self, key: impl Into<Text<'a>>, value: impl Into<Doc<'a>>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.insert(key, value);
        }
        self
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Doc<'a>> {
        match &self.0 {
            Entries::Few(entries) => entries.iter().find(|(k, _)| k.as_str() == key).map(|(_, v)| v),
            Entries::Many(map) => map.get(key),
        }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Entries::Few(entries) => entries.len(),
            Entries::Many(map) => map.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entries in the order of insertion.
    pub fn iter(&self) -> Iter<'_, 'a> {
        match &self.0 {
            Entries::Few(entries) => Iter::Few(entries.iter()),
            Entries::Many(map) => Iter::Many(map.iter()),
        }
    }

    /// The same map without borrowed text.
    pub fn into_owned(self) -> Map<'static> {
        match self.0 {
            Entries::Few(entries) => entries.into_iter().map(|(k, v)| (k.into_owned(), v.into_owned())).collect(),
            Entries::Many(map) => map.into_iter().map(|(k, v)| (k.into_owned(), v.into_owned())).collect(),
        }
    }
}

/// The entries of a [`Map`], in the order of insertion.
#[derive(Debug, Clone)]
pub enum Iter<'m, 'a> {
    /// Of a small map.
    Few(std::slice::Iter<'m, (Text<'a>, Doc<'a>)>),
    /// Of a large one.
    Many(indexmap::map::Iter<'m, Text<'a>, Doc<'a>>),
}

impl<'m, 'a> Iterator for Iter<'m, 'a> {
    type Item = (&'m Text<'a>, &'m Doc<'a>);
    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Iter::Few(entries) => entries.next().map(|(k, v)| (k, v)),
            Iter::Many(entries) => entries.next(),
        }
    }
}

impl<'m, 'a> IntoIterator for &'m Map<'a> {
    type Item = (&'m Text<'a>, &'m Doc<'a>);
    type IntoIter = Iter<'m, 'a>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl PartialEq for Map<'_> {
    /// Equal maps have equal entries in equal order: the order is part of what is written.
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}
impl Eq for Map<'_> {}

impl<'a, K: Into<Text<'a>>, V: Into<Doc<'a>>> FromIterator<(K, V)> for Map<'a> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Map::new();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}

impl<'a, K: Into<Text<'a>>, V: Into<Doc<'a>>> Extend<(K, V)> for Map<'a> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

/// `map! { "kind" => "Service", "spec" => map! { … } }`: a [`Map`] written down. Values are whatever becomes a [`Doc`].
macro_rules! map {
    ($($key:expr => $value:expr),* $(,)?) => {{
        #[allow(unused_mut)]
        let mut map = $crate::document::Map::new();
        $(map.insert($key, $value);)*
        map
    }};
}

/// `list! ["a", 1, map! { … }]`: a list of whatever becomes a [`Doc`].
macro_rules! list {
    ($($value:expr),* $(,)?) => {
        $crate::document::Doc::List(vec![$($crate::document::Doc::from($value)),*])
    };
}

pub(crate) use {list, map};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stands_once_and_keeps_its_place() {
        for size in [3, FEW, FEW + 1, 100] {
            let mut map: Map = (0..size).map(|i| (format!("k{i}"), i as u32)).collect();
            map.insert("k1", "new");
            assert_eq!(map.len(), size);
            assert_eq!(map.get("k1"), Some(&Doc::from("new")));
            let keys: Vec<String> = map.iter().map(|(k, _)| k.to_string()).collect();
            assert_eq!(keys, (0..size).map(|i| format!("k{i}")).collect::<Vec<_>>());
        }
    }

    #[test]
    fn small_and_large_maps_of_equal_entries_are_equal() {
        let small = map! { "a" => 1, "b" => list![true, "x"] };
        let mut large: Map = (0..FEW as u32).map(|i| (format!("k{i}"), i)).collect();
        large.insert("more", 1);
        let copy: Map = large.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
        assert_eq!(copy, large);
        assert_ne!(small, large);
        assert_eq!(small.clone().into_owned(), small);
    }

    #[test]
    fn empty_values_are_left_out_on_request() {
        let map = Map::new().with_filled("a", Map::new()).with_filled("b", list![]).with_some("c", None::<bool>);
        assert!(map.is_empty());
    }
}
