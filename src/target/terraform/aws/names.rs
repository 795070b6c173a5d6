//! Names on AWS. Each limit is the service's own; what is too long ends in a hash, and two nodes or pull requests never make the
//! same name: ids and names hold neither `_` nor `.` nor `/`, which stand between them.

use crate::plan::{EnvId, Environment, fit};
use crate::source::Digest;

/// The name of a task's family and of its service in the cluster: at most 255 characters.
pub fn task(environment: &Environment, name: &str) -> String {
    fit(&format!("{}_{name}", environment.id), 255)
}

/// The name of a role, a schedule: at most 64 characters of letters, digits and `_+=,.@-`.
pub fn dotted(environment: &Environment, name: &str) -> String {
    fit(&format!("{}.{name}", environment.id), 64)
}

/// The name of a security group: at most 255 characters; none may begin with `sg-`.
pub fn group(environment: &Environment) -> String {
    format!("previewc/{}", environment.id)
}

/// The path of roles, by which all of an environment are found.
pub fn role_path(environment: &Environment) -> String {
    format!("/previewc/{}/", environment.id)
}

/// The name of a secret.
pub fn secret(environment: &Environment, task: &str) -> String {
    format!("{}{task}", secrets(environment))
}

/// What the names of all secrets begin with.
pub fn secrets(environment: &Environment) -> String {
    format!("previewc/{}/", environment.id)
}

/// The log group: whoever makes it has claimed the environment's name in the region.
pub fn logs(environment: &Environment) -> String {
    format!("/previewc/{}", environment.id)
}

/// The name of a target group: at most 32 characters of letters, digits and `-`.
pub fn target_group(id: &EnvId) -> String {
    fit(id.as_str(), 32)
}

/// The identifier of a database or cache: letters, digits and single `-`, a letter first. It ends in a hash, because a single `-`
/// also stands in ids and names.
pub fn server(id: &EnvId, store: &str, limit: usize) -> String {
    let hash = Digest::of(format!("{id}--{store}").as_bytes()).short(8);
    let mut head = format!("{id}-{store}");
    while head.contains("--") {
        head = head.replace("--", "-");
    }
    if !head.starts_with(|c: char| c.is_ascii_alphabetic()) {
        head.insert_str(0, "p-");
    }
    head.truncate(limit - hash.len() - 1);
    format!("{}-{hash}", head.trim_end_matches('-'))
}

/// The bucket of files that containers find. Names of buckets are everyone's: the hash tells repositories apart.
pub fn files(environment: &Environment) -> String {
    let repository = Digest::of(environment.scope.repository.as_bytes()).short(8);
    format!("{}-{repository}", fit(&format!("{}--files", environment.id), 54))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_told_apart_where_a_dash_would_not() {
        let (one, other) = (EnvId::new("x", 1), EnvId::new("x-pr-1", 2));
        assert_ne!(server(&one, "pr-2-db", 63), server(&other, "db", 63));
        let long = EnvId::new(&"a".repeat(60), 7);
        for limit in [40, 63] {
            let name = server(&long, "a-store-with-a-name-of-thirty", limit);
            assert!(name.len() <= limit && !name.contains("--"), "{name}");
        }
        assert!(server(&EnvId::new("7shop", 1), "db", 63).starts_with("p-7shop"));
        assert!(target_group(&long).len() <= 32);
    }
}
