//! Writes HCL as `terraform fmt` does: two spaces for each level, `=` of neighbouring one-line attributes in one column.

use std::fmt::{self, Display, Write};

use super::{Body, Expr, Item, Step};

impl Display for Body {
    /// The text of a file.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        body(out, self, 0)
    }
}

fn body(out: &mut dyn Write, body: &Body, depth: usize) -> fmt::Result {
    let mut items = body.0.as_slice();
    let mut before: Option<&Item> = None;
    while let Some(item) = items.first() {
        if let Some(before) = before
            && is_apart(before, item)
        {
            out.write_char('\n')?;
        }
        let taken = match item {
            Item::Comment(text) => {
                for line in text.lines() {
                    indent(out, depth)?;
                    writeln!(out, "# {line}")?;
                }
                1
            }
            Item::Block { kind, labels, body: inner } => {
                block(out, kind, labels, inner, depth)?;
                1
            }
            Item::Attribute(..) => {
                let entries: Vec<(&str, &Expr)> = items
                    .iter()
                    .map_while(|item| match item {
                        Item::Attribute(name, value) => Some((name.as_str(), value)),
                        _ => None,
                    })
                    .collect();
                aligned(out, &entries, depth)?;
                entries.len()
            }
        };
        before = items.get(taken - 1);
        items = items.get(taken..).unwrap_or_default();
    }
    Ok(())
}

/// Whether an empty line stands between two items: around blocks, and before a comment; none after a comment.
fn is_apart(before: &Item, item: &Item) -> bool {
    match (before, item) {
        (Item::Comment(_), _) => false,
        (_, Item::Comment(_)) | (Item::Block { .. }, _) | (_, Item::Block { .. }) => true,
        (Item::Attribute(..), Item::Attribute(..)) => false,
    }
}

fn block(out: &mut dyn Write, kind: &str, labels: &[String], inner: &Body, depth: usize) -> fmt::Result {
    indent(out, depth)?;
    out.write_str(kind)?;
    for label in labels {
        write!(out, " {}", quoted(label))?;
    }
    if inner.is_empty() {
        return out.write_str(" {}\n");
    }
    out.write_str(" {\n")?;
    body(out, inner, depth + 1)?;
    indent(out, depth)?;
    out.write_str("}\n")
}

/// `name = value` lines; neighbours of one line each have their `=` in one column.
fn aligned(out: &mut dyn Write, entries: &[(&str, &Expr)], depth: usize) -> fmt::Result {
    let mut rest = entries;
    while let Some((name, value)) = rest.first() {
        let short = rest.iter().take_while(|(_, value)| is_one_line(value)).count();
        if short == 0 {
            indent(out, depth)?;
            write!(out, "{name} = ")?;
            expr(out, value, depth)?;
            out.write_char('\n')?;
            rest = rest.get(1..).unwrap_or_default();
            continue;
        }
        let (group, others) = rest.split_at(short);
        let width = group.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, value) in group {
            indent(out, depth)?;
            write!(out, "{name:width$} = ")?;
            expr(out, value, depth)?;
            out.write_char('\n')?;
        }
        rest = others;
    }
    Ok(())
}

fn is_one_line(value: &Expr) -> bool {
    match value {
        Expr::List(items) => match items.as_slice() {
            [] => true,
            [item] => is_one_line(item) && !matches!(item, Expr::Object(_)),
            _ => false,
        },
        Expr::Object(entries) => entries.is_empty(),
        Expr::Call(_, arguments) => arguments.iter().all(is_one_line),
        Expr::Equal(left, right) => is_one_line(left) && is_one_line(right),
        Expr::For { of, each, .. } => is_one_line(of) && is_one_line(each),
        Expr::Bool(_) | Expr::Int(_) | Expr::Str(_) | Expr::Template(_) | Expr::Reference(_) => true,
    }
}

fn expr(out: &mut dyn Write, value: &Expr, depth: usize) -> fmt::Result {
    match value {
        Expr::Bool(value) => write!(out, "{value}"),
        Expr::Int(value) => write!(out, "{value}"),
        Expr::Str(text) => out.write_str(&quoted(text)),
        Expr::Template(parts) => template(out, parts, depth),
        Expr::Reference(steps) => reference(out, steps),
        Expr::List(items) if is_one_line(value) => {
            out.write_char('[')?;
            for item in items {
                expr(out, item, depth)?;
            }
            out.write_char(']')
        }
        Expr::List(items) => {
            out.write_str("[\n")?;
            for item in items {
                indent(out, depth + 1)?;
                expr(out, item, depth + 1)?;
                out.write_str(",\n")?;
            }
            indent(out, depth)?;
            out.write_char(']')
        }
        Expr::Object(entries) if entries.is_empty() => out.write_str("{}"),
        Expr::Object(entries) => {
            out.write_str("{\n")?;
            let keys: Vec<String> = entries.iter().map(|(key, _)| object_key(key)).collect();
            let entries: Vec<(&str, &Expr)> =
                keys.iter().zip(entries).map(|(key, (_, value))| (key.as_str(), value)).collect();
            aligned(out, &entries, depth + 1)?;
            indent(out, depth)?;
            out.write_char('}')
        }
        Expr::Call(name, arguments) => {
            write!(out, "{name}(")?;
            for (index, argument) in arguments.iter().enumerate() {
                if index > 0 {
                    out.write_str(", ")?;
                }
                expr(out, argument, depth)?;
            }
            out.write_char(')')
        }
        Expr::Equal(left, right) => {
            expr(out, left, depth)?;
            out.write_str(" == ")?;
            expr(out, right, depth)
        }
        Expr::For { item, of, each } => {
            write!(out, "[for {item} in ")?;
            expr(out, of, depth)?;
            out.write_str(" : ")?;
            expr(out, each, depth)?;
            out.write_char(']')
        }
    }
}

/// Text and expressions as one quoted text. An expression alone needs no quotes.
fn template(out: &mut dyn Write, parts: &[Expr], depth: usize) -> fmt::Result {
    if let [alone] = parts {
        return expr(out, alone, depth);
    }
    out.write_char('"')?;
    let mut parts = joined(parts).into_iter().peekable();
    while let Some(part) = parts.next() {
        match &part {
            Expr::Str(text) => {
                let opens = parts.peek().is_some_and(|next| !matches!(next, Expr::Str(_)));
                match text.strip_suffix('$').filter(|_| opens) {
                    // `$${` would be a literal.
                    Some(head) => write!(out, "{}\\u0024", escaped(head))?,
                    None => out.write_str(&escaped(text))?,
                }
            }
            other => {
                out.write_str("${")?;
                expr(out, other, depth)?;
                out.write_char('}')?;
            }
        }
    }
    out.write_char('"')
}

/// Neighbouring texts as one: what stands in two might read as an interpolation only together.
fn joined(parts: &[Expr]) -> Vec<Expr> {
    let mut out: Vec<Expr> = Vec::new();
    for part in parts {
        match (out.last_mut(), part) {
            (Some(Expr::Str(last)), Expr::Str(text)) => last.push_str(text),
            _ => out.push(part.clone()),
        }
    }
    out
}

fn reference(out: &mut dyn Write, steps: &[Step]) -> fmt::Result {
    for (index, step) in steps.iter().enumerate() {
        match step {
            Step::Name(name) if index == 0 => out.write_str(name)?,
            Step::Name(name) => write!(out, ".{name}")?,
            Step::Key(key) => write!(out, "[{}]", quoted(key))?,
        }
    }
    Ok(())
}

/// A key of an object: bare where nothing can take it for something else (`for` begins an expression).
fn object_key(key: &str) -> String {
    if is_identifier(key) && !matches!(key, "for" | "null" | "true" | "false") { key.to_owned() } else { quoted(key) }
}

fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// A name for a block's label from a name of lower-case letters, digits and `-`: `-` becomes `_`. Names that differ stay
/// apart, because none of them holds `_`.
pub fn identifier(name: &str) -> String {
    name.replace('-', "_")
}

/// A text as a literal in quotes.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if chars.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

fn indent(out: &mut dyn Write, depth: usize) -> fmt::Result {
    for _ in 0..depth {
        out.write_str("  ")?;
    }
    Ok(())
}
