//! The state of each process of one environment, from what the tools print that run it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{ListError, entries};

const WHAT: &str = "pods or containers";

/// Reads `kubectl get pods -o json`, `docker compose ps -a --format json`, or `docker ps -a --format json`: a word or two for each
/// process of the environment, of several replicas the worst.
///
/// # Errors
/// [`ListError`].
pub fn states(text: &str, environment: &str) -> Result<BTreeMap<String, String>, ListError> {
    let mut out: BTreeMap<String, (u8, String)> = BTreeMap::new();
    for (index, entry) in entries(text, &["items"], WHAT)?.into_iter().enumerate() {
        if entry.get("metadata").is_none() && entry.get("State").is_none() {
            return Err(ListError::Entry { entry: index + 1, what: "is neither a pod nor a container" });
        }
        let Some((name, rank, state)) = pod(&entry, environment).or_else(|| container(&entry, environment)) else {
            continue;
        };
        let known = out.entry(name).or_insert((rank, state.clone()));
        if rank > known.0 {
            *known = (rank, state);
        }
    }
    Ok(out.into_iter().map(|(name, (_, state))| (name, state)).collect())
}

fn pod(entry: &Value, environment: &str) -> Option<(String, u8, String)> {
    let labels = entry.pointer("/metadata/labels")?;
    let label = |key: &str| labels.get(key).and_then(Value::as_str);
    if label("app.kubernetes.io/instance")? != environment {
        return None;
    }
    let name = label("app.kubernetes.io/name")?.to_owned();
    let containers = entry.pointer("/status/containerStatuses").and_then(Value::as_array).into_iter().flatten();
    let waiting = containers.clone().find_map(|one| one.pointer("/state/waiting/reason").and_then(Value::as_str));
    let ready = containers.clone().count() > 0
        && containers.clone().all(|one| one.get("ready").and_then(Value::as_bool) == Some(true));
    let restarts: u64 = containers.filter_map(|one| one.get("restartCount").and_then(Value::as_u64)).sum();
    let phase = entry.pointer("/status/phase").and_then(Value::as_str).unwrap_or("Unknown");
    let (rank, state) = match (phase, waiting) {
        (
            _,
            Some(reason @ ("CrashLoopBackOff" | "ImagePullBackOff" | "ErrImagePull" | "CreateContainerConfigError")),
        ) => (3, reason.to_owned()),
        ("Failed", _) => (3, "failed".to_owned()),
        ("Succeeded", _) => (0, "done".to_owned()),
        ("Running", _) if ready => (0, "ready".to_owned()),
        _ => (2, "starting".to_owned()),
    };
    let again = if restarts > 0 && rank < 3 { format!(", {restarts} restarts") } else { String::new() };
    Some((name, rank.max(u8::from(restarts > 0)), format!("{state}{again}")))
}

fn container(entry: &Value, environment: &str) -> Option<(String, u8, String)> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    // Compose's own list names the service, Docker's bears it in a label; Terraform's containers have it in their name.
    let label = |key: &str| {
        text("Labels")?.split(',').find_map(|label| label.strip_prefix(key)?.strip_prefix('=').map(str::to_owned))
    };
    let name = text("Service").map(str::to_owned).or_else(|| label("com.docker.compose.service"));
    let project = text("Project").map(str::to_owned).or_else(|| label("com.docker.compose.project"));
    let named = || text("Names")?.strip_prefix(environment)?.strip_prefix('_').map(str::to_owned);
    let name = match (name, project) {
        (Some(name), Some(project)) if project == environment => name,
        (Some(name), None) => name,
        _ => named()?,
    };
    let status = text("Status").unwrap_or_default();
    let health = text("Health").filter(|health| !health.is_empty());
    let health = health.or_else(|| {
        ["healthy", "unhealthy", "starting"].into_iter().find(|word| status.contains(&format!("({word})")))
    });
    let code = entry.get("ExitCode").and_then(Value::as_i64);
    let code = code.or_else(|| status.strip_prefix("Exited (")?.split(')').next()?.parse().ok());
    let (rank, state) = match (text("State").unwrap_or("unknown"), health, code) {
        ("running", Some("unhealthy"), _) => (3, "unhealthy".to_owned()),
        ("running", Some("starting"), _) => (2, "starting".to_owned()),
        ("running", _, _) => (0, "ready".to_owned()),
        ("exited", _, Some(0)) => (0, "done".to_owned()),
        // Told to end: by SIGTERM, or by SIGKILL after it.
        ("exited", _, Some(137 | 143)) => (1, "stopped".to_owned()),
        ("exited" | "dead", _, Some(code)) => (3, format!("ended with {code}")),
        ("created" | "restarting", _, _) => (2, "starting".to_owned()),
        ("paused", _, _) => (1, "asleep".to_owned()),
        _ => (1, "unknown".to_owned()),
    };
    Some((name, rank, state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_several_is_told() {
        let pod = |name: &str, phase: &str, status: &str| {
            format!(
                r#"{{"metadata": {{"labels": {{"app.kubernetes.io/name": "{name}", "app.kubernetes.io/instance": "shop-pr-1"}}}},
                "status": {{"phase": "{phase}", "containerStatuses": [{status}]}}}}"#
            )
        };
        let pods = [
            pod("api", "Running", r#"{"ready": true, "restartCount": 0}"#),
            pod(
                "api",
                "Running",
                r#"{"ready": false, "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}"#,
            ),
            pod("db", "Running", r#"{"ready": true, "restartCount": 2}"#),
            pod("job", "Succeeded", ""),
        ];
        let list = format!(r#"{{"kind": "List", "items": [{}]}}"#, pods.join(","));
        let found = states(&list, "shop-pr-1").unwrap();
        let found: Vec<(&str, &str)> = found.iter().map(|(name, state)| (name.as_str(), state.as_str())).collect();
        assert_eq!(found, [("api", "CrashLoopBackOff"), ("db", "ready, 2 restarts"), ("job", "done")]);
        assert!(states(&list, "shop-pr-2").unwrap().is_empty());
    }

    #[test]
    fn containers_are_read_in_each_form() {
        let text = r#"{"Service": "api", "Project": "shop-pr-1", "State": "running", "Health": "healthy", "ExitCode": 0}
            {"Service": "db-prepare", "Project": "shop-pr-1", "State": "exited", "Health": "", "ExitCode": 3}
            {"Names": "shop-pr-1_web", "Labels": "a=b", "State": "running", "Status": "Up 2 minutes (unhealthy)"}
            {"Names": "shop-pr-11_web", "Labels": "", "State": "running", "Status": "Up"}"#;
        let found = states(text, "shop-pr-1").unwrap();
        let found: Vec<(&str, &str)> = found.iter().map(|(name, state)| (name.as_str(), state.as_str())).collect();
        assert_eq!(found, [("api", "ready"), ("db-prepare", "ended with 3"), ("web", "unhealthy")]);
        assert!(states("not json", "x").is_err() && states(r#"{"message": "Bad credentials"}"#, "x").is_err());
    }
}
