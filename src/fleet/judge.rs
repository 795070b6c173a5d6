//! What should become of each environment.

use std::collections::{BTreeMap, BTreeSet};

use super::{Environment, Live, Open, Rules, Stranger};
use crate::plan::TargetName;

/// Seconds after which a namespace that is being removed hangs.
const STUCK: i64 = 15 * 60;

/// What should become of an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Its pull request is not open.
    Orphaned,
    /// Its pull request is older than the list.
    Unlisted,
    /// Its pull request is closed and still has the label that makes environments.
    Resurrected,
    /// Its pull request has no longer the label that makes environments.
    Unlabelled,
    /// Nobody has pushed for too long.
    Expired,
    /// There are too many, and others were pushed to later.
    OverCap,
    /// Nobody has asked it for anything for too long: it is to sleep.
    Idle,
    /// It sleeps.
    Asleep,
    /// It is being removed.
    Going,
    /// It is being removed, and hangs.
    Stuck,
    /// It would go, but is marked to be kept.
    Spared,
    /// It stays.
    Alive,
}

impl Verdict {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Orphaned => "orphaned",
            Verdict::Unlisted => "not listed",
            Verdict::Resurrected => "resurrected",
            Verdict::Unlabelled => "unlabelled",
            Verdict::Expired => "expired",
            Verdict::OverCap => "over max_open",
            Verdict::Idle => "idle",
            Verdict::Asleep => "asleep",
            Verdict::Going => "going",
            Verdict::Stuck => "stuck",
            Verdict::Spared => "kept",
            Verdict::Alive => "alive",
        }
    }

    /// Whether the environment should be gone.
    pub fn removes(self) -> bool {
        matches!(
            self,
            Verdict::Orphaned | Verdict::Resurrected | Verdict::Unlabelled | Verdict::Expired | Verdict::OverCap
        )
    }
}

/// An environment with what should become of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The environment.
    pub environment: Environment,
    /// What should become of it.
    pub verdict: Verdict,
    /// Why, in words.
    pub why: String,
    /// Whether it is marked to be kept, itself or by its pull request's label.
    pub kept: bool,
}

/// Everything that is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fleet {
    /// Environments, by pull request and target.
    pub judged: Vec<Judged>,
    /// What is left alone.
    pub strangers: Vec<Stranger>,
}

/// Judges what is there at a moment, in seconds since 1970.
pub fn judge(live: Vec<Live>, open: &Open, rules: &Rules, now: i64) -> Fleet {
    let mut environments: BTreeMap<(u64, TargetName), Environment> = BTreeMap::new();
    let mut strangers = BTreeSet::new();
    let mut requests = Vec::new();
    for one in live {
        strangers.extend(one.strangers);
        requests.extend(one.requests);
        for found in one.environments {
            match environments.get_mut(&(found.number, found.target)) {
                Some(known) => merge(known, found),
                None => {
                    environments.insert((found.number, found.target), found);
                }
            }
        }
    }
    for (key, moment) in requests {
        if let Some(environment) = environments.get_mut(&key) {
            environment.active = environment.active.max(Some(moment));
        }
    }
    let mut judged: Vec<Judged> = environments.into_values().map(|one| alone(one, open, rules, now)).collect();
    crowd(&mut judged, rules);
    Fleet { judged, strangers: strangers.into_iter().collect() }
}

fn merge(known: &mut Environment, other: Environment) {
    known.pushed = known.pushed.max(other.pushed);
    known.active = known.active.max(other.active);
    known.awake = match (known.awake, other.awake) {
        (Some(known), Some(other)) => Some(known || other),
        (known, other) => known.or(other),
    };
    known.gateway = known.gateway.take().or(other.gateway);
    known.keep |= other.keep;
    known.going = known.going.or(other.going);
    known.seen |= other.seen;
}

/// What can be said of an environment without looking at the others.
fn alone(mut environment: Environment, open: &Open, rules: &Rules, now: i64) -> Judged {
    // Nobody has pushed tomorrow.
    environment.pushed = environment.pushed.map(|pushed| pushed.min(now));
    let pull = open.pulls.get(&environment.number);
    let labelled = |label: &str| {
        let labels = pull.and_then(|pull| pull.labels.as_ref());
        // As the forges compare them.
        labels.map(|labels| labels.iter().any(|one| one.eq_ignore_ascii_case(label)))
    };
    let since = |moment: Option<i64>| moment.map(|moment| now.saturating_sub(moment));
    let later = |moment: Option<i64>, limit: Option<u64>| {
        let limit = i64::try_from(limit?).unwrap_or(i64::MAX);
        since(moment).filter(|seconds| *seconds > limit)
    };
    // A push wakes it. Where nobody knows of requests it does not sleep; nor where nobody stamps pushes, because something else
    // brings it up, and would again.
    let woken = environment.active.zip(environment.pushed).map(|(active, pushed)| active.max(pushed).min(now));
    let is_open = pull.is_some_and(|pull| pull.open);
    let label = rules.label.as_deref();
    let (verdict, why) = if let Some(seconds) = since(environment.going) {
        let verdict = if seconds > STUCK { Verdict::Stuck } else { Verdict::Going };
        (verdict, format!("removed since {}", span(seconds)))
    } else if !is_open && pull.is_some() && label.is_some_and(|label| labelled(label) == Some(true)) {
        (Verdict::Resurrected, "closed, and still labelled".to_owned())
    } else if pull.is_none() && !open.proves_absence(environment.number) {
        (Verdict::Unlisted, "the list has closed ones too, or was cut, and begins later".to_owned())
    } else if !is_open {
        (Verdict::Orphaned, "the pull request is not open".to_owned())
    } else if let Some(label) = label.filter(|label| labelled(label) == Some(false)) {
        (Verdict::Unlabelled, format!("the pull request has no label `{label}`"))
    } else if let Some(seconds) = later(environment.pushed, rules.ttl) {
        (Verdict::Expired, format!("no push for {}", span(seconds)))
    } else if rules.idle.is_some() && environment.awake == Some(false) {
        (Verdict::Asleep, "a push or its up.sh wakes it".to_owned())
    } else if let Some(seconds) = later(woken, rules.idle) {
        (Verdict::Idle, format!("no request for {}", span(seconds)))
    } else if rules.idle.is_some() && woken.is_none() {
        let lacks = if environment.active.is_none() { "last request" } else { "last push" };
        (Verdict::Alive, format!("nothing tells of its {lacks}, so that it does not sleep"))
    } else {
        (Verdict::Alive, String::new())
    };
    // A label of a pull request says nothing once that is closed.
    let kept = environment.keep || (is_open && labelled(&rules.keep) == Some(true));
    if kept && (verdict.removes() || verdict == Verdict::Idle) {
        let why = format!("{}: {why}", verdict.word());
        return Judged { environment, verdict: Verdict::Spared, why, kept };
    }
    Judged { environment, verdict, why, kept }
}

/// Of too many pull requests, those that were pushed to last stay; what nobody knows a push of goes first, and what is marked to be
/// kept counts, and stays.
fn crowd(judged: &mut [Judged], rules: &Rules) {
    let Some(most) = rules.max_open else { return };
    // A state without a moment may be all that is left of an environment that is gone.
    let stays = |one: &Judged| {
        matches!(one.verdict, Verdict::Alive | Verdict::Idle | Verdict::Asleep | Verdict::Spared)
            && (one.environment.seen || one.environment.pushed.is_some())
    };
    let mut latest: BTreeMap<u64, (bool, Option<i64>)> = BTreeMap::new();
    for one in judged.iter().filter(|one| stays(one)) {
        let known = latest.entry(one.environment.number).or_default();
        *known = (known.0 || one.kept, known.1.max(one.environment.pushed));
    }
    let excess = latest.len().saturating_sub(most as usize);
    let mut free: Vec<(Option<i64>, u64)> =
        latest.iter().filter(|(_, (kept, _))| !kept).map(|(number, (_, pushed))| (*pushed, *number)).collect();
    free.sort_unstable();
    let gone: BTreeSet<u64> = free.into_iter().take(excess).map(|(_, number)| number).collect();
    for one in judged.iter_mut().filter(|one| stays(one) && gone.contains(&one.environment.number)) {
        one.verdict = Verdict::OverCap;
        one.why = format!("{} are open, and {most} may be", latest.len());
    }
}

/// A span of time in its two largest units.
pub fn span(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, minutes) => format!("{minutes}m"),
        (0, hours, minutes) => format!("{hours}h {minutes}m"),
        (days, hours, _) => format!("{days}d {hours}h"),
    }
}
