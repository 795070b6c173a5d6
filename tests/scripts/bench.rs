//! A folder with a bundle's files, stand-ins for the tools that its scripts call, and a place for locks.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use previewc::artifact::Lowered;

pub struct Bench(tempfile::TempDir);

impl Bench {
    pub fn new(bundle: &Lowered) -> Bench {
        let bench = Bench(tempfile::tempdir().unwrap());
        for folder in ["bin", "tmp", "state"] {
            fs::create_dir(bench.path(folder)).unwrap();
        }
        bench.bundle("bundle", bundle);
        bench
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a bundle's files into a folder of this name.
    pub fn bundle(&self, folder: &str, bundle: &Lowered) {
        for file in bundle.files() {
            let path = self.path(folder).join(&file.path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            write(&path, &file.contents, file.mode.bits());
        }
    }

    /// Puts a stand-in before the real program.
    pub fn tool(&self, name: &str, script: &str) {
        write(&self.path("bin").join(name), format!("#!/bin/sh\n{script}").as_bytes(), 0o755);
    }

    /// A script of the bench, ready to run by a shell.
    pub fn script(&self, path: &str) -> Command {
        let real = std::env::var("PATH").unwrap();
        let mut command = Command::new("sh");
        command
            .arg(self.path(path))
            .env("PATH", format!("{}:{real}", self.path("bin").display()))
            .env("TMPDIR", self.path("tmp"))
            .env("STATE", self.path("state"))
            .env("REAL", real);
        command
    }

    /// Runs a script to its end.
    pub fn run(&self, path: &str) -> Output {
        self.script(path).output().unwrap()
    }

    /// What a file of the stand-ins holds, or nothing.
    pub fn state(&self, name: &str) -> String {
        fs::read_to_string(self.path("state").join(name)).unwrap_or_default()
    }

    /// The lock of an environment.
    pub fn lock(&self, id: &str) -> PathBuf {
        let user = Command::new("id").arg("-u").output().unwrap();
        let user = String::from_utf8(user.stdout).unwrap();
        self.path("tmp").join(format!("previewc-{}-{id}.lock", user.trim()))
    }
}

fn write(path: &Path, contents: &[u8], mode: u32) {
    fs::write(path, contents).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
