//! Looking names up, and what to say where there is none.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::program::Section;
use crate::diagnostics::{Diagnostic, Sink, codes};
use crate::manifest::NodeName;
use crate::shape::nearest;
use crate::source::Span;

/// What a name is looked up for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted<'a> {
    /// An entry of `uses`.
    Used,
    /// What a workload, a migration or a seed (with its article) is `from`.
    From(&'a str),
    /// The server of an isolation.
    Server,
    /// The name of a reference with this root.
    Root(&'a str),
}

impl Wanted<'_> {
    fn missing(self, name: &str) -> String {
        match self {
            Wanted::Used => format!("there is no node `{name}`"),
            Wanted::From(_) => format!("there is no service, worker or cron `{name}`"),
            Wanted::Server => format!("there is no server `{name}`"),
            Wanted::Root(root) => format!("there is no `{name}` in `{root}`"),
        }
    }

    fn wrong(self, name: &str, section: Section) -> String {
        let stands = format!("`{name}` stands in `{}`", section.key());
        match self {
            Wanted::Used => format!("{stands}, which nothing can use"),
            Wanted::From(what) => format!("{stands}, and {what} cannot be `from` it"),
            Wanted::Server => format!("{stands}, and is no server"),
            Wanted::Root(root) => format!("{stands}, not in `{root}`"),
        }
    }

    fn none(self) -> String {
        match self {
            Wanted::Used => "the manifest declares nothing that could be used".to_owned(),
            Wanted::From(_) => "the manifest declares no service, worker or cron".to_owned(),
            Wanted::Server => "the manifest declares no server".to_owned(),
            Wanted::Root(root) => format!("the manifest declares no `{root}`"),
        }
    }
}

/// How many names a help lists.
const MOST_LISTED: usize = 12;

/// How many comparisons of names a run spends on what might have been meant: more than a hundred mistakes among a thousand
/// names, and a fraction of a second.
const MOST_COMPARISONS: usize = 200_000;

/// Every name that the manifest declares, with its section; also those whose bodies are wrong.
#[derive(Debug)]
pub(super) struct Names {
    by_name: IndexMap<String, (Section, Span)>,
    /// The same in the manifest's order, by section.
    by_section: BTreeMap<Section, Vec<String>>,
    /// Names that were refused where they are declared, by section: never to be written again.
    refused: BTreeMap<Section, Vec<String>>,
    /// Names that are declared more than once: which one is meant cannot be told.
    twice: BTreeSet<String>,
    /// Names that something refers to, or was probably meant to.
    used: BTreeSet<String>,
    /// Sections that something refers into by a name that nothing resembles: nobody can say what is unused there.
    lost: BTreeSet<Section>,
    /// The same for what is no node: `secret`, `variable`.
    lost_declared: BTreeSet<&'static str>,
    /// How many comparisons are left.
    comparisons: Cell<usize>,
}

impl Default for Names {
    fn default() -> Self {
        Names {
            by_name: IndexMap::new(),
            by_section: BTreeMap::new(),
            refused: BTreeMap::new(),
            twice: BTreeSet::new(),
            used: BTreeSet::new(),
            lost: BTreeSet::new(),
            lost_declared: BTreeSet::new(),
            comparisons: Cell::new(MOST_COMPARISONS),
        }
    }
}

impl Names {
    /// Declares a name. The first of two equal ones stays; the manifest's decoder reports the second.
    pub(super) fn declare(&mut self, name: &str, section: Section, span: Span) {
        if self.by_name.contains_key(name) {
            self.twice.insert(name.to_owned());
        } else {
            self.by_name.insert(name.to_owned(), (section, span));
            let names = if NodeName::new(name).is_some() { &mut self.by_section } else { &mut self.refused };
            names.entry(section).or_default().push(name.to_owned());
        }
    }

    /// Whether several nodes have this name.
    pub(super) fn is_twice(&self, name: &str) -> bool {
        self.twice.contains(name)
    }

    /// The section of a name.
    pub(super) fn section(&self, name: &str) -> Option<Section> {
        self.by_name.get(name).map(|(section, _)| *section)
    }

    /// Where a name is declared.
    pub(super) fn span(&self, name: &str) -> Option<Span> {
        self.by_name.get(name).map(|(_, span)| *span)
    }

    /// Notes that something refers to a name.
    pub(super) fn mark(&mut self, name: &str) {
        self.used.insert(name.to_owned());
    }

    /// Notes that something in one of some sections was meant, and that it cannot be told what.
    pub(super) fn lose(&mut self, sections: &[Section]) {
        self.lost.extend(sections);
    }

    /// Notes that a `secret` or `variable` was meant, and that it cannot be told which.
    pub(super) fn lose_declared(&mut self, what: &'static str) {
        self.lost_declared.insert(what);
    }

    /// Whether nothing refers to a `secret` or `variable`, as far as can be told.
    pub(super) fn is_idle(&self, what: &str, name: &str) -> bool {
        !self.lost_declared.contains(&what) && !self.used.contains(name)
    }

    /// Marks every name that stands in a reference that makes no sense; loses everything where there is none.
    pub(super) fn guess(&mut self, words: &[&str]) {
        let known: Vec<&str> = words.iter().copied().filter(|word| self.by_name.contains_key(*word)).collect();
        if known.is_empty() {
            self.lose(&Section::ALL);
            self.lost_declared.extend(["secret", "variable"]);
        }
        for name in known {
            self.mark(name);
        }
    }

    /// Whether nothing refers to a name, as far as can be told.
    pub(super) fn is_unused(&self, name: &str) -> bool {
        self.section(name).is_none_or(|section| !self.lost.contains(&section)) && !self.used.contains(name)
    }

    /// The names of some sections, in the manifest's order; last those that were refused where they are declared.
    pub(super) fn of(&self, sections: &[Section]) -> Vec<&str> {
        let good = sections.iter().filter_map(|section| self.by_section.get(section));
        let refused = sections.iter().filter_map(|section| self.refused.get(section));
        good.chain(refused).flatten().map(String::as_str).collect()
    }

    /// What to choose from, in words; names that were refused are not among it.
    fn choice(&self, sections: &[Section], wanted: Wanted<'_>) -> String {
        let named: Vec<&Vec<String>> = sections.iter().filter_map(|section| self.by_section.get(section)).collect();
        match named.iter().map(|names| names.len()).sum() {
            0 => wanted.none(),
            count => listed(named.into_iter().flatten().map(String::as_str), count),
        }
    }

    /// The name that was probably meant, out of so many. A run that has compared very many names suggests no more.
    pub(super) fn suggest<'c>(
        &self,
        written: &str,
        candidates: impl IntoIterator<Item = &'c str>,
        count: usize,
    ) -> Option<&'c str> {
        self.comparisons.set(self.comparisons.get().checked_sub(count)?);
        nearest(written, candidates)
    }

    /// The same among the names of some sections.
    fn near(&self, written: &str, sections: &[Section]) -> Option<String> {
        let count = |names: &BTreeMap<Section, Vec<String>>| -> usize {
            sections.iter().filter_map(|section| names.get(section)).map(Vec::len).sum()
        };
        let count = count(&self.by_section) + count(&self.refused);
        if self.comparisons.get() < count {
            return None;
        }
        self.suggest(written, self.of(sections), count).map(str::to_owned)
    }

    /// Looks up a name that must be in one of some sections; reports what is there instead.
    pub(super) fn require(
        &mut self,
        name: &str,
        sections: &[Section],
        wanted: Wanted<'_>,
        span: Span,
        sink: &mut Sink,
    ) -> Option<Section> {
        if let Some(section) = self.section(name) {
            self.mark(name);
            if sections.contains(&section) {
                return Some(section);
            }
            if self.is_twice(name) {
                return None;
            }
            let mut finding = Diagnostic::new(codes::WRONG_KIND, wanted.wrong(name, section))
                .at(span, "")
                .help(self.choice(sections, wanted));
            if let Some(declared) = self.span(name) {
                finding = finding.also(declared, "declared here");
            }
            sink.push(finding);
            return None;
        }
        if sections.iter().any(|section| sink.is_lost(section.key())) {
            return None;
        }
        let near = self.near(name, sections);
        // A name that was refused where it is declared has been reported there.
        if let Some(near) = near.as_deref().filter(|near| NodeName::new(near).is_none()) {
            self.mark(near);
            return None;
        }
        let help = match &near {
            Some(near) => format!("did you mean `{near}`?"),
            None => self.choice(sections, wanted),
        };
        sink.push(Diagnostic::new(codes::UNKNOWN_REFERENCE, wanted.missing(name)).at(span, "not declared").help(help));
        match near {
            Some(near) => self.mark(&near),
            None => self.lose(sections),
        }
        None
    }
}

/// Lists what there is, the first of it where it is much.
pub(super) fn exist<'c>(candidates: impl ExactSizeIterator<Item = &'c str>) -> String {
    match candidates.len() {
        0 => "the manifest declares none".to_owned(),
        count => listed(candidates, count),
    }
}

fn listed<'c>(candidates: impl Iterator<Item = &'c str>, count: usize) -> String {
    let first: Vec<&str> = candidates.take(MOST_LISTED).collect();
    let more = match count - first.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("there is: {}{more}", first.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_help_lists_the_first_of_many_names() {
        assert_eq!(exist([].into_iter()), "the manifest declares none");
        assert_eq!(exist(["a", "b"].into_iter()), "there is: a, b");
        assert_eq!(exist(["a"; 13].into_iter()), format!("there is: {} and 1 more", ["a"; 12].join(", ")));
    }

    #[test]
    fn a_run_that_has_compared_very_many_names_suggests_no_more() {
        let names = Names::default();
        let suggest = || names.suggest("apii", ["api"], MOST_COMPARISONS / 2);
        assert_eq!([suggest(), suggest(), suggest()], [Some("api"), Some("api"), None]);
    }
}
