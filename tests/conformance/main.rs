//! The real tools judge what previewc writes.
//!
//! A tool that is not installed makes its test say so and pass; with `PREVIEWC_REQUIRE_TOOLS=1`, as in CI, it fails.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "these tests run other programs, and end where one fails"
)]

mod env_files;
#[path = "../support/hostile.rs"]
mod hostile;
mod tools;
mod yaml_readers;
