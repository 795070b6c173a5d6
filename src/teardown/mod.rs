//! Orders the removals.
