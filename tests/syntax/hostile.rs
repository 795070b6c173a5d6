//! Texts that were made to exhaust a reader: each is answered quickly, and with the finding that it deserves.

use std::time::{Duration, Instant};

use previewc::syntax::Syntax::{self, Json, Kdl, Yaml};
use previewc::syntax::{MAX_BYTES, MAX_DEPTH};

use crate::outline::{Reading, read};

/// Far more than any of these needs in an unoptimised build on a busy machine, far less than a quadratic reader would.
const PATIENCE: Duration = Duration::from_secs(20);

fn timed(what: &str, syntax: Syntax, text: impl AsRef<[u8]>) -> Reading {
    let start = Instant::now();
    let reading = read(syntax, text);
    assert!(start.elapsed() < PATIENCE, "{what} took {:?}", start.elapsed());
    reading
}

fn codes(reading: &Reading) -> Vec<&str> {
    reading.diagnostics.iter().map(|d| d.code.id()).collect()
}

#[test]
fn depth_is_bounded_at_the_stated_level() {
    let nested =
        |open: &str, inner: &str, close: &str, n: usize| format!("{}{inner}{}", open.repeat(n), close.repeat(n));
    let indented = |n: usize| (0..n).map(|i| format!("{}a:\n", " ".repeat(i))).collect::<String>();
    // The root map is level 1, and so is the outermost list of the JSON and YAML texts that begin with one.
    let cases: Vec<(Syntax, &str, String, String)> = vec![
        (Json, "[", nested("[", "", "]", MAX_DEPTH), nested("[", "", "]", MAX_DEPTH + 1)),
        (Json, "{", nested("{\"a\":", "1", "}", MAX_DEPTH), nested("{\"a\":", "1", "}", MAX_DEPTH + 1)),
        (Yaml, "[", nested("[", "", "]", MAX_DEPTH), nested("[", "", "]", MAX_DEPTH + 1)),
        (Yaml, "{", nested("{a: ", "1", "}", MAX_DEPTH), nested("{a: ", "1", "}", MAX_DEPTH + 1)),
        (Yaml, "- ", nested("- ", "1", "", MAX_DEPTH), nested("- ", "1", "", MAX_DEPTH + 1)),
        (Yaml, "a:", indented(MAX_DEPTH), indented(MAX_DEPTH + 1)),
        (Kdl, "a{", nested("a {", "", "}", MAX_DEPTH - 1), nested("a {", "", "}", MAX_DEPTH)),
    ];
    for (syntax, what, good, bad) in cases {
        assert_eq!(codes(&timed(what, syntax, good)), Vec::<&str>::new(), "{syntax:?} {what}");
        assert_eq!(codes(&timed(what, syntax, bad)), ["PV0003"], "{syntax:?} {what}");
    }
}

#[test]
fn very_deep_texts_neither_recurse_nor_linger() {
    let n = 100_000;
    let cases: Vec<(Syntax, String)> = vec![
        (Json, "[".repeat(n)),
        (Json, "{\"a\":".repeat(n)),
        (Yaml, "[".repeat(n)),
        (Yaml, "{".repeat(n)),
        (Yaml, "- ".repeat(n)),
        (Yaml, "? ".repeat(n)),
        (Yaml, "{a: ".repeat(n)),
        (Kdl, "a {".repeat(n)),
        (Kdl, "a {\n".repeat(n)),
        (Kdl, "a \"b\" {".repeat(n)),
        (Kdl, "/-a {".repeat(n)),
        (Kdl, format!("a {}", "/-{ a ".repeat(n))),
        (Kdl, format!("{}{}", "a /-{".repeat(n), "}".repeat(n))),
    ];
    for (syntax, text) in cases {
        let head: String = text.chars().take(12).collect();
        assert_eq!(codes(&timed(&head, syntax, &text)), ["PV0003"], "{syntax:?} {head}");
    }
}

#[test]
fn long_texts_are_read_in_linear_time() {
    let n = 200_000;
    let cases: Vec<(Syntax, String, Option<&str>)> = vec![
        (Kdl, "/*".repeat(n), Some("PV0001")),
        (Kdl, format!("{}{}", "/*".repeat(n), "*/".repeat(n)), None),
        (Kdl, format!("a {}", "/-1 ".repeat(n)), None),
        (Kdl, format!("a {}", "\\\n".repeat(n)), None),
        (Kdl, format!("a {}", "\"".repeat(n)), Some("PV0001")),
        (Kdl, format!("a {}\"", "#".repeat(n)), Some("PV0001")),
        (Kdl, format!("a {}", "(b)".repeat(n)), Some("PV0007")),
        (Kdl, format!("a \"{}\"", "\\n".repeat(n)), None),
        (Kdl, format!("a \"{}\"", "\\u{".repeat(n)), Some("PV0001")),
        (Kdl, format!("a \"\"\"\n{}\"\"\"", "\n".repeat(n)), None),
        (Kdl, "/- ".repeat(n), Some("PV0001")),
        (Kdl, ";".repeat(n), Some("PV0001")),
        (Json, format!("[{}]", "1,".repeat(n)), Some("PV0001")),
        (Json, format!("\"{}", "\\".repeat(n)), Some("PV0001")),
        (Json, format!("\"{}\"", "\\u0041".repeat(n)), None),
        (Json, " ".repeat(n), Some("PV0001")),
        (Yaml, format!("\"{}", "\\n".repeat(n)), Some("PV0001")),
        (Yaml, format!("a: \"{}\"", "\n".repeat(n)), None),
        (Yaml, format!("a: |\n{}", "\n".repeat(n)), None),
        (Yaml, format!("a: |\n{}", " \n".repeat(n)), None),
        (Yaml, "# a\n".repeat(n), None),
        (Yaml, "a ".repeat(n), None),
        (Yaml, "a\n".repeat(n), None),
        (Yaml, format!("[{}]", "a, ".repeat(n)), None),
        (Yaml, "- a\n".repeat(n), None),
        (Yaml, "&a ".repeat(n), Some("PV0001")),
        (Yaml, "!a ".repeat(n), Some("PV0007")),
        (Yaml, "%a ".repeat(n), Some("PV0001")),
        (Yaml, "a: ".repeat(n), Some("PV0001")),
        (Yaml, "---\n".repeat(n), Some("PV0006")),
        (Yaml, (0..n / 4).map(|i| format!("&a{i} b{i}: c\n")).collect(), None),
    ];
    for (syntax, text, code) in cases {
        let head: String = text.chars().take(12).collect();
        let reading = timed(&head, syntax, &text);
        assert_eq!(codes(&reading).first().copied(), code, "{syntax:?} {head:?}");
    }
}

#[test]
fn aliases_copy_within_limits() {
    let laughs: String = (0..9)
        .map(|i| {
            format!("a{i}: &a{i} [{}]\n", if i == 0 { "x, ".repeat(9) } else { format!("*a{}, ", i - 1).repeat(9) })
        })
        .collect();
    let quadratic = format!("a: &a [{}]\nb: [{}]\n", "x,".repeat(20_000), "*a,".repeat(20_000));
    let texts = format!("a: &a \"{}\\n\"\nb: [{}]\n", "x".repeat(1 << 20), "*a,".repeat(5_000));
    let merges: String = format!("a: &a {{{}}}\n", (0..2_000).map(|i| format!("k{i}: 1,")).collect::<String>())
        + &(0..2_000).map(|i| format!("b{i}: {{<<: *a}}\n")).collect::<String>();
    for (what, text) in [("laughs", laughs), ("quadratic", quadratic), ("texts", texts), ("merges", merges)] {
        let reading = timed(what, Yaml, text);
        assert_eq!(codes(&reading), ["PV0011"], "{what}");
        assert_eq!(reading.tree, "none", "{what}");
    }
    // An alias may not carry a value deeper than it could be written.
    let half = MAX_DEPTH / 2 + 1;
    let deep =
        format!("a: &a {}{}\nb: {}*a{}\n", "[".repeat(half), "]".repeat(half), "[".repeat(half), "]".repeat(half));
    assert_eq!(codes(&timed("deep", Yaml, deep)), ["PV0003"]);
    // Many anchors around one value are cheap, and so is an everyday number of copies.
    let nested = format!(
        "a: {}{}{}\nb: [*a1, *a50]\n",
        (0..60).map(|i| format!("&a{i} [")).collect::<String>(),
        "x,".repeat(1_000),
        "]".repeat(60)
    );
    assert_eq!(codes(&timed("nested", Yaml, nested)), Vec::<&str>::new());
}

#[test]
fn many_keys_and_many_mistakes_stay_cheap() {
    let n = 50_000;
    let yaml: String = (0..n).map(|i| format!("k{i}: 1\n")).collect();
    let json = format!("{{{}\"z\":0}}", (0..n).map(|i| format!("\"k{i}\":1,")).collect::<String>());
    let kdl: String = (0..n).map(|i| format!("k{i} 1\n")).collect();
    let keyed: String = (0..n).map(|i| format!("s \"k{i}\" {{}}\n")).collect();
    let properties = format!("a {}", (0..n).map(|i| format!("k{i}=1 ")).collect::<String>());
    for (syntax, text) in [(Yaml, yaml), (Json, json), (Kdl, kdl), (Kdl, keyed), (Kdl, properties)] {
        assert_eq!(codes(&timed("keys", syntax, text)), Vec::<&str>::new());
    }
    // Reading stops at the thousandth finding.
    for (syntax, text) in
        [(Yaml, "a: 1\n".repeat(n)), (Kdl, "a 1\n".repeat(n)), (Json, format!("{{{}\"a\":1}}", "\"a\":1,".repeat(n)))]
    {
        let reading = timed("mistakes", syntax, text);
        assert_eq!(codes(&reading), vec!["PV0002"; 1_000]);
        assert_eq!(reading.tree, "none");
    }
}

#[test]
fn size_is_bounded_in_bytes_and_in_values() {
    let comment = |mark: &str, n: usize| format!("{mark}{}", "x".repeat(n - mark.len()));
    for (syntax, mark) in [(Yaml, "#"), (Kdl, "//")] {
        assert_eq!(codes(&timed("4 MiB", syntax, comment(mark, MAX_BYTES))), Vec::<&str>::new());
        assert_eq!(codes(&timed("more", syntax, comment(mark, MAX_BYTES + 1))), ["PV0004"]);
    }
    let reading = timed("more", Json, "[".repeat(MAX_BYTES + 1));
    assert_eq!(reading.findings, ["PV0004 1:1 "]);
    let values = 1_000_001;
    for (syntax, text) in [
        (Json, format!("[{}1]", "1,".repeat(values))),
        (Yaml, "-\n".repeat(values)),
        (Kdl, format!("a{}", " 1".repeat(values))),
    ] {
        assert_eq!(codes(&timed("values", syntax, text)), ["PV0004"]);
    }
}

#[test]
fn bytes_that_are_no_text_are_reported_with_their_offset() {
    let cases: [(&[u8], &str, &str); 6] = [
        (b"a: \xff\nb: 1", "PV0005 1:4 \u{fffd}", "the byte at offset 3 is not UTF-8"),
        ("ü: \n".as_bytes().split_last().map_or(&[], |(_, head)| head), "", ""),
        (b"\xef\xbb\xbfa: \xc3", "PV0005 1:4 \u{fffd}", "the byte at offset 6 is not UTF-8"),
        (b"a:\n  b: \xed\xa0\x80", "PV0005 2:6 \u{fffd}", "the byte at offset 8 is not UTF-8"),
        (b"\xff\xfea\0:\0", "PV0005 1:1 ", "the file is UTF-16, not UTF-8"),
        (b"a: \xe4\xb8", "PV0005 1:4 \u{fffd}", "the byte at offset 3 is not UTF-8"),
    ];
    for (bytes, finding, message) in cases {
        let reading = read(Yaml, bytes);
        if finding.is_empty() {
            assert_eq!(reading.findings, Vec::<String>::new());
            continue;
        }
        assert_eq!(reading.findings, [finding]);
        assert_eq!(reading.diagnostics[0].message, message);
        assert_eq!(reading.tree, "none");
    }
}
