use proptest::prelude::*;

use super::super::{list, map};
use super::*;

/// Strings that some reader takes for something else when they stand unquoted.
pub(in crate::document) const MISREAD: &[&str] = &[
    "",
    " ",
    "  x",
    "x  ",
    "~",
    "null",
    "Null",
    "NULL",
    "nil",
    "none",
    "true",
    "True",
    "TRUE",
    "false",
    "yes",
    "Yes",
    "YES",
    "no",
    "No",
    "NO",
    "on",
    "On",
    "ON",
    "off",
    "Off",
    "OFF",
    "y",
    "Y",
    "n",
    "N",
    "0",
    "1",
    "-1",
    "+1",
    "1_000",
    "0123",
    "08",
    "0o17",
    "0x1F",
    "0b11",
    "1e3",
    "1E3",
    "123e45",
    "1.10",
    "1.",
    ".5",
    ".inf",
    "-.inf",
    ".Inf",
    ".nan",
    ".NaN",
    "inf",
    "nan",
    "2001-01-01",
    "2001-12-14t21:59:43.10-05:00",
    "22:22",
    "190:20:30",
    "190:20:30.15",
    "1:20",
    "=",
    "<<",
    "-",
    "- a",
    "?",
    "? a",
    ":",
    ": a",
    "a: b",
    "a:",
    "a :b",
    "#a",
    "a #b",
    "a#b",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "'",
    "\"",
    "%a",
    "@a",
    "`a",
    "{",
    "}",
    "[",
    "]",
    "{a: b}",
    "[a]",
    ",",
    "a, b",
    "---",
    "...",
    "--- a",
    "\\",
    "a\\b",
    "a\"b",
    "a'b",
    "$",
    "$$",
    "$(X)",
    "${X}",
    "a\tb",
    "\ta",
    "a\t",
    "\r",
    "a\rb",
    "\u{0}",
    "\u{1b}",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{2029}",
    "\u{feff}",
    "a\u{feff}",
    "\u{200b}",
    "\u{202e}",
    "\u{fffd}",
    "\u{fffe}",
    "\u{e000}",
    "é",
    "e\u{301}",
    "😀",
    "\u{10ffff}",
    "\u{1f}",
    "0",
    "00",
    "012e4",
    "_",
    "_1",
    "1_",
    "+",
    "+.inf",
    "0.",
    "0x",
    "e1",
    "1e",
    "~a",
    "nul",
    "NaN",
    "Infinity",
    "undefined",
    "t",
    "f",
    "T",
    "F",
];

/// Text of several lines, well and badly behaved.
pub(in crate::document) const LINES: &[&str] = &[
    "\n",
    "\n\n",
    "a\n",
    "a\nb",
    "a\nb\n",
    "a\nb\n\n",
    "a\n\n\nb\n\n\n",
    "\na",
    "\n\na\n",
    " a\nb",
    "  a\n b\n",
    "a\n  b",
    "a \nb",
    "a\nb ",
    "a\n \nb",
    " \na",
    "a\n\tb",
    "\ta\nb",
    "a\tb\nc",
    "a\t\nb",
    "a\r\nb\r\n",
    "a\rb\n",
    "# a\n# b\n",
    "---\na\n...\n",
    "a: b\nc:\n- d\n",
    "- a\n- b",
    "{\n  \"a\": 1\n}\n",
    "é\nü\n",
    "a\n😀",
    "a\n\u{2028}b",
    "a\n\u{85}b",
    "a\n\u{feff}b",
    "\u{feff}a\nb",
    "a\nb\u{0}",
    "%YAML 1.1\n---\n",
    "a\n#b",
    "|\n>\n",
    "'\n\"\n",
    "\n a",
    "\n\n  a\n b",
    "-----BEGIN KEY-----\nMIIB\n-----END KEY-----\n",
    "*\n&\n!\n",
    "\t\n",
    " \n ",
    "\n \n",
    "a\n\n b\n\n\tc\n",
];

fn tree() -> Doc<'static> {
    Doc::from(map! {
        "apiVersion" => "v1",
        "kind" => "List",
        "empty" => map! { "list" => list![], "map" => map! {}, "null" => Doc::Null, "text" => "" },
        "items" => list![
            map! { "name" => "a", "ports" => list![8080, map! { "x" => list!["y"] }], "on" => true },
            list![list![1, -2], list!["--flag", "nginx:1.27", "http://a:80/b"]],
            "two\nlines\n",
            map! { "script" => "set -e\n\nexec \"$@\"\n", "next" => "10" },
        ],
    })
}

#[test]
fn layout() {
    insta::assert_snapshot!(to_string(&tree()), @r##"
    apiVersion: v1
    kind: List
    empty:
      list: []
      map: {}
      "null": null
      text: ""
    items:
    - name: a
      ports:
      - 8080
      - x:
        - "y"
      "on": true
    - - - 1
        - -2
      - - "--flag"
        - nginx:1.27
        - http://a:80/b
    - |
      two
      lines
    - script: |
        set -e

        exec "$@"
      next: "10"
    "##);
}

#[test]
fn a_stream_has_one_header_and_marks_between_documents() {
    let one = Doc::from(map! { "a" => 1 });
    assert_eq!(
        documents("first\n\nsecond\u{2028}x", [&one, &one]),
        "# first\n#\n# second x\na: 1\n---\na: 1\n"
    );
    assert_eq!(documents("", [&one]), "a: 1\n");
    assert!(Stream::new("x").is_empty());
}

#[test]
fn styles() {
    let style = |text: &str| {
        let out = to_string(&list![text]);
        match out
            .strip_prefix("- ")
            .and_then(|o| o.chars().next())
            .unwrap()
        {
            '"' => "quoted",
            '|' => "literal",
            _ => "plain",
        }
    };
    for text in [
        "a",
        "/bin/sh",
        "nginx:1.27",
        "postgresql://u@h:5432/d",
        "two words",
        "a-b_c.d",
        "yesterday",
        "nullable",
    ] {
        assert_eq!(style(text), "plain", "{text:?}");
    }
    for text in ["a\nb", "a\n", " a\n\tb\n", "é\n\n"] {
        assert_eq!(style(text), "literal", "{text:?}");
    }
    for text in ["a \nb", "a\r\nb", "\n", "a\n\u{85}", "a\n😀", "a\n\u{7f}"] {
        assert_eq!(style(text), "quoted", "{text:?}");
    }
}

#[test]
fn a_very_long_line_is_not_folded() {
    let long = "word ".repeat(5000) + "end";
    assert_eq!(to_string(&list![long.as_str()]).lines().count(), 1);
    let quoted = format!("\"{long}");
    assert_eq!(to_string(&list![quoted.as_str()]).lines().count(), 1);
}

/// Puts a text wherever text can stand: root, value, item, item of an item, value in an item, key.
fn places(text: &str) -> Vec<Doc<'_>> {
    let mut key = Map::new().with("a", 1);
    key.insert(text, "value");
    key.insert("z", 2);
    vec![
        Doc::from(text),
        Doc::from(map! { "k" => text, "l" => text }),
        list![text, text],
        list![list![text, 1], text],
        Doc::from(
            map! { "k" => list![map! { "x" => text, "y" => map! { "z" => text, "end" => 1 } }, text], "end" => text },
        ),
        Doc::from(key.clone()),
        list![key.clone(), list![Doc::from(key)]],
    ]
}

fn as_json(doc: &Doc) -> serde_json::Value {
    serde_json::from_str(&super::super::json::compact(doc)).unwrap()
}

fn read_1_2(text: &str) -> serde_json::Value {
    serde_saphyr::from_str(text).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

#[test]
fn a_1_2_reader_reads_every_hostile_text_in_every_place() {
    let long = [
        "k".repeat(999),
        "k".repeat(1025),
        "\u{1}".repeat(400),
        "é".repeat(2000),
    ];
    for text in MISREAD
        .iter()
        .chain(LINES)
        .copied()
        .chain(long.iter().map(String::as_str))
    {
        for doc in places(text) {
            assert_eq!(
                read_1_2(&to_string(&doc)),
                as_json(&doc),
                "{}",
                to_string(&doc)
            );
        }
    }
    assert_eq!(read_1_2(&to_string(&tree())), as_json(&tree()));
}

/// Text with much of what readers stumble over.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(MISREAD).prop_map(str::to_owned),
        prop::sample::select(LINES).prop_map(str::to_owned),
        prop::sample::select(
            &[
                "\n", " ", "\t", "\n\n", "  ", ":", "#", "- ", "a", "\r", "\u{feff}"
            ][..]
        )
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn trees() -> impl Strategy<Value = Doc<'static>> {
    let leaf = prop_oneof![
        Just(Doc::Null),
        any::<bool>().prop_map(Doc::from),
        any::<i64>().prop_map(Doc::from),
        hostile().prop_map(Doc::from),
    ];
    leaf.prop_recursive(5, 48, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Doc::List),
            prop::collection::vec((hostile(), inner), 0..5)
                .prop_map(|entries| Doc::Map(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn any_text_comes_back(text in hostile()) {
        for doc in places(&text) {
            prop_assert_eq!(read_1_2(&to_string(&doc)), as_json(&doc));
        }
    }

    #[test]
    fn any_tree_comes_back(doc in trees()) {
        let text = to_string(&doc);
        prop_assert_eq!(read_1_2(&text), as_json(&doc), "{}", text);
    }
}
