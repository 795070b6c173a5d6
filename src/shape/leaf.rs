//! Scalars: text, numbers, truth values, and the declaration of texts with a form of their own.

use serde_json::{Value as Json, json};

use super::model::LeafShape;
use crate::diagnostics::{Code, codes};
use crate::syntax::{Scalar, ScalarKind};

/// What to write where no reference can stand.
pub(super) const NO_REFERENCE: &str =
    "references belong in env values, arguments and recipe options; write the value itself here";

/// A scalar of one form.
pub trait Leaf {
    /// What reading gives.
    type Out;

    /// What is expected, as the end of "must be …".
    const EXPECTED: &'static str;

    /// The description.
    fn shape() -> LeafShape;

    /// Reads a scalar, which is not null. NUL does not get past the parsers.
    ///
    /// # Errors
    /// What is wrong with it.
    fn read(scalar: &Scalar<'_>) -> Result<Self::Out, Misread>;

    /// See [`super::Codec::stand_in`].
    fn stand_in() -> Option<Self::Out> {
        None
    }
}

/// Why a scalar was refused.
#[derive(Debug, Clone)]
pub struct Misread {
    /// The code.
    pub code: Code,
    /// What is wrong, where "must be `expected`" would not say it.
    pub message: Option<String>,
    /// What to write instead.
    pub help: Option<String>,
}

impl Misread {
    /// A refusal whose message is "must be …".
    pub fn new(code: Code) -> Self {
        Misread { code, message: None, help: None }
    }

    /// Says what is wrong in other words.
    #[must_use]
    pub fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// Says what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Which other JSON types are, as written, texts of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Also {
    /// None.
    Nothing,
    /// `true` and `false`.
    Bool,
    /// Those and whole numbers from 0.
    Whole,
    /// Those and any number from 0.
    Number,
    /// Those and any number.
    Any,
}

impl Also {
    /// The schema of a text with this pattern or a value of these types.
    pub fn schema(self, pattern: &str) -> Json {
        let text = json!({ "type": "string", "pattern": pattern });
        let truth = json!({ "type": "boolean" });
        match self {
            Also::Nothing => text,
            Also::Bool => json!({ "anyOf": [text, truth] }),
            Also::Whole => json!({ "anyOf": [text, truth, { "type": "integer", "minimum": 0 }] }),
            Also::Any => json!({ "anyOf": [text, truth, { "type": "number" }] }),
            Also::Number => json!({ "anyOf": [text, truth, { "type": "number", "minimum": 0 }] }),
        }
    }
}

/// Declares texts of a form: their place in messages, their pattern for the schema, and the check that decides.
macro_rules! text_leaf {
    ($(
        $(#[$meta:meta])*
        $name:ident: $code:ident, $expected:literal, $pattern:literal, $also:ident, $check:expr $(, stand_in $stand:literal)?;
    )*) => { $(
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $name;

        impl $crate::shape::Leaf for $name {
            type Out = String;
            const EXPECTED: &'static str = $expected;
            fn shape() -> $crate::shape::LeafShape {
                $crate::shape::LeafShape {
                    expected: $expected,
                    schema: $crate::shape::Also::$also.schema($pattern),
                    choices: Vec::new(),
                }
            }
            fn read(scalar: &$crate::syntax::Scalar<'_>) -> Result<String, $crate::shape::Misread> {
                let check: fn(&str) -> bool = $check;
                if check(&scalar.text) {
                    Ok(scalar.text.clone().into_owned())
                } else {
                    let mut misread = $crate::shape::Misread::new($crate::diagnostics::codes::$code);
                    misread.help = $crate::shape::repair(&scalar.text, check);
                    Err(misread)
                }
            }
            $(fn stand_in() -> Option<String> { Some($stand.to_owned()) })?
        }

        impl $crate::shape::Key for $name {
            type Out = String;
            fn shape() -> $crate::shape::LeafShape {
                <Self as $crate::shape::Leaf>::shape()
            }
            fn read(text: &str) -> Result<String, $crate::shape::Misread> {
                let scalar = $crate::syntax::Scalar { text: text.into(), kind: $crate::syntax::ScalarKind::Text };
                <Self as $crate::shape::Leaf>::read(&scalar)
            }
            fn refused(text: &str) -> Option<String> {
                // It has been reported: nothing is compiled from it.
                Some(text.to_owned())
            }
        }
    )* };
}
pub(crate) use text_leaf;

/// What to write instead of a text of the wrong form, where a usual slip explains it.
pub(crate) fn repair(text: &str, check: fn(&str) -> bool) -> Option<String> {
    let trimmed = text.trim();
    let bare = trimmed
        .trim_start_matches("https://")
        .trim_start_matches("http://")
        .trim_start_matches("*.")
        .trim_start_matches("./")
        .trim_end_matches('/');
    let lower = bare.to_ascii_lowercase();
    let dashed = lower.replace(['_', ' '], "-");
    let rooted = format!("/{trimmed}");
    let repaired = [trimmed, bare, &rooted, &lower, &dashed]
        .into_iter()
        .find(|candidate| *candidate != text && check(candidate))?;
    Some(format!("write `{repaired}`"))
}

/// Text that must not be empty; references are refused, so that none is silently taken literally.
#[derive(Debug)]
pub struct Text;

impl Leaf for Text {
    type Out = String;
    const EXPECTED: &'static str = "text";

    fn shape() -> LeafShape {
        let schema = json!({ "type": ["string", "number", "boolean"], "pattern": r"^(?:[^$\u0000]|\$(?!\{))+$" });
        LeafShape { expected: Self::EXPECTED, schema, choices: Vec::new() }
    }

    fn read(scalar: &Scalar<'_>) -> Result<String, Misread> {
        if scalar.text.is_empty() {
            return Err(Misread::new(codes::NO_VALUE).saying("the text is empty"));
        }
        <String as Leaf>::read(scalar)
    }
}

impl Leaf for String {
    type Out = String;
    const EXPECTED: &'static str = "text";

    fn shape() -> LeafShape {
        let schema = json!({ "type": ["string", "number", "boolean"], "pattern": r"^(?:[^$\u0000]|\$(?!\{))*$" });
        LeafShape { expected: "text", schema, choices: Vec::new() }
    }

    fn read(scalar: &Scalar<'_>) -> Result<String, Misread> {
        if scalar.text.contains("${") {
            return Err(Misread::new(codes::BAD_REFERENCE).saying("a reference cannot stand here").help(NO_REFERENCE));
        }
        Ok(scalar.text.clone().into_owned())
    }
}

/// Text as it is, empty or not, with `$${` for a literal `${`: references are refused here too.
#[derive(Debug)]
pub struct Literal;

impl Leaf for Literal {
    type Out = String;
    const EXPECTED: &'static str = "text";

    fn shape() -> LeafShape {
        let pattern = r"^(?:[^$\u0000]|\$\$\{|\$(?!\{|\$\{))*$";
        let schema = json!({
            "description": "Text; `$${` writes a literal `${`.",
            "type": ["string", "number", "boolean"],
            "pattern": pattern,
        });
        LeafShape { expected: Self::EXPECTED, schema, choices: Vec::new() }
    }

    fn read(scalar: &Scalar<'_>) -> Result<String, Misread> {
        match scalar.text.split("$${").any(|text| text.contains("${")) {
            true => Err(Misread::new(codes::BAD_REFERENCE)
                .saying("a reference cannot stand here")
                .help("write the value itself, or `$${` for a literal `${`")),
            false => Ok(scalar.text.replace("$${", "${")),
        }
    }
}

impl Leaf for bool {
    type Out = bool;
    const EXPECTED: &'static str = "true or false";

    fn shape() -> LeafShape {
        LeafShape { expected: Self::EXPECTED, schema: json!({ "type": "boolean" }), choices: Vec::new() }
    }

    fn read(scalar: &Scalar<'_>) -> Result<bool, Misread> {
        if scalar.kind == ScalarKind::Bool {
            return Ok(scalar.text.eq_ignore_ascii_case("true"));
        }
        let meant = match scalar.text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" | "1" => Some("true"),
            "false" | "no" | "off" | "n" | "0" => Some("false"),
            _ => None,
        };
        let mut misread = Misread::new(codes::WRONG_TYPE);
        misread.help = meant.map(|word| format!("write {word}, without quotes"));
        Err(misread)
    }
}

/// A whole number from `MIN` to `MAX`, decimal, octal (`0o7`) or hexadecimal (`0x1F`).
#[derive(Debug)]
pub struct Int<const MIN: u32, const MAX: u32>;

impl<const MIN: u32, const MAX: u32> Leaf for Int<MIN, MAX> {
    type Out = u32;
    const EXPECTED: &'static str = "a whole number";

    fn shape() -> LeafShape {
        let schema = json!({ "type": "integer", "minimum": MIN, "maximum": MAX });
        LeafShape { expected: Self::EXPECTED, schema, choices: Vec::new() }
    }

    fn read(scalar: &Scalar<'_>) -> Result<u32, Misread> {
        if scalar.kind != ScalarKind::Int {
            let misread = Misread::new(codes::WRONG_TYPE);
            let number = scalar.kind == ScalarKind::Text && scalar.text.parse::<i64>().is_ok();
            return Err(if number { misread.help(format!("write {} without quotes", scalar.text)) } else { misread });
        }
        match whole(&scalar.text) {
            Some(n) if (MIN..=MAX).contains(&n) => Ok(n),
            _ => {
                let message = format!("{} is not from {MIN} to {MAX}", scalar.text);
                Err(Misread::new(codes::OUT_OF_RANGE).saying(message))
            }
        }
    }
}

/// A port, from 1 to 65535.
#[derive(Debug)]
pub struct Port;

impl Leaf for Port {
    type Out = u16;
    const EXPECTED: &'static str = "a port from 1 to 65535";

    fn shape() -> LeafShape {
        LeafShape { expected: Self::EXPECTED, ..<Int<1, 65535> as Leaf>::shape() }
    }

    fn read(scalar: &Scalar<'_>) -> Result<u16, Misread> {
        <Int<1, 65535> as Leaf>::read(scalar)
            .and_then(|n| u16::try_from(n).map_err(|_| Misread::new(codes::OUT_OF_RANGE)))
    }
}

/// The value of an integer of the YAML core schema, where it fits.
fn whole(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    if let Some(octal) = digits.strip_prefix("0o") {
        return u32::from_str_radix(octal, 8).ok();
    }
    if let Some(hex) = digits.strip_prefix("0x") {
        return u32::from_str_radix(hex, 16).ok();
    }
    digits.parse().ok()
}
