//! `from`: a workload takes over build, image, env, files and size of another.

use std::collections::BTreeMap;

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
    /// Files; the nearest of a path wins.
    pub files: IndexMap<&'m str, &'m manifest::File>,
}

/// The sections whose nodes have an image of the team's own.
pub(super) const WORKLOADS: [Section; 3] = [Section::Services, Section::Workers, Section::Crons];

/// How many others a workload may be `from`, one behind the other: each takes over what all before it state.
const LONGEST: usize = 8;

/// Follows `from` for every workload. Unknown names, circles and lines that are too long are reported once; a workload in a
/// circle keeps its own.
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
    too_long(drafts, sink);
    drafts.keys().map(|name| (name.clone(), chain(name, drafts))).collect()
}

/// Collects from the furthest to the nearest.
fn chain<'m>(name: &str, drafts: &IndexMap<String, Draft<'m>>) -> Inherited<'m> {
    let mut line: Vec<&Draft<'m>> = Vec::new();
    let mut next = Some(name);
    while let Some(draft) = next.and_then(|name| drafts.get(name)) {
        if line.len() > LONGEST || line.iter().any(|seen| seen.name == draft.name) {
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
        out.files.extend(draft.files.iter().map(|(path, file)| (path.as_str(), file)));
    }
    out
}

fn circles(drafts: &IndexMap<String, Draft<'_>>, sink: &mut Sink) {
    // Which start came first to a workload: another one's line that meets it has been looked at already.
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, start) in drafts.values().enumerate() {
        let mut path: Vec<&Draft<'_>> = Vec::new();
        let mut next = Some(start);
        while let Some(draft) = next {
            match seen.get(draft.name.as_str()) {
                None => {
                    seen.insert(&draft.name, number);
                    path.push(draft);
                    next = draft.from.and_then(|(from, _)| drafts.get(from));
                }
                Some(first) => {
                    if *first == number {
                        let position = path.iter().position(|before| before.name == draft.name);
                        report(path.get(position.unwrap_or(0)..).unwrap_or(&[]), sink);
                    }
                    break;
                }
            }
        }
    }
}

/// Reports the workloads that are just one too far away; what is `from` them is as far away by their fault.
fn too_long(drafts: &IndexMap<String, Draft<'_>>, sink: &mut Sink) {
    let next = |draft: &Draft<'_>| draft.from.and_then(|(from, _)| drafts.get(from));
    for draft in drafts.values() {
        let line: Vec<&Draft<'_>> = std::iter::successors(next(draft), |draft| next(draft)).take(LONGEST + 2).collect();
        let Some((from, span)) = draft.from.filter(|_| line.len() == LONGEST + 1) else { continue };
        sink.push(
            Diagnostic::new(
                codes::FROM_TOO_LONG,
                format!("`{}` is the {}th in a line of `from`, and {LONGEST} is the most", draft.name, line.len()),
            )
            .at(span, format!("`{from}` is from {LONGEST} others already"))
            .help("let it be `from` one that states its own `build` or `image`"),
        );
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
