//! Written YAML, read back.

use proptest::prelude::*;

use super::super::{list, map};
use super::*;

#[path = "../../../tests/support/hostile.rs"]
mod texts;

use self::texts::{LINES, WORDS};

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
    let documents = |comment: &str, count: usize| {
        let mut stream = Stream::new(comment);
        (0..count).for_each(|_| stream.push(&one));
        stream.finish()
    };
    assert_eq!(documents("first\n\nsecond\u{2028}x", 2), "# first\n#\n# second x\na: 1\n---\na: 1\n");
    assert_eq!(documents("", 1), "a: 1\n");
    assert!(Stream::new("x").is_empty());
}

#[test]
fn styles() {
    let style = |text: &str| {
        let out = to_string(&list![text]);
        match out.strip_prefix("- ").and_then(|o| o.chars().next()).unwrap() {
            '"' => "quoted",
            '|' => "literal",
            _ => "plain",
        }
    };
    for text in
        ["a", "/bin/sh", "nginx:1.27", "postgresql://u@h:5432/d", "two words", "a-b_c.d", "yesterday", "nullable"]
    {
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
    let long = ["k".repeat(999), "k".repeat(1025), "\u{1}".repeat(400), "é".repeat(2000)];
    for text in texts::all().iter().chain(&long) {
        for doc in places(text) {
            assert_eq!(read_1_2(&to_string(&doc)), as_json(&doc), "{}", to_string(&doc));
        }
    }
    assert_eq!(read_1_2(&to_string(&tree())), as_json(&tree()));
}

/// Text with much of what readers stumble over.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(WORDS).prop_map(str::to_owned),
        prop::sample::select(LINES).prop_map(str::to_owned),
        prop::sample::select(&["\n", " ", "\t", "\n\n", "  ", ":", "#", "- ", "a", "\r", "\u{feff}"][..])
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
            prop::collection::vec((hostile(), inner), 0..5).prop_map(|entries| Doc::Map(entries.into_iter().collect())),
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

#[test]
fn groups_stand_apart_under_their_comments() {
    let empty = map! {};
    let first = map! { "a" => map! { "x" => 1 }, "b" => "t" };
    let second = map! { "c" => map! {} };
    let mut out = String::new();
    write_groups(&mut out, "services", [("One", &first), ("None", &empty), ("Two\n\nmore", &second)]);
    assert_eq!(out, "services:\n  # One\n  a:\n    x: 1\n\n  b: t\n\n  # Two\n  #\n  # more\n  c: {}\n");
}
