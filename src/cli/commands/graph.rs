//! `previewc graph`: how the nodes hang together.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::json;

use super::load;
use crate::cli::args::{Format, Graph, GraphFormat};
use crate::cli::project::Project;
use crate::cli::terminal::Terminal;
use crate::cli::{Done, Failure};
use crate::resolve::{Body, EdgeKind, Node, Program, Section};

/// Prints the graph.
pub fn run(args: &Graph, terminal: &Terminal) -> Done {
    let project = Project::find(&args.manifest)?;
    let loaded = match load(&project, Format::Human, terminal)? {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let program = &loaded.program;
    let text = match args.format {
        GraphFormat::Tree => Tree::of(program),
        GraphFormat::Mermaid => mermaid(program),
        GraphFormat::Dot => dot(program),
        GraphFormat::Json => as_json(program)?,
    };
    terminal.out(text.as_bytes())
}

type Edges<'p> = BTreeSet<(&'p str, &'p str, EdgeKind)>;

/// Every pair of nodes once per kind of edge, in a fixed order.
fn edges(program: &Program) -> Edges<'_> {
    program.edges.iter().map(|edge| (edge.from.as_str(), edge.to.as_str(), edge.kind)).collect()
}

fn word(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Build => "build",
        EdgeKind::Address => "address",
        EdgeKind::Start => "start",
    }
}

/// What a node is, in a word or two.
fn what(node: &Node) -> String {
    match (&node.body, node.section) {
        (Body::Store(store), _) => store.engine.clone(),
        (Body::Workload(workload), Section::Crons) => format!("cron {}", workload.schedule.as_deref().unwrap_or("")),
        (Body::Workload(_), Section::Workers) => "worker".to_owned(),
        (Body::Workload(_), _) => "service".to_owned(),
        (Body::External(_), _) => "external".to_owned(),
        (Body::Server(_), _) => "server".to_owned(),
        (Body::Frontend(_), _) => "frontend".to_owned(),
    }
}

/// A tree from each node that nothing starts after. A node is unfolded where it is seen first.
struct Tree<'p> {
    program: &'p Program,
    edges: Edges<'p>,
    seen: BTreeSet<&'p str>,
    out: String,
}

impl<'p> Tree<'p> {
    fn of(program: &'p Program) -> String {
        let edges = edges(program);
        let needed: BTreeSet<&str> =
            edges.iter().filter(|(_, _, kind)| *kind == EdgeKind::Start).map(|(_, to, _)| *to).collect();
        let roots: Vec<&Node> = program.nodes.values().filter(|node| !needed.contains(node.name.as_str())).collect();
        let mut tree = Tree { program, edges, seen: BTreeSet::new(), out: format!("{}\n", program.app) };
        for (index, root) in roots.iter().enumerate() {
            tree.branch(root, "", index + 1 == roots.len());
        }
        tree.out
    }

    fn branch(&mut self, node: &'p Node, indent: &str, last: bool) {
        let (joint, more) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        let below: Vec<&Node> = self
            .edges
            .iter()
            .filter(|(from, _, kind)| *from == node.name && *kind == EdgeKind::Start)
            .filter_map(|(_, to, _)| self.program.nodes.get(*to))
            .collect();
        let again = !self.seen.insert(node.name.as_str()) && !below.is_empty();
        let tail = if again { " …" } else { "" };
        let _ = writeln!(self.out, "{indent}{joint}{} ({}){}{tail}", node.name, what(node), routes(node));
        if again {
            return;
        }
        for (index, child) in below.iter().enumerate() {
            self.branch(child, &format!("{indent}{more}"), index + 1 == below.len());
        }
    }
}

fn routes(node: &Node) -> String {
    let Body::Workload(workload) = &node.body else { return String::new() };
    let shown = workload.routes.iter().map(|route| match &route.host {
        Some(host) => format!(" ← {host}-pr-N.…{}", if route.path == "/" { "" } else { &route.path }),
        None => format!(" ← {}", route.path),
    });
    shown.collect()
}

/// Names are `[a-z0-9-]`, engines and schedules are words without quotes, so that no label can break out.
pub(super) fn mermaid(program: &Program) -> String {
    let mut out = String::from("flowchart LR\n");
    for node in program.nodes.values() {
        let label = format!("{}<br/><small>{}</small>", node.name, plain(&what(node)));
        let (open, close) = match &node.body {
            Body::Store(_) => ("[(\"", "\")]"),
            Body::External(_) | Body::Server(_) | Body::Frontend(_) => ("([\"", "\"])"),
            Body::Workload(_) => ("[\"", "\"]"),
        };
        let _ = writeln!(out, "  {}{open}{label}{close}", id(&node.name));
    }
    for (from, to, kind) in edges(program) {
        let arrow = match kind {
            EdgeKind::Start => "-->",
            EdgeKind::Address => "-.->",
            EdgeKind::Build => "-. build .->",
        };
        let _ = writeln!(out, "  {} {arrow} {}", id(from), id(to));
    }
    out
}

/// `end`, `graph` and the like are words of mermaid: no node is called by its bare name.
fn id(name: &str) -> String {
    format!("n_{}", name.replace('-', "_"))
}

/// A text without what labels give a meaning.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '"' | '<' | '>' | '\\')).collect()
}

fn dot(program: &Program) -> String {
    let mut out = format!("digraph \"{}\" {{\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n", program.app);
    for node in program.nodes.values() {
        let shape = match &node.body {
            Body::Store(_) => "cylinder",
            Body::Workload(_) => "box",
            _ => "oval",
        };
        let _ = writeln!(out, "  \"{0}\" [shape={shape}, label=\"{0}\\n{1}\"];", node.name, plain(&what(node)));
    }
    for (from, to, kind) in edges(program) {
        let style = match kind {
            EdgeKind::Start => "solid",
            EdgeKind::Address => "dashed",
            EdgeKind::Build => "dotted",
        };
        let _ = writeln!(out, "  \"{from}\" -> \"{to}\" [style={style}];");
    }
    out.push_str("}\n");
    out
}

fn as_json(program: &Program) -> Result<String, Failure> {
    let nodes: Vec<_> = program
        .nodes
        .values()
        .map(|node| json!({ "name": node.name, "section": node.section.key(), "what": what(node) }))
        .collect();
    let edges: Vec<_> = edges(program)
        .into_iter()
        .map(|(from, to, kind)| json!({ "from": from, "to": to, "kind": word(kind) }))
        .collect();
    let graph = json!({ "name": program.app, "nodes": nodes, "edges": edges, "start_order": program.start_order });
    let mut text = serde_json::to_string_pretty(&graph).map_err(|error| Failure::new(error.to_string()))?;
    text.push('\n');
    Ok(text)
}
