//! How a snapshot reaches the folder that the steps of a store share.

use super::context::Context;
use super::process::{ConfigFile, Image, Size, Source, Variable, Word};
use super::sequence::{FLAG_DIR, Step, TOOLBOX_IMAGE};
use super::stores::shell;
use super::value::Value;
use crate::diagnostics::{Diagnostic, codes};
use crate::resolve::{Origin, SMALL, Snapshot, SnapshotSource};

/// Where a snapshot of the project is mounted.
const MOUNTED: &str = "/previewc-seed/snapshot";
/// Knows curl and its certificates.
const CURL: &str = "curlimages/curl:8.10.1";
/// Knows the AWS command line.
const AWS: &str = "amazon/aws-cli:2.17.65";
/// The same for every source; the image holds the one program that it asks for.
const SCRIPT: &str = include_str!("../../templates/scripts/fetch.sh");
/// Enough for the AWS command line, which is a Python program.
const SIZE: Size = Size { cpu_millis: 200, memory: 256 << 20 };

/// Where the unpacked snapshot of a store's sequence lies while it is restored.
pub(super) fn place(store: &str) -> String {
    format!("{FLAG_DIR}/{store}/snapshot")
}

impl Context<'_> {
    /// The step that brings a snapshot, looks at its checksum and unpacks it. It runs as the client's user, which may then
    /// remove the file.
    pub(super) fn fetch(&mut self, store: &str, snapshot: &Snapshot, user: Option<u32>) -> Step {
        let (image, from) = match &snapshot.source {
            SnapshotSource::File { .. } => (TOOLBOX_IMAGE, MOUNTED),
            SnapshotSource::Http(url) => (CURL, url.as_str()),
            SnapshotSource::S3(url) => (AWS, url.as_str()),
        };
        let gzip = if snapshot.gzip { "1" } else { "" };
        let mut told = vec![
            ("PREVIEWC_FLAGS", format!("{FLAG_DIR}/{store}")),
            ("PREVIEWC_SNAPSHOT", place(store)),
            ("PREVIEWC_SNAPSHOT_FROM", from.to_owned()),
            ("PREVIEWC_CHECKSUM", snapshot.checksum.to_string()),
            ("PREVIEWC_GZIP", gzip.to_owned()),
        ];
        if let SnapshotSource::S3(_) = snapshot.source {
            // It keeps a cache at home, and would look for a machine's own role for a long time.
            told.extend([("HOME", "/tmp".to_owned()), ("AWS_EC2_METADATA_DISABLED", "true".to_owned())]);
        }
        let mut env: Vec<Variable> = Vec::new();
        for (name, text) in &snapshot.env {
            if !name.starts_with("PREVIEWC_") {
                let value = self.eval(text);
                env.push(Variable { name: name.clone(), value, source: Source::Manifest, origin: text.origin });
            }
        }
        for (name, value) in told {
            if !value.is_empty() && !env.iter().any(|variable| variable.name == name) {
                let (value, source) = (Value::text(value), Source::Generated { from: "the snapshot".to_owned() });
                env.push(Variable { name: name.to_owned(), value, source, origin: Origin::NONE });
            }
        }
        env.sort_by(|a, b| a.name.cmp(&b.name));
        let (files, source) = self.brought(store, snapshot);
        Step {
            name: "fetch".to_owned(),
            origin: snapshot.origin,
            image: Image::given(image),
            command: shell(SCRIPT).into_iter().map(Word::Text).collect(),
            env,
            user,
            files,
            source,
            size: SIZE,
            is_task: false,
        }
    }

    /// A file of the project: where the sources lie beside the containers it is mounted as it is, elsewhere it is carried along.
    fn brought(&mut self, store: &str, snapshot: &Snapshot) -> (Vec<ConfigFile>, Option<(String, String)>) {
        let SnapshotSource::File { path, contents } = &snapshot.source else { return (Vec::new(), None) };
        if self.profile.builds_images {
            return (Vec::new(), Some((path.clone(), MOUNTED.to_owned())));
        }
        // What is no text needs four bytes for three.
        let fits = |bytes: &&Vec<u8>| bytes.len() * 4 / 3 <= SMALL || std::str::from_utf8(bytes).is_ok();
        match contents.as_ref().filter(fits) {
            Some(bytes) => (vec![ConfigFile { path: MOUNTED.to_owned(), contents: bytes.clone() }], None),
            None => {
                let message = format!(
                    "the snapshot `{path}` of `{store}` is larger than the {} KiB that a pod can be given as a file",
                    SMALL / 1024
                );
                self.find(
                    Diagnostic::new(codes::SNAPSHOT_TOO_LARGE, message).help(
                        "put it where pods can fetch it, and write `snapshot: https://…` or `s3://…` with its `checksum`; \
                         or load it with a command: `seed: { from, command }`",
                    ),
                    snapshot.origin,
                    "",
                );
                (Vec::new(), None)
            }
        }
    }
}
