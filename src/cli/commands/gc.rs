//! `previewc gc`: the environments that should be gone. It is told what is there, and says what to do; removing is the scripts'.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::load;
use super::removal::{Removal, Remover};
use crate::cli::args::{Format, Gc, GcFormat};
use crate::cli::project::Project;
use crate::cli::terminal::Terminal;
use crate::cli::{Done, Failure, ci, inputs};
use crate::document::shell;
use crate::fleet::{Environment, Fleet, Judged, Rules, Verdict, judge, live, moment, open, span};
use crate::resolve::Program;
use crate::target::idle;

/// Prints what should be gone.
pub fn run(args: &Gc, terminal: &Terminal) -> Done {
    let project = Project::find(&args.manifest)?;
    let loaded = match load(&project, Format::Human, terminal)? {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let known = ci::facts();
    let facts = inputs::facts(1, None, None, args.repo.clone(), &known, &loaded.program)?;
    let rules = rules(
        &loaded.program,
        facts.repository,
        &args.keep_label,
        project.own_folder().parent().unwrap_or(Path::new(".")),
    );
    let now = match &args.now {
        Some(text) => moment(text).ok_or_else(|| {
            Failure::new(format!("`--now {text}` is no moment")).help("write it as 2026-11-30T12:00:00Z")
        })?,
        None => present(),
    };
    if args.live.iter().chain([&args.open]).filter(|path| inputs::is_stdin(path)).count() > 1 {
        return Err(Failure::new("only one list can come from standard input"));
    }
    let pulls = open(&inputs::list(&args.open)?).map_err(|error| unread(&args.open, &error.to_string()))?;
    let mut lists = Vec::new();
    for path in &args.live {
        lists.push(live(&inputs::list(path)?, &rules).map_err(|error| unread(path, &error.to_string()))?);
    }
    let fleet = judge(lists, &pulls, &rules, now);
    let remover = Remover {
        file: args.manifest.file.as_deref(),
        repository: &rules.repository,
        folder: project.own_folder(),
        bundles: args.bundles.as_deref(),
        elsewhere: loaded.program.has_stores_elsewhere(),
    };
    let printed = match args.format {
        GcFormat::Human => human(&fleet, now),
        GcFormat::Json => as_json(&fleet, &remover, now)?,
        GcFormat::Sh => script(&fleet, &remover, now),
    };
    terminal.out(printed.as_bytes())
}

fn rules(program: &Program, repository: String, keep: &str, root: &Path) -> Rules {
    let preview = program.preview.as_ref();
    let seconds =
        |duration: Option<&crate::source::Located<crate::manifest::Duration>>| duration.map(|one| one.value.seconds());
    let trigger = preview.and_then(|preview| preview.trigger.as_ref());
    Rules {
        app: program.app.clone(),
        repository,
        ttl: seconds(preview.and_then(|preview| preview.ttl.as_ref())),
        idle: seconds(preview.and_then(|preview| preview.idle.as_ref())),
        max_open: preview.and_then(|preview| preview.max_open.as_ref()).map(|most| most.value),
        label: trigger.and_then(|trigger| trigger.label.as_ref()).map(|label| label.value.clone()),
        keep: keep.to_owned(),
        root: std::fs::canonicalize(root).unwrap_or_else(|_| root.to_owned()).display().to_string(),
    }
}

fn unread(path: &Path, error: &str) -> Failure {
    Failure::new(format!("{}: {error}", path.display()))
        .help("a list that cannot be read is no empty one: see what the program before it said")
}

/// Seconds since 1970.
fn present() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.ok().and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or_default()
}

fn human(fleet: &Fleet, now: i64) -> String {
    let mut rows = vec![["PR", "TARGET", "STATE", "LAST PUSH", "WHY"].map(str::to_owned)];
    for one in &fleet.judged {
        let Environment { number, target, pushed, .. } = &one.environment;
        let pushed = pushed.map_or_else(|| "unknown".to_owned(), |pushed| format!("{} ago", span(now - pushed)));
        rows.push([
            number.to_string(),
            target.as_str().to_owned(),
            one.verdict.word().to_owned(),
            pushed,
            one.why.clone(),
        ]);
    }
    let mut widths = [0; 5];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = String::new();
    if fleet.judged.is_empty() {
        out.push_str("no environment of this application is there\n");
        rows.clear();
    }
    for row in &rows {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        let _ = writeln!(out, "{}", cells.join("  ").trim_end());
    }
    if !fleet.strangers.is_empty() {
        out.push_str("\nleft alone:\n");
        for stranger in &fleet.strangers {
            let _ = writeln!(out, "  {}: {}", stranger.what, stranger.why);
        }
    }
    let gone = fleet.judged.iter().filter(|one| one.verdict.removes()).count();
    if gone > 0 {
        let _ = writeln!(out, "\n{gone} should be gone; `--format sh` prints a script that removes them");
    }
    let idle = fleet.judged.iter().filter(|one| !sleep(one, now).is_empty()).count();
    if idle > 0 {
        let _ = writeln!(out, "\n{idle} should sleep; `--format sh` prints a script that sees to it");
    }
    if fleet.judged.iter().any(|one| one.verdict == Verdict::Stuck) {
        out.push_str("\nA namespace that hangs waits for a finalizer: `kubectl get namespace NAME -o yaml` says for which, under `status`.\n");
    }
    out
}

/// The commands that put an environment to sleep; none where it stays awake.
fn sleep(one: &Judged, now: i64) -> Vec<Vec<String>> {
    let Environment { target, id, gateway, .. } = &one.environment;
    if one.verdict != Verdict::Idle {
        return Vec::new();
    }
    idle::sleep(*target, id, gateway.as_deref(), &stamp(now).unwrap_or_default())
}

/// What is put to sleep comes first: it takes a moment, and a push that comes in between must not be overlooked. One that came is
/// seen by the moment that it left.
fn script(fleet: &Fleet, remover: &Remover<'_>, now: i64) -> String {
    let mut out = String::from(
        "#!/bin/sh\n# Puts to sleep and removes what `previewc gc` found, one after the other; one that fails keeps no other.\nset -u\nfailed=\n",
    );
    let line = |argv: &[String]| shell::line(argv).unwrap_or_default();
    let what = |one: &Judged| line(&["echo".to_owned(), format!("{}: {}", one.environment.id, one.why)]);
    for one in &fleet.judged {
        let Environment { id, target, pushed, .. } = &one.environment;
        let steps: Vec<String> = sleep(one, now).iter().map(|argv| line(argv)).collect();
        if steps.is_empty() {
            continue;
        }
        let still = line(&idle::pushed(*target, id));
        let _ = writeln!(
            out,
            "\nif [ \"$({still})\" = {} ]; then\n  {}\n  {{ {}; }} || failed=\"$failed {id}\"\nfi",
            pushed.and_then(stamp).unwrap_or_default(),
            what(one),
            steps.join(" && "),
        );
    }
    for one in fleet.judged.iter().filter(|one| one.verdict.removes()) {
        let Environment { id, number, target, .. } = &one.environment;
        let steps = remover.of(*number, *target).line();
        let _ = writeln!(out, "\n{}\n{{ {steps}; }} || failed=\"$failed {id}\"", what(one));
    }
    out.push_str("\n[ -z \"$failed\" ] || { echo \"failed:$failed\" >&2; exit 1; }\n");
    out
}

/// A moment as `up.sh` writes it.
fn stamp(seconds: i64) -> Option<String> {
    jiff::Timestamp::from_second(seconds).ok().map(|at| at.to_string())
}

fn as_json(fleet: &Fleet, remover: &Remover<'_>, now: i64) -> Result<String, Failure> {
    let one = |one: &Judged| -> Value {
        let environment = &one.environment;
        let mut out = json!({
            "pr": environment.number,
            "target": environment.target.as_str(),
            "environment": environment.id,
            "verdict": one.verdict.word(),
            "why": one.why,
            "pushed": environment.pushed.and_then(stamp),
        });
        let (key, run) = if one.verdict.removes() {
            match remover.of(environment.number, environment.target) {
                // What it prints is a script to run.
                Removal::Script(argv) => ("script", json!(argv)),
                Removal::Bundle(argvs) => ("run", json!(argvs)),
                Removal::Kept { render, down, folder } => {
                    ("run", json!([render, ["sh".to_owned(), down], ["rm".to_owned(), "-rf".to_owned(), folder]]))
                }
            }
        } else {
            let sleep = sleep(one, now);
            if sleep.is_empty() {
                return out;
            }
            ("sleep", json!(sleep))
        };
        if let Some(object) = out.as_object_mut() {
            object.insert(key.to_owned(), run);
        }
        out
    };
    let removes = |one: &&Judged| one.verdict.removes();
    let whole = json!({
        "remove": fleet.judged.iter().filter(removes).map(one).collect::<Vec<_>>(),
        "others": fleet.judged.iter().filter(|one| !one.verdict.removes()).map(one).collect::<Vec<_>>(),
        "left_alone": fleet.strangers.iter().map(|one| json!({ "what": one.what, "why": one.why })).collect::<Vec<_>>(),
    });
    let mut text = serde_json::to_string_pretty(&whole).map_err(|error| Failure::new(error.to_string()))?;
    text.push('\n');
    Ok(text)
}
