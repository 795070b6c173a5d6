use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

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
        &[
            ("compose.yaml", "old"),
            ("gone/a.env", "old"),
            ("same", "same"),
            ("secrets/a.env", "old"),
            ("up.sh", "old"),
        ],
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
fn both_ways(
    test: impl Fn(&Path, &dyn Fn(&Path, &Bundle, bool) -> Result<Difference, StoreError>),
) {
    for exchange in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let write = |folder: &Path, bundle: &Bundle, force| {
            write_by(
                folder,
                bundle,
                Options {
                    force,
                    durable: force,
                },
                exchange,
            )
        };
        test(folder.path(), &write);
        // Nothing of ours is left beside what was written.
        let left = tree(folder.path())
            .into_keys()
            .find(|path| path.contains(".previewc-"));
        assert_eq!(left, None);
    }
}

#[test]
fn a_bundle_is_written_and_replaced() {
    both_ways(|root, write| {
        let folder = root.join("a/b/compose");
        let difference = write(&folder, &old(), false).unwrap();
        assert_eq!(difference.added.len(), 5);
        assert_eq!(tree(&folder), expected(&old()));
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o7777, 0o755);
        let difference = write(&folder, &new(), false).unwrap();
        assert_eq!(
            difference.changed,
            ["compose.yaml", "secrets/a.env", "up.sh"]
        );
        assert_eq!(
            (difference.added, difference.removed),
            (vec!["files/x/y.sql".into()], vec!["gone/a.env".into()])
        );
        assert_eq!(tree(&folder), expected(&new()));
        assert!(write(&folder, &new(), false).unwrap().is_empty());
        assert_eq!(tree(&folder), expected(&new()));
    });
}

#[test]
fn what_the_record_does_not_list_stays() {
    both_ways(|root, write| {
        let folder = root.join("compose");
        write(&folder, &old(), false).unwrap();
        fs::create_dir_all(folder.join(".terraform/deep")).unwrap();
        fs::write(folder.join(".terraform/deep/tool"), "tool").unwrap();
        fs::set_permissions(
            folder.join(".terraform/deep/tool"),
            fs::Permissions::from_mode(0o751),
        )
        .unwrap();
        fs::set_permissions(folder.join(".terraform"), fs::Permissions::from_mode(0o555)).unwrap();
        fs::write(folder.join("gone/notes"), "notes").unwrap();
        fs::write(folder.join("secrets/mine.env"), "mine").unwrap();
        symlink("../nowhere", folder.join("link")).unwrap();
        symlink("compose.yaml", folder.join("secrets/link")).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o750)).unwrap();
        let before = fs::metadata(folder.join("gone/notes")).unwrap();

        let difference = write(&folder, &new(), false).unwrap();
        assert_eq!(
            difference.carried,
            [
                ".terraform",
                "gone/notes",
                "link",
                "secrets/link",
                "secrets/mine.env"
            ]
        );
        let mut wanted = expected(&new());
        let mode = |meta: fs::Metadata| format!("{:04o}/", meta.mode() & 0o7777);
        for (path, text) in [
            (".terraform", "0555/"),
            (
                ".terraform/deep",
                &mode(fs::metadata(folder.join(".terraform/deep")).unwrap()),
            ),
            (".terraform/deep/tool", "0751 tool"),
            ("gone", "0755/"),
            (
                "gone/notes",
                &format!("{:04o} notes", before.mode() & 0o7777),
            ),
            ("link", "-> ../nowhere"),
            ("secrets/link", "-> compose.yaml"),
            (
                "secrets/mine.env",
                &format!("{:04o} mine", before.mode() & 0o7777),
            ),
        ] {
            wanted.insert(path.to_owned(), text.to_owned());
        }
        assert_eq!(tree(&folder), wanted);
        assert_eq!(
            fs::metadata(folder.join("gone/notes")).unwrap().ino(),
            before.ino(),
            "the very same file"
        );
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o7777, 0o750);
        fs::set_permissions(folder.join(".terraform"), fs::Permissions::from_mode(0o755)).unwrap();
    });
}

#[test]
fn edits_are_refused_all_at_once_and_overwritten_by_force() {
    both_ways(|root, write| {
        let folder = root.join("compose");
        write(&folder, &old(), false).unwrap();
        fs::write(folder.join("compose.yaml"), "edited").unwrap();
        fs::write(folder.join("gone/a.env"), "edited").unwrap();
        fs::remove_file(folder.join("up.sh")).unwrap();
        symlink("/dev/null", folder.join("up.sh")).unwrap();
        fs::remove_file(folder.join("same")).unwrap();
        fs::write(folder.join("files"), "mine").unwrap();
        let before = tree(&folder);
        let refused = write(&folder, &new(), false).unwrap_err();
        assert_eq!(
            refused.diagnostic().message,
            format!(
                "writing the bundle would lose what a person made in {}: `compose.yaml` was edited, `gone/a.env` was \
                 edited, `up.sh` was edited, `files` is in the way",
                fs::canonicalize(&folder).unwrap().display()
            )
        );
        assert_eq!(refused.diagnostic().code.id(), "PV0702");
        assert_eq!(tree(&folder), before);
        write(&folder, &new(), true).unwrap();
        assert_eq!(tree(&folder), expected(&new()));
    });
}

#[test]
fn folders_of_other_things_are_refused() {
    both_ways(|root, write| {
        let (foreign, other) = (root.join("foreign"), root.join("other"));
        fs::create_dir_all(foreign.join("compose.yaml")).unwrap();
        fs::write(foreign.join("work"), "mine").unwrap();
        let refused = write(&foreign, &new(), false).unwrap_err();
        assert_eq!(refused.diagnostic().code.id(), "PV0703");
        assert_eq!(fs::read_dir(&foreign).unwrap().count(), 2);
        write(&foreign, &new(), true).unwrap();
        let mut wanted = expected(&new());
        wanted.insert("work".into(), tree(&foreign)["work"].clone());
        assert_eq!(tree(&foreign), wanted);

        fs::create_dir(&other).unwrap();
        fs::write(other.join("bundle.json"), "{}").unwrap();
        assert_eq!(
            write(&other, &new(), false)
                .unwrap_err()
                .diagnostic()
                .code
                .id(),
            "PV0703"
        );
        write(&other, &bundle("kubernetes", &[("a", "1")]), true).unwrap();
        let refused = write(&other, &new(), false).unwrap_err();
        assert_eq!(refused.diagnostic().code.id(), "PV0704");
        write(&other, &new(), true).unwrap();
        assert_eq!(tree(&other), expected(&new()));
    });
}

#[test]
fn empty_folders_and_links_to_folders_are_written_into() {
    both_ways(|root, write| {
        let (empty, link) = (root.join("empty"), root.join("link"));
        fs::create_dir(&empty).unwrap();
        symlink("empty", &link).unwrap();
        write(&link, &old(), false).unwrap();
        assert_eq!(tree(&empty), expected(&old()));
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        write(&root.join("empty/../empty"), &new(), false).unwrap();
        assert_eq!(tree(&empty), expected(&new()));
        fs::write(root.join("file"), "").unwrap();
        assert_eq!(
            write(&root.join("file"), &new(), true)
                .unwrap_err()
                .diagnostic()
                .code
                .id(),
            "PV0705"
        );
        assert_eq!(
            write(&root.join("file/x"), &new(), true)
                .unwrap_err()
                .diagnostic()
                .code
                .id(),
            "PV0705"
        );
        assert_eq!(
            write(Path::new("/"), &new(), true)
                .unwrap_err()
                .diagnostic()
                .code
                .id(),
            "PV0705"
        );
    });
}

#[test]
fn what_killed_runs_left_is_cleaned_up_and_nothing_else() {
    both_ways(|root, write| {
        let ours = root.join(".previewc-new-0123456789abcdef");
        let folder = root.join("compose");
        write(&folder, &old(), false).unwrap();
        fs::create_dir_all(ours.join("secrets")).unwrap();
        fs::create_dir_all(folder.join(".previewc-staging/secrets")).unwrap();
        fs::create_dir(root.join("previewc-new-0123456789abcdef")).unwrap();
        fs::create_dir(root.join("compose.new")).unwrap();
        write(&folder, &new(), false).unwrap();
        assert_eq!(tree(&folder), expected(&new()));
        let mut left: Vec<_> = fs::read_dir(root)
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(
            left,
            ["compose", "compose.new", "previewc-new-0123456789abcdef"]
        );
    });
}

#[test]
fn a_commit_that_was_cut_off_anywhere_is_finished() {
    for moved in 0..=6 {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("compose");
        write(&folder, &old(), Options::default()).unwrap();
        fs::write(folder.join("notes"), "notes").unwrap();
        let commit = folder.join(".previewc-commit");
        fs::create_dir(&commit).unwrap();
        build::fill(&commit, &new(), false).unwrap();
        let order = [
            "compose.yaml",
            "files/x/y.sql",
            "same",
            "secrets/a.env",
            "up.sh",
            "bundle.json",
        ];
        fs::create_dir_all(folder.join("files/x")).unwrap();
        for path in &order[..moved] {
            fs::rename(commit.join(path), folder.join(path)).unwrap();
        }
        if moved == order.len() {
            fs::remove_file(folder.join("gone/a.env")).unwrap();
            fs::remove_dir(folder.join("gone")).unwrap();
        }
        // Refused for another reason, and finished all the same.
        write(&folder, &bundle("kubernetes", &[]), Options::default()).unwrap_err();
        fs::set_permissions(folder.join("files"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(folder.join("files/x"), fs::Permissions::from_mode(0o755)).unwrap();
        let mut wanted = expected(&new());
        wanted.insert("notes".into(), tree(&folder)["notes"].clone());
        assert_eq!(tree(&folder), wanted, "after {moved}");
    }
}

#[test]
fn what_comes_while_the_bundle_is_written_is_kept() {
    let root = tempfile::tempdir().unwrap();
    let (before, after) = (root.path().join("before"), root.path().join("after"));
    fs::create_dir_all(before.join("d")).unwrap();
    fs::write(before.join("d/replaced"), "old").unwrap();
    fs::write(before.join("d/same"), "same").unwrap();
    fs::create_dir(&after).unwrap();
    carry::link(&before, &after, Path::new("d")).unwrap();
    fs::write(before.join("d/late"), "late").unwrap();
    fs::remove_file(before.join("d/replaced")).unwrap();
    fs::write(before.join("d/replaced"), "new").unwrap();
    fs::create_dir(before.join("e")).unwrap();
    carry::rescue(&before, &after, Path::new("d")).unwrap();
    carry::rescue(&before, &after, Path::new("e")).unwrap();
    let texts: Vec<_> = tree(&after)
        .into_iter()
        .map(|(path, text)| (path, text[4..].to_owned()))
        .collect();
    let texts: Vec<_> = texts
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    assert_eq!(
        texts,
        [
            ("d", "/"),
            ("d/late", " late"),
            ("d/replaced", " new"),
            ("d/same", " same"),
            ("e", "/")
        ]
    );
}

#[test]
fn writers_take_turns() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("compose");
    std::thread::scope(|scope| {
        for number in 0..8 {
            let folder = &folder;
            scope.spawn(move || {
                for _ in 0..10 {
                    let bundle = if number % 2 == 0 { old() } else { new() };
                    write_by(
                        folder,
                        &bundle,
                        Options {
                            force: false,
                            durable: false,
                        },
                        number % 3 != 0,
                    )
                    .unwrap();
                }
            });
        }
    });
    let tree = tree(&folder);
    assert!(
        tree == expected(&old()) || tree == expected(&new()),
        "{tree:?}"
    );
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
}

#[test]
fn comparing_writes_nothing() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("x/compose");
    let comparison = compare(&folder, &new()).unwrap();
    assert_eq!(
        (comparison.old, comparison.difference.added.len()),
        (None, 5)
    );
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    write(&folder, &old(), Options::default()).unwrap();
    let comparison = compare(&folder, &new()).unwrap();
    assert_eq!(
        (comparison.old.as_ref(), comparison.difference.changed.len()),
        (Some(old().record()), 3)
    );
    assert_eq!(tree(&folder), expected(&old()));
}

#[test]
fn everybody_gets_the_same_key() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join(".previewc");
    let keys: Vec<KeyFile> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| project_key(&folder).unwrap()))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(keys.iter().filter(|key| key.made).count(), 1);
    assert!(
        keys.iter()
            .all(|key| key.key == keys[0].key && key.warning.is_none())
    );
    assert!(keys[0].key.len() == 64 && keys[0].key.bytes().all(|b| b.is_ascii_hexdigit()));
    assert_eq!(tree(&folder)["key"], format!("0600 {}\n", keys[0].key));
    assert_eq!(
        tree(&folder).into_keys().collect::<Vec<_>>(),
        [".gitignore", "key"]
    );
    assert!(!format!("{keys:?}").contains(&keys[0].key));

    fs::set_permissions(folder.join("key"), fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(
        project_key(&folder).unwrap().warning.unwrap().code.id(),
        "PV0707"
    );
    for bad in ["", "short", &" ".repeat(64)] {
        fs::write(folder.join("key"), bad).unwrap();
        assert_eq!(
            project_key(&folder).unwrap_err().diagnostic().code.id(),
            "PV0706"
        );
    }
    assert_eq!(
        read_key(&root.path().join("none"))
            .unwrap_err()
            .diagnostic()
            .code
            .id(),
        "PV0706"
    );
}

#[test]
fn the_key_is_always_left_out_of_git() {
    let root = tempfile::tempdir().unwrap();
    let ignore = root.path().join(".gitignore");
    prepare(root.path()).unwrap();
    let text = fs::read_to_string(&ignore).unwrap();
    assert!(
        ["/key", "/pr-*/", "/handoff/"]
            .iter()
            .all(|line| text.lines().any(|l| l == *line))
    );
    prepare(root.path()).unwrap();
    assert_eq!(fs::read_to_string(&ignore).unwrap(), text);
    for (before, after) in [
        ("mine", "mine\n/key\n"),
        ("mine\n", "mine\n/key\n"),
        ("key\n", "key\n"),
        ("*\n", "*\n"),
    ] {
        fs::write(&ignore, before).unwrap();
        prepare(root.path()).unwrap();
        assert_eq!(fs::read_to_string(&ignore).unwrap(), after);
    }
}
