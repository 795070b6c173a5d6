//! `previewc env`: the variables of each process, as they will be.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use super::load_pull;
use crate::cli::args::{Env, EnvFormat, Format};
use crate::cli::base;
use crate::cli::inputs;
use crate::cli::project::Project;
use crate::cli::report::Findings;
use crate::cli::terminal::Terminal;
use crate::cli::{Done, Exit, Failure};
use crate::document::dotenv;
use crate::pipeline::environment;
use crate::plan::{Environment, Key, Part, ProcessKind, Source, Value, Variable, Vault};
use crate::resolve::Program;
use crate::source::Digest;
use crate::source::SourceMap;
use crate::target::Settings;

/// What stands for a secret that is not shown.
const MASK: &str = "********";

/// Prints them.
pub fn run(args: &Env, terminal: &Terminal) -> Done {
    let project = Project::find(&args.manifest)?.keeping(args.values.key_file.as_ref());
    let loaded = match load_pull(&project, &args.pull, Format::Human, terminal)? {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let pull = inputs::pull_request(&args.pull, &loaded.program)?;
    if args.reveal && pull.repository == format!("local/{}", loaded.program.app) {
        let name = &loaded.program.app;
        terminal.err(&format!(
            "no repository is known: these are the secrets of local/{name}; pass --repo OWNER/NAME for another's\n"
        ));
    }
    let request = inputs::request(&args.values, pull, &loaded.program)?;
    let settings = Settings::of(inputs::target(args.target), &loaded.program, ".");
    let planned = environment(&loaded.program, &request, &settings);
    let Some(environment) = planned.value else {
        terminal.findings(&[Findings { map: &loaded.map, diagnostics: &planned.diagnostics }], Format::Human)?;
        return Ok(Exit::Errors);
    };
    let vault = if args.reveal { Some(open(args, &project, &environment, terminal)?) } else { None };
    let mut groups = groups(args, &environment)?;
    if args.format == EnvFormat::Github {
        if let Some(node) = &args.node {
            // Without the steps that prepare a store.
            groups.retain(|(name, _)| name == node);
        }
        agree(&groups)?;
    }
    let shown = Shown { vault: vault.as_ref(), map: &loaded.map, program: &loaded.program, environment: &environment };
    let unknown = shown.unknown(&groups);
    if !unknown.is_empty() && args.reveal && matches!(args.format, EnvFormat::Dotenv | EnvFormat::Github) {
        terminal
            .err(&format!("left out, because they are fetched when the bundle is applied: {}\n", unknown.join(", ")));
    }
    let text = match args.format {
        EnvFormat::Human => shown.human(&groups, args.explain),
        EnvFormat::Json => shown.json(&groups, args.explain)?,
        EnvFormat::Dotenv => shown.dotenv(&groups)?,
        EnvFormat::Github => {
            // Before the values, and not among them: standard output is the file that the runner reads.
            terminal.err(&shown.masks(&groups));
            shown.github(&groups)
        }
    };
    terminal.out(text.as_bytes())
}

fn open(args: &Env, project: &Project, environment: &Environment, terminal: &Terminal) -> Result<Vault, Failure> {
    let open = |key: &Key| {
        let given = |name: &str| std::env::var(name).ok();
        Vault::open(&environment.secrets, key, &environment.scope, given).map_err(|missing| {
            let names: Vec<&str> = missing.iter().map(|secret| secret.name.as_str()).collect();
            Failure::new(format!("these secrets have no value: {}", names.join(", ")))
        })
    };
    let keeper = base::keeper(project, &args.pull);
    if inputs::makes_key(&args.values, &keeper) {
        open(&Key::stand_in())?;
    }
    let key = inputs::key(&args.values, &keeper, terminal)?
        .map_err(|finding| Failure::new(finding.message).help(finding.help.unwrap_or_default()))?;
    open(&key)
}

/// A name and its variables.
type Group<'e> = (String, &'e [Variable]);

/// The processes and tasks of the team's own code, or everything of one node.
fn groups<'e>(args: &Env, environment: &'e Environment) -> Result<Vec<Group<'e>>, Failure> {
    let mut all: Vec<(&str, String, bool, &[Variable])> = Vec::new();
    for process in &environment.processes {
        let own = !matches!(process.kind, ProcessKind::Store { .. } | ProcessKind::Gateway);
        all.push((&process.name, process.name.clone(), own, &process.env));
    }
    for frontend in &environment.frontends {
        all.push((&frontend.name, frontend.name.clone(), true, &frontend.env));
    }
    for sequence in &environment.sequences {
        for step in &sequence.steps {
            all.push((&sequence.store, format!("{} {}", sequence.store, step.name), step.is_task, &step.env));
        }
    }
    let Some(node) = &args.node else {
        return Ok(all.into_iter().filter(|(_, _, own, _)| *own).map(|(_, name, _, env)| (name, env)).collect());
    };
    let found: Vec<Group<'e>> =
        all.iter().filter(|(owner, ..)| owner == node).map(|(_, name, _, env)| (name.clone(), *env)).collect();
    if found.is_empty() {
        let mut known: Vec<&str> = environment.processes.iter().map(|process| process.name.as_str()).collect();
        known.extend(environment.frontends.iter().map(|frontend| frontend.name.as_str()));
        known.sort_unstable();
        let failure = Failure::new(format!("there is no process `{node}`"));
        return Err(failure.help(format!("there is: {}", known.join(", "))));
    }
    Ok(found)
}

/// Whether all of it can go into `$GITHUB_ENV`: a job has one set of variables, so that of two processes that disagree about a name one
/// would silently lose to the other.
fn agree(groups: &[Group<'_>]) -> Result<(), Failure> {
    let mut seen: BTreeMap<&str, (&str, &Value)> = BTreeMap::new();
    for (process, variables) in groups {
        for variable in *variables {
            let (first, value) = *seen.entry(&variable.name).or_insert((process, &variable.value));
            if *value != variable.value {
                let name = &variable.name;
                return Err(Failure::new(format!("`{name}` is not the same in `{first}` and in `{process}`"))
                    .help("a job has one set of variables: write `previewc env NODE --format github`"));
            }
        }
    }
    Ok(())
}

struct Shown<'a> {
    vault: Option<&'a Vault>,
    map: &'a SourceMap,
    program: &'a Program,
    environment: &'a Environment,
}

impl Shown<'_> {
    fn value(&self, value: &Value) -> String {
        match self.vault {
            // What an import is nobody here knows.
            Some(vault) if value.imported().is_none() => value.reveal(vault),
            _ => value.masked(MASK),
        }
    }

    /// The names of variables whose values only those know who apply the bundle.
    fn unknown(&self, groups: &[Group<'_>]) -> Vec<String> {
        let all = groups.iter().flat_map(|(_, variables)| *variables);
        let names: BTreeSet<&String> =
            all.filter(|variable| variable.value.imported().is_some()).map(|variable| &variable.name).collect();
        names.into_iter().cloned().collect()
    }

    fn human(&self, groups: &[Group<'_>], explain: bool) -> String {
        let mut out = String::new();
        for (index, (name, variables)) in groups.iter().enumerate() {
            let _ = writeln!(out, "{}{name}", if index > 0 { "\n" } else { "" });
            let width = variables.iter().map(|variable| variable.name.len()).max().unwrap_or(0);
            for variable in *variables {
                let import = self.import(&variable.value).map(|from| format!(" ({from})")).unwrap_or_default();
                let shown = one_line(&(self.value(&variable.value) + &import));
                let _ = writeln!(out, "  {:<width$}  {shown}", variable.name);
                if explain {
                    let _ = writeln!(out, "  {:<width$}    from {}", "", self.origin(variable));
                }
            }
        }
        out
    }

    /// Where a variable comes from, in words.
    fn origin(&self, variable: &Variable) -> String {
        let place = self.program.origins.span(variable.origin).and_then(|span| {
            let file = self.map.get(span.file)?;
            let start = self.map.range(span).start;
            Some(format!(" ({}:{}:{})", file.name(), start.line, start.column))
        });
        let at = place.unwrap_or_default();
        match &variable.source {
            Source::Manifest => format!("the manifest's env{at}"),
            Source::Override { generated } => format!("the manifest's env{at}, in place of the generated {generated}"),
            Source::Generated { from } => format!("{from}{at}"),
            Source::Recipe { engine } => format!("the recipe of {engine}"),
        }
    }

    /// Where a value is fetched from when the bundle is applied.
    fn import(&self, value: &Value) -> Option<String> {
        Some(self.environment.imports.get(value.imported()?)?.source.words())
    }

    fn json(&self, groups: &[Group<'_>], explain: bool) -> Result<String, Failure> {
        let mut all = Map::new();
        for (name, variables) in groups {
            let one: Map<String, Json> = variables
                .iter()
                .map(|variable| {
                    let value = self.value(&variable.value);
                    let shown = match (explain, self.import(&variable.value)) {
                        (false, _) => json!(value),
                        (true, import) => {
                            let secret = variable.value.is_tainted();
                            let mut shown = json!({ "value": value, "secret": secret, "from": self.origin(variable) });
                            if let (Some(import), Some(map)) = (import, shown.as_object_mut()) {
                                map.insert("fetched".to_owned(), json!(import));
                            }
                            shown
                        }
                    };
                    (variable.name.clone(), shown)
                })
                .collect();
            all.insert(name.clone(), Json::Object(one));
        }
        let mut text = serde_json::to_string_pretty(&all).map_err(|error| Failure::new(error.to_string()))?;
        text.push('\n');
        Ok(text)
    }

    fn dotenv(&self, groups: &[Group<'_>]) -> Result<String, Failure> {
        let mut out = String::new();
        for (name, variables) in groups {
            if groups.len() > 1 {
                let _ = writeln!(out, "# {name}");
            }
            for variable in *variables {
                if self.vault.is_some() && variable.value.imported().is_some() {
                    continue;
                }
                dotenv::write(&mut out, &variable.name, &self.value(&variable.value))
                    .map_err(|error| Failure::new(format!("{}: {error}", variable.name)))?;
            }
        }
        Ok(out)
    }

    /// Lines that tell the runner of GitHub Actions what to mask in its log from now on: each secret as it stands in a value,
    /// and each value that holds one. It masks line by line.
    fn masks(&self, groups: &[Group<'_>]) -> String {
        let Some(vault) = self.vault else { return String::new() };
        let mut masks: Vec<String> = Vec::new();
        for variable in groups.iter().flat_map(|(_, variables)| *variables) {
            for part in variable.value.parts() {
                if let Part::Secret(id, encoding) = part {
                    let mut value = Value::default();
                    value.push(&Value::secret(*id), *encoding);
                    masks.extend(value.reveal(vault).split(['\n', '\r']).map(str::to_owned));
                }
            }
            let whole = variable.value.reveal(vault);
            if variable.value.imported().is_none() && variable.value.is_tainted() && !whole.contains(['\n', '\r']) {
                masks.push(whole);
            }
        }
        let mut out = String::new();
        let mut told = BTreeSet::new();
        for mask in &masks {
            if !mask.trim().is_empty() && told.insert(mask) {
                let _ = writeln!(out, "::add-mask::{}", mask.replace('%', "%25"));
            }
        }
        out
    }

    /// Lines for `$GITHUB_ENV`; the end marker of a value follows from it and does not occur in it.
    fn github(&self, groups: &[Group<'_>]) -> String {
        let mut out = String::new();
        for (_, variables) in groups {
            for variable in *variables {
                if self.vault.is_some() && variable.value.imported().is_some() {
                    continue;
                }
                let value = self.value(&variable.value);
                let mut end = format!("previewc_{}", Digest::of(value.as_bytes()));
                while value.contains(&end) {
                    end.push('_');
                }
                let _ = writeln!(out, "{}<<{end}\n{value}\n{end}", variable.name);
            }
        }
        out
    }
}

/// A value in one line: what a terminal would act on is escaped.
fn one_line(value: &str) -> String {
    let escape = |c: char| match c {
        '\n' | '\r' | '\t' => c.escape_default().to_string(),
        c if c.is_control() => c.escape_unicode().to_string(),
        c => c.to_string(),
    };
    value.chars().map(escape).collect()
}
