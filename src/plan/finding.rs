//! Findings of the later steps.

use crate::diagnostics::Diagnostic;
use crate::resolve::Origin;

/// A finding of plan or target: it knows an origin, which the pipeline turns into a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Code, message, help; without a place.
    pub diagnostic: Diagnostic,
    /// Where it comes from.
    pub origin: Origin,
    /// What the label says there.
    pub label: String,
}
