//! Byte offsets to lines and columns.

/// A place for people: both numbers count from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The character in the line.
    pub column: u32,
}

/// A stretch for people; `end` is the place behind the last character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    /// The first character.
    pub start: Position,
    /// Behind the last character.
    pub end: Position,
}

impl Position {
    /// Where every text begins.
    pub const FIRST: Position = Position { line: 1, column: 1 };
}

/// Where the lines of a text begin, so that thousands of places in a large text are found quickly.
#[derive(Debug)]
pub(super) struct Lines {
    starts: Vec<u32>,
    ascii: bool,
}

impl Lines {
    pub(super) fn of(text: &str) -> Lines {
        let ends = text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
        let starts = ends.filter_map(|(at, _)| u32::try_from(at + 1).ok());
        Lines { starts: std::iter::once(0).chain(starts).collect(), ascii: text.is_ascii() }
    }

    /// The place of a byte offset in the text that the index was made of. An offset inside a character or behind the
    /// end counts as the nearest boundary before it.
    pub(super) fn position(&self, text: &str, offset: u32) -> Position {
        let mut end = (offset as usize).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let line = self.starts.partition_point(|start| *start as usize <= end);
        let start = self.starts.get(line.saturating_sub(1)).map_or(0, |start| *start as usize);
        let before = match self.ascii {
            true => end.saturating_sub(start),
            false => text.get(start..end).unwrap_or("").chars().count(),
        };
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Position { line: number(line), column: number(before + 1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, offset: u32) -> (u32, u32) {
        let Position { line, column } = Lines::of(text).position(text, offset);
        (line, column)
    }

    #[test]
    fn columns_count_characters_and_lines_count_from_one() {
        let text = "a\nüb: c\n";
        for (offset, place) in [(0, (1, 1)), (1, (1, 2)), (2, (2, 1)), (3, (2, 1)), (4, (2, 2)), (99, (3, 1))] {
            assert_eq!(of(text, offset), place, "offset {offset}");
        }
        assert_eq!(of("ab\ncd", 4), (2, 2));
        assert_eq!(of("", 0), (1, 1));
    }
}
