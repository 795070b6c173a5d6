//! The set of files for one environment and target, with digests, in memory.
//!
//! A [`Bundle`] is closed: its paths are safe, its record lists every file, and nothing can be added. `cli` carries it to
//! a folder or to standard output.

mod difference;
mod path;
pub mod record;
mod stream;

use std::collections::BTreeMap;
use std::fmt;

pub use difference::{Difference, OnDisk};
pub use path::{BundlePath, OWN_PREFIX, PathError, RECORD};
pub use record::BundleRecord;
pub use stream::stream;

use crate::artifact::{Lowered, Mode, Output, Removal, Sweep, TeardownStep};
use crate::diagnostics::{Diagnostic, codes};
use crate::source::Digest;
use record::{
    AbsentRecord, EnvironmentRecord, FileRecord, Inputs, ObjectName, ObjectRecord, OutputRecord, RemovalRecord,
    StageRecord, SweepRecord, TeardownRecord, Tool, UrlRecord,
};

/// The files for one environment and target, with the record that lists them.
#[derive(Clone, PartialEq, Eq)]
pub struct Bundle {
    files: BTreeMap<BundlePath, File>,
    record: BundleRecord,
}

/// One file of a bundle.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// Its bytes; may hold secrets.
    pub bytes: Vec<u8>,
    /// Who may read or run it.
    pub mode: Mode,
    /// The digest of the bytes.
    pub sha256: Digest,
}

/// What a record says beyond what the target made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The environment.
    pub environment: EnvironmentRecord,
    /// `kubernetes`, `compose` or `terraform`.
    pub target: String,
    /// What the bundle is made from.
    pub inputs: Inputs,
    /// Where the environment answers, front page first.
    pub urls: Vec<UrlRecord>,
    /// What a fork's environment does without.
    pub absent: Vec<AbsentRecord>,
}

impl Bundle {
    /// Closes what a target made into a bundle.
    ///
    /// # Errors
    /// `PV0701` for every path that cannot stand in a bundle.
    pub fn new(facts: Facts, lowered: Lowered) -> Result<Self, Vec<Diagnostic>> {
        let mut record = record_of(facts, &lowered);
        let mut files = Files::default();
        let mut found = Vec::new();
        for artifact in lowered.into_files() {
            if let Err(error) = files.insert(&artifact.path, artifact.contents, artifact.mode) {
                let help = "rename one of the files or nodes that the path is made from";
                found.push(Diagnostic::new(codes::BUNDLE_PATH, error.to_string()).help(help));
            }
        }
        if !found.is_empty() {
            return Err(found);
        }
        record.files = files.records();
        Ok(Bundle { files: files.0, record })
    }

    /// The files by path, without the record.
    pub fn files(&self) -> &BTreeMap<BundlePath, File> {
        &self.files
    }

    /// The record, which a writer writes last, as `bundle.json`.
    pub fn record(&self) -> &BundleRecord {
        &self.record
    }
}

impl fmt::Debug for Bundle {
    /// The record only: files may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bundle").field("record", &self.record).finish_non_exhaustive()
    }
}

impl fmt::Debug for File {
    /// Without the bytes: they may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File").field("mode", &self.mode).field("sha256", &self.sha256).finish_non_exhaustive()
    }
}

/// Files whose paths can stand together.
#[derive(Default)]
struct Files(BTreeMap<BundlePath, File>, BTreeMap<String, Taken>);

/// What stands at a path, whatever its case.
struct Taken {
    path: String,
    folder: bool,
}

impl Files {
    fn insert(&mut self, path: &str, bytes: Vec<u8>, mode: Mode) -> Result<(), PathError> {
        let path = BundlePath::new(path)?;
        if path.as_str().eq_ignore_ascii_case(RECORD) {
            return Err(PathError::Reserved(path.to_string()));
        }
        let places = path.folders().map(|folder| (folder, true)).chain([(path.as_str(), false)]);
        for (place, folder) in places {
            let taken = Taken { path: place.to_owned(), folder };
            if let Some(other) = self.1.get(&place.to_ascii_lowercase()) {
                if !(folder && other.folder && other.path == place) {
                    return Err(PathError::Clash(path.to_string(), other.path.clone()));
                }
            } else {
                self.1.insert(place.to_ascii_lowercase(), taken);
            }
        }
        let sha256 = Digest::of(&bytes);
        self.0.insert(path, File { bytes, mode, sha256 });
        Ok(())
    }

    fn records(&self) -> Vec<FileRecord> {
        let record = |(path, file): (&BundlePath, &File)| FileRecord {
            path: path.clone(),
            sha256: file.sha256,
            mode: file.mode,
        };
        self.0.iter().map(record).collect()
    }
}

/// The record of a bundle whose files are listed later.
fn record_of(facts: Facts, lowered: &Lowered) -> BundleRecord {
    let objects = lowered.objects().iter().map(|object| ObjectRecord {
        kind: object.kind.clone(),
        name: object.name.clone(),
        namespace: object.namespace.clone(),
        stage: object.stage.as_str().to_owned(),
        removal: match &object.removal {
            Removal::Step(step) => RemovalRecord::Step(step.clone()),
            Removal::Within { kind, name } => {
                RemovalRecord::Within(ObjectName { kind: kind.clone(), name: name.clone() })
            }
        },
    });
    let stages = lowered.stages().iter().map(|stage| StageRecord {
        name: stage.name.as_str().to_owned(),
        run: stage.run.clone(),
        wait: stage.wait.clone(),
        outputs: stage.outputs.iter().map(OutputRecord::from).collect(),
    });
    let teardown = lowered.teardown_steps().iter().map(TeardownRecord::from);
    BundleRecord {
        version: record::VERSION,
        tool: Tool { name: "previewc".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        environment: facts.environment,
        target: facts.target,
        inputs: facts.inputs,
        urls: facts.urls,
        absent: facts.absent,
        files: Vec::new(),
        objects: objects.collect(),
        stages: stages.collect(),
        teardown: teardown.collect(),
    }
}

#[cfg(test)]
pub(crate) mod tests;

impl From<&Output> for OutputRecord {
    fn from(output: &Output) -> Self {
        OutputRecord { run: output.run.clone(), file: output.file.clone() }
    }
}

impl From<&TeardownStep> for TeardownRecord {
    fn from(step: &TeardownStep) -> Self {
        let sweep = |sweep: &Sweep| SweepRecord { list: sweep.list.clone(), remove: sweep.remove.clone() };
        TeardownRecord {
            name: step.name.clone(),
            run: step.run.clone(),
            sweep: step.sweep.iter().map(sweep).collect(),
            verify: step.verify.clone(),
        }
    }
}
