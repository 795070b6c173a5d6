//! The project's files on a disk.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Component, Path, PathBuf};

use rustix::fs::OFlags;

use super::project::reason;
use crate::pipeline::PROJECT_DIR;
use crate::source::{Digest, FileError, Files};

/// Larger files than this are not read: a seed of that size belongs into an image or a snapshot.
const LIMIT: u64 = 64 << 20;

/// More linked folders than this are not followed for one pattern: links that lead to one another have no end.
const LINKS: usize = 100;

/// What users keep in the project's own folder; all else there is previewc's: bundles, handoffs and the key.
const USERS: [&str; 2] = ["recipes", "overrides"];

/// The files of a manifest's folder and below. Links are followed as long as they stay there.
#[derive(Debug, Clone)]
pub struct DiskFiles {
    root: PathBuf,
    /// A file that is never read, under its real name.
    withheld: Option<PathBuf>,
}

impl DiskFiles {
    /// The files below a folder.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        DiskFiles { root: root.into(), withheld: None }
    }

    /// The same without one file: the key, wherever it stands.
    #[must_use]
    pub fn without(mut self, file: Option<&Path>) -> Self {
        self.withheld = file.and_then(|file| fs::canonicalize(file).ok());
        self
    }

    /// Where a path of the manifest really is; nothing that leads out of the folder, by its words or by links.
    fn real(&self, path: &str) -> Result<PathBuf, FileError> {
        let relative = Path::new(path);
        if !relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
            return Err(FileError::Outside);
        }
        let root = fs::canonicalize(&self.root).map_err(|error| told(&error))?;
        let real = fs::canonicalize(root.join(relative)).map_err(|error| told(&error))?;
        let Ok(inside) = real.strip_prefix(&root) else { return Err(FileError::Outside) };
        // The project's own folder may itself be a link to another place inside.
        let own = fs::canonicalize(root.join(PROJECT_DIR)).unwrap_or_else(|_| root.join(PROJECT_DIR));
        let within = real.strip_prefix(&own).ok().or_else(|| without_own(inside));
        if within.is_some_and(|within| !is_users(within)) || self.withheld.as_ref() == Some(&real) {
            return Err(FileError::Withheld);
        }
        Ok(real)
    }

    /// Opens a regular file; anything else might never end or wait for somebody.
    fn open(&self, path: &str) -> Result<File, FileError> {
        let real = self.real(path)?;
        regular(&fs::symlink_metadata(&real).map_err(|error| told(&error))?)?;
        // Between the look and the opening it may have become something else.
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let file = OpenOptions::new().read(true).custom_flags(flags).open(&real).map_err(|error| told(&error))?;
        regular(&file.metadata().map_err(|error| told(&error))?)?;
        Ok(file)
    }
}

impl Files for DiskFiles {
    fn stays_inside(&self, path: &str) -> bool {
        !matches!(self.real(path), Err(FileError::Outside | FileError::Withheld))
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let mut bytes = Vec::new();
        self.open(path)?.take(LIMIT + 1).read_to_end(&mut bytes).map_err(|error| told(&error))?;
        if bytes.len() as u64 > LIMIT {
            return Err(FileError::TooLarge(LIMIT));
        }
        Ok(bytes)
    }

    fn digest(&self, path: &str) -> Result<Digest, FileError> {
        Digest::of_reader(&mut self.open(path)?).map_err(|error| told(&error))
    }

    fn glob(&self, pattern: &str) -> Result<Vec<String>, FileError> {
        let pattern = pattern.trim_start_matches("./");
        if Path::new(pattern).components().any(|part| !matches!(part, Component::Normal(_) | Component::CurDir)) {
            return Err(FileError::Outside);
        }
        // Only the folder that the pattern's plain beginning names has to be walked.
        let wild = pattern.find(['*', '?', '[', '{']).unwrap_or(pattern.len());
        let prefix = match pattern.get(..wild).and_then(|head| head.rsplit_once('/')) {
            Some((head, _)) => head,
            None => "",
        };
        let folder = match self.real(if prefix.is_empty() { "." } else { prefix }) {
            Ok(folder) if folder.is_dir() => folder,
            Ok(_) | Err(FileError::Missing) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        // Without `**` a match has as many folders above it as the pattern; braces may hold any number.
        let depth = match pattern.contains("**") || pattern.contains('{') {
            true => usize::MAX,
            false => pattern.matches('/').count(),
        };
        let mut walk = Walk { files: self, pattern, depth, above: Vec::new(), links: 0, out: Vec::new() };
        walk.folder(&folder, prefix)?;
        walk.out.sort();
        Ok(walk.out)
    }
}

/// A walk through the folders that may hold what a pattern matches.
struct Walk<'w> {
    files: &'w DiskFiles,
    pattern: &'w str,
    /// How many folders may stand above a match.
    depth: usize,
    /// The real names of the folders that it is in, to notice links that lead back.
    above: Vec<PathBuf>,
    links: usize,
    out: Vec<String>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, prefix: &str) -> Result<(), FileError> {
        self.above.push(folder.to_owned());
        for entry in fs::read_dir(folder).map_err(|error| told(&error))? {
            let entry = entry.map_err(|error| told(&error))?;
            let name = entry.file_name();
            let shown = name.to_string_lossy();
            if prefix.is_empty() && matches!(&*shown, ".git" | PROJECT_DIR | "node_modules" | "target") {
                continue;
            }
            let path = if prefix.is_empty() { shown.to_string() } else { format!("{prefix}/{shown}") };
            let kind = entry.file_type().map_err(|error| told(&error))?;
            let linked = kind.is_symlink() && fs::metadata(entry.path()).is_ok_and(|meta| meta.is_dir());
            if kind.is_dir() || linked {
                if path.matches('/').count() >= self.depth {
                    continue;
                }
                if name.to_str().is_none() {
                    return Err(FileError::Unreadable(format!("the name of the folder `{path}` is not UTF-8")));
                }
                if linked {
                    self.link(path)?;
                } else {
                    self.folder(&entry.path(), &path)?;
                }
            } else if fast_glob::glob_match(self.pattern, path.as_str()) {
                if name.to_str().is_none() {
                    return Err(FileError::Unreadable(format!("the name of `{path}` is not UTF-8")));
                }
                self.out.push(path);
            }
        }
        self.above.pop();
        Ok(())
    }

    /// Follows a link to a folder. One that leads out is listed itself, so that reading it says what is wrong.
    fn link(&mut self, path: String) -> Result<(), FileError> {
        let Ok(real) = self.files.real(&path) else {
            self.out.push(path);
            return Ok(());
        };
        if self.above.iter().any(|above| above.starts_with(&real)) {
            return Ok(());
        }
        self.links += 1;
        if self.links > LINKS {
            return Err(FileError::Unreadable(format!("there are more than {LINKS} links to folders")));
        }
        self.folder(&real, &path)
    }
}

/// A path below the root without the last folder of a project's own on it, this one's or another's that lies below: each may
/// hold a key. Not every disk tells capitals apart.
fn without_own(inside: &Path) -> Option<&Path> {
    let parts: Vec<_> = inside.components().collect();
    let own = parts.iter().rposition(|part| part.as_os_str().eq_ignore_ascii_case(PROJECT_DIR))?;
    let head: PathBuf = parts.iter().take(own + 1).collect();
    inside.strip_prefix(head).ok()
}

/// Whether a path within the project's own folder is the users'.
fn is_users(within: &Path) -> bool {
    within.components().next().is_some_and(|first| USERS.iter().any(|name| first.as_os_str() == *name))
}

fn regular(meta: &Metadata) -> Result<(), FileError> {
    match meta {
        meta if meta.is_file() => Ok(()),
        meta if meta.is_dir() => Err(FileError::Unreadable("it is a folder".to_owned())),
        _ => Err(FileError::Unreadable("it is no regular file".to_owned())),
    }
}

fn told(error: &io::Error) -> FileError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FileError::Missing,
        _ => FileError::Unreadable(reason(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use super::*;

    fn project() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("app/api/deep")).unwrap();
        fs::create_dir_all(root.path().join("app/.previewc/recipes")).unwrap();
        for (path, text) in [
            ("outside.sql", "outside"),
            ("app/api/a.sql", "a"),
            ("app/api/deep/b.sql", "b"),
            ("app/.previewc/key", "key"),
            ("app/.previewc/recipes/own.yaml", "own"),
            ("app/other.key", "key"),
        ] {
            fs::write(root.path().join(path), text).unwrap();
        }
        root
    }

    #[test]
    fn only_regular_files_below_the_folder_are_read() {
        let root = project();
        let app = root.path().join("app");
        symlink("../../outside.sql", app.join("api/out.sql")).unwrap();
        symlink("../..", app.join("api/up")).unwrap();
        symlink("../.previewc/key", app.join("api/key.sql")).unwrap();
        symlink("a.sql", app.join("api/in.sql")).unwrap();
        symlink("nothing", app.join("api/none.sql")).unwrap();
        assert!(Command::new("mkfifo").arg(app.join("api/pipe.sql")).status().unwrap().success());
        let files = DiskFiles::new(&app).without(Some(&app.join("other.key")));
        let unreadable = |why: &str| Err(FileError::Unreadable(why.to_owned()));
        for (path, expected) in [
            ("api/a.sql", Ok(b"a".to_vec())),
            ("./api/in.sql", Ok(b"a".to_vec())),
            (".previewc/recipes/own.yaml", Ok(b"own".to_vec())),
            ("../outside.sql", Err(FileError::Outside)),
            ("/etc/passwd", Err(FileError::Outside)),
            ("api/out.sql", Err(FileError::Outside)),
            ("api/up/outside.sql", Err(FileError::Outside)),
            (".previewc/key", Err(FileError::Withheld)),
            ("api/key.sql", Err(FileError::Withheld)),
            ("other.key", Err(FileError::Withheld)),
            ("api/none.sql", Err(FileError::Missing)),
            ("api/a.sql/x", Err(FileError::Missing)),
            ("api/pipe.sql", unreadable("it is no regular file")),
            ("api", unreadable("it is a folder")),
        ] {
            assert_eq!(files.read(path), expected, "{path}");
            assert_eq!(files.digest(path), expected.map(|bytes| Digest::of(&bytes)), "{path}");
        }
        // A project that is itself reached by a link, and whose own folder is one.
        symlink("app", root.path().join("link")).unwrap();
        fs::rename(app.join(".previewc"), app.join("kept")).unwrap();
        symlink("kept", app.join(".previewc")).unwrap();
        let files = DiskFiles::new(root.path().join("link"));
        assert_eq!(files.read("api/a.sql"), Ok(b"a".to_vec()));
        assert_eq!(files.read("kept/key"), Err(FileError::Withheld));
        assert_eq!(files.read(".previewc/recipes/own.yaml"), Ok(b"own".to_vec()));
    }

    #[test]
    fn patterns_follow_links_that_stay_below_the_folder() {
        let root = project();
        let app = root.path().join("app");
        fs::create_dir_all(app.join("shared/back")).unwrap();
        fs::write(app.join("shared/c.sql"), "c").unwrap();
        symlink("../shared", app.join("api/shared")).unwrap();
        symlink("../../api", app.join("shared/back/api")).unwrap();
        symlink("../..", app.join("api/out")).unwrap();
        let files = DiskFiles::new(&app);
        // `api/out` leads out: it is listed so that reading it is refused. What leads back is not entered again.
        assert_eq!(
            files.glob("./api/**/*.sql").unwrap(),
            ["api/a.sql", "api/deep/b.sql", "api/out", "api/shared/c.sql"]
        );
        assert_eq!(files.read("api/out"), Err(FileError::Outside));
        assert_eq!(files.glob("api/shared/*.sql").unwrap(), ["api/shared/c.sql"]);
        assert_eq!(files.glob("none/**").unwrap(), Vec::<String>::new());
        for pattern in ["../**", "/etc/*", "api/out/*"] {
            assert_eq!(files.glob(pattern), Err(FileError::Outside), "{pattern}");
        }
        assert_eq!(files.glob(".previewc/*"), Err(FileError::Withheld));
        assert_eq!(files.glob(".previewc/recipes/*").unwrap(), [".previewc/recipes/own.yaml"]);
        for link in 0..=LINKS {
            symlink("../shared", app.join(format!("api/shared-{link}"))).unwrap();
        }
        assert!(matches!(files.glob("api/**"), Err(FileError::Unreadable(_))));
    }
}
