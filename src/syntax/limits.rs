//! How much one file may hold. Everything here is far above what a manifest needs and far below what hurts.

/// The largest file, in bytes: 4 MiB. A manifest of 2,000 services has about 2.
pub const MAX_BYTES: usize = 4 << 20;

/// How deep maps and lists may stand in each other; the file's own map is level 1.
pub const MAX_DEPTH: usize = 64;

/// How many maps, lists and scalars (keys not counted) one file may hold, aliased copies included.
pub const MAX_NODES: usize = 1_000_000;

/// How many maps, lists and scalars (keys included) YAML aliases may copy in one file.
pub const MAX_COPIED: usize = 100_000;

/// How many bytes of text YAML aliases may copy in one file: 8 MiB.
pub const MAX_COPIED_BYTES: usize = 8 << 20;

/// How many findings one file gets before reading stops.
pub const MAX_FINDINGS: usize = 1_000;
