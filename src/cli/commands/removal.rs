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
    /// Where CI keeps bundles, if not there.
    pub bundles: Option<&'a Path>,
    /// Whether environments have something that only a bundle's scripts can remove.
    pub elsewhere: bool,
}

/// How one environment is removed.
pub enum Removal {
    /// This prints a script that needs no other file.
    Script(Vec<String>),
    /// The bundle is written again, and its `down.sh` run.
    Bundle([Vec<String>; 2]),
    /// The bundle that is there is used, or written again; when its `down.sh` has ended, it goes.
    Kept {
        /// Writes it.
        render: Vec<String>,
        /// The script.
        down: String,
        /// The folder with it.
        folder: String,
    },
}

impl Remover<'_> {
    /// The commands for one environment.
    pub fn of(&self, number: u64, target: TargetName) -> Removal {
        if let Some(bundles) = self.bundles {
            let pull = bundles.join(format!("pr-{number}"));
            let bundle = pull.join(target.as_str()).display().to_string();
            let render = self.previewc("render", number, target, &["--out", &bundle]);
            return Removal::Kept { render, down: format!("{bundle}/down.sh"), folder: pull.display().to_string() };
        }
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
            Removal::Kept { render, down, folder } => {
                let (test, rm) = ([&"[".to_owned(), &"-f".to_owned(), down, &"]".to_owned()], ["rm", "-rf", folder]);
                let test = shell::line(&test).unwrap_or_default();
                let (run, rm) = (shell::line(&["sh", down]).unwrap_or_default(), shell::line(&rm).unwrap_or_default());
                format!("{{ {test} || {} >/dev/null; }} && {run} && {rm}", words(render))
            }
            Removal::Bundle([render, down]) => format!("{} >/dev/null && {}", words(render), words(down)),
        }
    }
}
