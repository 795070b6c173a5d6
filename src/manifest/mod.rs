//! The manifest's records: keys, types, ranges.
