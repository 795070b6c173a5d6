//! Document trees and their deterministic writers. All quoting and escaping lives here.
//!
//! A target builds a [`Doc`] and names a writer; it never joins text. One `Doc` gives the same bytes everywhere: maps keep
//! the order of insertion, writers know no locale and fold no line.
//!
//! | writer | for | who reads it |
//! |---|---|---|
//! | [`yaml`] | manifests, Compose projects | YAML 1.1 and 1.2: kubectl, Argo CD, Compose, PyYAML |
//! | [`json`] | records, machine output | any JSON reader, and YAML readers |
//! | [`dotenv`] | `env_file` of Compose | Compose v2 |
//! | [`hcl`] | Terraform modules | Terraform, OpenTofu |
//! | [`shell`] | words of a POSIX shell | sh, dash, bash, busybox |

pub mod dotenv;
pub mod hcl;
pub mod json;
mod map;
pub mod shell;
mod text;
pub mod yaml;

pub use map::{Iter, Map};
pub(crate) use map::{list, map};
pub use text::Text;

/// A tree of plain data, as YAML and JSON know it. It has no floating-point numbers: no format that previewc writes
/// needs one, and readers disagree about them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Doc<'a> {
    /// Nothing.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text. Stays text in every reader, whatever it looks like.
    Str(Text<'a>),
    /// Items in order.
    List(Vec<Doc<'a>>),
    /// Entries in the order of insertion, keys unique.
    Map(Map<'a>),
}

impl<'a> Doc<'a> {
    /// Whether it is an empty list, an empty map or nothing: what a writer of sparse documents leaves out.
    pub fn is_empty(&self) -> bool {
        match self {
            Doc::Null => true,
            Doc::List(items) => items.is_empty(),
            Doc::Map(map) => map.is_empty(),
            _ => false,
        }
    }

    /// The entry of a map, or nothing.
    pub fn get(&self, key: &str) -> Option<&Doc<'a>> {
        match self {
            Doc::Map(map) => map.get(key),
            _ => None,
        }
    }

    /// The text, if it is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Doc::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The same tree without borrowed text.
    pub fn into_owned(self) -> Doc<'static> {
        match self {
            Doc::Null => Doc::Null,
            Doc::Bool(b) => Doc::Bool(b),
            Doc::Int(i) => Doc::Int(i),
            Doc::Str(text) => Doc::Str(text.into_owned()),
            Doc::List(items) => Doc::List(items.into_iter().map(Doc::into_owned).collect()),
            Doc::Map(map) => Doc::Map(map.into_owned()),
        }
    }
}

impl<'a, T: Into<Text<'a>>> From<T> for Doc<'a> {
    fn from(text: T) -> Self {
        Doc::Str(text.into())
    }
}

impl From<bool> for Doc<'_> {
    fn from(value: bool) -> Self {
        Doc::Bool(value)
    }
}

macro_rules! from_integers {
    ($($type:ty),*) => {
        $(impl From<$type> for Doc<'_> {
            fn from(value: $type) -> Self {
                Doc::Int(i64::from(value))
            }
        })*
    };
}
from_integers!(i64, i32, u32, u16, u8);

impl<'a> From<Map<'a>> for Doc<'a> {
    fn from(map: Map<'a>) -> Self {
        Doc::Map(map)
    }
}

impl<'a, T: Into<Doc<'a>>> From<Vec<T>> for Doc<'a> {
    fn from(items: Vec<T>) -> Self {
        Doc::List(items.into_iter().map(Into::into).collect())
    }
}

impl<'a, T: Into<Doc<'a>>> FromIterator<T> for Doc<'a> {
    /// A list.
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Doc::List(items.into_iter().map(Into::into).collect())
    }
}
