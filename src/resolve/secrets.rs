//! Declared secrets: where each value comes from, and what their stores could not be asked for.

use super::Resolver;
use super::outside::{SecretDecl, SecretDeclSource, StoreName};
use crate::diagnostics::{Diagnostic, codes};
use crate::manifest::{self, SecretStore, StoredSecret, is_kube_ref};
use crate::source::{FileError, Located, Span};
use indexmap::IndexMap;

impl Resolver<'_> {
    /// Every declared secret whose body can be read.
    pub(super) fn secrets(&mut self) -> IndexMap<String, SecretDecl> {
        let mut out = IndexMap::new();
        for (name, slot) in &self.manifest.secrets {
            let Some(body) = &slot.body else { continue };
            let source = match body {
                manifest::SecretDecl::Generated(generated) => {
                    SecretDeclSource::Generate(u16::try_from(generated.generate.value).unwrap_or(u16::MAX))
                }
                manifest::SecretDecl::Stored(stored) => {
                    self.production(name, slot.key, stored);
                    self.stored(name, stored)
                }
            };
            let origin = self.origins.add(slot.key);
            out.insert(name.clone(), SecretDecl { origin, source });
        }
        out
    }

    /// A secret that looks like production's, and nobody says why a preview may have it.
    fn production(&mut self, name: &str, span: Span, stored: &StoredSecret) {
        if stored.reason.as_ref().is_some_and(|reason| !reason.value.trim().is_empty()) {
            return;
        }
        let stated = [&stored.path, &stored.key].into_iter().flatten().map(|text| (text.value.as_str(), text.span));
        let found = std::iter::once((name, span)).chain(stated).find_map(|(text, span)| Some((live_word(text)?, span)));
        let Some((word, span)) = found else { return };
        let message = format!("the secret `{name}` looks like production's: `{word}`");
        self.sink.push(
            Diagnostic::new(codes::PRODUCTION_SECRET, message)
                .at(span, "")
                .help("use a sandbox's secret; or say with `reason: …` why a preview may have this one"),
        );
    }

    /// The key that credentials are derived from must reach no container.
    fn own_variable(&mut self, name: &str, stored: &StoredSecret) {
        let (variable, span) =
            stored.key.as_ref().map_or((name, stored.store.span), |key| (key.value.as_str(), key.span));
        if variable.starts_with("PREVIEWC_") {
            self.sink.push(
                Diagnostic::new(
                    codes::OWN_VARIABLE,
                    format!("`{variable}` is previewc's own and no secret of an application"),
                )
                .at(span, "")
                .help("name another variable; what is to be generated is written `{ generate: 48 }`"),
            );
        }
    }

    fn stored(&mut self, name: &str, stored: &StoredSecret) -> SecretDeclSource {
        let key = stored.key.as_ref();
        let store = match stored.store.value {
            SecretStore::Env => {
                self.own_variable(name, stored);
                return SecretDeclSource::Env(key.map_or_else(|| name.to_owned(), |key| key.value.clone()));
            }
            SecretStore::Vault => StoreName::Vault,
            SecretStore::Aws => StoreName::Aws,
            SecretStore::Kubernetes => StoreName::Kubernetes,
            SecretStore::Sops => StoreName::Sops,
        };
        let path = stored.path.as_ref();
        if let Some(path) = path {
            self.path(store, path);
        }
        if let Some(key) = key {
            self.key(store, key);
        }
        SecretDeclSource::Stored {
            store,
            path: path.map(|path| path.value.clone()).unwrap_or_default(),
            key: key.map(|key| key.value.clone()),
        }
    }

    /// A path that the store's own program would take for something else, or refuse.
    fn path(&mut self, store: StoreName, path: &Located<String>) {
        let text = path.value.as_str();
        let (good, expected) = match store {
            StoreName::Vault => (
                !text.starts_with(['-', '/']) && is_printable(text),
                "a path with its mount, as `vault kv get` takes it: `secret/preview/stripe`",
            ),
            StoreName::Aws => (
                !text.starts_with('-') && !text.contains("://") && is_of(text, "/_+=.@:-"),
                "the secret's name or ARN: letters, digits and `/_+=.@:-`",
            ),
            StoreName::Sops => {
                if matches!(self.files.digest(text), Err(FileError::Missing)) {
                    self.sink.push(
                        Diagnostic::new(codes::MISSING_FILE, format!("there is no file `{text}`"))
                            .at(path.span, "")
                            .help("paths are relative to the manifest's folder"),
                    );
                }
                (
                    !text.starts_with(['-', '/']) && is_printable(text),
                    "a file of the repository: `secrets/preview.enc.yaml`",
                )
            }
            StoreName::Kubernetes => {
                (is_kube_ref(text), "the Secret as `namespace/name`, or its name alone in the environment's namespace")
            }
        };
        if !good {
            self.bad_form("path", path.span, expected);
        }
    }

    fn key(&mut self, store: StoreName, key: &Located<String>) {
        let text = key.value.as_str();
        let (good, expected) = match store {
            StoreName::Kubernetes => {
                (text.len() <= 253 && is_of(text, "-._"), "a key of the Secret: letters, digits and `-._`")
            }
            StoreName::Vault | StoreName::Aws => (is_printable(text), "a key without control characters"),
            StoreName::Sops => (
                is_printable(text) && !text.contains(['"', '[', ']', '\\']),
                "a key at the top of the file, without quotes, brackets and control characters",
            ),
        };
        if !good {
            self.bad_form("key", key.span, expected);
        }
    }

    fn bad_form(&mut self, key: &str, span: Span, expected: &str) {
        let message = format!("`{key}` is not what the store takes");
        self.sink.push(Diagnostic::new(codes::BAD_FORM, message).at(span, "").help(format!("write {expected}")));
    }
}

/// The first word of a text that people give production's things. Words end where letters do, and at a capital.
fn live_word(text: &str) -> Option<String> {
    let mut spaced = String::with_capacity(text.len());
    let mut small = false;
    for c in text.chars() {
        if small && c.is_ascii_uppercase() {
            spaced.push(' ');
        }
        small = c.is_ascii_lowercase();
        spaced.push(if c.is_ascii_alphabetic() { c } else { ' ' });
    }
    let mut words = spaced.split(' ').map(str::to_ascii_lowercase);
    words.find(|word| matches!(word.as_str(), "prod" | "prd" | "production" | "live"))
}

fn is_printable(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(char::is_control)
}

fn is_of(text: &str, more: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
}
