//! Configuration in the native syntax of HCL 2, as Terraform reads it. What is written is what `terraform fmt` would write.
//!
//! A target builds a [`Body`] of attributes and blocks over [`Expr`]essions. Text is always a literal: what in it looks like
//! an interpolation (`${`, `%{`) is escaped, and a reference can only be made as [`Expr::Reference`].

mod write;

use unicode_normalization::is_nfc;

pub use write::{identifier, quoted};

/// What stands in a file or in a block: attributes, blocks and words for people, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Body(Vec<Item>);

/// One part of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    Attribute(String, Expr),
    Block { kind: String, labels: Vec<String>, body: Body },
    Comment(String),
}

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Literal text.
    Str(String),
    /// Text with expressions in it: the parts are joined. Text among them is literal.
    Template(Vec<Expr>),
    /// A traversal from a root: attribute names and, in brackets, keys.
    Reference(Vec<Step>),
    /// Items in order.
    List(Vec<Expr>),
    /// Entries in order, keys unique.
    Object(Vec<(String, Expr)>),
    /// A function's call.
    Call(&'static str, Vec<Expr>),
    /// `left == right`.
    Equal(Box<Expr>, Box<Expr>),
    /// `[for item in of : each]`.
    For {
        /// The name of an item, which `each` may refer to.
        item: &'static str,
        /// A list or set.
        of: Box<Expr>,
        /// What stands in the list for an item.
        each: Box<Expr>,
    },
}

/// One step of a traversal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// `.name`, or the root.
    Name(String),
    /// `["key"]`.
    Key(String),
}

impl Body {
    /// Nothing yet.
    pub fn new() -> Self {
        Body::default()
    }

    /// Whether nothing stands in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets an attribute.
    pub fn set(&mut self, name: &str, value: impl Into<Expr>) {
        self.0.push(Item::Attribute(name.to_owned(), value.into()));
    }

    /// Sets an attribute and hands the body on.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Expr>) -> Self {
        self.set(name, value);
        self
    }

    /// Adds a block with its labels.
    pub fn block(&mut self, kind: &str, labels: &[&str], body: Body) {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        self.0.push(Item::Block { kind: kind.to_owned(), labels, body });
    }

    /// Adds a block and hands the body on.
    #[must_use]
    pub fn with_block(mut self, kind: &str, labels: &[&str], body: Body) -> Self {
        self.block(kind, labels, body);
        self
    }

    /// Adds words for people, one line or several.
    pub fn comment(&mut self, text: &str) {
        self.0.push(Item::Comment(text.to_owned()));
    }

    /// Everything of another body behind what there is.
    pub fn append(&mut self, other: Body) {
        self.0.extend(other.0);
    }
}

impl Expr {
    /// A traversal by names: `["docker_network", "default", "name"]`.
    pub fn reference(names: &[&str]) -> Expr {
        Expr::Reference(names.iter().map(|name| Step::Name((*name).to_owned())).collect())
    }

    /// The same, and a key in brackets behind it.
    #[must_use]
    pub fn key(self, key: &str) -> Expr {
        match self {
            Expr::Reference(mut steps) => {
                steps.push(Step::Key(key.to_owned()));
                Expr::Reference(steps)
            }
            other => other,
        }
    }

    /// A map of texts.
    pub fn texts<'t>(entries: impl IntoIterator<Item = (&'t str, &'t str)>) -> Expr {
        Expr::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), Expr::from(value))).collect())
    }
}

impl From<&str> for Expr {
    fn from(text: &str) -> Self {
        Expr::Str(text.to_owned())
    }
}

impl From<String> for Expr {
    fn from(text: String) -> Self {
        Expr::Str(text)
    }
}

impl From<&String> for Expr {
    fn from(text: &String) -> Self {
        Expr::Str(text.clone())
    }
}

impl From<bool> for Expr {
    fn from(value: bool) -> Self {
        Expr::Bool(value)
    }
}

impl From<i64> for Expr {
    fn from(value: i64) -> Self {
        Expr::Int(value)
    }
}

impl From<u32> for Expr {
    fn from(value: u32) -> Self {
        Expr::Int(i64::from(value))
    }
}

impl From<u16> for Expr {
    fn from(value: u16) -> Self {
        Expr::Int(i64::from(value))
    }
}

impl<T: Into<Expr>> From<Vec<T>> for Expr {
    fn from(items: Vec<T>) -> Self {
        Expr::List(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Expr>> FromIterator<T> for Expr {
    /// A list.
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Expr::List(items.into_iter().map(Into::into).collect())
    }
}

/// Whether Terraform keeps a text as it is: it brings every string into Unicode's composed form (NFC).
pub fn is_kept(text: &str) -> bool {
    is_nfc(text)
}

#[cfg(test)]
mod tests;
