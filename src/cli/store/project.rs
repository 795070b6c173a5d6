//! The `.previewc` folder of a project: bundles, handoffs and the key live there beside what users keep in Git.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::error::{Action, At, StoreError};
use super::{build, lock};
use crate::artifact::Mode;
use crate::bundle::OWN_PREFIX;

const IGNORE: &str = "\
# Written by previewc: what it leaves out can be rendered again, or must not be shared.
/*
!/.gitignore
!/recipes/
!/overrides/
";

/// What earlier versions wrote, which left out only bundles under their usual names.
const EARLIER: &str = "\
# Written by previewc: what it leaves out can be rendered again, or must not be shared.
/key
/pr-*/
/handoff/
.previewc-*
";

/// The name of a file that is being written anew.
const NEW: &str = "new-gitignore";

/// Makes a project's `.previewc` folder and the `.gitignore` in it where they are missing. A `.gitignore` that is there
/// keeps what the user made of it, except that it always leaves out the key; what an earlier version wrote is brought up to
/// date, with what the user put behind it.
///
/// # Errors
/// [`StoreError::Io`].
pub fn prepare(folder: &Path) -> Result<(), StoreError> {
    let ignore = folder.join(".gitignore");
    fs::create_dir_all(folder).at(Action::MakeFolder, folder)?;
    // The usual case, without waiting for anybody.
    if fs::read_to_string(&ignore).is_ok_and(|text| is_good(&text)) {
        return Ok(());
    }
    let _lock = lock::folder(folder)?;
    let missing = match fs::read_to_string(&ignore) {
        Ok(text) if is_good(&text) => return Ok(()),
        Ok(text) if text.starts_with(EARLIER) => {
            return replace(folder, &ignore, &text.replacen(EARLIER, IGNORE, 1));
        }
        Ok(text) if text.is_empty() => IGNORE,
        Ok(text) if text.ends_with('\n') => "/key\n",
        Ok(_) => "\n/key\n",
        Err(error) if error.kind() == io::ErrorKind::NotFound => IGNORE,
        Err(error) => return Err(error).at(Action::Read, &ignore),
    };
    let mut file = OpenOptions::new().append(true).create(true).open(&ignore).at(Action::Write, &ignore)?;
    file.write_all(missing.as_bytes()).at(Action::Write, &ignore)
}

/// Writes the file anew under another name first, so that it is never half there.
fn replace(folder: &Path, ignore: &Path, text: &str) -> Result<(), StoreError> {
    let new = folder.join(format!("{OWN_PREFIX}{NEW}"));
    let _ = fs::remove_file(&new);
    build::write(&new, text.as_bytes(), Mode::Public)?;
    fs::rename(&new, ignore).at(Action::Rename, ignore)
}

/// Whether it leaves out the key, and is not what an earlier version wrote.
fn is_good(text: &str) -> bool {
    !text.starts_with(EARLIER) && text.lines().any(|line| matches!(line.trim_end(), "key" | "/key" | "*" | "/*"))
}
