//! `from`: a workload takes over build, image, env and size of another.

use indexmap::IndexMap;

use super::draft::Draft;
use super::names::{Names, Wanted};
use super::program::Section;
use crate::diagnostics::{Diagnostic, Sink, codes};
use crate::manifest;
use crate::shape::Template;
use crate::source::Span;

/// What is known of a workload after `from`.
#[derive(Debug, Clone, Default)]
pub(super) struct Inherited<'m> {
    /// The nearest build, with the node that states it.
    pub build: Option<(String, &'m manifest::Build)>,
    /// The nearest image, where it is nearer than any build.
    pub image: Option<(String, Span)>,
    /// Variables; the nearest of a name wins, the order is the furthest's.
    pub env: IndexMap<String, &'m Template>,
    /// Variables of the build.
    pub build_env: IndexMap<String, &'m Template>,
    /// The nearest size.
    pub size: Option<(u32, u64)>,
    /// The nearest user.
    pub user: Option<u32>,
}

/// The sections whose nodes have an image of the team's own.
pub(super) const WORKLOADS: [Section; 3] = [Section::Services, Section::Workers, Section::Crons];

/// Follows `from` for every workload. Unknown names and circles are reported once; a workload in a circle keeps its own.
pub(super) fn inherit<'m>(
    drafts: &IndexMap<String, Draft<'m>>,
    names: &mut Names,
    sink: &mut Sink,
) -> IndexMap<String, Inherited<'m>> {
    for draft in drafts.values() {
        if let Some((from, span)) = draft.from {
            names.require(from, &WORKLOADS, Wanted::From("a workload"), span, sink);
        }
    }
    circles(drafts, sink);
    drafts.keys().map(|name| (name.clone(), chain(name, drafts))).collect()
}

/// Collects from the furthest to the nearest.
fn chain<'m>(name: &str, drafts: &IndexMap<String, Draft<'m>>) -> Inherited<'m> {
    let mut line: Vec<&Draft<'m>> = Vec::new();
    let mut next = Some(name);
    while let Some(draft) = next.and_then(|name| drafts.get(name)) {
        if line.iter().any(|seen| seen.name == draft.name) {
            break;
        }
        line.push(draft);
        next = draft.from.map(|(from, _)| from);
    }
    let mut out = Inherited::default();
    for draft in line.into_iter().rev() {
        if let Some(build) = draft.build {
            out.build = Some((draft.name.clone(), build));
            out.image = None;
        }
        if let Some((image, span)) = draft.image {
            out.image = Some((image.to_owned(), span));
            out.build = None;
        }
        out.env.extend(draft.env.iter().map(|(name, text)| (name.clone(), *text)));
        out.build_env.extend(draft.build_env.iter().map(|(name, text)| (name.clone(), *text)));
        out.size = draft.size.or(out.size);
        out.user = draft.user.or(out.user);
    }
    out
}

fn circles(drafts: &IndexMap<String, Draft<'_>>, sink: &mut Sink) {
    let mut reported: Vec<&str> = Vec::new();
    for start in drafts.values() {
        let mut path: Vec<&Draft<'_>> = vec![start];
        while let Some(next) = path.last().and_then(|draft| draft.from).and_then(|(from, _)| drafts.get(from)) {
            if let Some(position) = path.iter().position(|seen| seen.name == next.name) {
                let circle = path.get(position..).unwrap_or(&[]);
                if circle.iter().any(|draft| reported.contains(&draft.name.as_str())) {
                    break;
                }
                reported.extend(circle.iter().map(|draft| draft.name.as_str()));
                report(circle, sink);
                break;
            }
            path.push(next);
        }
    }
}

fn report(circle: &[&Draft<'_>], sink: &mut Sink) {
    let names: Vec<&str> = circle.iter().chain(circle.first()).map(|draft| draft.name.as_str()).collect();
    let mut finding = Diagnostic::new(codes::CYCLE, format!("`from` is circular: {}", names.join(" → ")))
        .help("let one of them state its own `build` or `image`");
    for (position, draft) in circle.iter().enumerate() {
        let Some((from, span)) = draft.from else {
            continue;
        };
        let text = format!("`{}` is from `{from}`", draft.name);
        finding = if position == 0 { finding.at(span, text) } else { finding.also(span, text) };
    }
    sink.push(finding);
}
