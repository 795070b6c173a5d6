//! Where a decision came from, without carrying a span through the rest of the pipeline.

use crate::source::Span;

/// Points at the place of the manifest (or recipe) that a decision came from. It says nothing by itself:
/// only [`Origins`], kept by the program, turns it into a span. [`Origin::NONE`] is what previewc decided alone.
#[derive(Clone, Copy)]
pub struct Origin(u32);

impl Origin {
    /// Decided by previewc, from no place in any file.
    pub const NONE: Origin = Origin(u32::MAX);
}

/// Says nothing either, so that what is printed of a program tells what it is and not where it was written.
impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Origin")
    }
}

impl Default for Origin {
    fn default() -> Self {
        Origin::NONE
    }
}

/// All origins are equal: where something was written never changes what it is.
impl PartialEq for Origin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl Eq for Origin {}

/// The spans behind the origins of one program.
#[derive(Debug, Clone, Default)]
pub struct Origins(Vec<Span>);

impl Origins {
    /// Remembers a place.
    pub fn add(&mut self, span: Span) -> Origin {
        let index = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0.push(span);
        Origin(index)
    }

    /// The place behind an origin, if it has one.
    pub fn span(&self, origin: Origin) -> Option<Span> {
        self.0.get(origin.0 as usize).copied()
    }
}
