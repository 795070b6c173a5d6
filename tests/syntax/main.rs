//! The three syntaxes: what they read, where it stands, what they refuse, and that nothing makes them slow.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "tests may panic, print and touch the disk"
)]

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
