//! Texts, the places in them, and their digests.
//!
//! A [`SourceMap`] holds every text that was read; a [`Span`] names a stretch of one of them by byte offsets.
//! Lines and columns exist only where a diagnostic is shown.

mod digest;
mod files;
mod position;

pub use digest::{Digest, hex};
pub use files::{FileError, Files, MemoryFiles};
pub use position::{Position, Range};

use std::sync::OnceLock;

use position::Lines;

/// Names one text of a [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

/// A stretch of one text: byte offsets, `lo` inclusive, `hi` exclusive, both on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The text that the offsets count in.
    pub file: FileId,
    /// Offset of the first byte.
    pub lo: u32,
    /// Offset behind the last byte.
    pub hi: u32,
}

impl Span {
    /// The stretch from `lo` to `hi` of `file`.
    pub fn new(file: FileId, lo: u32, hi: u32) -> Self {
        Span { file, lo, hi: hi.max(lo) }
    }

    /// The smallest span that covers both; spans of different files give the first.
    pub fn to(self, other: Span) -> Span {
        if self.file != other.file {
            return self;
        }
        Span { file: self.file, lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }
}

/// A value and the place that it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    /// Where it stands.
    pub span: Span,
    /// What stands there.
    pub value: T,
}

impl<T> Located<T> {
    /// Joins a value and its place.
    pub fn new(span: Span, value: T) -> Self {
        Located { span, value }
    }
}

/// One text with the name that the user knows it by.
#[derive(Debug)]
pub struct SourceFile {
    name: String,
    text: String,
    lines: OnceLock<Lines>,
}

impl SourceFile {
    /// The name that diagnostics print, as the user wrote it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line index, made when it is first asked for: most files are never complained about.
    fn lines(&self) -> &Lines {
        self.lines.get_or_init(|| Lines::of(&self.text))
    }
}

/// Every text that was read, in the order of reading.
#[derive(Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// An empty map.
    pub fn new() -> Self {
        SourceMap::default()
    }

    /// Takes a text in. At most `u32::MAX` texts of at most `u32::MAX` bytes, which the size limit of
    /// [`crate::syntax`] guarantees.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(SourceFile { name: name.into(), text: text.into(), lines: OnceLock::new() });
        id
    }

    /// The text that an id names; ids of another map may give nothing.
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    /// The text under a span, or "" where the span fits no text of this map.
    pub fn snippet(&self, span: Span) -> &str {
        self.get(span.file).and_then(|f| f.text().get(span.lo as usize..span.hi as usize)).unwrap_or("")
    }

    /// Lines and columns of a span, from 1, columns in characters. A span of no text of this map is at 1:1.
    pub fn range(&self, span: Span) -> Range {
        let file = self.get(span.file);
        let position = |at: u32| file.map_or(Position::FIRST, |f| f.lines().position(&f.text, at));
        Range { start: position(span.lo), end: position(span.hi) }
    }
}
