//! previewc compiles one stack manifest and a pull request into an isolated preview environment.
//!
//! ```text
//! source ─► syntax ─► manifest ─► resolve ─► plan ─► target ─► bundle
//! text      spanned   typed,      references  the      k8s /     files, digests,
//!           tree      validated   and graph   environ- compose   stages, teardown
//!                                             ment
//! ```
//!
//! Every stage is a function from its input to its output plus diagnostics. Nothing here reads a disk, a clock or the
//! process environment: `cli` brings files in and carries bundles out.

#![forbid(unsafe_code)]

pub mod artifact;
pub mod bundle;
pub mod cli;
pub mod diagnostics;
pub mod document;
pub mod fleet;
pub mod function;
pub mod manifest;
pub mod overrides;
pub mod pipeline;
pub mod plan;
pub mod recipes;
pub mod resolve;
pub mod shape;
pub mod source;
pub mod syntax;
pub mod target;
pub mod workflow;
