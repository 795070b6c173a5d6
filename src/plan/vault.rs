//! Credentials without a state file: derived from a key, never stored.

use hkdf::Hkdf;
use indexmap::IndexMap;
use sha2::Sha256;

use crate::resolve::Origin;
use crate::source::{Digest, hex};

/// Names one secret of an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretId(u32);

/// Where a secret's value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// Derived from the key for a node and purpose (`db`, `password`): letters and digits, `length` of them.
    Derived {
        /// The node or secret that it belongs to.
        node: String,
        /// What it is for.
        purpose: String,
        /// Characters.
        length: u16,
    },
    /// The same for the epoch before: what a server must be told to give up.
    Previous {
        /// The node that it belongs to.
        node: String,
        /// What it is for.
        purpose: String,
        /// Characters.
        length: u16,
    },
    /// Given from outside: a variable of the process that renders.
    Given {
        /// The variable's name.
        variable: String,
    },
}

/// One secret that the environment needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// How people know it: `db/password`, `secrets/session_key`.
    pub name: String,
    /// Where its value comes from.
    pub source: SecretSource,
    /// Where it was asked for.
    pub origin: Origin,
}

/// Every secret of one environment by its name, without values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Secrets(IndexMap<String, Secret>);

impl Secrets {
    /// Adds a secret, or finds the one of the same name.
    pub fn add(&mut self, secret: Secret) -> SecretId {
        let entry = self.0.entry(secret.name.clone());
        let index = entry.index();
        entry.or_insert(secret);
        SecretId(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// The secrets in the order in which they were asked for.
    pub fn iter(&self) -> impl Iterator<Item = &Secret> {
        self.0.values()
    }

    /// Looks one up.
    pub fn get(&self, id: SecretId) -> Option<&Secret> {
        self.0.get_index(id.0 as usize).map(|(_, secret)| secret)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The key that credentials are derived from. It has no `Debug` that shows it and is never written anywhere.
#[derive(Clone)]
pub struct Key(Vec<u8>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

/// A key has at least this many characters: as hexadecimal digits they are 128 bits.
pub const SHORTEST_KEY: usize = 32;

impl Key {
    /// A key of these bytes, ASCII white space at both ends removed; `None` where fewer than [`SHORTEST_KEY`] characters
    /// remain.
    pub fn new(bytes: &[u8]) -> Option<Key> {
        let trimmed = bytes.trim_ascii();
        let characters = String::from_utf8_lossy(trimmed).chars().count();
        (characters >= SHORTEST_KEY).then(|| Key(trimmed.to_vec()))
    }

    /// Stands in for a key that is not made yet, to see whether everything else is there. Nothing may be written with it.
    pub fn stand_in() -> Key {
        Key(vec![b'0'; SHORTEST_KEY])
    }

    /// Sixteen hexadecimal digits that tell keys apart and tell nothing about them.
    pub fn fingerprint(&self) -> String {
        let mut bytes = [0u8; 8];
        self.expand(&["fingerprint"], &mut bytes);
        hex(&bytes)
    }

    /// HKDF-SHA-256 (RFC 5869). The info is every field with its length before it, so that no two lists of fields read alike.
    fn expand(&self, info: &[&str], out: &mut [u8]) {
        let mut bytes = Vec::new();
        for field in info {
            bytes.extend_from_slice(&(field.len() as u64).to_be_bytes());
            bytes.extend_from_slice(field.as_bytes());
        }
        // The only error is an output longer than 255 blocks (8,160 bytes); callers ask for 64 bytes at a time.
        if Hkdf::<Sha256>::new(Some(b"previewc credentials v1"), &self.0).expand(&bytes, out).is_err() {
            out.fill(0);
        }
    }
}

/// What credentials of one environment are derived for, besides node and purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The repository, lower-case (`acme/shop`).
    pub repository: String,
    /// The environment's id.
    pub environment: String,
    /// Raised to rotate; 0 at first.
    pub epoch: u32,
}

/// The values of one environment's secrets, by id.
#[derive(Clone)]
pub struct Vault {
    values: Vec<String>,
    seal: [u8; 32],
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vault({} secrets)", self.values.len())
    }
}

impl Vault {
    /// Derives what is derived, and asks `given` for the rest. An empty value is none: that is what a CI hands over for a
    /// secret that it does not have, or does not give to a fork.
    ///
    /// # Errors
    /// The given secrets that have no value.
    pub fn open(
        secrets: &Secrets,
        key: &Key,
        scope: &Scope,
        given: impl Fn(&str) -> Option<String>,
    ) -> Result<Vault, Vec<Secret>> {
        let mut values = Vec::new();
        let mut missing = Vec::new();
        for secret in secrets.iter() {
            match &secret.source {
                SecretSource::Derived { node, purpose, length } => {
                    values.push(password(key, scope, node, purpose, usize::from(*length)));
                }
                SecretSource::Previous { node, purpose, length } => {
                    let before = Scope { epoch: scope.epoch.saturating_sub(1), ..scope.clone() };
                    values.push(password(key, &before, node, purpose, usize::from(*length)));
                }
                SecretSource::Given { variable } => match given(variable).filter(|value| !value.is_empty()) {
                    Some(value) => values.push(value),
                    None => missing.push(secret.clone()),
                },
            }
        }
        if missing.is_empty() {
            let mut seal = [0u8; 32];
            key.expand(&["seal", &scope.repository, &scope.environment], &mut seal);
            Ok(Vault { values, seal })
        } else {
            Err(missing)
        }
    }

    /// Stands in for the values where none may be seen: `<db/password>`.
    pub fn placeholder(secrets: &Secrets) -> Vault {
        Vault { values: secrets.iter().map(|secret| format!("<{}>", secret.name)).collect(), seal: [0u8; 32] }
    }

    /// The value of a secret; "" for an id of another environment.
    pub fn get(&self, id: SecretId) -> &str {
        self.values.get(id.0 as usize).map_or("", String::as_str)
    }

    /// The bcrypt hash of a secret, the same each time: its salt is derived from the key. The cost is the least there is,
    /// because a derived password of two dozen letters and digits cannot be tried out at any. It is "" for a secret that
    /// bcrypt does not take, which is one of more than 72 bytes.
    pub fn bcrypt(&self, id: SecretId) -> String {
        let secret = self.get(id);
        let digest = Digest::of_list([&self.seal, b"bcrypt".as_slice(), secret.as_bytes()]);
        let mut salt = [0u8; 16];
        salt.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
        bcrypt::hash_with_salt(secret, BCRYPT_COST, salt)
            .map_or_else(|_| String::new(), |parts| parts.format_for_version(bcrypt::Version::TwoY))
    }

    /// Every value, for masking.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(String::as_str)
    }

    /// Sixteen hexadecimal digits that change with the content and may be shown: without the key nobody can try out
    /// which secrets they stand for. Not an authentication code.
    pub fn seal(&self, content: &[u8]) -> String {
        Digest::of_list([&self.seal, content]).short(16)
    }
}

/// The least that bcrypt takes.
const BCRYPT_COST: u32 = 4;

const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Letters and digits, each equally likely: bytes of 248 and above are thrown away, because 62 does not divide 256.
fn password(key: &Key, scope: &Scope, node: &str, purpose: &str, length: usize) -> String {
    let epoch = scope.epoch.to_string();
    let mut out = String::with_capacity(length);
    let mut block = 0u32;
    while out.len() < length {
        let mut bytes = [0u8; 64];
        key.expand(
            &["secret", &scope.repository, &scope.environment, node, purpose, &epoch, &block.to_string()],
            &mut bytes,
        );
        let letters = bytes.iter().filter(|byte| **byte < 248);
        out.extend(
            letters
                .filter_map(|byte| LETTERS.get(usize::from(*byte % 62)))
                .map(|b| char::from(*b))
                .take(length - out.len()),
        );
        block += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(environment: &str, epoch: u32) -> Scope {
        Scope { repository: "acme/shop".into(), environment: environment.into(), epoch }
    }

    #[test]
    fn passwords_differ_by_every_field_and_repeat_for_the_same() {
        let key = Key::new(b"0123456789abcdef0123456789abcdef").unwrap();
        let base = password(&key, &scope("shop-pr-1", 0), "db", "password", 32);
        assert_eq!(base, password(&key, &scope("shop-pr-1", 0), "db", "password", 32));
        assert_eq!(base.len(), 32);
        assert!(base.bytes().all(|b| b.is_ascii_alphanumeric()));
        let other_key = Key::new(b"0123456789abcdef0123456789abcdeg").unwrap();
        for other in [
            password(&other_key, &scope("shop-pr-1", 0), "db", "password", 32),
            password(&key, &scope("shop-pr-2", 0), "db", "password", 32),
            password(&key, &scope("shop-pr-1", 1), "db", "password", 32),
            password(&key, &scope("shop-pr-1", 0), "dbp", "assword", 32),
            password(&key, &scope("shop-pr-1", 0), "db", "admin", 32),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn a_known_key_gives_the_known_password() {
        // Computed with an independent HKDF; written down so that no release changes the password of a running environment unnoticed.
        let key = Key::new(b"0123456789abcdef0123456789abcdef").unwrap();
        assert_eq!(password(&key, &scope("shop-pr-142", 0), "db", "password", 16), "MFgLnT3gdHly0wxN");
    }

    #[test]
    fn a_seal_changes_with_the_content_and_with_the_key() {
        let vault = |key: &[u8]| {
            let key = Key::new(key).unwrap();
            Vault::open(&Secrets::default(), &key, &scope("shop-pr-1", 0), |_| None).unwrap()
        };
        let ours = vault(b"0123456789abcdef0123456789abcdef");
        assert_eq!(ours.seal(b"a"), vault(b" 0123456789abcdef0123456789abcdef\n").seal(b"a"));
        assert_ne!(ours.seal(b"a"), ours.seal(b"b"));
        assert_ne!(ours.seal(b"a"), vault(b"0123456789abcdef0123456789abcdeg").seal(b"a"));
    }

    #[test]
    fn short_keys_are_refused() {
        assert!(Key::new(b"  thirty-one characters are few.  ").is_none());
        assert!(Key::new(b"thirty-two characters are enough").is_some());
        assert!(Key::new("\u{fc}".repeat(31).as_bytes()).is_none());
    }

    #[test]
    fn an_empty_value_is_none() {
        let key = Key::new(b"0123456789abcdef0123456789abcdef").unwrap();
        let mut secrets = Secrets::default();
        let source = SecretSource::Given { variable: "TOKEN".to_owned() };
        let id = secrets.add(Secret { name: "secrets/token".to_owned(), source, origin: Origin::NONE });
        let open = |value: &str| Vault::open(&secrets, &key, &scope("shop-pr-1", 0), |_| Some(value.to_owned()));
        assert_eq!(open("").unwrap_err().len(), 1);
        assert_eq!(open(" ").unwrap().get(id), " ");
    }
}
