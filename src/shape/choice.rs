//! Words to choose from.

/// Declares an enum whose values are words: `choice! { /// … pub enum Expose: "how …" { /// … Port = "port" } }`.
macro_rules! choice {
    (
        $(#[doc = $doc:literal])*
        pub enum $name:ident {
            $( $(#[doc = $vdoc:literal])* $variant:ident = $word:literal, )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $( $(#[doc = $vdoc])* $variant, )*
        }

        impl $name {
            /// Every word, in order.
            pub const WORDS: &'static [&'static str] = &[$($word),*];

            /// The word as a user writes it.
            pub fn word(self) -> &'static str {
                match self { $( $name::$variant => $word, )* }
            }
        }

        impl $crate::shape::Leaf for $name {
            type Out = $name;
            const EXPECTED: &'static str = $crate::shape::choice!(@words $($word),*);
            fn shape() -> $crate::shape::LeafShape {
                $crate::shape::LeafShape {
                    expected: Self::EXPECTED,
                    schema: serde_json::json!({ "enum": $name::WORDS }),
                    choices: vec![$( ($word, $crate::shape::Doc::read(&[$($vdoc),*])) ),*],
                }
            }
            fn read(scalar: &$crate::syntax::Scalar<'_>) -> Result<$name, $crate::shape::Misread> {
                match &*scalar.text {
                    $( $word => Ok($name::$variant), )*
                    other => {
                        let mut misread = $crate::shape::Misread::new($crate::diagnostics::codes::NOT_A_CHOICE);
                        let near = $crate::shape::nearest(other, $name::WORDS.iter().copied());
                        misread.help = near.map(|word| format!("write `{word}`"));
                        Err(misread)
                    }
                }
            }
        }
    };
    (@words $last:literal) => { concat!("`", $last, "`") };
    (@words $first:literal, $last:literal) => { concat!("`", $first, "` or `", $last, "`") };
    (@words $first:literal $(, $next:literal)+) => {
        concat!("one of `", $first, "`" $(, ", `", $next, "`")+)
    };
}
pub(crate) use choice;
