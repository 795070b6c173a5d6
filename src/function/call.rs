//! What is asked of the function.

use indexmap::IndexMap;

use super::list::{self, Item};
use crate::diagnostics::{Diagnostic, Sink, codes};
use crate::manifest::{self, Manifest};
use crate::shape::{Also, Codec, Cx, Int, Leaf, LeafShape, Literal, Misread, Rule, Text, record, text_leaf};
use crate::source::{Located, SourceMap, Span};
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
/// another number, so that only text is taken. `4e12345` is no number to Kustomize, which leaves it without quotes.
#[derive(Debug)]
pub struct Commit;

impl Leaf for Commit {
    type Out = String;
    const EXPECTED: &'static str = "a commit in quotes";

    fn shape() -> LeafShape {
        LeafShape { expected: Self::EXPECTED, schema: Also::Nothing.schema("^[0-9a-fA-F]{7,64}$"), choices: Vec::new() }
    }

    fn read(scalar: &Scalar<'_>) -> Result<String, Misread> {
        let text = scalar.text.as_ref();
        let fits = (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let too_large = scalar.kind == ScalarKind::Float && text.parse::<f64>().is_ok_and(f64::is_infinite);
        match scalar.kind {
            _ if fits && (too_large || scalar.kind == ScalarKind::Text) => Ok(text.to_owned()),
            ScalarKind::Text => Err(Misread::new(codes::BAD_FORM)
                .saying(format!("`{text}` is not a commit"))
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
    pub given: Vec<Item>,
}

const EXAMPLE: &str = "for instance `functionConfig: { apiVersion: previewc.dev/v1, kind: Preview, spec: { file: preview.yaml, \
                       repo: acme/shop, pr: 142 } }`";

/// Reads a `ResourceList`. What is asked for is read as strictly as a manifest; what others made passes through, and is looked at only
/// for where each object ends and whose it is. Of a list in block style the map gets nothing but what is asked for, so that no finding shows
/// a line of an object; JSON is read as a whole.
///
/// Everything that is wrong goes to the sink; use the result only where that has no error.
pub fn read(map: &mut SourceMap, name: &str, bytes: Vec<u8>, sink: &mut Sink) -> Option<Call> {
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            // It says where.
            syntax::load(map, name, error.into_bytes(), sink);
            return None;
        }
    };
    let (asked, items) = list::split(&text);
    let file = syntax::load(map, name, asked.into_bytes(), sink)?;
    let root = syntax::parse(map, file, Syntax::Yaml, sink)?;
    let start = Span::new(file, root.span.lo, root.span.lo);
    let kind = entry(&root, "kind");
    if kind.and_then(|entry| scalar(&entry.value)) != Some("ResourceList") {
        let found = Diagnostic::new(codes::WRONG_TYPE, "standard input is no ResourceList")
            .at(kind.map_or(start, |entry| entry.value.span), "")
            .help("Kustomize and kpt write one: `previewc krm` is for them to call");
        sink.push(found);
        return None;
    }
    let given = match items {
        Ok(items) => items,
        Err(what) => {
            sink.push(
                Diagnostic::new(codes::WRONG_TYPE, format!("`items` {what}"))
                    .at(start, "")
                    .help("write one object below the other, each after a `-`"),
            );
            return None;
        }
    };
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
    if let Some(fork) = decoded.fork.as_ref().filter(|fork| fork.value && decoded.base.is_none()) {
        let message = "the pull request comes from a fork, and its manifest must not decide over secrets and targets";
        cx.report(
            Diagnostic::new(codes::NO_BASE_MANIFEST, message)
                .at(fork.span, "")
                .help("name the manifest of the branch to merge into with `base`, and the fork's own with `file`"),
        );
    }
    let version = entry(&root, "apiVersion").and_then(|entry| scalar(&entry.value));
    let version = version.unwrap_or("config.kubernetes.io/v1").to_owned();
    Some(Call { spec: decoded, version, given })
}

fn missing(key: &str, at: Span) -> Diagnostic {
    Diagnostic::new(codes::MISSING_KEY, format!("the list has no `{key}` that says which environment is asked for"))
        .at(at, "")
        .help(EXAMPLE)
}

pub(super) fn entry<'n, 's>(node: &'n Node<'s>, key: &str) -> Option<&'n Entry<'s>> {
    match &node.value {
        Value::Map { entries, .. } => entries.iter().find(|entry| entry.key == key),
        _ => None,
    }
}

pub(super) fn scalar<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    match &node.value {
        Value::Scalar(scalar) => Some(&scalar.text),
        _ => None,
    }
}
