//! Filling in workflows. They are YAML that holds shell that holds a forge's own expressions: a value is put in as one YAML
//! scalar in which the forge sees no expression, and only a filter that says how puts it in otherwise.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::ValueKind;
use minijinja::{Environment as Templates, Error, ErrorKind, Output, Value};

use crate::document::json;

/// Stands for a line of its own that came out empty; no template and no value holds it.
const NOTHING: &str = "\u{1}";

/// Whose expressions a value must not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forge {
    /// GitHub puts in what stands between `${{` and `}}`, in any scalar.
    Github,
    /// GitLab puts variables into some keys, none of which a value of the manifest's goes to, and leaves scripts to their shell.
    Gitlab,
    /// Argo CD fills in what stands between `{{` and `}}` in an Application's template, where only names and addresses go.
    ArgoCd,
    /// Flux's operator fills in what stands between `<<` and `>>`, where only names and addresses go.
    Flux,
}

impl Forge {
    /// A text in which the forge sees no expression.
    pub fn inert(self, text: &str) -> String {
        match self {
            Forge::Github => text.replace("${{", "${{ '${{' }}"),
            Forge::Gitlab | Forge::ArgoCd | Forge::Flux => text.to_owned(),
        }
    }
}

/// Fills a template in. `<{ … }>` and `<% … %>` stand where others have double braces, which the forges use themselves.
///
/// # Errors
/// A template that is wrong, or a value that its place cannot hold.
pub fn fill(template: &str, values: &Value, forge: Forge) -> Result<String, Error> {
    let mut templates = Templates::new();
    let syntax = SyntaxConfig::builder()
        .block_delimiters("<%", "%>")
        .variable_delimiters("<{", "}>")
        .comment_delimiters("<#", "#>")
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()?;
    templates.set_syntax(syntax);
    templates.set_undefined_behavior(minijinja::UndefinedBehavior::SemiStrict);
    templates.set_formatter(move |out, _, value| scalar(out, value, forge));
    templates.add_filter("part", part);
    templates.add_filter("words", move |text: &str| Value::from_safe_string(forge.inert(text)));
    templates.add_filter("bare", bare);
    templates.add_filter("line", line);
    templates.add_filter("all", all);
    templates.add_filter("expression", |text: &str| expression(text).map(Value::from_safe_string));
    let text = templates.render_str(template, values.clone())?;
    Ok(text.lines().filter(|line| *line != NOTHING).fold(String::new(), |out, line| out + line + "\n"))
}

/// A value as one scalar, and a list in brackets.
fn scalar(out: &mut Output<'_>, value: &Value, forge: Forge) -> Result<(), Error> {
    let text = match value.kind() {
        _ if value.is_safe() => value.to_string(),
        ValueKind::Seq | ValueKind::Iterable => {
            let items: Vec<String> = value.try_iter()?.map(|item| quoted(&item.to_string(), forge)).collect();
            format!("[{}]", items.join(", "))
        }
        ValueKind::Number | ValueKind::Bool => value.to_string(),
        _ => quoted(&value.to_string(), forge),
    };
    out.write_str(&text).map_err(Error::from)
}

/// A text as a YAML scalar (YAML 1.2.2, sections 7.3.1 and 7.3.3): plain where nobody can read it as anything else.
fn quoted(text: &str, forge: Forge) -> String {
    let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'.' || byte == b'/');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte);
    let word = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    if first && text.len() > 1 && text.bytes().all(plain) && !word.contains(&text.to_ascii_lowercase().as_str()) {
        return text.to_owned();
    }
    json::compact(&forge.inert(text).into())
}

/// What a macro wrote, without its last line's end.
fn part(text: &str) -> Value {
    let text = text.strip_suffix('\n').unwrap_or(text);
    Value::from_safe_string(if text.is_empty() { NOTHING.to_owned() } else { text.to_owned() })
}

/// A name as it is, which is refused where it is more than one.
fn bare(text: &str) -> Result<Value, Error> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./,: @".contains(c);
    if text.chars().all(plain) && !text.contains(": ") {
        return Ok(Value::from_safe_string(text.to_owned()));
    }
    Err(Error::new(ErrorKind::BadEscape, format!("`{text}` is no plain name")))
}

/// A text in a comment: one line, whatever it holds.
fn line(text: &str) -> Value {
    Value::from_safe_string(text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect())
}

/// Conditions that must all hold, as a folded scalar below a job's `if`.
fn all(conditions: &Value) -> Result<Value, Error> {
    let conditions: Vec<String> = conditions.try_iter()?.map(|one| one.to_string()).collect();
    Ok(Value::from_safe_string(format!(">-\n      {}", conditions.join(" &&\n      "))))
}

/// A text in a pattern (RE2), in which it stands for itself.
pub fn pattern(text: &str) -> String {
    let special = |c: char| c.is_ascii_punctuation() && !"_-".contains(c);
    text.chars().map(|c| if special(c) { format!("\\{c}") } else { c.to_string() }).collect()
}

/// A text as a string of GitHub's expressions.
///
/// # Errors
/// A text that no such string can hold: control characters.
pub fn expression(text: &str) -> Result<String, Error> {
    if text.chars().any(char::is_control) {
        return Err(Error::new(ErrorKind::BadEscape, format!("`{}` holds control characters", text.escape_debug())));
    }
    let single = text.replace('\'', "''");
    if text.contains("${{") {
        // The opening of an expression must not stand there, even in a string.
        let apart = single.replace('{', "{{").replace('}', "}}").replace('$', "{0}");
        return Ok(format!("format('{apart}', '$')"));
    }
    Ok(format!("'{single}'"))
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;

    #[test]
    fn values_stay_in_their_places() {
        let filled = |text: &str, values: Value| fill(text, &values, Forge::Github).unwrap();
        assert_eq!(
            filled("a: <{ a }>\n", context! { a => "x: y # ${{ z }}\n- 'w'" }),
            "a: \"x: y # ${{ '${{' }} z }}\\n- 'w'\"\n"
        );
        assert_eq!(
            filled("<{ a }> <{ b }> <{ c }>\n", context! { a => "no", b => "0123", c => "a/b.c" }),
            "\"no\" \"0123\" a/b.c\n"
        );
        assert_eq!(filled("<{ a }>\n", context! { a => ["xy", "a b"] }), "[xy, \"a b\"]\n");
        assert_eq!(filled("# <{ a | line }>\n", context! { a => "x\ny" }), "# x y\n");
        assert!(fill("<{ a | bare }>", &context! { a => "x: y" }, Forge::Github).is_err());
        assert!(fill("<{ a | expression }>", &context! { a => "x\ny" }, Forge::Github).is_err());
    }

    #[test]
    fn strings_of_expressions_end_where_they_are_meant_to() {
        assert_eq!(expression("it's").unwrap(), "'it''s'");
        assert_eq!(expression("a ${{ b }}'").unwrap(), "format('a {0}{{{{ b }}}}''', '$')");
    }
}
