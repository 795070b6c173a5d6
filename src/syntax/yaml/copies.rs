//! What aliases copy: the steps that were taken at an anchor, to be taken again.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::source::Span;
use crate::syntax::limits::{MAX_COPIED, MAX_COPIED_BYTES};
use crate::syntax::tree::ScalarKind;

/// One step of building the tree.
#[derive(Clone)]
pub(super) enum Step<'s> {
    Scalar {
        span: Span,
        text: Cow<'s, str>,
        kind: ScalarKind,
        merge: bool,
    },
    Open {
        lo: u32,
        map: bool,
    },
    Close {
        hi: u32,
    },
    /// Here the steps of another anchor come in.
    Alias(usize),
}

/// The steps of all anchored values, each once: nested anchors share them, so memory stays linear in the text.
#[derive(Default)]
pub(super) struct Copies<'s> {
    steps: Vec<Step<'s>>,
    anchors: BTreeMap<usize, Range<usize>>,
    /// Anchors whose value is still being read: number, first step, depth of the tree before it.
    open: Vec<(usize, usize, usize)>,
    copied: usize,
    copied_bytes: usize,
}

/// A copy under way: the steps still to take, innermost alias last.
pub(super) struct Copy(Vec<Range<usize>>);

impl<'s> Copies<'s> {
    /// Whether steps are to be recorded, because an anchored value is open.
    pub(super) fn recording(&self) -> bool {
        !self.open.is_empty()
    }

    pub(super) fn begin(&mut self, anchor: usize, depth: usize) {
        self.open.push((anchor, self.steps.len(), depth));
    }

    pub(super) fn record(&mut self, step: Step<'s>) {
        self.steps.push(step);
    }

    /// Ends the anchors whose value is complete when the tree is `depth` deep.
    pub(super) fn end(&mut self, depth: usize) {
        while let Some(&(anchor, first, before)) = self.open.last() {
            if depth > before {
                break;
            }
            self.anchors.insert(anchor, first..self.steps.len());
            self.open.pop();
        }
    }

    /// A copy of an anchored value; none while the value is still being read.
    pub(super) fn of(&self, anchor: usize) -> Option<Copy> {
        self.anchors.get(&anchor).map(|steps| Copy(vec![steps.clone()]))
    }

    /// The next step of a copy; an error when all copies together are too much.
    pub(super) fn next(&mut self, copy: &mut Copy) -> Option<Result<Step<'s>, ()>> {
        loop {
            let range = copy.0.last_mut()?;
            let Some(at) = range.next() else {
                copy.0.pop();
                continue;
            };
            let step = self.steps.get(at)?;
            self.copied += usize::from(!matches!(step, Step::Close { .. }));
            if let Step::Scalar { text, .. } = step {
                self.copied_bytes += text.len();
            }
            if self.copied > MAX_COPIED || self.copied_bytes > MAX_COPIED_BYTES {
                return Some(Err(()));
            }
            match step {
                Step::Alias(anchor) => copy.0.extend(self.anchors.get(anchor).cloned()),
                step => return Some(Ok(step.clone())),
            }
        }
    }
}
