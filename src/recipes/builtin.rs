//! The recipes that are part of the binary.

macro_rules! recipes {
    ($($engine:literal),* $(,)?) => {
        const BUILTIN: &[(&str, &str)] = &[$(
            ($engine, include_str!(concat!("../../templates/recipes/", $engine, ".yaml"))),
        )*];
    };
}

recipes! { "postgres", "mysql", "mariadb", "redis", "valkey", "memcached", "rabbitmq", "nats" }

/// Engines that the manifest's documentation names and that have no recipe yet.
const PLANNED: &[&str] = &["kafka", "meilisearch", "minio", "mongodb", "opensearch", "sqs", "typesense"];

/// The text of a shipped recipe.
pub fn builtin(engine: &str) -> Option<&'static str> {
    BUILTIN.iter().find(|(name, _)| *name == engine).map(|(_, text)| *text)
}

/// The engines with a shipped recipe.
pub fn engines() -> impl Iterator<Item = &'static str> {
    BUILTIN.iter().map(|(name, _)| *name)
}

/// Whether an engine is known but has no recipe yet.
pub fn planned(engine: &str) -> bool {
    PLANNED.contains(&engine)
}

/// The engines that are known but have no recipe yet.
pub fn planned_engines() -> impl Iterator<Item = &'static str> {
    PLANNED.iter().copied()
}
