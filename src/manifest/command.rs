//! Commands: lists of words, which no shell takes apart.

use crate::diagnostics::{Diagnostic, codes};
use crate::shape::{Codec, Cx, NonEmpty, Shape, Template};
use crate::syntax::{Node, Value};

/// Reads the words of a command. A lone text is one word; where it holds a space, that is probably not what was meant.
#[derive(Debug)]
pub struct Command;

impl Codec for Command {
    type Out = Vec<Template>;

    fn shape() -> Shape {
        NonEmpty::<Template>::shape()
    }

    fn decode(node: &Node<'_>, cx: &mut Cx<'_>) -> Option<Vec<Template>> {
        let words = NonEmpty::<Template>::decode(node, cx)?;
        if let Value::Scalar(scalar) = &node.value
            && scalar.text.trim().contains(char::is_whitespace)
            && !words.is_empty()
        {
            let written: Vec<&str> = scalar.text.split_whitespace().collect();
            let message = format!("{} is one word with a space in it, the name of a program", cx.subject());
            cx.report(
                Diagnostic::new(codes::ONE_WORD, message)
                    .at(node.span, "no shell takes this apart")
                    .help(format!("write one text for each word: {}", list(&written))),
            );
        }
        Some(words)
    }
}

/// Words as YAML and JSON write a list; what a shell would do something with is left to the person.
fn list(words: &[&str]) -> String {
    if words.iter().any(|word| word.contains(['"', '\'', '\\', '$', '|', '&', ';', '<', '>'])) || words.len() > 6 {
        return "`[bin/worker, --verbose]`, or `[sh, -c, \"…\"]` for what needs a shell".to_owned();
    }
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    format!("`[{}]`", quoted.join(", "))
}
