//! The three syntaxes: what they read, where it stands, what they refuse, and that nothing makes them slow.

#[path = "../support/outline.rs"]
mod outline;

mod yaml;
