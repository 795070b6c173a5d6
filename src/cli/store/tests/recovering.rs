//! What killed runs leave behind, and what comes in between.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::Barrier;

use super::*;

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
        let mut left: Vec<_> = fs::read_dir(root).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["compose", "compose.new", "previewc-new-0123456789abcdef"]);
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
        let order = ["compose.yaml", "files/x/y.sql", "same", "secrets/a.env", "up.sh", "bundle.json"];
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
    symlink("old", before.join("d/link")).unwrap();
    carry::link(&before, &after, Path::new("d")).unwrap();
    fs::remove_file(before.join("d/link")).unwrap();
    symlink("new", before.join("d/link")).unwrap();
    fs::write(before.join("d/late"), "late").unwrap();
    fs::remove_file(before.join("d/replaced")).unwrap();
    fs::write(before.join("d/replaced"), "new").unwrap();
    fs::create_dir(before.join("e")).unwrap();
    carry::rescue(&before, &after, Path::new("d")).unwrap();
    carry::rescue(&before, &after, Path::new("e")).unwrap();
    let texts: Vec<_> = tree(&after).into_iter().map(|(path, text)| (path, text[4..].to_owned())).collect();
    let texts: Vec<_> = texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let link = ("d/link", "ew");
    assert_eq!(texts, [("d", "/"), ("d/late", " late"), link, ("d/replaced", " new"), ("d/same", " same"), ("e", "/")]);
}

#[test]
fn an_old_folder_that_cannot_be_emptied_is_kept() {
    let options = Options::default();
    // Where a folder took a file's place meanwhile, and where a file was edited but the folders cannot change back.
    for (spoil, code, there) in [("notes/late", "cannot carry over", true), ("up.sh", "`up.sh` was edited", false)] {
        let root = tempfile::tempdir().unwrap();
        let (before, folder) = (root.path().join(".previewc-new-0123456789abcdef"), root.path().join("compose"));
        write(&before, &old(), options).unwrap();
        fs::create_dir_all(before.join(spoil).parent().unwrap()).unwrap();
        fs::write(before.join(spoil), "mine").unwrap();
        if there {
            write(&folder, &new(), options).unwrap();
            // That left the first for a leftover.
            assert!(!before.exists());
            write(&before, &old(), options).unwrap();
            fs::create_dir(before.join("notes")).unwrap();
            fs::write(before.join(spoil), "mine").unwrap();
            fs::write(folder.join("notes"), "a file").unwrap();
        }
        let error = swap::settle(&before, &folder, &new(), options).unwrap_err();
        assert!(error.to_string().contains(code), "{error}");
        let StoreError::Kept { kept, .. } = error else { panic!("{error}") };
        assert!(kept.file_name().unwrap().to_str().unwrap().starts_with("compose.kept-"));
        // The next writer leaves it.
        write(&folder, &new(), options).unwrap();
        assert_eq!(fs::read_to_string(kept.join(spoil)).unwrap(), "mine");
    }
}

#[test]
fn writers_take_turns() {
    // The first write of each round makes the folder while the others look for it.
    for _ in 0..20 {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("compose");
        let start = Barrier::new(8);
        std::thread::scope(|scope| {
            for number in 0..8 {
                let (folder, start) = (&folder, &start);
                scope.spawn(move || {
                    start.wait();
                    for _ in 0..3 {
                        let bundle = if number % 2 == 0 { old() } else { new() };
                        let options = Options { force: false, durable: false };
                        write_by(folder, &bundle, options, number % 3 != 0).unwrap();
                    }
                });
            }
        });
        let tree = tree(&folder);
        assert!(tree == expected(&old()) || tree == expected(&new()), "{tree:?}");
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }
}
