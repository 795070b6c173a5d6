//! Compose replaces `$NAME` and `${NAME}` in every string of the file (Compose Specification, "Interpolation"); `$$` is a
//! dollar. Nothing of ours is meant to be replaced, so every dollar of the whole tree is doubled, at one place.

use crate::document::{Doc, Map};

/// The same tree with every dollar doubled in every value. Keys are not interpolated.
pub fn literal(doc: Doc<'_>) -> Doc<'_> {
    match doc {
        Doc::Str(text) if text.contains('$') => Doc::from(text.replace('$', "$$")),
        Doc::List(items) => Doc::List(items.into_iter().map(literal).collect()),
        Doc::Map(map) => Doc::Map(literal_map(&map)),
        other => other,
    }
}

/// The same for a map.
pub fn literal_map<'a>(map: &Map<'a>) -> Map<'a> {
    map.iter().map(|(key, value)| (key.clone(), literal(value.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{list, map};

    #[test]
    fn dollars_are_doubled_in_values_at_any_depth() {
        let doc = Doc::from(map! { "a$" => list!["$X", map! { "b" => "${Y}$$" }, 1, true] });
        assert_eq!(literal(doc), Doc::from(map! { "a$" => list!["$$X", map! { "b" => "$${Y}$$$$" }, 1, true] }));
    }
}
