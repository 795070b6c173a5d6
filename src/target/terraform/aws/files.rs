//! Files that containers find. ECS mounts folders alone and has no store for files: each file is an object of the environment's
//! own bucket, and a container before the others lays them, over what the image has in the same folder, into a volume of the task.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::container::Container;
use super::names;
use super::stack::{File, Stack};
use crate::document::hcl::{Body, Expr, identifier};
use crate::plan::{ConfigFile, Source, TOOLBOX_PROGRAM, Value, Variable};
use crate::resolve::Origin;
use crate::source::Digest;

/// Has the AWS command line; Amazon's own registry asks for no account.
const CLIENT: &str = "public.ecr.aws/aws-cli/aws-cli:2.17.65";
/// Copies what an image has in some folders into `/files/0`, `/files/1`, …
const KEEP: &str = "\
set -eu
number=0
for folder; do
  if [ -d \"$folder\" ]; then /previewc/busybox cp -a \"$folder/.\" \"/files/$number/\"; fi
  number=$((number + 1))
done
";

/// Copies the objects below an address, of which there must be so many. The command line takes none for a success.
const FETCH: &str = "\
set -eu
found=$(aws s3 ls --recursive \"$1\" | wc -l)
[ \"$found\" -eq \"$2\" ] || { echo \"of $2 files $found are there\" >&2; exit 1; }
exec aws s3 cp --recursive --only-show-errors \"$1\" /files/
";

/// The folders of some files, each with its files.
#[derive(Debug, Default)]
pub struct Folders<'a>(BTreeMap<&'a str, Vec<&'a ConfigFile>>);

impl<'a> Folders<'a> {
    /// The folders of a container's files.
    pub fn of(files: &'a [ConfigFile]) -> Self {
        let mut folders: BTreeMap<&str, Vec<&ConfigFile>> = BTreeMap::new();
        for file in files {
            folders.entry(split(&file.path).0).or_default().push(file);
        }
        Folders(folders)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The volumes of the task with the paths at which a container mounts them.
    pub fn mounts(&self, container: &str) -> Vec<(String, String)> {
        let folders = self.0.keys().enumerate();
        folders.map(|(number, folder)| (volume(container, number), (*folder).to_owned())).collect()
    }

    /// The labels of the objects that the files of a container are.
    pub fn labels(&self, task: &str, container: &str) -> Vec<String> {
        let numbered = self.0.values().enumerate();
        numbered
            .flat_map(|(number, files)| (0..files.len()).map(move |index| label(task, container, number, index)))
            .collect()
    }

    /// The two containers that fill the volumes of `container` before it starts; the objects that they read.
    pub fn filled(
        &self,
        stack: &mut Stack<'_>,
        task: &str,
        container: &Container<'a>,
        origin: Origin,
    ) -> [Container<'a>; 2] {
        let contents = self.0.values().flatten().flat_map(|file| [file.path.as_bytes(), &file.contents]);
        let digest = Digest::of_list(contents).short(16);
        let place = format!("{task}/{}/{digest}", container.name);
        let own =
            if container.name == task { format!("files/{task}") } else { format!("files/{task}/{}", container.name) };
        for (number, files) in self.0.values().enumerate() {
            for (index, file) in files.iter().enumerate() {
                let path = format!("{own}/{}", file.path.trim_start_matches('/'));
                let key = format!("{place}/{number}/{}", split(&file.path).1);
                let label = label(task, &container.name, number, index);
                let source = Expr::Template(vec![Expr::reference(&["path", "module"]), format!("/{path}").into()]);
                let body = Body::new()
                    .with("bucket", Expr::reference(&["aws_s3_bucket", "files", "id"]))
                    .with("key", key.as_str())
                    .with("source", source)
                    .with("source_hash", Digest::of(&file.contents).short(32))
                    // A service that goes back to the version before still finds that one's files.
                    .with_block("lifecycle", &[], Body::new().with("create_before_destroy", true));
                let name = format!("{}/{key}", names::files(stack.environment));
                stack.resource(File::Data, "aws_s3_object", &label, name, origin, body);
                stack.hand_over(&path, file.contents.clone());
            }
        }
        let shared: Vec<(String, String)> =
            (0..self.0.len()).map(|number| (volume(&container.name, number), format!("/files/{number}"))).collect();
        let mut keep: Vec<Cow<'a, str>> =
            [TOOLBOX_PROGRAM, "sh", "-c", KEEP, "keep"].into_iter().map(Cow::Borrowed).collect();
        keep.extend(self.0.keys().map(|folder| Cow::Borrowed(*folder)));
        let helper = |name: String, image: Cow<'a, str>| Container {
            name,
            image,
            entrypoint: None,
            command: None,
            env: Cow::Owned(Vec::new()),
            scope: String::new(),
            user: None,
            capabilities: &[],
            mounts: shared.clone(),
            ports: &[],
            health: None,
            stop_seconds: None,
            after: None,
            essential: false,
            origin,
        };
        let mut kept = helper(format!("{}--keep", container.name), container.image.clone());
        kept.entrypoint = Some(keep);
        // Whatever the image's own user is: what is copied keeps its owner.
        kept.user = Some(0);
        kept.capabilities = all();
        kept.mounts.push((super::task::TOOLBOX.to_owned(), crate::plan::TOOLBOX_DIR.to_owned()));
        let mut fetched = helper(format!("{}--files", container.name), Cow::Borrowed(CLIENT));
        let from = format!("s3://{}/{place}/", names::files(stack.environment));
        let count = self.0.values().map(Vec::len).sum::<usize>().to_string();
        let words = ["sh", "-c", FETCH, "fetch", &from, &count];
        fetched.entrypoint = Some(words.iter().map(|word| Cow::Owned((*word).to_owned())).collect());
        fetched.env = Cow::Owned(vec![region(&stack.aws.region)]);
        [kept, fetched]
    }
}

/// The capabilities that copying whole folders takes.
fn all() -> &'static [String] {
    static KEPT: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
    KEPT.get_or_init(|| ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"].map(str::to_owned).to_vec())
}

fn region(region: &str) -> Variable {
    Variable {
        name: "AWS_DEFAULT_REGION".to_owned(),
        value: Value::text(region),
        source: Source::Generated { from: "the region".to_owned() },
        origin: Origin::NONE,
    }
}

fn label(task: &str, container: &str, number: usize, index: usize) -> String {
    format!("{}_{}_{number}_{index}", identifier(task), identifier(container))
}

/// The name of a volume of the task.
fn volume(container: &str, number: usize) -> String {
    format!("{container}--files-{number}")
}

/// The folder of a path, and what stands in it.
fn split(path: &str) -> (&str, &str) {
    match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((folder, name)) => (folder, name),
        None => ("/", path),
    }
}

/// The bucket of all files, where a process or a step has some.
pub fn bucket(stack: &mut Stack<'_>) {
    let environment = stack.environment;
    let steps = environment.sequences.iter().flat_map(|sequence| &sequence.steps).map(|step| &step.files);
    if environment.processes.iter().map(|process| &process.files).chain(steps).all(Vec::is_empty) {
        return;
    }
    let name = names::files(stack.environment);
    let body = Body::new()
        .with("bucket", name.as_str())
        .with("force_destroy", true)
        .with("depends_on", Expr::List(vec![stack.claim()]));
    stack.resource(File::Data, "aws_s3_bucket", "files", name.as_str(), Origin::NONE, body);
    private(stack, File::Data, "files", &name, Origin::NONE);
}

/// Refuses everything public in a bucket.
pub fn private(stack: &mut Stack<'_>, file: File, label: &str, name: &str, origin: Origin) {
    let mut body = Body::new().with("bucket", Expr::reference(&["aws_s3_bucket", label, "id"]));
    for key in ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"] {
        body.set(key, true);
    }
    stack.resource(file, "aws_s3_bucket_public_access_block", label, name, origin, body);
}
