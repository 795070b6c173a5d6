//! The recipes that are part of the binary.

macro_rules! recipes {
    ($($engine:literal),* $(,)?) => {
        const BUILTIN: &[(&str, &str)] = &[$(
            ($engine, include_str!(concat!("../../templates/recipes/", $engine, ".yaml"))),
        )*];
    };
}

recipes! {
    "postgres", "mysql", "mariadb", "mongodb", "clickhouse", "redis", "valkey", "memcached", "rabbitmq", "nats", "kafka", "sqs",
    "temporal", "opensearch", "meilisearch", "typesense", "minio", "mailpit"
}

/// The text of a shipped recipe.
pub fn builtin(engine: &str) -> Option<&'static str> {
    BUILTIN.iter().find(|(name, _)| *name == engine).map(|(_, text)| *text)
}

/// The engines with a shipped recipe.
pub fn engines() -> impl Iterator<Item = &'static str> {
    BUILTIN.iter().map(|(name, _)| *name)
}
