//! Values after planning: text and secrets side by side, so that a secret cannot be mistaken for text.

use std::sync::Arc;

use super::import::ImportId;
use super::vault::{SecretId, Vault};

/// How a part is written into the text around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    Plain,
    /// Percent-encoded as a URL's component (RFC 3986, everything but unreserved characters).
    Percent,
    /// As its bcrypt hash (`$2y$…`), which servers compare passwords with.
    Bcrypt,
}

/// What something that the bundle makes tells of itself once it is there. Only a target that makes such things is handed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// The host name at which a managed store is reached.
    Host {
        /// The store.
        store: Arc<str>,
    },
    /// The number of the cloud's account.
    Account,
    /// The name of the key by which processes that are not in the cloud ask it.
    AccessKey,
    /// That key.
    SecretKey,
}

/// One part of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Known text.
    Text(Arc<str>),
    /// A secret that only the vault knows.
    Secret(SecretId, Encoding),
    /// What is known only where the environment is applied. It stands alone: plan refuses it beside other parts.
    Import(ImportId),
    /// What the target's own tool puts in its place, beside other parts too.
    Made(Made),
    /// A declared secret, by name, that this pull request does not get. What holds one is left out as a whole.
    Absent(Arc<str>),
}

/// A list of parts that reads as one text. It has no `Display`: a value with a secret part is *tainted* and may stand in
/// the environment of a process alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Value(Vec<Part>);

impl Value {
    /// Known text.
    pub fn text(text: impl AsRef<str>) -> Self {
        let mut value = Value::default();
        value.push_text(text.as_ref());
        value
    }

    /// One secret.
    pub fn secret(id: SecretId) -> Self {
        Value(vec![Part::Secret(id, Encoding::Plain)])
    }

    /// One import.
    pub fn import(id: ImportId) -> Self {
        Value(vec![Part::Import(id)])
    }

    /// What something tells of itself once it is there.
    pub fn made(made: Made) -> Self {
        Value(vec![Part::Made(made)])
    }

    /// A secret that is withheld.
    pub fn withheld(name: &str) -> Self {
        Value(vec![Part::Absent(Arc::from(name))])
    }

    /// The first secret among the parts that is withheld.
    pub fn absent(&self) -> Option<&str> {
        self.0.iter().find_map(|part| match part {
            Part::Absent(name) => Some(name.as_ref()),
            _ => None,
        })
    }

    /// The import that this value is, if it is one.
    pub fn imported(&self) -> Option<ImportId> {
        match self.0.as_slice() {
            [Part::Import(id)] => Some(*id),
            _ => None,
        }
    }

    /// Whether an import stands beside other parts, so that nobody could tell the whole.
    pub fn is_mixed(&self) -> bool {
        self.0.len() > 1 && self.0.iter().any(|part| matches!(part, Part::Import(_)))
    }

    /// Adds text behind the parts so far; neighbouring texts become one.
    pub fn push_text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Part::Text(last)) = self.0.last_mut() {
            *last = Arc::from(format!("{last}{text}"));
        } else {
            self.0.push(Part::Text(Arc::from(text)));
        }
    }

    /// Adds one part behind the parts so far, as it is.
    pub fn push_part(&mut self, part: &Part) {
        match part {
            Part::Text(text) => self.push_text(text),
            other => self.0.push(other.clone()),
        }
    }

    /// Adds another value's parts behind the parts so far, each encoded.
    pub fn push(&mut self, other: &Value, encoding: Encoding) {
        for part in &other.0 {
            match (part, encoding) {
                // Only secrets are hashed.
                (Part::Text(text), Encoding::Plain | Encoding::Bcrypt) => self.push_text(text),
                (Part::Text(text), Encoding::Percent) => self.push_text(&percent(text)),
                (Part::Secret(id, Encoding::Plain), encoding) => self.0.push(Part::Secret(*id, encoding)),
                (Part::Secret(id, done), _) => self.0.push(Part::Secret(*id, *done)),
                (Part::Import(_) | Part::Made(_) | Part::Absent(_), _) => self.0.push(part.clone()),
            }
        }
    }

    /// The parts.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// Whether a secret or an import is among the parts.
    pub fn is_tainted(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Secret(..) | Part::Import(_) | Part::Absent(_)))
    }

    /// Whether something is among the parts that is known only once it is made.
    pub fn is_made(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Made(_)))
    }

    /// Whether what is made tells a secret among the parts, or there is one besides.
    pub fn is_secret(&self) -> bool {
        self.is_tainted() || self.0.iter().any(|part| matches!(part, Part::Made(Made::SecretKey)))
    }

    /// The whole text, where no secret is part of it and everything is known.
    pub fn plain(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The whole text with its secrets, for the one place that may hold them. An import gives nothing (see
    /// [`Value::imported`]), and what is made neither.
    pub fn reveal(&self, vault: &Vault) -> String {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Secret(id, Encoding::Plain) => out.push_str(vault.get(*id)),
                Part::Secret(id, Encoding::Percent) => out.push_str(&percent(vault.get(*id))),
                Part::Secret(id, Encoding::Bcrypt) => out.push_str(&vault.bcrypt(*id)),
                Part::Import(_) | Part::Made(_) | Part::Absent(_) => {}
            }
        }
        out
    }

    /// The text with every secret replaced by `mask`.
    pub fn masked(&self, mask: &str) -> String {
        self.0
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.as_ref(),
                Part::Secret(..) | Part::Import(_) | Part::Made(_) | Part::Absent(_) => mask,
            })
            .collect()
    }
}

/// Percent-encodes everything but RFC 3986's unreserved characters.
pub fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => {
                out.push('%');
                for nibble in [byte >> 4, byte & 15] {
                    out.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0').to_ascii_uppercase());
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_texts_are_one_part_and_encoding_is_applied_once() {
        let mut value = Value::text("a:");
        value.push_text("b");
        assert_eq!(value.plain(), Some("a:b"));
        let mut url = Value::text("x://");
        url.push(&Value::text("p@s:s/ü"), Encoding::Percent);
        assert_eq!(url.plain(), Some("x://p%40s%3As%2F%C3%BC"));
    }
}
