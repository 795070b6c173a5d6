//! The bundles' scripts, run with stand-ins for docker and kubectl.

#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests write files, run programs, and end where something fails"
)]

#[path = "../support/hostile.rs"]
mod hostile;
#[path = "../support/stack.rs"]
#[allow(dead_code, reason = "other tests need more of it")]
mod stack;

mod bench;
mod compose;
mod epoch;
mod kubernetes;
mod lock;
mod scoped;
