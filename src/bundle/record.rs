//! `bundle.json`: what a bundle holds, what applying it creates, and how that is taken away again.
//!
//! The schema is `schemas/bundle.schema.json`. A record holds no time, no secret value and no path of the machine that
//! wrote it, so equal inputs give equal bytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::BundlePath;
use crate::artifact::Mode;
use crate::source::Digest;

/// The version of the record's form that this program writes and reads.
pub const VERSION: u32 = 1;

/// One command: program and arguments, never shell text.
pub type Argv = Vec<String>;

/// The whole record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleRecord {
    /// The version of this form: 1.
    pub version: u32,
    /// What wrote it.
    pub tool: Tool,
    /// The environment that the bundle brings up.
    pub environment: EnvironmentRecord,
    /// `kubernetes`, `compose` or `terraform`.
    pub target: String,
    /// What the bundle was made from.
    pub inputs: Inputs,
    /// Where the environment answers, front page first.
    pub urls: Vec<UrlRecord>,
    /// Variables that are left out, because a fork does not get their secrets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<AbsentRecord>,
    /// Every file but this one, by path.
    pub files: Vec<FileRecord>,
    /// Everything that applying the bundle creates.
    pub objects: Vec<ObjectRecord>,
    /// How it is brought up, in order.
    pub stages: Vec<StageRecord>,
    /// How it is taken down, in order.
    pub teardown: Vec<TeardownRecord>,
}

/// A program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Which environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentRecord {
    /// `<app>-pr-<number>`.
    pub id: String,
    /// The manifest's name.
    pub app: String,
    /// The pull request's number.
    pub pr: u64,
    /// The repository's identity.
    pub repo: String,
    /// The front page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// What a bundle was made from. Equal inputs and an equal tool give an equal bundle.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Inputs {
    /// Every file that was read: manifest, recipes, seeds, migrations, overrides; by path relative to the project.
    pub files: Vec<InputFile>,
    /// The pull request's head commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha: Option<String>,
    /// The pull request's branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// A fingerprint of the key that credentials were derived from; tells nothing about the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How often credentials were rotated.
    #[serde(default)]
    pub epoch: u32,
    /// Whether databases with an edited seed are made anew.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reseed: bool,
    /// Stores that are made anew once, with the identity of that reset.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reset: BTreeMap<String, String>,
    /// Whether the pull request comes from a fork.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fork: bool,
    /// Images that were given, by node.
    #[serde(default)]
    pub images: BTreeMap<String, String>,
    /// The manifest's variables, by name.
    #[serde(default)]
    pub vars: BTreeMap<String, String>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InputFile {
    /// Where, relative to the project's folder.
    pub path: String,
    /// What was in it.
    pub sha256: Digest,
}

/// A node's public address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UrlRecord {
    /// The node.
    pub name: String,
    /// Its address.
    pub url: String,
}

/// A variable that is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbsentRecord {
    /// The secret, by its name in the manifest.
    pub secret: String,
    /// The process, or the store and its step.
    pub process: String,
    /// The variable.
    pub variable: String,
}

/// A file of the bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Where, relative to the bundle's folder.
    pub path: BundlePath,
    /// What is in it.
    pub sha256: Digest,
    /// Who may read or run it; four octal digits in text.
    #[serde(with = "mode")]
    pub mode: Mode,
}

/// Something that applying the bundle creates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectRecord {
    /// What it is, in the target's words.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The stage that creates it.
    pub stage: String,
    /// What takes it away.
    pub removal: RemovalRecord,
}

/// What takes an object away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemovalRecord {
    /// A step of the teardown, by name.
    Step(String),
    /// The removal of another object of the bundle.
    Within(ObjectName),
}

/// Names another object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectName {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// One step of bringing up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageRecord {
    /// Its name, unique among the stages.
    pub name: String,
    /// Commands, run one after the other in the bundle's folder.
    pub run: Vec<Argv>,
    /// Commands that return when the stage is ready.
    pub wait: Vec<Argv>,
    /// Files to write from what commands print, when the stage is ready; later stages read them.
    #[serde(default)]
    pub outputs: Vec<OutputRecord>,
}

/// A file to write from what a command prints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputRecord {
    /// The command.
    pub run: Argv,
    /// The file for its standard output, mode 0600, relative to the folder above the bundle's.
    pub file: String,
}

/// One step of taking down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeardownRecord {
    /// Its name, unique among the steps.
    pub name: String,
    /// Commands that remove; safe to repeat.
    pub run: Vec<Argv>,
    /// Removes what is found by listing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sweep: Vec<SweepRecord>,
    /// Commands that exit with 0 and print nothing when nothing is left.
    pub verify: Vec<Argv>,
}

/// Removes whatever a command lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepRecord {
    /// Prints one name per line.
    pub list: Argv,
    /// Gets every name as a further argument.
    pub remove: Argv,
}

/// Why a `bundle.json` cannot be used.
#[derive(Debug, Error)]
pub enum RecordError {
    /// It is not a record at all.
    #[error("it is no record of a bundle: {0}")]
    Malformed(serde_json::Error),
    /// A later previewc wrote it.
    #[error("its version is {0}, and this previewc knows version {VERSION}")]
    Version(u64),
}

impl BundleRecord {
    /// Reads a record; keys that are not known are passed over.
    ///
    /// # Errors
    /// [`RecordError`] where it is none, or one of a version that this program does not know.
    pub fn read(bytes: &[u8]) -> Result<Self, RecordError> {
        // The version decides how the rest is read.
        #[derive(Deserialize)]
        struct Versioned {
            version: u64,
        }
        let versioned: Versioned = serde_json::from_slice(bytes).map_err(RecordError::Malformed)?;
        if versioned.version != u64::from(VERSION) {
            return Err(RecordError::Version(versioned.version));
        }
        serde_json::from_slice(bytes).map_err(RecordError::Malformed)
    }

    /// The record as text: indented JSON that ends in a newline.
    pub fn to_json(&self) -> Vec<u8> {
        // Text, numbers, lists and maps with text for keys: nothing here can fail to be written.
        let mut json = serde_json::to_vec_pretty(self).unwrap_or_default();
        json.push(b'\n');
        json
    }

    /// The file of a path.
    pub fn file(&self, path: &str) -> Option<&FileRecord> {
        self.files.iter().find(|file| file.path.as_str() == path)
    }

    /// What does not fit together: removals that name no step or object, objects of no stage, names that stand twice.
    /// Empty for every record that a correct target made.
    pub fn inconsistencies(&self) -> Vec<String> {
        let mut found = Vec::new();
        for object in &self.objects {
            let here = format!("{} {}", object.kind, object.name);
            if !self.stages.iter().any(|stage| stage.name == object.stage) {
                found.push(format!("{here}: there is no stage `{}`", object.stage));
            }
            match &object.removal {
                RemovalRecord::Step(name) if !self.teardown.iter().any(|step| step.name == *name) => {
                    found.push(format!("{here}: there is no teardown step `{name}`"));
                }
                RemovalRecord::Within(other) if !self.goes_away(object) => {
                    found.push(format!("{here}: no step removes {} {}", other.kind, other.name));
                }
                _ => {}
            }
        }
        let stages = self.stages.iter().map(|stage| ("stage", &stage.name));
        let steps = self.teardown.iter().map(|step| ("teardown step", &step.name));
        let mut seen = std::collections::BTreeSet::new();
        for named in stages.chain(steps) {
            if !seen.insert(named) {
                found.push(format!("the {} `{}` stands twice", named.0, named.1));
            }
        }
        found
    }

    /// Whether the chain of removals from an object ends in a step.
    fn goes_away(&self, object: &ObjectRecord) -> bool {
        let mut object = object;
        // A chain longer than the list of objects is a circle.
        for _ in 0..=self.objects.len() {
            match &object.removal {
                RemovalRecord::Step(_) => return true,
                RemovalRecord::Within(other) => {
                    let next = self.objects.iter().find(|o| o.kind == other.kind && o.name == other.name);
                    match next {
                        Some(next) => object = next,
                        None => return false,
                    }
                }
            }
        }
        false
    }
}

/// Modes as four octal digits.
mod mode {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Mode;

    pub(super) fn serialize<S: Serializer>(mode: &Mode, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match mode {
            Mode::Public => "0644",
            Mode::Private => "0600",
            Mode::Script => "0755",
        })
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Mode, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "0644" => Ok(Mode::Public),
            "0600" => Ok(Mode::Private),
            "0755" => Ok(Mode::Script),
            other => Err(D::Error::custom(format!("`{other}` is none of 0644, 0600, 0755"))),
        }
    }
}
