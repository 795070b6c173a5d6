//! The graph: only start edges order, and they must not be circular.

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::BTreeMap;

use super::origin::Origins;
use super::program::{Edge, EdgeKind};
use crate::diagnostics::{Diagnostic, Sink, codes};

/// The nodes so that each comes after what it starts after, ties by name. Every cycle is reported as a path; the nodes of a
/// cycle come last.
pub(super) fn start_order(nodes: &[String], edges: &[Edge], origins: &Origins, sink: &mut Sink) -> Vec<String> {
    let mut sorted: Vec<&str> = nodes.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    let mut graph: DiGraph<&str, usize> = DiGraph::new();
    let index: BTreeMap<&str, NodeIndex> = sorted.iter().map(|name| (*name, graph.add_node(name))).collect();
    for (number, edge) in edges.iter().enumerate().filter(|(_, edge)| edge.kind == EdgeKind::Start) {
        if let (Some(from), Some(to)) = (index.get(edge.from.as_str()), index.get(edge.to.as_str())) {
            graph.add_edge(*from, *to, number);
        }
    }
    let words = Words {
        what: "the start order is circular",
        step: "starts after",
        help: "let one of them refer to the other's address only (`${services.name.url}` in `env`, without `uses`)",
    };
    circles(&graph, edges, &words, origins, sink);
    order(&sorted, &index, &graph)
}

/// Reports externals whose URLs are made of each other's in a circle: none of them could be written out.
pub(super) fn addresses(edges: &[Edge], origins: &Origins, sink: &mut Sink) {
    let mut graph: DiGraph<&str, usize> = DiGraph::new();
    let mut index: BTreeMap<&str, NodeIndex> = BTreeMap::new();
    for (number, edge) in edges.iter().enumerate() {
        let [from, to] = [&edge.from, &edge.to].map(|name| *index.entry(name).or_insert_with(|| graph.add_node(name)));
        graph.add_edge(from, to, number);
    }
    let words = Words {
        what: "the URLs of externals are circular",
        step: "takes up the URL of",
        help: "write the URL of one of them out",
    };
    circles(&graph, edges, &words, origins, sink);
}

/// How a circle is told.
struct Words {
    what: &'static str,
    step: &'static str,
    help: &'static str,
}

fn circles(graph: &DiGraph<&str, usize>, edges: &[Edge], words: &Words, origins: &Origins, sink: &mut Sink) {
    for component in tarjan_scc(graph) {
        let circular =
            component.len() > 1 || component.first().is_some_and(|node| graph.find_edge(*node, *node).is_some());
        if circular {
            report(&component, graph, edges, words, origins, sink);
        }
    }
}

/// Kahn's algorithm with the ready nodes kept in order of their names.
fn order(sorted: &[&str], index: &BTreeMap<&str, NodeIndex>, graph: &DiGraph<&str, usize>) -> Vec<String> {
    let mut missing: BTreeMap<&str, usize> = BTreeMap::new();
    let mut ready: std::collections::BTreeSet<&str> = std::collections::BTreeSet::new();
    for name in sorted {
        let Some(node) = index.get(name) else {
            continue;
        };
        let mut needs: Vec<NodeIndex> = graph.neighbors(*node).collect();
        needs.sort_unstable();
        needs.dedup();
        if needs.is_empty() {
            ready.insert(name);
        }
        missing.insert(name, needs.len());
    }
    let mut out = Vec::with_capacity(sorted.len());
    while let Some(name) = ready.pop_first() {
        out.push(name.to_owned());
        missing.remove(name);
        let Some(node) = index.get(name) else {
            continue;
        };
        let mut needers: Vec<NodeIndex> = graph.neighbors_directed(*node, petgraph::Incoming).collect();
        needers.sort_unstable();
        needers.dedup();
        for needer in needers {
            let Some(needer) = graph.node_weight(needer) else {
                continue;
            };
            if let Some(count) = missing.get_mut(needer) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    ready.insert(needer);
                }
            }
        }
    }
    out.extend(missing.keys().map(|name| (*name).to_owned()));
    out
}

/// Shows one shortest cycle of a component, with the place of every edge.
fn report(
    component: &[NodeIndex],
    graph: &DiGraph<&str, usize>,
    edges: &[Edge],
    words: &Words,
    origins: &Origins,
    sink: &mut Sink,
) {
    let Some(start) = component.iter().min_by_key(|node| graph.node_weight(**node)) else {
        return;
    };
    let Some(cycle) = shortest(*start, component, graph) else {
        return;
    };
    let names: Vec<&str> =
        cycle.iter().filter_map(|number| edges.get(*number)).map(|edge| edge.from.as_str()).collect();
    let path = names.iter().chain(names.first()).copied().collect::<Vec<_>>().join(" → ");
    let mut finding = Diagnostic::new(codes::CYCLE, format!("{}: {path}", words.what)).help(words.help);
    for (position, edge) in cycle.iter().filter_map(|number| edges.get(*number)).enumerate() {
        let Some(span) = origins.span(edge.origin) else {
            continue;
        };
        let text = format!("`{}` {} `{}`", edge.from, words.step, edge.to);
        finding = if position == 0 { finding.at(span, text) } else { finding.also(span, text) };
    }
    sink.push(finding);
}

/// The edges of a shortest way from a node back to itself, by breadth first; neighbours in order of their names.
fn shortest(start: NodeIndex, component: &[NodeIndex], graph: &DiGraph<&str, usize>) -> Option<Vec<usize>> {
    let mut came: BTreeMap<NodeIndex, (NodeIndex, usize)> = BTreeMap::new();
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        let mut next: Vec<(NodeIndex, usize)> = graph
            .edges(node)
            .map(|edge| (petgraph::visit::EdgeRef::target(&edge), *edge.weight()))
            .filter(|(target, _)| component.contains(target))
            .collect();
        next.sort_unstable_by_key(|(target, number)| (graph.node_weight(*target).copied(), *number));
        for (target, number) in next {
            if target == start {
                let mut cycle = vec![number];
                let mut at = node;
                while at != start {
                    let (before, edge) = came.get(&at).copied()?;
                    cycle.push(edge);
                    at = before;
                }
                cycle.reverse();
                return Some(cycle);
            }
            if let std::collections::btree_map::Entry::Vacant(slot) = came.entry(target) {
                slot.insert((node, number));
                queue.push_back(target);
            }
        }
    }
    None
}
