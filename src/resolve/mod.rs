//! Names become references, defaults are filled in, the graph is built.
