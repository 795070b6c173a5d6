//! The set of files for one environment and target, with digests, in memory.
