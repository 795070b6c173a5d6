//! Bundles on a disk.

mod project;
mod recovering;
mod writing;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;

use super::*;
use crate::bundle::tests::bundle;

/// Everything below a folder: mode and contents of files, targets of links, modes of folders.
fn tree(folder: &Path) -> BTreeMap<String, String> {
    fn walk(root: &Path, folder: &Path, tree: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let meta = fs::symlink_metadata(&path).unwrap();
            let mode = meta.mode() & 0o7777;
            let text = if meta.is_symlink() {
                format!("-> {}", fs::read_link(&path).unwrap().display())
            } else if meta.is_dir() {
                walk(root, &path, tree);
                format!("{mode:04o}/")
            } else {
                format!("{mode:04o} {}", fs::read_to_string(&path).unwrap())
            };
            tree.insert(path.strip_prefix(root).unwrap().display().to_string(), text);
        }
    }
    let mut tree = BTreeMap::new();
    walk(folder, folder, &mut tree);
    tree
}

fn old() -> Bundle {
    bundle(
        "compose",
        &[("compose.yaml", "old"), ("gone/a.env", "old"), ("same", "same"), ("secrets/a.env", "old"), ("up.sh", "old")],
    )
}

fn new() -> Bundle {
    bundle(
        "compose",
        &[
            ("compose.yaml", "new"),
            ("files/x/y.sql", "new"),
            ("same", "same"),
            ("secrets/a.env", "new"),
            ("up.sh", "new"),
        ],
    )
}

/// The folder of a bundle without anything else in it.
fn expected(bundle: &Bundle) -> BTreeMap<String, String> {
    let mut tree = BTreeMap::new();
    for (path, file) in bundle.files() {
        for folder in path.folders() {
            tree.insert(folder.to_owned(), "0755/".to_owned());
        }
        let text = String::from_utf8(file.bytes.clone()).unwrap();
        tree.insert(path.to_string(), format!("{:04o} {text}", file.mode.bits()));
    }
    let record = String::from_utf8(bundle.record().to_json()).unwrap();
    tree.insert("bundle.json".to_owned(), format!("0644 {record}"));
    tree
}

/// A test in a folder of its own, once with folders exchanged and once file by file.
fn both_ways(test: impl Fn(&Path, &dyn Fn(&Path, &Bundle, bool) -> Result<Difference, StoreError>)) {
    for exchange in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let write = |folder: &Path, bundle: &Bundle, force| {
            write_by(folder, bundle, Options { force, durable: force }, exchange)
        };
        test(folder.path(), &write);
        // Nothing of ours is left beside what was written.
        let left = tree(folder.path()).into_keys().find(|path| path.contains(".previewc-"));
        assert_eq!(left, None);
    }
}
