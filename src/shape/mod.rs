//! How a record is described once: decoder, schema and documentation walk the same description. Knows no key.
