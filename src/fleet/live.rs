//! What is there, from what the tools print that know it. One text is one tool's list:
//!
//! | tool | what proves whose it is |
//! |---|---|
//! | `kubectl get namespaces -o json` | labels, and the annotation with the repository |
//! | `docker ps -a`, `docker volume ls`, `docker network ls`, each with `--format json` | labels |
//! | `docker compose ls -a --format json` | the project's file, where it lies in this checkout |
//! | `aws s3api list-objects-v2`, `aws s3 ls --recursive`, `gsutil ls`, one key a line | the key, which holds the repository |
//! | names of GitLab's states, one a line | the name, which ends in the repository's digest |
//! | gateways' last requests, `TARGET ENVIRONMENT MOMENT` a line | nothing: they count for what another list proves |

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Environment, ListError, Rules, entries, moment};
use crate::plan::{EnvId, TargetName};
use crate::source::Digest;

/// What is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Live {
    /// Environments of this application and repository; one for each thing that was listed.
    pub environments: Vec<Environment>,
    /// Last requests, by pull request and target, in seconds since 1970. They make no environment known.
    pub requests: Vec<((u64, TargetName), i64)>,
    /// What looks like one and is not known to be.
    pub strangers: Vec<Stranger>,
}

/// Something with the name or the labels of an environment that is not known to be one of these.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stranger {
    /// What it is: `namespace shop-pr-7`.
    pub what: String,
    /// Why it is left alone.
    pub why: String,
}

const WHAT: &str = "namespaces, containers, volumes, projects or states";
/// Bytes that a state takes of which everything was destroyed: backends keep it.
const EMPTY: u64 = 400;
/// What labels and annotations of ours begin with.
const OURS: &str = "previewc.dev/";

/// Reads one list.
///
/// # Errors
/// [`ListError`]: a list that cannot be read is no empty list. A text with nothing in it is: Docker prints nothing where nothing is.
pub fn read(text: &str, rules: &Rules) -> Result<Live, ListError> {
    let mut live = Live::default();
    let first = text.trim_start().chars().next();
    if first.is_some_and(|first| !matches!(first, '[' | '{')) {
        for (index, line) in text.lines().enumerate() {
            if let Some((target, id, moment)) = request(line) {
                live.requests.extend(numbered(id, rules).map(|number| ((number, target), moment)));
                continue;
            }
            if !line.trim().is_empty() && !is_key(line) {
                return Err(ListError::Entry {
                    entry: index + 1,
                    what: "is no key of a state, and tells of no request",
                });
            }
            state(line, None, rules, &mut live);
        }
        return Ok(live);
    }
    for (index, entry) in entries(text, &["items", "Contents"], WHAT)?.iter().enumerate() {
        let Value::Object(object) = entry else {
            match entry.as_str() {
                Some(key) => state(key, None, rules, &mut live),
                None => return Err(ListError::Entry { entry: index + 1, what: "is no object" }),
            }
            continue;
        };
        if object.get("kind").and_then(Value::as_str) == Some("Namespace") {
            namespace(object, rules, &mut live);
        } else if let Some(key) = object.get("Key").and_then(Value::as_str) {
            let size = object.get("Size").and_then(Value::as_u64);
            if size.is_none_or(|size| size > EMPTY) {
                let modified = object.get("LastModified").and_then(Value::as_str).and_then(moment);
                state(key, modified, rules, &mut live);
            }
        } else if object.contains_key("ConfigFiles") {
            project(object, rules, &mut live);
        } else if let Some(labels) = labels_of(object) {
            thing(object, &labels, rules, &mut live);
        } else if ["Prefix", "KeyCount", "RequestCharged"].into_iter().any(|key| object.contains_key(key)) {
            // A list of keys that has none.
        } else if object.contains_key("kind") || object.contains_key("Name") || object.contains_key("Names") {
            // Another kind of object, or one without labels: nothing of ours.
        } else {
            return Err(ListError::Entry { entry: index + 1, what: "is nothing that is known" });
        }
    }
    Ok(live)
}

/// What labels and annotations say of a thing.
struct Marks<'a> {
    all: BTreeMap<&'a str, &'a str>,
}

impl Marks<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.all.get(format!("{OURS}{key}").as_str()).copied()
    }

    /// The environment that they claim, or why it is none of ours; nothing where they claim none.
    fn claimed(&self, rules: &Rules) -> Option<Result<(u64, String), String>> {
        let id = self.get("environment")?;
        let number = self.get("pr").and_then(number).filter(|number| EnvId::new(&rules.app, *number).as_str() == id);
        let (app, repository) = (self.get("app").unwrap_or_default(), self.get("repository").unwrap_or_default());
        Some(if app != rules.app {
            Err(format!("it is of the application {}", shown(app)))
        } else if repository.is_empty() {
            Err("it does not say of which repository it is".to_owned())
        } else if !repository.eq_ignore_ascii_case(&rules.repository) {
            Err(format!("it is of {}", shown(repository)))
        } else {
            number.map(|number| (number, id.to_owned())).ok_or_else(|| "its labels do not fit each other".to_owned())
        })
    }

    fn environment(&self, number: u64, id: String, target: TargetName) -> Environment {
        Environment {
            number,
            target,
            id,
            pushed: self.get("pushed").and_then(moment),
            active: self.get("active").and_then(moment),
            awake: None,
            gateway: None,
            keep: self.get("keep").is_some_and(|keep| keep != "false"),
            going: None,
            seen: true,
        }
    }
}

fn namespace(object: &Map<String, Value>, rules: &Rules, live: &mut Live) {
    let metadata = object.get("metadata").and_then(Value::as_object);
    let text = |key: &str| metadata.and_then(|metadata| metadata.get(key)).and_then(Value::as_str);
    let name = text("name").unwrap_or_default();
    let mut all = BTreeMap::new();
    // An annotation is anybody's to set, as a label is; who may do that in a cluster may delete a namespace too.
    for key in ["annotations", "labels"] {
        let marks = metadata.and_then(|metadata| metadata.get(key)).and_then(Value::as_object);
        all.extend(marks.into_iter().flatten().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?))));
    }
    let marks = Marks { all };
    let what = format!("namespace {}", shown(name));
    match marks.claimed(rules) {
        None => alike(&what, name, rules, live),
        Some(Err(why)) => live.strangers.push(Stranger { what, why }),
        Some(Ok((_, id))) if id != name => {
            live.strangers.push(Stranger { what, why: format!("its labels are those of {id}") });
        }
        Some(Ok((number, id))) => {
            let mut environment = marks.environment(number, id, TargetName::Kubernetes);
            environment.going = text("deletionTimestamp").and_then(moment);
            // A push takes the mark away.
            environment.awake = Some(marks.get("asleep").is_none());
            live.environments.push(environment);
        }
    }
}

/// A container, volume or network of Docker.
fn thing(object: &Map<String, Value>, labels: &BTreeMap<&str, &str>, rules: &Rules, live: &mut Live) {
    let text = |key: &str| object.get(key).and_then(Value::as_str);
    let name = text("Names").or_else(|| text("Name")).unwrap_or_default().trim_start_matches('/');
    let mut all = labels.clone();
    if !object.contains_key("Mountpoint") {
        // Containers bear the labels of their images, which a fork builds: what up.sh says of a push stands on a volume.
        for key in ["pushed", "active", "keep"] {
            all.remove(format!("{OURS}{key}").as_str());
        }
    }
    let marks = Marks { all };
    let what = format!("{} of Docker", shown(name));
    match marks.claimed(rules) {
        None => {}
        Some(Err(why)) => live.strangers.push(Stranger { what, why }),
        Some(Ok((number, id))) => {
            let stated = marks.get("target").map(|target| target == TargetName::Compose.as_str());
            let is_compose = stated.unwrap_or_else(|| labels.contains_key("com.docker.compose.project"));
            let target = if is_compose { TargetName::Compose } else { TargetName::Terraform };
            let is_gateway = marks.get("gateway").is_some();
            let mut environment = marks.environment(number, id, target);
            // Volumes and networks have no state.
            environment.awake =
                text("State").map(|state| !is_gateway && !matches!(state, "exited" | "created" | "dead"));
            environment.gateway = is_gateway.then(|| name.to_owned()).filter(|_| is_compose);
            live.environments.push(environment);
        }
    }
}

/// Docker's lists have labels as one text, `docker inspect` as an object.
fn labels_of(object: &Map<String, Value>) -> Option<BTreeMap<&str, &str>> {
    let config = object.get("Config").and_then(|config| config.get("Labels"));
    match object.get("Labels").or(config)? {
        Value::String(text) => {
            let mut out = BTreeMap::new();
            for (key, value) in text.split(',').filter_map(|label| label.split_once('=')) {
                // A comma in a value looks like another label: one of ours twice is none.
                let twice = out.insert(key, value).is_some() && key.starts_with(OURS);
                if twice {
                    out.insert(key, "");
                }
            }
            Some(out)
        }
        Value::Object(labels) => {
            Some(labels.iter().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?))).collect())
        }
        Value::Null => Some(BTreeMap::new()),
        _ => None,
    }
}

/// A project of Compose, which says nothing of itself but where its files lie.
fn project(object: &Map<String, Value>, rules: &Rules, live: &mut Live) {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let (name, files) = (text("Name"), text("ConfigFiles"));
    let Some(number) = numbered(name, rules) else { return };
    let here = format!("{}/.previewc/pr-{number}/compose/", rules.root.trim_end_matches('/'));
    if !rules.root.is_empty() && files.starts_with(&here) {
        let marks = Marks { all: BTreeMap::new() };
        live.environments.push(marks.environment(number, name.to_owned(), TargetName::Compose));
    } else {
        let what = format!("project {}", shown(name));
        let why = "its files are not of this checkout: `docker ps -a --format json` tells whose it is".to_owned();
        live.strangers.push(Stranger { what, why });
    }
}

/// A line or key of a list of states.
fn state(line: &str, modified: Option<i64>, rules: &Rules, live: &mut Live) {
    let line = line.trim();
    // `aws s3 ls --recursive` has a moment of the machine's own time, and the size, before the key.
    let columns: Vec<&str> = line.split_whitespace().collect();
    let key = match columns.as_slice() {
        [_, _, size, key] if size.parse().is_ok_and(|size: u64| size > EMPTY) => *key,
        // The workspace in use.
        ["*", key] | [key] => *key,
        _ => return,
    };
    let mine = format!("previewc/{}/", rules.repository);
    let start =
        key.match_indices(&mine).map(|(at, _)| at).find(|at| *at == 0 || key.as_bytes().get(at - 1) == Some(&b'/'));
    let stated = start.and_then(|start| key.get(start + mine.len()..));
    let name = |text: &str| text.strip_suffix(".tfstate").unwrap_or(text).trim_end_matches("/default").to_owned();
    let digest = format!("-{}", Digest::of(rules.repository.as_bytes()).short(8));
    let owned = key.strip_suffix(".cloud").unwrap_or(key).strip_suffix(&digest);
    let id = stated
        .map(name)
        .or_else(|| owned.map(|id| if key.ends_with(".cloud") { format!("{id}.cloud") } else { id.to_owned() }));
    let part = key.contains(".cloud");
    match id.as_deref().and_then(|id| Some((numbered(id, rules)?, id.to_owned()))) {
        Some((number, id)) => live.environments.push(Environment {
            number,
            target: TargetName::Terraform,
            id,
            pushed: modified,
            active: None,
            awake: None,
            gateway: None,
            keep: false,
            going: None,
            seen: false,
        }),
        None if key.ends_with(".tflock") || key == "default" => {}
        None => {
            let whole = id.clone().unwrap_or_else(|| name(key));
            let last = whole.rsplit('/').next().unwrap_or(&whole);
            let last = last.strip_suffix(".cloud").unwrap_or(last);
            let Some(number) = numbered(last, rules) else { return };
            let why = if part && id.is_some() {
                format!("it is the part in a cloud of pull request {number}: render it again, and run its down.sh")
            } else {
                "it does not say of which repository it is, or is of another".to_owned()
            };
            live.strangers.push(Stranger { what: format!("state {}", shown(key)), why });
        }
    }
}

/// What a line tells of an environment's last request: `kubernetes shop-pr-142 2026-11-30T12:00:00Z`.
fn request(line: &str) -> Option<(TargetName, &str, i64)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [target, id, at] = words.as_slice() else { return None };
    let target = [TargetName::Kubernetes, TargetName::Compose, TargetName::Terraform]
        .into_iter()
        .find(|known| known.as_str() == *target)?;
    Some((target, id, moment(at)?))
}

/// Whether a line is one of a list of keys, names or workspaces, and no message.
fn is_key(line: &str) -> bool {
    let plain = |word: &&str| word.chars().all(|c| c.is_ascii_alphanumeric() || "._/:=*@+-".contains(c));
    let words: Vec<&str> = line.split_whitespace().collect();
    let fits = match words.as_slice() {
        [_] => true,
        ["*", _] => true,
        [day, time, size, _] => day.len() == 10 && time.len() == 8 && size.bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    fits && words.iter().all(plain)
}

/// A thing without labels of ours whose name is like an environment's.
fn alike(what: &str, name: &str, rules: &Rules, live: &mut Live) {
    if numbered(name, rules).is_some() {
        let why = "it bears none of previewc's labels".to_owned();
        live.strangers.push(Stranger { what: what.to_owned(), why });
    }
}

/// The pull request whose environment of this application has an id.
fn numbered(id: &str, rules: &Rules) -> Option<u64> {
    let digits = id.rsplit("-pr-").next()?;
    // A long name is cut, and its number with it: what such an environment is, only its labels say.
    number(digits).filter(|number| EnvId::new(&rules.app, *number).as_str() == id)
}

/// A number as ids hold it.
fn number(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| plain)
}

/// A text of somebody else's, for people to read: nothing in it moves a cursor or fills a screen.
fn shown(text: &str) -> String {
    let mut out: String = text.chars().filter(|c| !c.is_control()).take(80).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}
