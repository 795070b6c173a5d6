//! The commands that remove an environment of which only its pull request and target are known.

use std::path::{Path, PathBuf};

use crate::document::shell;
use crate::plan::TargetName;

/// What environments of a project are removed by.
pub struct Remover<'a> {
    /// The manifest, where it was named.
    pub file: Option<&'a Path>,
    /// The repository.
    pub repository: &'a str,
    /// The project's `.previewc` folder.
    pub folder: PathBuf,
    /// Whether environments have something that only a bundle's scripts can remove.
    pub elsewhere: bool,
}

/// How one environment is removed.
pub enum Removal {
    /// This prints a script that needs no other file.
    Script(Vec<String>),
    /// The bundle is written again, and its `down.sh` run.
    Bundle([Vec<String>; 2]),
}

impl Remover<'_> {
    /// The commands for one environment.
    pub fn of(&self, number: u64, target: TargetName) -> Removal {
        if self.elsewhere || target == TargetName::Terraform {
            // Where every render puts it, so that a state beside it is found.
            let down = self.folder.join(format!("pr-{number}")).join(target.as_str()).join("down.sh");
            let run = ["sh".to_owned(), down.display().to_string()].to_vec();
            return Removal::Bundle([self.previewc("render", number, target, &[]), run]);
        }
        Removal::Script(self.previewc("teardown", number, target, &["--format", "sh"]))
    }

    fn previewc(&self, command: &str, number: u64, target: TargetName, more: &[&str]) -> Vec<String> {
        let mut argv = vec!["previewc".to_owned(), command.to_owned()];
        argv.extend(["--pr".to_owned(), number.to_string(), "--repo".to_owned(), self.repository.to_owned()]);
        argv.extend(["--target".to_owned(), target.as_str().to_owned()]);
        argv.extend(more.iter().map(|word| (*word).to_owned()));
        if let Some(file) = self.file {
            argv.extend(["--file".to_owned(), file.display().to_string()]);
        }
        argv
    }
}

impl Removal {
    /// The commands as one line of a shell, which fails where one of them does.
    pub fn line(&self) -> String {
        // Nobody can put a NUL into a number, a repository or a path.
        let words = |argv: &[String]| shell::line(argv).unwrap_or_default();
        match self {
            Removal::Script(argv) => format!("script=$({}) && printf '%s\\n' \"$script\" | sh", words(argv)),
            Removal::Bundle([render, down]) => format!("{} >/dev/null && {}", words(render), words(down)),
        }
    }
}
