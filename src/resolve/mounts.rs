//! What a workload finds in its container beside its image: files and storage.

use indexmap::IndexMap;

use super::Resolver;
use super::program::MountedFile;
use crate::diagnostics::{Diagnostic, codes};
use crate::manifest::{File, Storage};
use crate::source::Located;

/// Belongs to previewc in every container.
const OURS: &str = "/previewc";

impl Resolver<'_> {
    /// The files of a workload. What cannot be read is reported.
    pub(super) fn files(&mut self, owner: &str, files: &IndexMap<&str, &File>) -> Vec<(String, MountedFile)> {
        let mut out = Vec::new();
        for (path, file) in files {
            let content = match file {
                File::Source(source) => {
                    let source = &source.source;
                    self.ours(owner, path, source.span);
                    self.read(&source.value, source.span).map(MountedFile::Bytes)
                }
                File::Content(text) => {
                    self.ours(owner, path, text.content.span);
                    let text = self.text(owner, &text.content);
                    self.in_public(&text, "a file");
                    Some(MountedFile::Text(text))
                }
            };
            out.extend(content.map(|content| ((*path).to_owned(), content)));
        }
        out
    }

    /// The storage of a workload: path and bytes.
    pub(super) fn volumes(
        &mut self,
        owner: &str,
        volumes: &IndexMap<String, Located<Storage>>,
        replicas: u32,
        files: &IndexMap<&str, &File>,
    ) -> Vec<(String, u64)> {
        if let Some(volume) = volumes.values().next().filter(|_| replicas > 1) {
            let message = format!("`{owner}` runs {replicas} times, and its storage can be mounted once");
            self.sink.push(
                Diagnostic::new(codes::VOLUME_ONCE, message)
                    .at(volume.span, "storage of one container")
                    .help("leave `replicas` out, or keep what they share in a bucket or a database"),
            );
        }
        for (path, volume) in volumes {
            self.ours(owner, path, volume.span);
            if files.contains_key(path.as_str()) {
                self.sink.push(
                    Diagnostic::new(codes::PATH_TAKEN, format!("`{owner}` has a file and storage at `{path}`"))
                        .at(volume.span, "")
                        .help("give one of them another path"),
                );
            }
        }
        volumes.iter().map(|(path, bytes)| (path.clone(), bytes.value.bytes())).collect()
    }

    fn ours(&mut self, owner: &str, path: &str, span: crate::source::Span) {
        if path == OURS || path.starts_with("/previewc/") {
            self.sink.push(
                Diagnostic::new(
                    codes::PATH_TAKEN,
                    format!("`{owner}` mounts something at `{path}`, which is previewc's own"),
                )
                .at(span, "")
                .help("choose a path outside of `/previewc`"),
            );
        }
    }
}
