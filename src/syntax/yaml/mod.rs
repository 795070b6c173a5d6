//! YAML 1.2 to the tree: anchors, aliases and merge keys are resolved here, within limits.

mod copies;
mod events;
mod problem;

use std::borrow::Cow;

use self::copies::{Copies, Step};
use self::events::{Event, Events, Tag, Token};
use super::build::{Builder, Stop};
use super::findings::{Findings, shown};
use super::plain;
use super::tree::{Node, ScalarKind, Value};
use crate::diagnostics::{Diagnostic, Sink, codes};
use crate::source::{FileId, Span};

/// Reads a text of at most [`super::limits::MAX_BYTES`]. An empty one is an empty map.
pub(super) fn read<'s>(file: FileId, text: &'s str, sink: &mut Sink) -> Option<Node<'s>> {
    let mut reader = Reader {
        file,
        text,
        builder: Builder::new(file),
        copies: Copies::default(),
        findings: Findings::new(sink),
        behind: 0,
        open: Vec::new(),
        documents: 0,
    };
    for token in Events::of(text) {
        let taken = match token {
            Ok(token) => reader.take(token),
            Err(problem) => Err(reader.not_yaml(problem)),
        };
        if let Err(stop) = taken {
            let at = reader.span(reader.behind, reader.behind);
            reader.findings.stopped(stop, at);
            return None;
        }
    }
    let nothing = Node { span: Span::new(file, 0, 0), value: Value::Map { entries: Vec::new(), keyed: false } };
    let root = reader.builder.finish().unwrap_or(nothing.clone());
    // A file of comments only holds one empty scalar.
    Some(if root.span.lo == root.span.hi { nothing } else { root })
}

struct Reader<'s, 'k> {
    file: FileId,
    text: &'s str,
    builder: Builder<'s>,
    copies: Copies<'s>,
    findings: Findings<'k>,
    /// The offset behind the last token that holds something: block collections end there.
    behind: usize,
    /// For every open collection the offset of its bracket; a block collection has none and ends with its content.
    open: Vec<Option<usize>>,
    documents: usize,
}

impl<'s> Reader<'s, '_> {
    fn take(&mut self, token: Token<'s>) -> Result<(), Stop> {
        let Token { event, lo, hi, anchor, tag } = token;
        match event {
            Event::Document => self.document(lo, hi),
            Event::Scalar { text, plain } => {
                let merge = plain && text == "<<" && tag.is_none() && self.builder.wants_key();
                let kind = if plain { plain::kind_of(&text) } else { ScalarKind::Text };
                let kind = self.scalar_tag(tag, &text, kind)?;
                let span = self.scalar_span(lo, hi);
                self.behind = span.hi as usize;
                // A raw NUL was refused before reading; an owned text may have one from an escape.
                if matches!(&text, Cow::Owned(text) if text.contains('\0')) {
                    self.findings.nul(span)?;
                }
                self.step(anchor, Step::Scalar { span, text, kind, merge })
            }
            Event::List { flow } => {
                self.collection_tag(tag, "seq")?;
                self.open(anchor, flow, lo, false)
            }
            Event::Map { flow } => {
                self.collection_tag(tag, "map")?;
                self.open(anchor, flow, lo, true)
            }
            Event::End => {
                let block = self.open.pop().is_some_and(|bracket| bracket.is_none());
                if !block {
                    self.behind = hi;
                }
                self.step(0, Step::Close { hi: offset(self.behind) })
            }
            Event::Alias(id) => {
                self.behind = hi;
                self.alias(id, lo, hi)
            }
            Event::UnknownAlias(name) => {
                self.behind = hi;
                let span = self.span(lo, hi);
                self.findings.push(
                    Diagnostic::new(codes::UNKNOWN_ALIAS, format!("there is no anchor `&{}` above", shown(&name)))
                        .at(span, "this alias names nothing")
                        .help(format!(
                            "put `&{}` before the value that is meant; text that begins with `*` needs quotes",
                            shown(&name)
                        )),
                )?;
                self.step(
                    0,
                    Step::Scalar { span, text: Cow::Borrowed("unknown"), kind: ScalarKind::Text, merge: false },
                )
            }
        }
    }

    fn document(&mut self, lo: usize, hi: usize) -> Result<(), Stop> {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        let at = self.span(lo, hi);
        Err(self.findings.last(
            Diagnostic::new(codes::MULTIPLE_DOCUMENTS, "the file holds more than one YAML document")
                .at(at, "a second document begins here")
                .help("one file is one manifest: remove the `---`, or split the file"),
        ))
    }

    fn open(&mut self, anchor: usize, flow: bool, lo: usize, map: bool) -> Result<(), Stop> {
        self.open.push(flow.then_some(lo));
        let mut lo = lo;
        if flow {
            self.behind = lo + 1;
        } else if !map {
            // A list that is indented like its key is announced behind its first `-`.
            let before = self.text.get(..lo).unwrap_or("").trim_end_matches(' ');
            lo = before.strip_suffix('-').map_or(lo, str::len);
        }
        self.step(anchor, Step::Open { lo: offset(lo), map })
    }

    /// Takes a step through the text, and remembers it where an anchor may ask for it again.
    fn step(&mut self, anchor: usize, step: Step<'s>) -> Result<(), Stop> {
        if anchor > 0 {
            self.copies.begin(anchor, self.builder.depth());
        }
        if self.copies.recording() {
            self.copies.record(step.clone());
        }
        self.build(step)?;
        self.copies.end(self.builder.depth());
        Ok(())
    }

    fn build(&mut self, step: Step<'s>) -> Result<(), Stop> {
        match step {
            Step::Scalar { span, merge: true, .. } if self.builder.wants_key() => {
                self.builder.merge_key(span, &mut self.findings)
            }
            Step::Scalar { span, text, kind, .. } => self.builder.scalar(span, text, kind, &mut self.findings),
            Step::Open { lo, map: true } => self.builder.open_map(lo),
            Step::Open { lo, map: false } => self.builder.open_list(lo),
            Step::Close { hi } => self.builder.close(hi, &mut self.findings),
            Step::Alias(_) => Ok(()),
        }
    }

    fn alias(&mut self, id: usize, lo: usize, hi: usize) -> Result<(), Stop> {
        let at = self.span(lo, hi);
        let Some(mut copy) = self.copies.of(id) else {
            self.findings.push(
                Diagnostic::new(codes::UNKNOWN_ALIAS, "this alias names the value that it stands in")
                    .at(at, "a value cannot hold itself")
                    .help("write out the value that is meant"),
            )?;
            return self.step(
                0,
                Step::Scalar { span: at, text: Cow::Borrowed("itself"), kind: ScalarKind::Text, merge: false },
            );
        };
        if self.copies.recording() {
            self.copies.record(Step::Alias(id));
        }
        self.findings.quiet = true;
        while let Some(step) = self.copies.next(&mut copy) {
            let built = match step {
                Ok(step) => self.build(step),
                Err(()) => Err(self.findings.too_many_copies(at)),
            };
            built?;
        }
        self.findings.quiet = false;
        Ok(())
    }

    fn scalar_tag(&mut self, tag: Option<Tag>, text: &str, plain: ScalarKind) -> Result<ScalarKind, Stop> {
        let Some(tag) = tag else { return Ok(plain) };
        let looks = plain::kind_of(text);
        match tag.core.as_deref() {
            Some("str") => return Ok(ScalarKind::Text),
            _ if tag.written == "!" => return Ok(ScalarKind::Text),
            Some("null") if looks == ScalarKind::Null => return Ok(looks),
            Some("bool") if looks == ScalarKind::Bool => return Ok(looks),
            Some("int") if looks == ScalarKind::Int => return Ok(looks),
            Some("float") if matches!(looks, ScalarKind::Int | ScalarKind::Float) => {
                return Ok(ScalarKind::Float);
            }
            Some("null" | "bool" | "int" | "float") => {
                let at = self.span(tag.lo, tag.hi);
                self.findings.push(
                    Diagnostic::new(
                        codes::CUSTOM_TAG,
                        format!("the value is not what the tag `{}` says", shown(&tag.written)),
                    )
                    .at(at, "this tag does not fit")
                    .help("leave the tag out"),
                )?;
            }
            _ => self.custom_tag(&tag)?,
        }
        Ok(plain)
    }

    fn collection_tag(&mut self, tag: Option<Tag>, own: &str) -> Result<(), Stop> {
        match tag {
            Some(tag) if tag.core.as_deref() != Some(own) && tag.written != "!" => self.custom_tag(&tag),
            _ => Ok(()),
        }
    }

    fn custom_tag(&mut self, tag: &Tag) -> Result<(), Stop> {
        let at = self.span(tag.lo, tag.hi);
        self.findings.push(
            Diagnostic::new(
                codes::CUSTOM_TAG,
                format!("the tag `{}` means nothing in a manifest", shown(&tag.written)),
            )
            .at(at, "an unknown tag")
            .help("leave the tag out; text that begins with `!` needs quotes"),
        )
    }

    /// The place of a scalar. An empty one stands behind what comes before it; a block scalar's
    /// is its body, without the blank lines at its end.
    fn scalar_span(&self, lo: usize, hi: usize) -> Span {
        if lo >= hi && self.builder.wants_key() {
            return self.span(lo, lo);
        }
        if lo >= hi {
            let behind = self.text.get(self.behind..).unwrap_or("");
            let colon = usize::from(behind.starts_with(':'));
            return self.span(self.behind + colon, self.behind + colon);
        }
        let written = self.text.get(lo..hi).unwrap_or("").trim_end().len();
        self.span(lo, lo + written)
    }

    fn span(&self, lo: usize, hi: usize) -> Span {
        Span::new(self.file, offset(lo), offset(hi))
    }
}

/// Offsets fit: a text has at most `MAX_BYTES`.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
