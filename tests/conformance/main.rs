//! The real tools judge what previewc writes.
//!
//! A tool that is not installed makes its test say so and pass; with `PREVIEWC_REQUIRE_TOOLS=1`, as in CI, it fails.

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

mod compose;
mod env_files;
#[path = "../support/hostile.rs"]
mod hostile;
#[allow(dead_code, reason = "the Compose target's own tests use the rest")]
#[path = "../support/stack.rs"]
mod stack;
mod terraform;
mod tools;
mod yaml_readers;
