//! The three syntaxes: what they read, where it stands, what they refuse, and that nothing makes them slow.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)]

#[path = "../support/outline.rs"]
mod outline;
#[path = "../support/written.rs"]
mod written;

mod hostile;
mod json;
mod kdl_2;
mod properties;
mod same;
mod yaml;
