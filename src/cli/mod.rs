//! Arguments, one file per command, all input and output.

pub mod store;
