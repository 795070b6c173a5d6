//! Trees in memory, generated at random and written in each of the three syntaxes.

#![allow(dead_code)]

use std::fmt::Write;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::strategy::LazyJust;

/// A tree without places. `Number` holds text that is a number in all three syntaxes.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    Text(String),
    Number(String),
    Bool(bool),
    Null,
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
    /// A map of maps that KDL writes as keyed nodes.
    Table(Vec<(String, Vec<(String, Tree)>)>),
}

/// Any tree whose root is a map.
pub fn trees() -> impl Strategy<Value = Tree> {
    let map =
        |inner: BoxedStrategy<Tree>| btree_map(texts(), inner, 0..5).prop_map(|m| m.into_iter().collect::<Vec<_>>());
    let scalar = prop_oneof![
        texts().prop_map(Tree::Text),
        prop_oneof!["-?(0|[1-9][0-9]{0,4})", "-?(0|[1-9][0-9]?)\\.[0-9]{1,3}([eE][-+]?[0-9])?"].prop_map(Tree::Number),
        any::<bool>().prop_map(Tree::Bool),
        LazyJust::new(|| Tree::Null),
    ];
    let any_tree = scalar.prop_recursive(5, 60, 5, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Tree::List),
            map(inner.clone().boxed()).prop_map(Tree::Map),
            btree_map(texts(), map(inner.boxed()), 1..4).prop_map(|m| Tree::Table(m.into_iter().collect())),
        ]
    });
    map(any_tree.boxed()).prop_map(Tree::Map)
}

/// Texts, awkward ones more often than they occur.
fn texts() -> impl Strategy<Value = String> {
    let awkward = [
        "", "-", "~", "null", "true", "no", "1", "08", "0x1F", ".inf", "<<", "a: b", "a #b", "#a", "- a", "[", "{",
        "}", "*a", "&a", "!a", "|", ">", "%", "@", "`", "'", "\"", "\\", "\\n", "\n", "a\nb\n", "\n\n a\n", "a\r\nb",
        "\t", " a ", "${a.b}", "$${a}", "\"\"\"", "\"#", "\u{85}", "\u{2028}", "\u{feff}", "\u{202e}", "\u{7f}",
        "\u{1b}", "ü", "😀", "e\u{301}", "a=b", "a;b", "(a)", "r\"a\"", "/-", "//", "/*", "---", "...", "? a", ",",
        "\u{a0}",
    ];
    prop_oneof![
        3 => "[a-z][a-z0-9_-]{0,8}",
        2 => prop::sample::select(awkward.to_vec()).prop_map(str::to_owned),
        1 => vec(prop::sample::select(awkward.to_vec()), 1..4).prop_map(|parts| parts.concat()),
        1 => "[^\u{0}]{0,12}",
    ]
}

/// The tree as `outline::tree` shows it.
pub fn shown(tree: &Tree) -> String {
    let map = |entries: &[(String, Tree)]| {
        let entries: Vec<_> = entries.iter().map(|(k, v)| format!("{k}: {}", shown(v))).collect();
        format!("{{{}}}", entries.join(", "))
    };
    match tree {
        Tree::Text(text) => format!("{text:?}"),
        Tree::Number(text) if text.contains(['.', 'e', 'E']) => format!("float:{text}"),
        Tree::Number(text) => text.clone(),
        Tree::Bool(b) => format!("bool:{b}"),
        Tree::Null => "null".into(),
        Tree::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Tree::Map(entries) => map(entries),
        Tree::Table(entries) => {
            let entries: Vec<_> = entries.iter().map(|(k, v)| format!("{k}: {}", map(v))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// The tree as JSON.
pub fn json(tree: &Tree) -> String {
    let map = |entries: &[(String, Tree)]| {
        let entries: Vec<_> = entries.iter().map(|(k, v)| format!("{}:{}", json_text(k), json(v))).collect();
        format!("{{{}}}", entries.join(" ,\n"))
    };
    match tree {
        Tree::Text(text) => json_text(text),
        Tree::Number(text) => text.clone(),
        Tree::Bool(b) => b.to_string(),
        Tree::Null => "null".into(),
        Tree::List(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(", ")),
        Tree::Map(entries) => map(entries),
        Tree::Table(entries) => {
            let entries: Vec<_> = entries.iter().map(|(k, v)| format!("{}: {}", json_text(k), map(v))).collect();
            format!("{{ {} }}", entries.join(","))
        }
    }
}

fn json_text(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// The tree as YAML in block style, texts in one of three styles.
pub fn yaml(tree: &Tree) -> String {
    let mut out = String::new();
    yaml_block(&mut out, tree, 0);
    out.push('\n');
    out
}

fn yaml_block(out: &mut String, tree: &Tree, indent: usize) {
    let pad = "  ".repeat(indent);
    let entry = |out: &mut String, n: usize, key: &str, value: &Tree| {
        if n > 0 || indent > 0 {
            write!(out, "\n{pad}").unwrap();
        }
        write!(out, "{}: ", yaml_text(key, 0)).unwrap();
        yaml_block(out, value, indent + 1);
    };
    match tree {
        Tree::Text(text) => out.push_str(&yaml_text(text, indent)),
        Tree::Number(text) => out.push_str(text),
        Tree::Bool(b) => out.push_str(&b.to_string()),
        Tree::Null => out.push('~'),
        Tree::List(items) if items.is_empty() => out.push_str("[]"),
        Tree::List(items) => {
            for item in items {
                write!(out, "\n{pad}- ").unwrap();
                yaml_block(out, item, indent + 1);
            }
        }
        Tree::Map(entries) if entries.is_empty() => out.push_str("{}"),
        Tree::Map(entries) => entries.iter().enumerate().for_each(|(n, (k, v))| entry(out, n, k, v)),
        Tree::Table(entries) => {
            entries.iter().enumerate().for_each(|(n, (k, v))| entry(out, n, k, &Tree::Map(v.clone())));
        }
    }
}

/// Double quotes, single quotes or a literal block, as far as the text allows; the choice follows from the text.
fn yaml_text(text: &str, indent: usize) -> String {
    let printable = |c: char| !c.is_control() && !matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}');
    if text.len() % 3 == 1 && text.chars().all(printable) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let lines = text
        .strip_suffix('\n')
        .unwrap_or(text)
        .split('\n')
        .all(|l| !l.is_empty() && !l.starts_with([' ', '\t']) && l.chars().all(printable));
    if indent > 0 && text.ends_with('\n') && lines {
        let pad = "  ".repeat(indent);
        return format!("|\n{pad}{}", text.trim_end_matches('\n').replace('\n', &format!("\n{pad}")));
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(out, "\\{c}").unwrap(),
            c if printable(c) => out.push(c),
            c => write!(out, "\\U{:08x}", u32::from(c)).unwrap(),
        }
    }
    out.push('"');
    out
}

/// The tree as KDL; tables as keyed nodes.
pub fn kdl(tree: &Tree) -> String {
    let mut out = String::new();
    if let Tree::Map(entries) = tree {
        entries.iter().for_each(|(k, v)| kdl_node(&mut out, &kdl_name(k), v));
    }
    out
}

fn kdl_node(out: &mut String, name: &str, value: &Tree) {
    let children = |out: &mut String, entries: &[(String, Tree)]| {
        out.push_str(" {\n");
        entries.iter().for_each(|(k, v)| kdl_node(out, &kdl_name(k), v));
        out.push_str("}\n");
    };
    match value {
        Tree::Null => writeln!(out, "{name} #null").unwrap(),
        Tree::Text(_) | Tree::Number(_) | Tree::Bool(_) => writeln!(out, "{name} {}", kdl_value(value)).unwrap(),
        Tree::List(items) if items.is_empty() => writeln!(out, "(array){name}").unwrap(),
        Tree::List(items) if items.len() > 1 && items.iter().all(is_scalar) => {
            writeln!(out, "{name} {}", items.iter().map(kdl_value).collect::<Vec<_>>().join(" ")).unwrap();
        }
        Tree::List(items) => {
            writeln!(out, "{name} {{").unwrap();
            items.iter().for_each(|item| kdl_node(out, "-", item));
            writeln!(out, "}}").unwrap();
        }
        Tree::Map(entries) if !entries.is_empty() && entries.iter().all(|(_, v)| is_scalar(v)) => {
            let properties: Vec<_> = entries.iter().map(|(k, v)| format!("{}={}", kdl_text(k), kdl_value(v))).collect();
            writeln!(out, "{name} {}", properties.join(" ")).unwrap();
        }
        Tree::Map(entries) => {
            out.push_str(name);
            children(out, entries);
        }
        Tree::Table(entries) if name != "-" => {
            for (key, body) in entries {
                write!(out, "{name} {}", kdl_text(key)).unwrap();
                children(out, body);
            }
        }
        Tree::Table(entries) => {
            let entries: Vec<_> = entries.iter().map(|(k, v)| (k.clone(), Tree::Map(v.clone()))).collect();
            kdl_node(out, name, &Tree::Map(entries));
        }
    }
}

fn is_scalar(tree: &Tree) -> bool {
    !matches!(tree, Tree::List(_) | Tree::Map(_) | Tree::Table(_))
}

fn kdl_value(tree: &Tree) -> String {
    match tree {
        Tree::Text(text) => kdl_text(text),
        Tree::Number(text) => text.clone(),
        Tree::Bool(b) => format!("#{b}"),
        _ => "#null".into(),
    }
}

fn kdl_name(key: &str) -> String {
    let bare = !key.is_empty() && key != "-" && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b == b'-');
    let taken = ["true", "false", "null", "inf", "nan", "-inf"].contains(&key);
    if bare && !taken { key.to_owned() } else { kdl_text(key) }
}

/// Quotes or a raw text, as far as the text allows; the choice follows from the text.
fn kdl_text(text: &str) -> String {
    let plain = |c: char| {
        !c.is_control() && !matches!(u32::from(c), 0x2028..=0x202e | 0x200e..=0x200f | 0x2066..=0x2069 | 0xfeff)
    };
    if text.len() % 2 == 1 && text.chars().all(plain) && !text.contains("\"#") && !text.starts_with('"') {
        return format!("#\"{text}\"#");
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(out, "\\{c}").unwrap(),
            c if plain(c) => out.push(c),
            c => write!(out, "\\u{{{:x}}}", u32::from(c)).unwrap(),
        }
    }
    out.push('"');
    out
}
