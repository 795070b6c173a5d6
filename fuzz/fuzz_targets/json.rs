//! Any bytes as JSON.

#![no_main]

mod read;

use libfuzzer_sys::fuzz_target;
use previewc::syntax::Syntax;

fuzz_target!(|bytes: &[u8]| read::read(Syntax::Json, bytes));
