//! KDL 2, and how it maps to the tree.

use previewc::syntax::Syntax::Kdl;

use crate::outline::{good, read};

#[test]
fn nodes_become_keys() {
    let cases = [
        ("", "{}"),
        ("// nothing\n/* at all */", "{}"),
        ("port 8080", "{port: 8080}"),
        ("uses \"db\" \"cache\"", "{uses: [\"db\", \"cache\"]}"),
        ("a; b {}; (array)c; (object)d", "{a: null, b: {}, c: [], d: {}}"),
        ("env A=\"1\" B=2 { C \"3\" }", "{env: {A: \"1\", B: 2, C: \"3\"}}"),
        ("service \"api\" image=\"x\"", "{service: keyed{api: {image: \"x\"}}}"),
        (
            "service \"api\" { build \"api\"; port 8080; uses \"db\" \"cache\" }",
            "{service: keyed{api: {build: \"api\", port: 8080, uses: [\"db\", \"cache\"]}}}",
        ),
        (
            "service \"web\" { port 1 }\nname \"x\"\nservice \"api\" { port 2 }",
            "{service: keyed{web: {port: 1}, api: {port: 2}}, name: \"x\"}",
        ),
        ("cache \"a\" {}", "{cache: keyed{a: {}}}"),
        ("cache \"a\"", "{cache: \"a\"}"),
        (
            "cache \"a\"\ncache \"b\" engine=\"redis\"\ncache \"c\"",
            "{cache: keyed{a: {}, b: {engine: \"redis\"}, c: {}}}",
        ),
        ("services { api { port 1 }; web port=2 }", "{services: {api: {port: 1}, web: {port: 2}}}"),
        ("list { - 1; - \"x\"; - { a 1 }; - b=2; - 3 4; - }", "{list: [1, \"x\", {a: 1}, {b: 2}, [3, 4], null]}"),
        ("list { - 1 }", "{list: [1]}"),
        ("service \"x\" { - 1 }", "{service: keyed{x: [1]}}"),
        ("(array)uses \"db\"", "{uses: [\"db\"]}"),
        ("(array)uses { - \"db\" }", "{uses: [\"db\"]}"),
        ("(array)uses {}", "{uses: []}"),
        ("(object)service \"a\"", "{service: keyed{a: {}}}"),
        ("service 5 {}", "{service: keyed{5: {}}}"),
        ("\"-\" 1", "{-: 1}"),
        ("- 1\n- 2", "[1, 2]"),
        ("a \"b\" \"c\" \\ // more\n  \"d\"", "{a: [\"b\", \"c\", \"d\"]}"),
        ("a /- 1 2 /- x=1 { b 1; /- c 2 } /- { d 3 }\n/- e { f }", "{a: keyed{2: {b: 1}}}"),
        ("a 1 /-{ b }\nc 2", "{a: 1, c: 2}"),
        ("/- kdl-version 2\na 1", "{a: 1}"),
        ("a{b 1}", "{a: {b: 1}}"),
        ("a 1;b 2; c 3;", "{a: 1, b: 2, c: 3}"),
        ("a/* x /* y */ */1", "{a: 1}"),
        ("a b = 1", "{a: {b: 1}}"),
    ];
    for (text, tree) in cases {
        assert_eq!(good(Kdl, text), tree, "{text:?}");
    }
}

#[test]
fn values_are_read_as_kdl_2_has_them() {
    let cases = [
        ("#true #false #null", "[bool:true, bool:false, null]"),
        ("1 -2 +3 1_000 1.50 -2e3 0x1F 0o17 0b101 08", "[1, -2, +3, 1000, float:1.50, float:-2e3, 0x1F, 0o17, 5, 08]"),
        ("#inf #-inf #nan", "[float:.inf, float:-.inf, float:.nan]"),
        ("bare -x .y + - a.b-c_d! ü <x>", "[\"bare\", \"-x\", \".y\", \"+\", \"-\", \"a.b-c_d!\", \"ü\", \"<x>\"]"),
        (
            "\"\" \"a\\\"b\\\\\" \"\\n\\r\\t\\b\\f\\s\\u{1F600}\"",
            "[\"\", \"a\\\"b\\\\\", \"\\n\\r\\t\\u{8}\\u{c} 😀\"]",
        ),
        ("\"a\\   \n   b\" x", "[\"ab\", \"x\"]"),
        ("#\"a\\n\"b\"# ##\"x\"#\"## #\"\"#", "[\"a\\\\n\\\"b\", \"x\\\"#\", \"\"]"),
        ("\"\"\"\n    a\n      b\n\n    c\n    \"\"\" x", "[\"a\\n  b\\n\\nc\", \"x\"]"),
        ("\"\"\"\n  a\\n\\\n     b\n  \"\"\" x", "[\"a\\nb\", \"x\"]"),
        ("\"\"\"\r\n\ta\r\n\tb\r\n\t\"\"\" x", "[\"a\\nb\", \"x\"]"),
        ("\"\"\"\n\"\"\" x", "[\"\", \"x\"]"),
        ("#\"\"\"\n a\\b\n \"\"\" \n \"\"\"# x", "[\"a\\\\b\\n\\\"\\\"\\\" \", \"x\"]"),
        ("\"\"\"\n \\\"\"\" \n \"\"\" x", "[\"\\\"\\\"\\\" \", \"x\"]"),
    ];
    for (arguments, list) in cases {
        let text = format!("a {arguments}");
        assert_eq!(good(Kdl, &text), format!("{{a: {list}}}"), "{text:?}");
    }
}

#[test]
fn places_are_exact() {
    let cases = [
        ("a 1 \n", "a 1 · a · 1"),
        ("uses \"db\"  x // c\n", "uses \"db\"  x // c · uses · \"db\"  x · \"db\" · x"),
        ("env { A #\"x\"# }", "env { A #\"x\"# } · env · { A #\"x\"# } · A · #\"x\"#"),
        (
            "service \"api\" { port 1 }",
            "service \"api\" { port 1 } · service · service \"api\" { port 1 } · \"api\" · { port 1 } · port · 1",
        ),
        (
            "q jobs engine=rabbitmq n=5",
            "q jobs engine=rabbitmq n=5 · q · q jobs engine=rabbitmq n=5 · jobs · engine=rabbitmq n=5 · engine · rabbitmq · n · 5",
        ),
    ];
    for (text, places) in cases {
        assert_eq!(read(Kdl, text).places, places, "{text:?}");
    }
}

#[test]
fn what_has_no_place_in_the_tree_is_reported() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("port 1\nport 2", "{port: 1}", &["PV0002 2:1 port < 1:1 port"]),
        ("name \"a\"\nname \"b\"", "{name: \"a\"}", &["PV0002 2:1 name < 1:1 name"]),
        ("env { A 1 }\nenv { B 1 }", "{env: {A: 1}}", &["PV0002 2:1 env < 1:1 env"]),
        (
            "s \"a\" { x 1 }\ns \"a\" { x 2 }\ns \"b\" {}",
            "{s: keyed{a: {x: 1}, b: {}}}",
            &["PV0002 2:3 \"a\" < 1:3 \"a\""],
        ),
        ("s { a }\ns \"b\" {}", "{s: {a: null}}", &["PV0002 2:1 s < 1:1 s"]),
        ("s \"b\" {}\ns { a }", "{s: keyed{b: {}}}", &["PV0002 2:1 s < 1:1 s"]),
        ("a x=1 x=2 { x 3; y 4 }", "{a: {x: 1, y: 4}}", &["PV0002 1:7 x < 1:3 x", "PV0002 1:13 x < 1:3 x"]),
        ("a 1 2 x=1", "{a: [1, 2]}", &["PV0014 1:7 x=1 < 1:3 1 2"]),
        ("a 1 2 { x 1 }", "{a: keyed{1: {x: 1}}}", &["PV0014 1:7 { x 1 } < 1:3 1 2"]),
        ("a { - 1; b 2; - 3 }", "{a: [1, 3]}", &["PV0014 1:10 b"]),
        ("a { b 2; - 3 }", "{a: {b: 2}}", &["PV0014 1:10 -"]),
        ("a x=1 { - 3 }", "{a: {x: 1}}", &["PV0014 1:7 { - 3 }"]),
        ("(array)a x=1", "{a: []}", &["PV0014 1:8 a"]),
        ("(object)a { - 1 }", "{a: {}}", &["PV0014 1:11 { - 1 }"]),
        ("(u8)a (i8)1 x=(z)2", "{a: keyed{1: {x: 2}}}", &["PV0007 1:1 (u8)", "PV0007 1:7 (i8)", "PV0007 1:15 (z)"]),
        ("s #null { x 1 }", "{s: keyed{}}", &["PV0008 1:3 #null"]),
        ("a \"\\u{0}\"", "{a: \"\\0\"}", &["PV0009 1:3 \"\\u{0}\""]),
        ("/- a 1 2 x=1\n/- b x=1 x=2\nc", "{c: null}", &[]),
    ];
    for (text, tree, findings) in cases {
        let reading = read(Kdl, text);
        assert_eq!(reading.tree, *tree, "{text:?}");
        assert_eq!(reading.findings, *findings, "{text:?}");
    }
}

#[test]
fn broken_texts_are_reported_once_and_where_it_helps() {
    let cases = [
        ("a {", "PV0001 1:3 {", "this `{` is not closed"),
        ("a }", "PV0001 1:3 }", "this `}` closes nothing"),
        ("a true", "PV0001 1:3 true", "KDL 2 does not take a bare `true`"),
        ("null 1", "PV0001 1:1 null", "KDL 2 does not take a bare `null`"),
        ("a r\"x\"", "PV0001 1:3 r", "KDL 2 writes raw texts in another way"),
        ("a #yes", "PV0001 1:3 #yes", "`#yes` means nothing in KDL"),
        ("a \"x", "PV0001 1:3 \"", "this text is not closed"),
        ("a \"x\ny\"", "PV0001 1:3 \"", "a text in simple quotes ends on its line"),
        ("a #\"x\"", "PV0001 1:3 #\"", "this text is not closed"),
        ("a \"\\q\"", "PV0001 1:3 \"\\q\"", "this text holds an escape that does not exist"),
        ("a \"\\u{d800}\"", "PV0001 1:3 \"\\u{d800}\"", "this text holds an escape that does not exist"),
        ("a \"\"\"x\"\"\"", "PV0001 1:3 \"\"\"x\"\"\"", "a text in `\"\"\"` begins on the line behind them"),
        (
            "a \"\"\"\n  x\n y\n  \"\"\"",
            "PV0001 1:3 \"\"\"⏎  x⏎ y⏎  \"\"\"",
            "a line of this text is indented less than its closing quotes",
        ),
        ("a \"\"\"\n  x\"\"\"", "PV0001 1:3 \"\"\"⏎  x\"\"\"", "the closing `\"\"\"` stand on a line of their own"),
        ("a 1.", "PV0001 1:3 1.", "`1.` is no KDL number"),
        ("a 10s", "PV0001 1:3 10s", "`10s` is no KDL number"),
        ("a .5", "PV0001 1:3 .5", "`.5` is no KDL number"),
        ("a \"x\"\"y\"", "PV0001 1:6 \"", "a space is missing before this"),
        ("a {} b", "PV0001 1:6 b", "a node ends behind its block"),
        ("a {} {}", "PV0001 1:6 {}", "a node has one block of children"),
        ("a /* x", "PV0001 1:3 /*", "this comment is not closed"),
        ("a [1]", "PV0001 1:3 [", "expected a value, not `[`"),
        ("a =1", "PV0001 1:3 =", "expected a value, not `=`"),
        ("a b=", "PV0001 1:4 =", "expected a value, not the end of the file"),
        ("a 1=2", "PV0001 1:3 1", "`1` cannot be a property's name"),
        ("1 a", "PV0001 1:1 1", "expected a node's name, not `1`"),
        ("= 1", "PV0001 1:1 =", "expected a node's name, not `=`"),
        ("/-", "PV0001 1:2 -", "expected a node's name, not the end of the file"),
        ("(a b", "PV0001 1:1 (a ", "a type annotation is a name in parentheses"),
        ("a \\ b", "PV0001 1:3 \\", "a backslash continues a line and must end it"),
        ("/- kdl-version 1\na true", "PV0001 1:1 /- kdl-version 1", "the file says that it is KDL 1"),
        ("a \u{202e}", "PV0009 1:3 \u{202e}", "KDL cannot hold the character U+202E"),
    ];
    for (text, finding, message) in cases {
        let reading = read(Kdl, text);
        assert_eq!(reading.tree, "none", "{text:?}");
        assert_eq!(reading.findings, [finding], "{text:?}");
        assert_eq!(reading.diagnostics[0].message, message, "{text:?}");
        assert!(reading.diagnostics[0].help.is_some(), "{text:?}");
    }
}
