//! The `.previewc` folder of a project: bundles, handoffs and the key live there beside what users keep in Git.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::error::{Action, At, StoreError};
use super::lock;

const IGNORE: &str = "\
# Written by previewc: what it leaves out can be rendered again, or must not be shared.
/key
/pr-*/
/handoff/
.previewc-*
";

/// Makes a project's `.previewc` folder and the `.gitignore` in it where they are missing. A `.gitignore` that is there
/// keeps what the user made of it, except that it always leaves out the key.
///
/// # Errors
/// [`StoreError::Io`].
pub fn prepare(folder: &Path) -> Result<(), StoreError> {
    let ignore = folder.join(".gitignore");
    fs::create_dir_all(folder).at(Action::MakeFolder, folder)?;
    // The usual case, without waiting for anybody.
    if fs::read_to_string(&ignore).is_ok_and(|text| leaves_out_the_key(&text)) {
        return Ok(());
    }
    let _lock = lock::folder(folder)?;
    let missing = match fs::read_to_string(&ignore) {
        Ok(text) if leaves_out_the_key(&text) => return Ok(()),
        Ok(text) if text.is_empty() => IGNORE,
        Ok(text) if text.ends_with('\n') => "/key\n",
        Ok(_) => "\n/key\n",
        Err(error) if error.kind() == io::ErrorKind::NotFound => IGNORE,
        Err(error) => return Err(error).at(Action::Read, &ignore),
    };
    let mut file = OpenOptions::new().append(true).create(true).open(&ignore).at(Action::Write, &ignore)?;
    file.write_all(missing.as_bytes()).at(Action::Write, &ignore)
}

fn leaves_out_the_key(text: &str) -> bool {
    text.lines().any(|line| matches!(line.trim_end(), "key" | "/key" | "*" | "/*"))
}
