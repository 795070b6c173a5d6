//! What stands in a folder after a bundle was written there, or refused.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::*;

#[test]
fn a_bundle_is_written_and_replaced() {
    both_ways(|root, write| {
        let folder = root.join("a/b/compose");
        let difference = write(&folder, &old(), false).unwrap();
        assert_eq!(difference.added.len(), 5);
        assert_eq!(tree(&folder), expected(&old()));
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o7777, 0o755);
        let difference = write(&folder, &new(), false).unwrap();
        assert_eq!(difference.changed, ["compose.yaml", "secrets/a.env", "up.sh"]);
        assert_eq!((difference.added, difference.removed), (vec!["files/x/y.sql".into()], vec!["gone/a.env".into()]));
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
        fs::set_permissions(folder.join(".terraform/deep/tool"), fs::Permissions::from_mode(0o751)).unwrap();
        fs::set_permissions(folder.join(".terraform"), fs::Permissions::from_mode(0o555)).unwrap();
        fs::write(folder.join("gone/notes"), "notes").unwrap();
        fs::write(folder.join("secrets/mine.env"), "mine").unwrap();
        symlink("../nowhere", folder.join("link")).unwrap();
        symlink("compose.yaml", folder.join("secrets/link")).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o750)).unwrap();
        let before = fs::metadata(folder.join("gone/notes")).unwrap();

        let difference = write(&folder, &new(), false).unwrap();
        assert_eq!(difference.carried, [".terraform", "gone/notes", "link", "secrets/link", "secrets/mine.env"]);
        let mut wanted = expected(&new());
        let mode = |meta: fs::Metadata| format!("{:04o}/", meta.mode() & 0o7777);
        for (path, text) in [
            (".terraform", "0555/"),
            (".terraform/deep", &mode(fs::metadata(folder.join(".terraform/deep")).unwrap())),
            (".terraform/deep/tool", "0751 tool"),
            ("gone", "0755/"),
            ("gone/notes", &format!("{:04o} notes", before.mode() & 0o7777)),
            ("link", "-> ../nowhere"),
            ("secrets/link", "-> compose.yaml"),
            ("secrets/mine.env", &format!("{:04o} mine", before.mode() & 0o7777)),
        ] {
            wanted.insert(path.to_owned(), text.to_owned());
        }
        assert_eq!(tree(&folder), wanted);
        assert_eq!(fs::metadata(folder.join("gone/notes")).unwrap().ino(), before.ino(), "the very same file");
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
        assert_eq!(write(&other, &new(), false).unwrap_err().diagnostic().code.id(), "PV0703");
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
        assert_eq!(write(&root.join("file"), &new(), true).unwrap_err().diagnostic().code.id(), "PV0705");
        assert_eq!(write(&root.join("file/x"), &new(), true).unwrap_err().diagnostic().code.id(), "PV0705");
        if cfg!(target_os = "linux") {
            let refused = write(Path::new("/proc/none"), &new(), true).unwrap_err();
            assert!(refused.to_string().starts_with("cannot make the folder /proc/none: "), "{refused}");
        }
        assert_eq!(write(Path::new("/"), &new(), true).unwrap_err().diagnostic().code.id(), "PV0705");
    });
}

#[test]
fn comparing_writes_nothing() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("x/compose");
    let comparison = compare(&folder, &new()).unwrap();
    assert_eq!((comparison.old, comparison.difference.added.len()), (None, 5));
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    write(&folder, &old(), Options::default()).unwrap();
    let comparison = compare(&folder, &new()).unwrap();
    assert_eq!((comparison.old.as_ref(), comparison.difference.changed.len()), (Some(old().record()), 3));
    assert_eq!(tree(&folder), expected(&old()));
}

#[test]
fn modes_are_exact_whatever_the_umask() {
    use rustix::fs::Mode;
    // The umask belongs to the whole process; no other test depends on it.
    let before = rustix::process::umask(Mode::from_raw_mode(0o077));
    both_ways(|root, write| {
        for umask in [0o777, 0o077, 0o000] {
            fs::create_dir_all(root.join("there")).unwrap();
            rustix::process::umask(Mode::from_raw_mode(umask));
            let written = [&old(), &new()].map(|bundle| write(&root.join("there/compose"), bundle, true));
            rustix::process::umask(before);
            assert!(written.iter().all(Result::is_ok));
            assert_eq!(tree(&root.join("there/compose")), expected(&new()));
            fs::remove_dir_all(root.join("there")).unwrap();
        }
    });
    rustix::process::umask(before);
}
