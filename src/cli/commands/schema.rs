//! `previewc schema`: the JSON Schemas.

use crate::cli::Done;
use crate::cli::args::Schema;
use crate::cli::terminal::Terminal;

const MANIFEST: &[u8] = include_bytes!("../../../schemas/preview.schema.json");
const BUNDLE: &[u8] = include_bytes!("../../../schemas/bundle.schema.json");

/// Prints the manifest's schema, or that of `bundle.json`.
pub fn run(args: &Schema, terminal: &Terminal) -> Done {
    terminal.out(if args.bundle { BUNDLE } else { MANIFEST })
}
