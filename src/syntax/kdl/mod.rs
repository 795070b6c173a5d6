//! KDL 2 (<https://kdl.dev/spec/>) to the tree. `docs/kdl.md` describes how nodes become keys, and `mapping` does it.
//!
//! The reader is our own: it is small, bounded in depth and linear in time, which the `kdl` crate is not. The tests
//! hold the two against each other.

mod cursor;
mod mapping;
mod string;
mod value;

use std::borrow::Cow;

use self::cursor::{Cursor, is_newline};
use self::mapping::{Block, Properties};
use super::build::Stop;
use super::findings::Findings;
use super::limits::MAX_DEPTH;
use super::tree::{Node, Scalar, Value};
use crate::diagnostics::Sink;
use crate::source::{FileId, Span};

/// Reads a text of at most [`super::limits::MAX_BYTES`]. An empty one is an empty map.
pub(super) fn read<'s>(file: FileId, text: &'s str, sink: &mut Sink) -> Option<Node<'s>> {
    let mut cursor = Cursor::new(file, text, Findings::new(sink));
    match document(&mut cursor) {
        Ok(root) => Some(root),
        Err(stop) => {
            let here = cursor.here();
            cursor.findings.stopped(stop, here);
            None
        }
    }
}

/// One node as it is written, before it finds its place in the tree.
struct Written<'s> {
    annotation: Option<(Cow<'s, str>, Span)>,
    name: Cow<'s, str>,
    name_span: Span,
    /// Whether the name is a bare `-`.
    dash: bool,
    arguments: Vec<Node<'s>>,
    properties: Properties<'s>,
    children: Option<(Value<'s>, Span)>,
    /// From the name to the end of the last part.
    span: Span,
}

fn document<'s>(cursor: &mut Cursor<'s, '_>) -> Result<Node<'s>, Stop> {
    let value = nodes(cursor, 1)?;
    match cursor.peek() {
        None => {
            let lo = cursor.text.len() - cursor.text.trim_start().len();
            let span = cursor.span(lo, cursor.text.trim_end().len());
            Ok(Node { span, value })
        }
        Some(_) => {
            let here = cursor.here();
            Err(cursor.fail(here, "this `}` closes nothing", "remove it, or quote the text that it belongs to"))
        }
    }
}

/// The nodes up to `}` or the end. `level` is how deep their map stands in the tree.
fn nodes<'s>(cursor: &mut Cursor<'s, '_>, level: usize) -> Result<Value<'s>, Stop> {
    if level > MAX_DEPTH {
        return Err(Stop::Depth);
    }
    let mut block = Block::default();
    loop {
        cursor.space(true)?;
        match cursor.peek() {
            None | Some('}') => break,
            _ if cursor.take("/-") => {
                slashdashed(cursor, level)?;
                cursor.take(";");
            }
            _ => {
                let written = node(cursor, level)?;
                block.add(cursor, written)?;
                cursor.take(";");
            }
        }
    }
    Ok(block.finish())
}

/// A node behind `/-`, which must be well-formed and is then forgotten.
fn slashdashed(cursor: &mut Cursor<'_, '_>, level: usize) -> Result<(), Stop> {
    let lo = cursor.at;
    cursor.space(true)?;
    let quiet = std::mem::replace(&mut cursor.findings.quiet, true);
    let forgotten = node(cursor, level)?;
    cursor.findings.quiet = quiet;
    let old = |n: &Node<'_>| matches!(&n.value, Value::Scalar(Scalar { text, .. }) if text == "1");
    if level == 1 && forgotten.name == "kdl-version" && forgotten.arguments.first().is_some_and(old) {
        let span = cursor.span(lo.saturating_sub(2), cursor.at);
        return Err(cursor.fail(
            span,
            "the file says that it is KDL 1",
            "previewc reads KDL 2: write `/- kdl-version 2`",
        ));
    }
    Ok(())
}

/// One node without what ends it.
fn node<'s>(cursor: &mut Cursor<'s, '_>, level: usize) -> Result<Written<'s>, Stop> {
    let annotation = cursor.annotation()?;
    cursor.space(false)?;
    let lo = cursor.at;
    if !cursor.at_string() {
        let here = cursor.here();
        let message = match cursor.peek() {
            Some(c) => format!("expected a node's name, not `{}`", c.escape_default()),
            None => "expected a node's name, not the end of the file".to_owned(),
        };
        return Err(cursor.fail(here, message, "a node begins with its name: `port 8080`, `env { … }`"));
    }
    let bare = !matches!(cursor.peek(), Some('"' | '#'));
    let name = cursor.string()?;
    cursor.count()?;
    let name_span = cursor.span(lo, cursor.at);
    let dash = bare && name == "-";
    let mut written = Written {
        annotation,
        name,
        name_span,
        dash,
        arguments: Vec::new(),
        properties: Properties::default(),
        children: None,
        span: name_span,
    };
    let mut block_seen = false;
    loop {
        let spaced = cursor.space(false)?;
        match cursor.peek() {
            None | Some(';' | '}') => break,
            Some(c) if is_newline(c) => break,
            _ if cursor.rest().starts_with("//") => break,
            _ if cursor.take("/-") => {
                cursor.space(true)?;
                if !spaced {
                    return Err(space_missing(cursor));
                }
                let quiet = std::mem::replace(&mut cursor.findings.quiet, true);
                if cursor.peek() == Some('{') {
                    block_seen = true;
                    children(cursor, level + 1)?;
                } else {
                    part(cursor, &mut None, block_seen)?;
                }
                cursor.findings.quiet = quiet;
            }
            Some('{') => {
                let keyed = usize::from(!written.arguments.is_empty());
                let block = children(cursor, level + 1 + keyed)?;
                if written.children.is_some() {
                    return Err(cursor.fail(
                        block.1,
                        "a node has one block of children",
                        "put all of them into the first",
                    ));
                }
                written.span = written.span.to(block.1);
                written.children = Some(block);
                block_seen = true;
            }
            _ if !spaced => return Err(space_missing(cursor)),
            _ => {
                part(cursor, &mut Some(&mut written), block_seen)?;
                written.span = written.span.to(cursor.span(cursor.at, cursor.at));
            }
        }
    }
    Ok(written)
}

fn space_missing(cursor: &mut Cursor<'_, '_>) -> Stop {
    let here = cursor.here();
    let help = "separate a node's parts with spaces";
    cursor.fail(here, "a space is missing before this", help)
}

/// An argument or a property, for a node or for nobody.
fn part<'s>(cursor: &mut Cursor<'s, '_>, written: &mut Option<&mut Written<'s>>, block_seen: bool) -> Result<(), Stop> {
    if block_seen {
        let here = cursor.here();
        return Err(cursor.fail(
            here,
            "a node ends behind its block",
            "put a line end or `;` here; arguments and properties stand before the block",
        ));
    }
    let lo = cursor.at;
    let argument = cursor.value()?;
    let behind = cursor.at;
    if matches!(argument.value, Value::Scalar(_)) {
        cursor.space(false)?;
        if cursor.take("=") {
            if argument.span.lo as usize != lo {
                let message = "a type annotation stands before a value, not before a property's name";
                return Err(cursor.fail(cursor.span(lo, behind), message, "leave it out"));
            }
            return property(cursor, argument, written);
        }
        cursor.at = behind;
    }
    if let Some(written) = written {
        written.arguments.push(argument);
    }
    Ok(())
}

fn property<'s>(
    cursor: &mut Cursor<'s, '_>,
    key: Node<'s>,
    written: &mut Option<&mut Written<'s>>,
) -> Result<(), Stop> {
    let source = cursor.text.get(key.span.lo as usize..key.span.hi as usize).unwrap_or("");
    let text = match key.value {
        Value::Scalar(Scalar { text, kind: super::tree::ScalarKind::Text }) => text,
        _ => {
            let message = format!("`{}` cannot be a property's name", super::findings::shown(source));
            return Err(cursor.fail(key.span, message, "put it in quotes"));
        }
    };
    cursor.space(false)?;
    let value = cursor.value()?;
    match written {
        Some(written) => written.properties.add(cursor, text, key.span, value),
        None => Ok(()),
    }
}

/// `{ … }` and its place.
fn children<'s>(cursor: &mut Cursor<'s, '_>, level: usize) -> Result<(Value<'s>, Span), Stop> {
    let lo = cursor.at;
    cursor.at += 1;
    let value = nodes(cursor, level)?;
    if !cursor.take("}") {
        let opened = cursor.span(lo, lo + 1);
        return Err(cursor.fail(opened, "this `{` is not closed", "add the closing `}`"));
    }
    Ok((value, cursor.span(lo, cursor.at)))
}
