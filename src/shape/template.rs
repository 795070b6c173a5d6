//! Text with references: `${kind.name.output}`.

use serde_json::json;

use super::codec::Codec;
use super::cx::{Cx, is_null, shown};
use super::model::{LeafShape, Shape};
use crate::diagnostics::codes;
use crate::source::Span;
use crate::syntax::{Node, Value, reference_ranges};

/// How many wrong references of one text are reported.
const MOST_ERRORS: usize = 20;

/// A text with references in it.
///
/// `${a.b}` and `${a.b.c}` are references; `$${` writes a literal `${`; any other `$` is literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The whole scalar.
    pub span: Span,
    /// Its parts in order; neighbouring texts are one part. Empty text has no part.
    pub parts: Vec<TemplatePart>,
}

/// A part of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplatePart {
    /// Literal text, escapes resolved.
    Text(String),
    /// A reference.
    Ref {
        /// The names between the dots.
        path: Vec<String>,
        /// The reference in the source, or the whole scalar where it cannot be told.
        span: Span,
    },
}

impl Template {
    /// A text without references.
    pub fn literal(span: Span, text: impl Into<String>) -> Template {
        let text = text.into();
        Template { span, parts: if text.is_empty() { Vec::new() } else { vec![TemplatePart::Text(text)] } }
    }

    /// The text, where there is no reference in it.
    pub fn as_text(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [TemplatePart::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The references in order.
    pub fn references(&self) -> impl Iterator<Item = (&[String], Span)> {
        self.parts.iter().filter_map(|part| match part {
            TemplatePart::Ref { path, span } => Some((path.as_slice(), *span)),
            TemplatePart::Text(_) => None,
        })
    }

    /// Reads a text; every wrong reference is reported. `parts` bounds how many names a reference joins.
    pub(crate) fn parse(
        text: &str,
        span: Span,
        parts: std::ops::RangeInclusive<usize>,
        cx: &mut Cx<'_>,
    ) -> Option<Template> {
        let before = cx.errors();
        let mut out = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        // The places in the source, beside those in the text that it means: they differ where escapes stand between.
        let source = cx.map().snippet(span);
        let mut places = reference_ranges(source);
        let mut closed = 0;
        while let Some(dollar) = rest.find('$') {
            let (head, tail) = rest.split_at(dollar);
            literal.push_str(head);
            if let Some(after) = tail.strip_prefix("$${") {
                literal.push_str("${");
                rest = after;
            } else if let Some(inner) = tail.strip_prefix("${") {
                let range = places.next().or_else(|| unclosed(source, closed));
                let escaped =
                    |range: &std::ops::Range<usize>| source.get(range.clone()).is_none_or(|s| s.contains('\\'));
                let place = range.as_ref().filter(|range| !escaped(range)).map_or(span, |range| within(span, range));
                closed = range.map_or(source.len(), |range| range.end);
                let Some(end) = inner.find('}') else {
                    wrong(
                        "`${` is never closed",
                        place,
                        Some("close it with `}`, or write `$${` for a literal `${`"),
                        cx,
                    );
                    return None;
                };
                let (body, after) = inner.split_at(end);
                match names(body, &parts) {
                    Ok(path) => {
                        if !literal.is_empty() {
                            out.push(TemplatePart::Text(std::mem::take(&mut literal)));
                        }
                        out.push(TemplatePart::Ref { path, span: place });
                    }
                    // A text full of them is one mistake, not thousands.
                    Err(_) if cx.errors() - before >= MOST_ERRORS => {}
                    Err(help) => wrong(&format!("`${{{}}}` is not a reference", shown(body)), place, Some(&help), cx),
                }
                rest = after.get(1..).unwrap_or("");
            } else {
                literal.push('$');
                rest = tail.get(1..).unwrap_or("");
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            out.push(TemplatePart::Text(literal));
        }
        (cx.errors() == before).then_some(Template { span, parts: out })
    }
}

impl Codec for Template {
    type Out = Template;
    const SCALAR: bool = true;

    fn shape() -> Shape {
        Shape::Leaf(leaf(2, 3))
    }

    fn decode(node: &Node<'_>, cx: &mut Cx<'_>) -> Option<Template> {
        decode(node, 2..=3, cx)
    }
}

/// Reads a template of a recipe, where one name alone may be a reference (`${version}`).
#[derive(Debug)]
pub struct RecipeTemplate;

impl Codec for RecipeTemplate {
    type Out = Template;
    const SCALAR: bool = true;

    fn shape() -> Shape {
        Shape::Leaf(leaf(1, 3))
    }

    fn decode(node: &Node<'_>, cx: &mut Cx<'_>) -> Option<Template> {
        decode(node, 1..=3, cx)
    }
}

/// The pattern of a template whose references have so many names.
pub(super) fn pattern(min: usize, max: usize) -> String {
    let name = "[A-Za-z_][A-Za-z0-9_-]*";
    format!(r"^(?:[^$\u0000]|\$\$\{{|\$\{{{name}(?:\.{name}){{{},{}}}\}}|\$(?!\{{|\$\{{))*$", min - 1, max - 1)
}

fn leaf(min: usize, max: usize) -> LeafShape {
    let schema = json!({
        "description": "Text, which may hold references: `${kind.name.output}`; `$${` writes a literal `${`.",
        "type": ["string", "number", "boolean"],
        "pattern": pattern(min, max),
    });
    LeafShape { expected: "text, which may hold references", schema, choices: Vec::new() }
}

fn decode(node: &Node<'_>, parts: std::ops::RangeInclusive<usize>, cx: &mut Cx<'_>) -> Option<Template> {
    let Value::Scalar(scalar) = &node.value else {
        cx.expected("text", node);
        return None;
    };
    if is_null(node) {
        cx.no_value("\"\" for empty text", node.span);
        return None;
    }
    Template::parse(&scalar.text, node.span, parts, cx)
}

/// The stretch from the first `${` that is no `$${` to the end of the text, without a quote that ends a scalar.
fn unclosed(source: &str, from: usize) -> Option<std::ops::Range<usize>> {
    let mut at = from;
    loop {
        let dollar = at + source.get(at..)?.find('$')?;
        let rest = source.get(dollar..)?;
        if rest.starts_with("${") {
            return Some(dollar..source.trim_end_matches(['"', '\'']).len());
        }
        at = dollar + if rest.starts_with("$${") { 3 } else { 1 };
    }
}

/// A stretch of a scalar's source.
fn within(scalar: Span, range: &std::ops::Range<usize>) -> Span {
    let at = |offset: usize| scalar.lo.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX));
    Span::new(scalar.file, at(range.start), at(range.end))
}

/// The names of a reference, or what to write instead.
fn names(body: &str, parts: &std::ops::RangeInclusive<usize>) -> Result<Vec<String>, String> {
    let names: Vec<&str> = body.split('.').collect();
    if names.iter().all(|n| is_name(n)) {
        if parts.contains(&names.len()) {
            return Ok(names.into_iter().map(str::to_owned).collect());
        }
        return Err("write `${kind.name.output}`, `${secrets.name}`, `${preview.name}` or `${vars.name}`; or `$${` for a literal `${`".to_owned());
    }
    let trimmed: Vec<&str> = names.iter().map(|n| n.trim()).collect();
    if trimmed.iter().all(|n| is_name(n)) && parts.contains(&trimmed.len()) {
        return Err(format!("write `${{{}}}`, without spaces", trimmed.join(".")));
    }
    Err("write `${kind.name.output}`, or `$${` for a literal `${`".to_owned())
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn wrong(message: &str, span: Span, help: Option<&str>, cx: &mut Cx<'_>) {
    cx.refuse(codes::BAD_REFERENCE, message.to_owned(), span, "", help.map(str::to_owned));
}
