//! A name that fits, near the one that was written.

/// The shortest that a name may become by cutting.
const LEAST: usize = 8;

/// The nearest name that fits: other characters become `_` or `-`, capitals small letters, and what is too long is cut.
pub(super) fn rename(text: &str, fits: impl Fn(&str) -> bool) -> Option<String> {
    // Nobody means a name by a path.
    if text.contains('/') {
        return None;
    }
    let names = [joined(text, '_'), joined(text, '-')];
    let small = [joined(&text.to_ascii_lowercase(), '_'), joined(&text.to_ascii_lowercase(), '-')];
    for name in names.into_iter().chain(small).filter(|name| !name.is_empty()) {
        let lengths = (LEAST..=name.len()).rev();
        let cut = lengths.filter_map(|length| name.get(..length)).map(|cut| cut.trim_end_matches(['_', '-']));
        let after_digit = format!("_{name}");
        let found = [name.as_str(), &after_digit].into_iter().chain(cut).find(|candidate| fits(candidate));
        if let Some(found) = found {
            return Some(found.to_owned());
        }
    }
    None
}

/// The letters and digits of a text, with one `join` for whatever stands between them; bounded.
fn joined(text: &str, join: char) -> String {
    const MOST: usize = 100;
    let mut out = String::new();
    for c in text.chars().take(MOST) {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with(join) {
            out.push(join);
        }
    }
    out.trim_end_matches(join).to_owned()
}

#[cfg(test)]
mod tests {
    use super::rename;

    #[test]
    fn names_are_mended_or_left_alone() {
        let variable = |t: &str| {
            t.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && t.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let node = |t: &str| {
            t.len() <= 12
                && t.starts_with(|c: char| c.is_ascii_lowercase())
                && t.chars().all(|c| c.is_ascii_lowercase() || c == '-')
        };
        for (written, wanted) in [("2FA", Some("_2FA")), ("a-b.c", Some("a_b_c")), ("", None), ("a/b", None)] {
            assert_eq!(rename(written, variable).as_deref(), wanted, "{written}");
        }
        for (written, wanted) in [("a-rather-long-name", Some("a-rather-lon")), ("Ü Two", Some("two")), ("2", None)] {
            assert_eq!(rename(written, node).as_deref(), wanted, "{written}");
        }
    }
}
