//! The Compose target, from environments made by hand.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, dead_code, reason = "tests end where one fails")]

#[path = "../support/stack.rs"]
mod stack;

use previewc::artifact::{Lowered, Mode};
use previewc::plan::{Environment, PortRange};
use previewc::target::Target;
use previewc::target::compose::{Compose, ComposeSettings, Expose};

fn settings(expose: Expose) -> ComposeSettings {
    ComposeSettings {
        expose,
        domain: None,
        ports: PortRange { from: 20000, to: 29999 },
        build_root: "../../..".to_owned(),
    }
}

fn lower(environment: &Environment, settings: ComposeSettings) -> Lowered {
    let mut out = Lowered::new();
    let vault = stack::vault(environment, |name| Some(format!("value of {name}")));
    Compose { settings }.lower(environment, &vault, &mut out);
    out
}

fn text<'a>(out: &'a Lowered, path: &str) -> &'a str {
    let file = out.files().iter().find(|file| file.path == path).unwrap_or_else(|| panic!("no file {path}"));
    std::str::from_utf8(&file.contents).unwrap()
}

#[test]
fn the_whole_project() {
    let environment = stack::stack("shop", 142);
    let out = lower(&environment, settings(Expose::Port));
    assert!(out.findings().is_empty(), "{:?}", out.findings());
    if let Ok(folder) = std::env::var("DUMP") {
        for file in out.files() {
            use std::os::unix::fs::PermissionsExt;
            let path = std::path::Path::new(&folder).join(&file.path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &file.contents).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(file.mode.bits())).unwrap();
        }
    }
    let _ = Mode::Public;
    assert!(text(&out, "compose.yaml").contains("cache"));
}
