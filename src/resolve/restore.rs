//! What a database begins with, before any migration: a snapshot, or a template on the same server.

use indexmap::IndexMap;

use super::Resolver;
use super::draft::variables;
use super::origin::Origin;
use super::program::Text;
use crate::diagnostics::{Diagnostic, codes};
use crate::manifest::{self, Isolation, SnapshotSeed};
use crate::source::{Digest, FileError, Located};

/// The largest snapshot in bytes whose contents a plan carries: what is larger fits in no object of Kubernetes.
pub const SMALL: usize = 200 << 10;

/// Where a database comes from.
#[derive(Debug, Clone)]
pub enum Restore {
    /// A snapshot is loaded into the empty database.
    Snapshot(Box<Snapshot>),
    /// The database is made as a copy of another one on the same server.
    Template {
        /// The other one's name.
        name: String,
        /// Where it stands.
        origin: Origin,
    },
}

/// A file to load.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Where it lies.
    pub source: SnapshotSource,
    /// How its name ends, without `.gz`: one of the recipe's forms.
    pub form: String,
    /// Whether it is packed (RFC 1952).
    pub gzip: bool,
    /// SHA-256 of the file as it lies there.
    pub checksum: Digest,
    /// Variables of what fetches it.
    pub env: IndexMap<String, Text>,
    /// Where it is named.
    pub origin: Origin,
}

/// Where a snapshot lies.
#[derive(Debug, Clone)]
pub enum SnapshotSource {
    /// A file of the project.
    File {
        /// Its path, relative to the manifest's folder.
        path: String,
        /// Its bytes, where there are at most [`SMALL`].
        contents: Option<Vec<u8>>,
    },
    /// An address: `https://…`, `http://…`.
    Http(String),
    /// An object of an object store: `s3://bucket/key`.
    S3(String),
}

impl Resolver<'_> {
    /// What a store begins with, if anything.
    pub(super) fn restore(&mut self, name: &str, body: &manifest::Store) -> Option<Restore> {
        match body.seed.as_ref()? {
            manifest::Seed::Snapshot(seed) => {
                Some(Restore::Snapshot(Box::new(self.snapshot(name, seed, &body.engine.value)?)))
            }
            manifest::Seed::Template(seed) => {
                let template = &seed.template;
                let is_postgres = body.engine.value == "postgres";
                let on_server =
                    matches!(body.isolation.as_ref().map(|isolation| &isolation.value), Some(Isolation::On(_)));
                if !(is_postgres && on_server) {
                    let message = match is_postgres {
                        true => format!("`{name}` has a server of its own, where no template database can be"),
                        false => {
                            format!("`{name}` cannot be made from a template database, which PostgreSQL alone has")
                        }
                    };
                    self.sink.push(
                        Diagnostic::new(codes::TEMPLATE_NEEDS_SERVER, message)
                            .at(template.span, "")
                            .help("write `seed: { snapshot: FILE }`, or put it on a shared PostgreSQL server with `isolation: { on: … }`"),
                    );
                    return None;
                }
                let origin = self.origins.add(template.span);
                Some(Restore::Template { name: template.value.clone(), origin })
            }
            manifest::Seed::Sql(_) | manifest::Seed::Command(_) => None,
        }
    }

    fn snapshot(&mut self, name: &str, seed: &SnapshotSeed, engine: &str) -> Option<Snapshot> {
        let place = &seed.snapshot;
        let env = self.env(name, &variables(&seed.env));
        let form = self.form(place, engine);
        let (source, checksum) = match place.value.split_once("://") {
            Some(("http" | "https", _)) => (SnapshotSource::Http(place.value.clone()), self.stated_checksum(seed)),
            Some(("s3", _)) => (SnapshotSource::S3(place.value.clone()), self.stated_checksum(seed)),
            Some((scheme, _)) => {
                self.sink.push(
                    Diagnostic::new(codes::BAD_SNAPSHOT, format!("`{scheme}://` is no place that snapshots come from"))
                        .at(place.span, "")
                        .help("write a file's path, or an address that begins with `https://` or `s3://`"),
                );
                return None;
            }
            None => self.file(seed)?,
        };
        let (form, gzip) = form?;
        Some(Snapshot { source, form, gzip, checksum: checksum?, env, origin: self.origins.add(place.span) })
    }

    /// How the name ends: one of the recipe's forms, and whether `.gz` stands behind it.
    fn form(&mut self, place: &Located<String>, engine: &str) -> Option<(String, bool)> {
        let known: Vec<&str> = self.recipes.get(engine)?.snapshot_forms().collect();
        // A query says nothing of the file.
        let path = place.value.split(['?', '#']).next().unwrap_or_default();
        let (path, gzip) = path.strip_suffix(".gz").map_or((path, false), |path| (path, true));
        let form = path.rsplit_once('.').map(|(_, form)| form.to_ascii_lowercase());
        match form {
            Some(form) if known.contains(&form.as_str()) => Some((form, gzip)),
            // That the recipe restores none is said elsewhere.
            _ if known.is_empty() => None,
            _ => {
                let forms: Vec<String> = known.iter().map(|form| format!("`.{form}`, `.{form}.gz`")).collect();
                self.sink.push(
                    Diagnostic::new(codes::BAD_SNAPSHOT, format!("`{}` does not tell what it holds", place.value))
                        .at(place.span, "")
                        .help(format!(
                            "let the name end in what the recipe of `{engine}` restores: {}",
                            forms.join(", ")
                        )),
                );
                None
            }
        }
    }

    /// What comes from elsewhere must be what was meant.
    fn stated_checksum(&mut self, seed: &SnapshotSeed) -> Option<Digest> {
        let Some(stated) = &seed.checksum else {
            if !self.sink.is_lost("checksum") {
                self.sink.push(
                    Diagnostic::new(codes::BAD_CHECKSUM, "a snapshot from elsewhere needs its checksum")
                        .at(seed.snapshot.span, "")
                        .help("add `checksum: …`, which `sha256sum FILE` prints"),
                );
            }
            return None;
        };
        Digest::try_from(stated.value.clone()).ok()
    }

    /// A file of the project. A large one is not kept: only its digest is.
    fn file(&mut self, seed: &SnapshotSeed) -> Option<(SnapshotSource, Option<Digest>)> {
        let Located { value: path, span } = &seed.snapshot;
        let (contents, digest) = match self.files.read(path) {
            Ok(bytes) => {
                let digest = Digest::of(&bytes);
                (Some(bytes).filter(|bytes| bytes.len() <= SMALL), digest)
            }
            Err(FileError::TooLarge(_)) => match self.files.digest(path) {
                Ok(digest) => (None, digest),
                Err(error) => {
                    self.file_error(path, *span, &error);
                    return None;
                }
            },
            Err(error) => {
                self.file_error(path, *span, &error);
                return None;
            }
        };
        self.inputs.insert(path.clone(), digest);
        if let Some(stated) = &seed.checksum
            && stated.value != digest.to_string()
        {
            self.sink.push(
                Diagnostic::new(codes::BAD_CHECKSUM, format!("`{path}` has another checksum"))
                    .at(stated.span, format!("it is {digest}"))
                    .help("write the file's own, or leave `checksum` out: a file of the project needs none"),
            );
            return None;
        }
        Some((SnapshotSource::File { path: path.clone(), contents }, Some(digest)))
    }
}
