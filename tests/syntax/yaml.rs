//! YAML 1.2.

use previewc::syntax::Syntax::Yaml;

use crate::outline::{good, read};

#[test]
fn documents_become_trees() {
    let cases = [
        ("", "{}"),
        ("# nothing but a comment\n", "{}"),
        ("---\n", "{}"),
        ("a: 1", "{a: 1}"),
        ("---\na: 1\n...\n", "{a: 1}"),
        ("a:\nb: ~\nc: null", "{a: null, b: null, c: null}"),
        ("a: [x, 'y', \"z\"]", "{a: [\"x\", \"y\", \"z\"]}"),
        ("a:\n- x\n- y: 1\n  z: 2\n-\n", "{a: [\"x\", {y: 1, z: 2}, null]}"),
        ("a: {b: 1, c, d: }", "{a: {b: 1, c: null, d: null}}"),
        (
            "a: no\nb: yes\nc: 1.10\nd: 0123\ne: 08\nf: 1_000",
            "{a: \"no\", b: \"yes\", c: float:1.10, d: 0123, e: 08, f: \"1_000\"}",
        ),
        ("a: \"8080\"\nb: true\nc: 'true'", "{a: \"8080\", b: bool:true, c: \"true\"}"),
        ("1: a\ntrue: b\n\"\": c\n\"null\": d", "{1: \"a\", true: \"b\", : \"c\", null: \"d\"}"),
        ("a: |\n  x\n  y\nb: >-\n  x\n  y\n", "{a: \"x\\ny\\n\", b: \"x y\"}"),
        ("a: x\n  y # comment\nb: 1", "{a: \"x y\", b: 1}"),
        ("a: \"\\u00fc\\x41\\n\"", "{a: \"üA\\n\"}"),
        ("a:\tx\n", "{a: \"x\"}"),
        (
            "a: !!str 8\nb: !!int 8\nc: !!float 8\nd: !!null\ne: !!map {}\nf: !!seq []\ng: ! 8",
            "{a: \"8\", b: 8, c: float:8, d: null, e: {}, f: [], g: \"8\"}",
        ),
        ("\u{feff}a: 1", "{a: 1}"),
        ("a: 1\r\nb: 2\r\n", "{a: 1, b: 2}"),
        ("a: x#y\nb: http://x:80/", "{a: \"x#y\", b: \"http://x:80/\"}"),
        ("? a\n: b", "{a: \"b\"}"),
        ("- a", "[\"a\"]"),
        ("a", "\"a\""),
    ];
    for (text, tree) in cases {
        assert_eq!(good(Yaml, text), tree, "{text:?}");
    }
}

#[test]
fn anchors_and_merges_are_resolved() {
    let cases = [
        ("a: &x 1\nb: *x", "{a: 1, b: 1}"),
        ("a: &x {p: [1, {q: 2}]}\nb: [*x, *x]", "{a: {p: [1, {q: 2}]}, b: [{p: [1, {q: 2}]}, {p: [1, {q: 2}]}]}"),
        ("a: &x 1\nb: &x 2\nc: *x", "{a: 1, b: 2, c: 2}"),
        ("a: &x [&y 1, *y]\nb: *x\nc: *y", "{a: [1, 1], b: [1, 1], c: 1}"),
        ("&k a: 1\nb: *k", "{a: 1, b: \"a\"}"),
        ("x: &k a\n*k : 1", "{x: \"a\", a: 1}"),
        ("a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3, r: 4}", "{a: {p: 1, q: 2}, b: {p: 1, q: 3, r: 4}}"),
        ("a: &x {p: 1, q: 2}\nb: {q: 3, <<: *x}", "{a: {p: 1, q: 2}, b: {q: 3, p: 1}}"),
        ("a: &x {p: 1}\nb: &y {p: 2, q: 2}\nc: {<<: [*x, *y]}", "{a: {p: 1}, b: {p: 2, q: 2}, c: {p: 1, q: 2}}"),
        ("a: &x {p: 1}\nb: &y {<<: *x, q: 2}\nc: {<<: *y}", "{a: {p: 1}, b: {p: 1, q: 2}, c: {p: 1, q: 2}}"),
        ("a: {<<: {p: 1}}", "{a: {p: 1}}"),
        ("a: {\"<<\": 1, '<': 2}", "{a: {<<: 1, <: 2}}"),
        ("a: <<", "{a: \"<<\"}"),
    ];
    for (text, tree) in cases {
        assert_eq!(good(Yaml, text), tree, "{text:?}");
    }
}

#[test]
fn places_are_exact() {
    let cases = [
        ("a: 1\nb: 'x'\n", "a: 1⏎b: 'x' · a · 1 · b · 'x'"),
        ("ü: [x ,\"y\" ]  # c\n", "ü: [x ,\"y\" ] · ü · [x ,\"y\" ] · x · \"y\""),
        ("a:\n  b: 1\n\n# c\n\nd: {e: 2} \n\n", "a:⏎  b: 1⏎⏎# c⏎⏎d: {e: 2} · a · b: 1 · b · 1 · d · {e: 2} · e · 2"),
        (
            "a:\n- x\n-   y: 1\n    z: 2\n",
            "a:⏎- x⏎-   y: 1⏎    z: 2 · a · - x⏎-   y: 1⏎    z: 2 · x · y: 1⏎    z: 2 · y · 1 · z · 2",
        ),
        ("a: |\n  x\n  y\n\nb: 1\n", "a: |⏎  x⏎  y⏎⏎b: 1 · a · x⏎  y · b · 1"),
        ("a: !!str 8\nb: &x 9\nc: *x\n", "a: !!str 8⏎b: &x 9⏎c: *x · a · 8 · b · 9 · c · 9"),
        (
            "a: &x {p: 1}\nb: {<<: *x}\nc: 3",
            "a: &x {p: 1}⏎b: {<<: *x}⏎c: 3 · a · {p: 1} · p · 1 · b · {<<: *x} · p · 1 · c · 3",
        ),
        ("a:\nb: \n", "a:⏎b: · a ·  · b · "),
        (
            "k:\n  a: &x\n    p: 1\nb: *x\n",
            "k:⏎  a: &x⏎    p: 1⏎b: *x · k · a: &x⏎    p: 1 · a · p: 1 · p · 1 · b · p: 1 · p · 1",
        ),
    ];
    for (text, places) in cases {
        assert_eq!(read(Yaml, text).places, places, "{text:?}");
    }
}

#[test]
fn mistakes_have_their_code_and_place() {
    let cases: &[(&str, &[&str])] = &[
        ("a: 1\nb: 2\na: 3\nb: 4\nc: 5", &["PV0002 3:1 a < 1:1 a", "PV0002 4:1 b < 2:1 b"]),
        ("a: {x: 1, \"x\": 2}", &["PV0002 1:11 \"x\" < 1:5 x"]),
        ("b: &x {p: 1}\na: {<<: *x, q: 1, q: 2}", &["PV0002 2:19 q < 2:13 q"]),
        ("a: &x {p: 1}\nb: {<<: *x, <<: *x}", &["PV0002 2:13 << < 2:5 <<"]),
        ("a: &x {p: 1, p: 2}\nb: *x\nc: *x", &["PV0002 1:14 p < 1:8 p"]),
        ("a: *x\nb: *y", &["PV0010 1:4 *x", "PV0010 2:4 *y"]),
        ("a: &x [*x]", &["PV0010 1:8 *x"]),
        ("a: {<<: 1, p: 2}\nb: {<<: [{}, x]}", &["PV0013 1:9 1 < 1:5 <<", "PV0013 2:14 x < 2:5 <<"]),
        ("a: !x 1\nb: !!binary aa==\nc: !y {p: 1}", &["PV0007 1:4 !x", "PV0007 2:4 !!binary", "PV0007 3:4 !y"]),
        ("a: !!int x", &["PV0007 1:4 !!int"]),
        ("~: 1\n: 2\n[a]: 3\n{b: 1}: 4\nc: 5", &["PV0008 1:1 ~", "PV0008 2:1 ", "PV0008 3:1 [a]", "PV0008 4:1 {b: 1}"]),
        ("a: 1\n---\nb: 2\n", &["PV0006 2:1 ---"]),
        ("a: 1\n...\nb: 2\n", &["PV0006 3:1 "]),
        ("a:\n\tb: 1\n", &["PV0012 2:1 \t"]),
        ("a: \"x\\0y\"\nb: 1", &["PV0009 1:4 \"x\\0y\""]),
        ("a: x\0y", &["PV0009 1:5 \0"]),
        ("a: x\u{7}y", &["PV0009 1:5 \u{7}"]),
    ];
    for (text, findings) in cases {
        assert_eq!(read(Yaml, text).findings, *findings, "{text:?}");
    }
}

#[test]
fn broken_texts_are_reported_once_and_where_it_helps() {
    let cases = [
        ("a: {b: 1\nc: 2\n", "PV0001 1:4 { < 2:2 :", "this `{` is not closed"),
        ("a: [x\nc: 2\n", "PV0001 1:4 [ < 2:2 :", "this `[` is not closed"),
        ("a: {b: ${x.y}}\n", "PV0001 1:8 ${x.y}", "a reference between brackets needs quotes"),
        ("a: [b, c ${x}]\n", "PV0001 1:10 ${x}", "a reference between brackets needs quotes"),
        ("a: - b\n", "PV0001 1:4 -", "no list's item is expected here"),
        ("a: |x\n  y\n", "PV0001 1:4 |", "nothing else may stand on the line of `|` or `>`"),
        ("a: \"x\"# y\n", "PV0001 1:7 #", "a comment needs a space before its `#`"),
        ("&a &a x\n", "PV0001 1:4 &", "a value has one anchor"),
        ("a: &a &a x\n", "PV0001 1:7 &", "a value has one anchor"),
        ("a: *x y\n", "PV0010 1:4 *x", "there is no anchor `&x` above"),
        ("a: [1, 2\n", "PV0001 1:4 [", "this `[` is not closed"),
        ("a: [1, 2}\n", "PV0001 1:4 [", "`}` does not close `[`"),
        ("a: ]\n", "PV0001 1:4 ]", "this bracket closes nothing"),
        ("a: \"x\nb: 1\n", "PV0001 2:1 b", "the quoted text above goes on in this line, which is not indented"),
        ("a: \"x", "PV0001 1:4 \"", "this quoted text is not closed"),
        ("a: b: c\n", "PV0001 1:5 :", "no key is expected here"),
        ("a: 1\n  b: 2\n", "PV0001 2:4 :", "no key is expected here"),
        ("a:\n    b: 1\n  c: 2\n", "PV0001 3:3 c", "expected a key"),
        ("a: @x\n", "PV0001 1:4 @", "`@` cannot stand here"),
        ("a: `x`\n", "PV0001 1:4 `", "a backtick cannot begin a value"),
        ("a: \"\\q\"\n", "PV0001 1:4 \"", "this escape does not exist"),
        ("a: 1\nb\n", "PV0001 2:1 b", "expected `:` behind a key"),
        ("- a\nb: 1\n", "PV0001 2:1 b", "expected `- ` and a list's item"),
        ("a: 'it's'\n", "PV0001 1:8 s", "nothing may follow the closing quote"),
        ("a: {b: 1 c: 2}\n", "PV0001 1:11 :", "expected `,` or `}`"),
        ("a: &\n", "PV0001 1:4 &", "an anchor or alias needs a name"),
        ("%FOO\na", "PV0001 2:1 a", "a line that begins with `%` is a directive, and `---` must follow it"),
    ];
    for (text, finding, message) in cases {
        let reading = read(Yaml, text);
        assert_eq!(reading.tree, "none", "{text:?}");
        assert_eq!(reading.findings, [finding], "{text:?}");
        assert_eq!(reading.diagnostics[0].message, message, "{text:?}");
        assert!(reading.diagnostics[0].help.is_some(), "{text:?}");
    }
}
