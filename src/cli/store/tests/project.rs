//! The project's `.previewc` folder and its key.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::plan::Key;

#[test]
fn everybody_gets_the_same_key() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join(".previewc");
    let keys: Vec<KeyFile> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| project_key(&folder).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(keys.iter().filter(|key| key.made).count(), 1);
    let text = fs::read_to_string(folder.join("key")).unwrap();
    assert!(text.len() == 65 && text.trim().bytes().all(|b| b.is_ascii_hexdigit()));
    let fingerprint = Key::new(text.as_bytes()).unwrap().fingerprint();
    assert!(keys.iter().all(|key| key.key.fingerprint() == fingerprint && key.warning.is_none()));
    assert_eq!(tree(&folder)["key"], format!("0600 {text}"));
    assert_eq!(tree(&folder).into_keys().collect::<Vec<_>>(), [".gitignore", "key"]);
    assert!(!format!("{keys:?}").contains(text.trim()));

    fs::set_permissions(folder.join("key"), fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(project_key(&folder).unwrap().warning.unwrap().code.id(), "PV0707");
    for bad in ["", "short", &" ".repeat(64)] {
        fs::write(folder.join("key"), bad).unwrap();
        assert_eq!(project_key(&folder).unwrap_err().diagnostic().code.id(), "PV0706");
    }
    assert_eq!(read_key(&root.path().join("none")).unwrap_err().diagnostic().code.id(), "PV0706");
}

#[test]
fn the_key_is_always_left_out_of_git() {
    let root = tempfile::tempdir().unwrap();
    let ignore = root.path().join(".gitignore");
    prepare(root.path()).unwrap();
    let text = fs::read_to_string(&ignore).unwrap();
    let lines: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(lines, ["/*", "!/.gitignore", "!/recipes/", "!/overrides/"]);
    prepare(root.path()).unwrap();
    assert_eq!(fs::read_to_string(&ignore).unwrap(), text);
    let head = text.lines().next().unwrap();
    let earlier = format!("{head}\n/key\n/pr-*/\n/handoff/\n.previewc-*\n");
    for (before, after) in [
        ("mine", "mine\n/key\n"),
        ("mine\n", "mine\n/key\n"),
        ("key\n", "key\n"),
        ("*\n", "*\n"),
        (&earlier, &text),
        (&format!("{earlier}!/stage/\n"), &format!("{text}!/stage/\n")),
        (&format!("mine\n{earlier}"), &format!("mine\n{earlier}")),
    ] {
        fs::write(&ignore, before).unwrap();
        prepare(root.path()).unwrap();
        assert_eq!(fs::read_to_string(&ignore).unwrap(), after);
    }
}
