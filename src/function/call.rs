//! What is asked of the function.

use std::fmt::Write as _;

use indexmap::IndexMap;

use crate::diagnostics::{Diagnostic, Sink, codes};
use crate::manifest::{self, Manifest};
use crate::shape::{Also, Codec, Cx, Int, Leaf, LeafShape, Literal, Misread, Rule, Text, record, text_leaf};
use crate::source::{FileId, Located, SourceMap, Span};
use crate::syntax::{self, Entry, Node, Scalar, ScalarKind, Syntax, Value};

record! {
    /// The environment that is asked for: `spec` of the function's configuration.
    /// Example: {"file": "preview.yaml", "repo": "acme/shop", "pr": 142, "sha": "4f2a9c1"}
    pub struct Spec: "a `spec`" {
        /// The manifest's path, from the folder that the function runs in.
        /// Example: preview.yaml
        file: Option<Located<String>> as Option<Located<Literal>>,
        /// The manifest itself. What it names lies in the folder that the function runs in.
        manifest: Option<Manifest>,
        /// The repository.
        /// Example: acme/shop
        repo: Located<String> as Located<Text>,
        /// The pull request's number.
        /// Example: 142
        pr: Located<u32> as Located<Int<1, 4_294_967_295>>,
        /// The head commit.
        /// Example: 4f2a9c1
        sha: Option<Located<String>> as Option<Located<Commit>>,
        /// The head branch.
        branch: Option<Located<String>> as Option<Located<Literal>>,
        /// Whether the pull request comes from a fork.
        /// Default: false
        fork: Option<Located<bool>>,
        /// For a fork's: the path of the manifest of the branch to merge into.
        base: Option<Located<String>> as Option<Located<Literal>>,
        /// Values of the manifest's `vars`.
        vars: IndexMap<String, Located<String>> as IndexMap<Name, Located<Literal>>,
        /// Images that are built already, by node.
        images: IndexMap<String, Located<String>> as IndexMap<Name, Located<Text>>,
        /// The epoch of the credentials.
        /// Default: 0
        epoch: Option<Located<u32>> as Option<Located<Int<0, 4_294_967_295>>>,
        /// Whether what is made is kept in Git: then values of secrets are refused.
        /// Default: true
        git: Option<Located<bool>>,
    }
    rules: [Rule::ExactlyOne(&["file", "manifest"]), Rule::Needs("base", "file")];
}

text_leaf! {
    /// The name of a variable or node. Which there are the manifest says.
    Name: BAD_NAME, "a name: letters, digits, `_` and `-`", "^[A-Za-z_][A-Za-z0-9_-]{0,62}$", Nothing, is_name;
}

fn is_name(text: &str) -> bool {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    text.len() <= 63 && text.starts_with(first) && text.chars().all(|c| first(c) || c.is_ascii_digit() || c == '-')
}

/// A commit, which looks like a number now and then. Kustomize reads and writes YAML before a function sees it: of `0123456` it makes
/// another number, so that only text is taken.
#[derive(Debug)]
pub struct Commit;

impl Leaf for Commit {
    type Out = String;
    const EXPECTED: &'static str = "a commit in quotes";

    fn shape() -> LeafShape {
        LeafShape { expected: Self::EXPECTED, schema: Also::Nothing.schema("^[0-9a-fA-F]{7,64}$"), choices: Vec::new() }
    }

    fn read(scalar: &Scalar<'_>) -> Result<String, Misread> {
        let digits = (7..=64).contains(&scalar.text.len()) && scalar.text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match scalar.kind {
            ScalarKind::Text if digits => Ok(scalar.text.clone().into_owned()),
            ScalarKind::Text => Err(Misread::new(codes::BAD_FORM)
                .saying(format!("`{}` is not a commit", scalar.text))
                .help("a commit is 7 to 64 hexadecimal digits")),
            _ => Err(Misread::new(codes::WRONG_TYPE)
                .saying("the commit came as a number, and may have been another one")
                .help("put it in quotes: `sha: \"0123456\"`")),
        }
    }
}

/// What is asked for, and the objects that the function was given.
#[derive(Debug)]
pub struct Call {
    /// The environment.
    pub spec: Spec,
    /// The version of the list's form, which the answer has, too.
    pub version: String,
    /// The objects.
    pub given: Vec<Given>,
}

/// An object that the function was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Its text, as it would stand at the margin of a file, with the comments in it.
    pub text: String,
    /// The environment that it is labelled with.
    pub environment: Option<String>,
}

/// The label of what previewc renders.
const ENVIRONMENT: &str = "previewc.dev/environment";
const EXAMPLE: &str = "for instance `functionConfig: { apiVersion: previewc.dev/v1, kind: Preview, spec: { file: preview.yaml, \
                       repo: acme/shop, pr: 142 } }`";

/// Reads a `ResourceList`. Everything that is wrong goes to the sink; use the result only where that has no error.
pub fn read(map: &SourceMap, file: FileId, sink: &mut Sink) -> Option<Call> {
    let root = syntax::parse(map, file, Syntax::Yaml, sink)?;
    let kind = entry(&root, "kind").and_then(|entry| text(&entry.value));
    let start = Span::new(file, root.span.lo, root.span.lo);
    if kind != Some("ResourceList") {
        let found = Diagnostic::new(codes::WRONG_TYPE, "standard input is no ResourceList")
            .at(entry(&root, "kind").map_or(start, |entry| entry.value.span), "")
            .help("Kustomize and kpt write one: `previewc krm` is for them to call");
        sink.push(found);
        return None;
    }
    let Some(config) = entry(&root, "functionConfig") else {
        sink.push(missing("functionConfig", start));
        return None;
    };
    let Some(spec) = entry(&config.value, "spec") else {
        sink.push(missing("spec", config.key_span));
        return None;
    };
    let mut cx = Cx::new(map, sink);
    let decoded = cx.under(spec.key_span, |cx| Spec::decode(&spec.value, cx))?;
    if let Some(manifest) = &decoded.manifest {
        manifest::unique(manifest, &mut cx);
    }
    let items = entry(&root, "items").map_or(&[][..], |entry| match &entry.value.value {
        Value::List(items) => items,
        _ => &[],
    });
    let version = entry(&root, "apiVersion").and_then(|entry| text(&entry.value)).unwrap_or("config.kubernetes.io/v1");
    let given =
        items.iter().map(|item| Given { text: at_margin(map, item.span), environment: environment(item) }).collect();
    Some(Call { spec: decoded, version: version.to_owned(), given })
}

/// A piece of YAML that stood somewhere in a line, as it would stand at the margin.
fn at_margin(map: &SourceMap, span: Span) -> String {
    let column = map.range(span).start.column as usize - 1;
    let mut lines = map.snippet(span).trim_end().lines();
    let mut out = format!("{}\n", lines.next().unwrap_or_default());
    for line in lines {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let _ = writeln!(out, "{}", line.get(indent.min(column)..).unwrap_or_default());
    }
    out
}

/// The environment that an object says it is of.
fn environment(item: &Node<'_>) -> Option<String> {
    let labels = entry(&entry(item, "metadata")?.value, "labels")?;
    text(&entry(&labels.value, ENVIRONMENT)?.value).map(str::to_owned)
}

fn missing(key: &str, at: Span) -> Diagnostic {
    Diagnostic::new(codes::MISSING_KEY, format!("the list has no `{key}` that says which environment is asked for"))
        .at(at, "")
        .help(EXAMPLE)
}

fn entry<'n, 's>(node: &'n Node<'s>, key: &str) -> Option<&'n Entry<'s>> {
    match &node.value {
        Value::Map { entries, .. } => entries.iter().find(|entry| entry.key == key),
        _ => None,
    }
}

fn text<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    match &node.value {
        Value::Scalar(scalar) => Some(&scalar.text),
        _ => None,
    }
}
