//! JSON, RFC 8259.

use previewc::syntax::Syntax::Json;

use crate::outline::{good, read};

#[test]
fn texts_become_trees() {
    let cases = [
        ("{}", "{}"),
        (" [ ] ", "[]"),
        (
            "{\"a\": [1, \"x\", true, false, null, {\"b\": {}}]}",
            "{a: [1, \"x\", bool:true, bool:false, null, {b: {}}]}",
        ),
        ("[0, -0, 10, -1.5, 1e5, 2.50E-3]", "[0, -0, 10, float:-1.5, float:1e5, float:2.50E-3]"),
        (r#""\"\\\/\b\f\n\r\t\u00fc\ud83d\ude00""#, "\"\\\"\\\\/\\u{8}\\u{c}\\n\\r\\tü😀\""),
        ("{\"<<\": 1, \"\": 2, \"null\": 3}", "{<<: 1, : 2, null: 3}"),
        ("\u{feff}{}", "{}"),
        ("{\"a\":\"\u{7f}\u{2028}\"}", "{a: \"\\u{7f}\\u{2028}\"}"),
    ];
    for (text, tree) in cases {
        assert_eq!(good(Json, text), tree, "{text:?}");
    }
}

#[test]
fn places_are_exact() {
    let reading = read(Json, "{\n  \"ü\": [1, \"x\"],\n  \"b\": {\"c\": null}\n}\n");
    let places = "{⏎  \"ü\": [1, \"x\"],⏎  \"b\": {\"c\": null}⏎} · \"ü\" · [1, \"x\"] · 1 · \"x\" · \"b\" · {\"c\": null} · \"c\" · null";
    assert_eq!(reading.places, places);
}

#[test]
fn slips_are_read_over() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("{\"a\": 1,}", "{a: 1}", &["PV0001 1:8 ,"]),
        ("[1, 2,\n]", "[1, 2]", &["PV0001 1:6 ,"]),
        (
            "[1 2 \"x\" [] {}]",
            "[1, 2, \"x\", [], {}]",
            &["PV0001 1:4 2", "PV0001 1:6 \"x\"", "PV0001 1:10 [", "PV0001 1:13 {"],
        ),
        ("{\"a\": 1\n\"b\": 2}", "{a: 1, b: 2}", &["PV0001 2:1 \"b\""]),
        ("{ // note\n\"a\": /* b */ 1}", "{a: 1}", &["PV0001 1:3 // note", "PV0001 2:6 /* b */"]),
        (
            "[\"\\x\", \"\\ud800\", \"\\ud800\\u0041\", \"\\u12\"]",
            "[\"�x\", \"�\", \"�\", \"�12\"]",
            &["PV0001 1:3 \\", "PV0001 1:9 \\ud800", "PV0001 1:19 \\ud800\\u0041", "PV0001 1:35 \\u"],
        ),
        ("[\"a\tb\"]", "[\"a\\tb\"]", &["PV0001 1:4 \t"]),
        (
            "{\"a\": 1, \"a\": 2, \"\\u0061\": 3}",
            "{a: 1}",
            &["PV0002 1:10 \"a\" < 1:2 \"a\"", "PV0002 1:18 \"\\u0061\" < 1:2 \"a\""],
        ),
        ("[\"\\u0000\"]", "[\"\\0\"]", &["PV0009 1:2 \"\\u0000\""]),
    ];
    for (text, tree, findings) in cases {
        let reading = read(Json, text);
        assert_eq!(reading.tree, *tree, "{text:?}");
        assert_eq!(reading.findings, *findings, "{text:?}");
    }
}

#[test]
fn broken_texts_are_reported_once_and_where_it_helps() {
    let cases = [
        ("", "PV0001 1:1 ", "the file is empty"),
        ("{\"a\": {", "PV0001 1:7 {", "this `{` is not closed"),
        ("[1", "PV0001 1:1 [", "this `[` is not closed"),
        ("[1}", "PV0001 1:3 } < 1:1 [", "this bracket closes another kind than the one that is open"),
        ("]", "PV0001 1:1 ]", "this bracket closes nothing"),
        ("{\"a\"}", "PV0001 1:5 }", "expected `:` and a value behind the key"),
        ("{\"a\":}", "PV0001 1:6 }", "expected a value behind the `:`"),
        ("{\"a\" 1}", "PV0001 1:6 1", "expected `:` behind the key, not `1`"),
        ("{a: 1}", "PV0001 1:2 a", "`a` is no JSON value"),
        ("{1: 1}", "PV0001 1:2 1", "expected a key in double quotes, not `1`"),
        ("{,}", "PV0001 1:2 ,", "expected a key in double quotes, not `,`"),
        ("[,]", "PV0001 1:2 ,", "expected a value, not `,`"),
        ("[1,,2]", "PV0001 1:4 ,", "expected a value, not `,`"),
        ("['x']", "PV0001 1:2 '", "`'` is no JSON value"),
        ("[True]", "PV0001 1:2 True", "`True` is no JSON value"),
        ("[NaN]", "PV0001 1:2 NaN", "`NaN` is no JSON value"),
        ("[08]", "PV0001 1:2 08", "`08` is no JSON value"),
        ("[.5]", "PV0001 1:2 .5", "`.5` is no JSON value"),
        ("[+1]", "PV0001 1:2 +1", "`+1` is no JSON value"),
        ("[1.]", "PV0001 1:2 1.", "`1.` is no JSON value"),
        ("[0x1F]", "PV0001 1:2 0x1F", "`0x1F` is no JSON value"),
        ("[\"a\nb\"]", "PV0001 1:2 \"", "this text is not closed on its line"),
        ("[\"a", "PV0001 1:2 \"", "this text is not closed on its line"),
        ("{} {}", "PV0006 1:4 {", "the file goes on behind its JSON value"),
        ("[\"\0\"]", "PV0009 1:3 \0", "JSON cannot hold the character U+0000"),
        ("[\u{85}]", "PV0001 1:2 \u{85}", "`\u{fffd}` is no JSON value"),
    ];
    for (text, finding, message) in cases {
        let reading = read(Json, text);
        assert_eq!(reading.tree, "none", "{text:?}");
        assert_eq!(reading.findings, [finding], "{text:?}");
        assert_eq!(reading.diagnostics[0].message, message, "{text:?}");
        assert!(reading.diagnostics[0].help.is_some(), "{text:?}");
    }
}
