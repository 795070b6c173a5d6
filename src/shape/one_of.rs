//! Values with several forms.

use super::cx::{Cx, is_null, shown};
use super::example::forms_examples;
use super::fields::{lone_entry, quoted_or};
use super::model::Shape;
use super::suggest::nearest;
use crate::diagnostics::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::{Node, Value};

/// How a form is told from the others.
#[derive(Debug)]
pub(crate) enum Arm {
    /// The scalar is this word.
    Word(&'static str),
    /// It is any scalar.
    Scalar,
    /// It is the short form of a record, a scalar or, in KDL, an argument with more beside it.
    Short,
    /// It is a record with one of these keys.
    Keys(&'static [&'static str]),
}

/// Tells which form a node has.
pub(crate) struct Pick;

impl Pick {
    /// The index of the form, or `None` after a report.
    pub fn read(
        node: &Node<'_>,
        what: &str,
        arms: &'static [Arm],
        shape: fn() -> Shape,
        cx: &mut Cx<'_>,
    ) -> Option<usize> {
        match &node.value {
            Value::Scalar(scalar) if !is_null(node) => {
                let found = arms.iter().position(|arm| match arm {
                    Arm::Word(word) => *word == scalar.text,
                    Arm::Scalar | Arm::Short => true,
                    Arm::Keys(_) => false,
                });
                if found.is_none() {
                    Self::no_word(node, &scalar.text, what, arms, cx);
                }
                found
            }
            Value::Map { entries, .. } => {
                let mut found: Option<(usize, &str, Span)> = None;
                for entry in entries {
                    let arm = arms.iter().position(|arm| matches!(arm, Arm::Keys(keys) if keys.contains(&&*entry.key)));
                    match (arm, found) {
                        (Some(i), None) => found = Some((i, &entry.key, entry.key_span)),
                        (Some(i), Some((first, key, span))) if i != first => {
                            let message = format!("{what} has either `{key}` or `{}`, not both", entry.key);
                            let conflict = Diagnostic::new(codes::CONFLICTING_KEYS, message);
                            let conflict = conflict.at(entry.key_span, "remove this").also(span, "or this");
                            cx.report(conflict.help(format!("keep `{key}` or `{}`", entry.key)));
                            return None;
                        }
                        _ => {}
                    }
                }
                if found.is_none() && lone_entry(node).is_some() {
                    let short = arms.iter().position(|arm| matches!(arm, Arm::Short));
                    if short.is_some() {
                        return short;
                    }
                }
                if found.is_none() {
                    Self::no_key(node, what, arms, shape, cx);
                }
                found.map(|(i, _, _)| i)
            }
            _ => {
                cx.expected(&format!("{what}: {}", forms(arms)), node);
                None
            }
        }
    }

    fn no_word(node: &Node<'_>, text: &str, what: &str, arms: &'static [Arm], cx: &mut Cx<'_>) {
        let words = arms.iter().filter_map(|arm| if let Arm::Word(word) = arm { Some(*word) } else { None });
        if words.clone().next().is_none() {
            cx.expected(&format!("{what}: {}", forms(arms)), node);
            return;
        }
        let near = nearest(text, words).map(|word| format!("write `{word}`"));
        let message = format!("{} must be {}, not `{}`", cx.subject(), forms(arms), shown(text));
        cx.refuse(codes::NOT_A_CHOICE, message, node.span, "", near);
    }

    fn no_key(node: &Node<'_>, what: &str, arms: &'static [Arm], shape: fn() -> Shape, cx: &mut Cx<'_>) {
        let Value::Map { entries, .. } = &node.value else {
            return;
        };
        let keys: Vec<&str> = keys(arms);
        for entry in entries {
            if let Some(near) = nearest(&entry.key, keys.iter().copied()) {
                let message = format!("`{}` is no key of {what}", shown(&entry.key));
                let unknown = Diagnostic::new(codes::UNKNOWN_KEY, message).at(entry.key_span, "unknown key");
                cx.report(unknown.help(format!("did you mean `{near}`?")));
                return;
            }
        }
        let owner = cx.owner().unwrap_or(node.span);
        let message = format!("{} has none of {}", cx.subject(), quoted_or(&keys));
        let missing = Diagnostic::new(codes::MISSING_KEY, message).at(owner, format!("{what} needs one of them"));
        let help =
            forms_examples(&shape()).map_or_else(|| format!("add {}", quoted_or(&keys)), |all| format!("write {all}"));
        cx.report(missing.help(help));
    }
}

fn keys(arms: &'static [Arm]) -> Vec<&'static str> {
    arms.iter().flat_map(|arm| if let Arm::Keys(keys) = arm { *keys } else { &[] }).copied().collect()
}

/// The forms in words: "`dedicated`, or a record with `on` or `branch`".
fn forms(arms: &'static [Arm]) -> String {
    let words: Vec<&str> =
        arms.iter().filter_map(|arm| if let Arm::Word(word) = arm { Some(*word) } else { None }).collect();
    let keys = keys(arms);
    let mut parts = Vec::new();
    if !words.is_empty() {
        parts.push(quoted_or(&words));
    }
    if !keys.is_empty() {
        parts.push(format!("a record with {}", quoted_or(&keys)));
    }
    parts.join(", or ")
}

/// Declares alternatives.
///
/// ```text
/// one_of! {
///     /// How a store is kept apart.
///     pub enum Isolation: "an isolation" {
///         words: { Dedicated = "dedicated", }        // with doc comments, as everywhere
///         scalar: { Named(Located<SizeName>), }      // any scalar
///         records: { On(OnServer) by ["on"], }       // a record with this key
///     }
///     short: On;                              // a lone scalar goes to this form
/// }
/// ```
macro_rules! one_of {
    (
        $(#[doc = $doc:literal])*
        pub enum $name:ident: $what:literal {
            $(words: { $( $(#[doc = $wdoc:literal])* $word:ident = $text:literal, )* })?
            $(scalar: { $( $(#[doc = $sdoc:literal])* $scalar:ident($sty:ty $(as $scodec:ty)?), )* })?
            records: { $( $(#[doc = $rdoc:literal])* $arm:ident($ty:ty) by [$($key:literal),+], )* }
        }
        $(short: $short:ident($shorty:ty);)?
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq)]
        // One is made per entry of the file: a box would cost more reading than it saves memory.
        #[allow(clippy::large_enum_variant)]
        pub enum $name {
            $($( $(#[doc = $wdoc])* $word, )*)?
            $($( $(#[doc = $sdoc])* $scalar($sty), )*)?
            $( $(#[doc = $rdoc])* $arm($ty), )*
        }

        impl $crate::shape::Codec for $name {
            type Out = $name;

            fn shape() -> $crate::shape::Shape {
                let arms = vec![
                    $($( $crate::shape::Shape::Leaf($crate::shape::LeafShape {
                        expected: concat!("`", $text, "`"),
                        schema: serde_json::json!({ "const": $text }),
                        choices: vec![($text, $crate::shape::Doc::read(&[$($wdoc),*]))],
                    }), )*)?
                    $($( <$crate::shape::record!(@codec $sty $(, $scodec)?) as $crate::shape::Codec>::shape(), )*)?
                    $( <$ty as $crate::shape::Codec>::shape(), )*
                ];
                $crate::shape::Shape::OneOf(Box::new($crate::shape::OneOfShape {
                    name: stringify!($name),
                    what: $what,
                    doc: $crate::shape::Doc::read(&[$($doc),*]),
                    arms,
                }))
            }

            fn decode(node: &$crate::syntax::Node<'_>, cx: &mut $crate::shape::Cx<'_>) -> Option<$name> {
                static ARMS: &[$crate::shape::Arm] = &[
                    $($( $crate::shape::Arm::Word($text), )*)?
                    $($( { let _ = stringify!($scalar); $crate::shape::Arm::Scalar }, )*)?
                    $( $crate::shape::Arm::Keys(&[$($key),+]), )*
                    $( { let _ = stringify!($short); $crate::shape::Arm::Short }, )?
                ];
                let picked = $crate::shape::Pick::read(node, $what, ARMS, <$name as $crate::shape::Codec>::shape, cx)?;
                let mut index = 0;
                $($( if picked == index { return Some($name::$word); } index += 1; )*)?
                $($( if picked == index { return <$crate::shape::record!(@codec $sty $(, $scodec)?) as $crate::shape::Codec>::decode(node, cx).map($name::$scalar); } index += 1; )*)?
                $( if picked == index { return <$ty as $crate::shape::Codec>::decode(node, cx).map($name::$arm); } index += 1; )*
                $( if picked == index { return <$shorty as $crate::shape::Codec>::decode(node, cx).map($name::$short); } )?
                let _ = index;
                None
            }
        }
    };
}
pub(crate) use one_of;
