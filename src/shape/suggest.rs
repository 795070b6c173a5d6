//! Did you mean?

/// The candidate that is nearest to what was written, if any is near enough to be meant.
///
/// Near is: equal but for case and `-`/`_`, or at most one edit per three characters (at least one). Ties go to the first candidate.
pub fn nearest<'c>(written: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // Nobody means a name by a text this long, and comparing costs its length times theirs.
    if written.len() > 100 {
        return None;
    }
    let plain = fold(written);
    let limit = (plain.chars().count() / 3).max(1);
    let mut best: Option<(usize, &'c str)> = None;
    for candidate in candidates {
        let distance = strsim::damerau_levenshtein(&plain, &fold(candidate));
        // A one-letter name is one edit away from every other.
        let near = distance <= limit && distance < plain.chars().count().max(candidate.chars().count());
        if near && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn fold(text: &str) -> String {
    text.chars().map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() }).collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let cases = [
            ("imagee", &["image", "build"][..], Some("image")),
            ("databse", &["database", "databases"], Some("database")),
            ("build-env", &["build_env", "env"], Some("build_env")),
            ("Port", &["port", "ports"], Some("port")),
            ("volumes", &["port", "env"], None),
            ("x", &["y"], None),
            ("ab", &["ba"], Some("ba")),
        ];
        for (written, candidates, wanted) in cases {
            assert_eq!(nearest(written, candidates.iter().copied()), wanted, "{written}");
        }
    }
}
