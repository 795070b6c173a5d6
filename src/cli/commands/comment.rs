//! `previewc comment`: the Markdown of one comment on the pull request, which is written anew with each push.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::removal::Remover;
use super::{graph, load_pull, planned};
use crate::cli::args::{Comment, Format, Status};
use crate::cli::inputs;
use crate::cli::project::Project;
use crate::cli::terminal::Terminal;
use crate::cli::{Done, Failure};
use crate::fleet::{KEEP, states};
use crate::plan::{Environment, ProcessKind};
use crate::resolve::{Body, Program};

/// Prints it. No key is needed: no secret stands in it.
pub fn run(args: &Comment, terminal: &Terminal) -> Done {
    let project = Project::find(&args.manifest)?;
    let loaded = match load_pull(&project, &args.pull, Format::Human, terminal)? {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let pull_request = inputs::pull_request(&args.pull, &loaded.program)?;
    let (environment, settings) = match planned(&loaded, pull_request, args.target, terminal)? {
        Ok(planned) => planned,
        Err(exit) => return Ok(exit),
    };
    let live = match &args.live {
        Some(path) => {
            let found = states(&inputs::list(path)?, environment.id.as_str());
            Some(found.map_err(|error| Failure::new(format!("{}: {error}", path.display())))?)
        }
        None => None,
    };
    let remover = Remover {
        file: args.manifest.file.as_deref(),
        repository: &environment.pull_request.repository,
        folder: project.own_folder(),
        bundles: None,
        elsewhere: loaded.program.has_stores_elsewhere(),
    };
    let (program, status, live) = (&loaded.program, args.status, live.as_ref());
    let sleeps = settings.profile(program).sleeps;
    let page = Page { program, environment: &environment, sleeps, status, live, remover };
    terminal.out(page.write().as_bytes())
}

/// One comment in the making.
struct Page<'a> {
    program: &'a Program,
    environment: &'a Environment,
    /// Whether it can be put to sleep.
    sleeps: bool,
    status: Status,
    /// States by process, where they are known.
    live: Option<&'a BTreeMap<String, String>>,
    remover: Remover<'a>,
}

impl Page<'_> {
    fn write(&self) -> String {
        let (environment, program) = (self.environment, self.program);
        let target = environment.target.as_str();
        // Whoever updates the comment finds it by this line.
        let mut out = format!("<!-- previewc {} {target} -->\n", environment.id);
        let number = environment.pull_request.number;
        let became = match self.status {
            Status::Pending => "is being brought up",
            Status::Up => "is up",
            Status::Failed => "did not come up",
            Status::Removed => "is gone",
        };
        let _ = writeln!(out, "### Preview of {}: pull request {number} {became}\n", program.app);
        if self.status == Status::Removed {
            out.push_str("Everything that ran for it has been removed.\n");
            return out;
        }
        let sha = environment.pull_request.head_sha.as_deref().unwrap_or_default();
        let commit =
            if sha.is_empty() { String::new() } else { format!(", commit `{}`", sha.get(..12).unwrap_or(sha)) };
        if environment.hosts.names.is_empty() {
            let _ = writeln!(out, "It has no public address{commit}.");
        } else {
            let _ = writeln!(out, "**<{}>**{commit}", environment.url);
        }
        self.processes(&mut out);
        self.shared(&mut out);
        self.access(&mut out);
        self.end(&mut out);
        let _ = write!(
            out,
            "\n<details><summary>How it hangs together</summary>\n\n```mermaid\n{}```\n\n</details>\n",
            graph::mermaid(program)
        );
        out
    }

    /// What runs, where it is reached, and how it does.
    fn processes(&self, out: &mut String) {
        let known = self.live.is_some();
        let (head, rule) = if known { (" state |", "---|") } else { ("", "") };
        let _ = write!(out, "\n| its own | | address |{head}\n|---|---|---|{rule}\n");
        let mut seen = Vec::new();
        for process in &self.environment.processes {
            let what = match &process.kind {
                ProcessKind::Service => "service".to_owned(),
                ProcessKind::Worker => "worker".to_owned(),
                ProcessKind::Cron { schedule } => format!("cron `{schedule}`"),
                ProcessKind::Store { engine } => engine.clone(),
                ProcessKind::Gateway => continue,
            };
            let urls = self.environment.urls.iter().filter(|public| public.node == process.name);
            let urls: Vec<String> = urls.map(|public| format!("<{}>", public.url)).collect();
            // Compose has no container of a cron until somebody runs it.
            let runs = !matches!(process.kind, ProcessKind::Cron { .. });
            self.row(out, &process.name, &what, &urls.join("<br>"), known && runs);
            seen.push(process.name.as_str());
        }
        for frontend in &self.environment.frontends {
            let platform = format!("frontend on {}", frontend.platform.word());
            self.row(out, &frontend.name, &platform, &format!("<{}>", frontend.url()), false);
        }
        for node in self.program.nodes.values().filter(|node| !seen.contains(&node.name.as_str())) {
            let Body::Store(store) = &node.body else { continue };
            let place = if let Some(server) = &store.server {
                format!(", on the shared server {server}")
            } else if let Some(branch) = &store.branch {
                format!(", a branch at {}", branch.provider.title())
            } else {
                ", a service of AWS".to_owned()
            };
            self.row(out, &node.name, &format!("{}{place}", store.engine), "", false);
        }
    }

    fn row(&self, out: &mut String, name: &str, what: &str, urls: &str, known: bool) {
        let state = match self.live.and_then(|live| live.get(name)) {
            Some(state) => format!(" {} |", cell(state)),
            None if known => " unknown |".to_owned(),
            // A row has as many cells as the head.
            None if self.live.is_some() => " |".to_owned(),
            None => String::new(),
        };
        let _ = writeln!(out, "| {name} | {} | {urls} |{state}", cell(what));
    }

    /// What is not replicated, with the team's reasons.
    fn shared(&self, out: &mut String) {
        let shared = self.program.nodes.values().filter_map(|node| match &node.body {
            Body::External(external) => Some((&node.name, &external.reason)),
            Body::Server(server) => Some((&node.name, &server.reason)),
            _ => None,
        });
        let lines: Vec<String> = shared.map(|(name, reason)| format!("- {name}: {}", code(reason))).collect();
        if !lines.is_empty() {
            let _ = writeln!(out, "\nShared with everything else, each for its reason:\n\n{}", lines.join("\n"));
        }
    }

    fn access(&self, out: &mut String) {
        let Some(login) = &self.environment.access.login else { return };
        let _ = writeln!(
            out,
            "\nIt asks for a login: `{}`, and the password that `previewc env --pr {} --target {} --reveal` shows under the gateway.",
            login.user,
            self.environment.pull_request.number,
            self.environment.target.as_str()
        );
    }

    fn end(&self, out: &mut String) {
        let preview = self.program.preview.as_ref();
        out.push('\n');
        if let Some(idle) = preview.and_then(|preview| preview.idle.as_ref()).filter(|_| self.sleeps) {
            let _ = write!(out, "It sleeps after {} without a request, and a push wakes it. ", idle.value);
        }
        out.push_str("It goes when the pull request is closed");
        if let Some(ttl) = preview.and_then(|preview| preview.ttl.as_ref()) {
            let _ = write!(out, ", and {} after the last push; the label `{KEEP}` keeps it", ttl.value);
        }
        let pull = &self.environment.pull_request;
        let by_hand = self.remover.of(pull.number, self.environment.target).line();
        let _ = writeln!(out, ". By hand:\n\n```sh\n{by_hand}\n```");
    }
}

/// A text of somebody's as code: nothing in it is Markdown, a mention or a link. It is cut where it fills the page.
fn code(text: &str) -> String {
    let mut plain: String =
        text.chars().map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c }).take(200).collect();
    if plain.trim().is_empty() {
        "-".clone_into(&mut plain);
    }
    let longest = plain.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    format!("{fence} {} {fence}", plain.trim())
}

/// The same in a cell of a table, which a bar would end whatever stands around it.
fn cell(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || " ,.:()`*/-".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { code(text).replace('|', "\\|") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_code() {
        assert_eq!(code("cost"), "` cost `");
        assert_eq!(code("a `b` ``c"), "``` a `b` ``c ```");
        assert_eq!(code("x\n<!-- y -->\r\n@z"), "` x <!-- y -->  @z `");
        assert_eq!(code(" \n "), "` - `");
        assert!(code(&"é".repeat(300)).chars().count() < 210);
        assert_eq!(cell("a|b"), "` a\\|b `");
    }
}
