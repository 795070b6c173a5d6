//! Names become references, defaults are filled in, the graph is built.

mod origin;

pub use origin::{Origin, Origins};
