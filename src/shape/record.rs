//! Records with known keys: the declaration.

/// A field's name as a key: raw identifiers lose their `r#`.
pub(crate) const fn key_text(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', rest @ ..] => match std::str::from_utf8(rest) {
            Ok(text) => text,
            Err(_) => name,
        },
        _ => name,
    }
}

/// Declares a record: struct, decoder and description, one line per key.
///
/// ```text
/// record! {
///     /// How an image is built.
///     /// Example: {"context": "api", "target": "prod"}
///     pub struct Build: "a build" {
///         /// The folder.
///         context: Located<String> as Located<Path>,
///         …
///     }
///     short: context;            // a lone scalar stands for this key
///     rules: [Rule::…];          // what must hold between keys
///     open: rest;                // a field that keeps unknown keys
/// }
/// ```
///
/// `as` names what reads the value where the field's own type does not.
macro_rules! record {
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident: $what:literal {
            $( $(#[doc = $fdoc:literal])* $field:ident: $ty:ty $(as $codec:ty)?, )*
        }
        $(short: $short:ident;)?
        $(rules: [$($rule:expr),* $(,)?];)?
        $(open: $rest:ident;)?
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $( $(#[doc = $fdoc])* pub $field: $ty, )*
            $( /// Keys that this record does not know, in order.
               pub $rest: indexmap::IndexMap<String, $crate::shape::Rest>, )?
        }

        impl $name {
            pub(crate) const FORM: $crate::shape::Form = $crate::shape::Form {
                keys: &[$( $crate::shape::key_text(stringify!($field)) ),*],
                required: &[$( <$crate::shape::record!(@codec $ty $(, $codec)?) as $crate::shape::Codec>::REQUIRED ),*],
                rules: &[$($($rule),*)?],
                open: false $( || { let _ = stringify!($rest); true } )?,
                short: $crate::shape::record!(@short $($short)?),
                doc: &[$($doc),*],
                docs: &[$( &[$($fdoc),*] ),*],
                shapes: &[$( <$crate::shape::record!(@codec $ty $(, $codec)?) as $crate::shape::Codec>::shape ),*],
            };

            /// Reads a record that some of the keys do not belong to.
            pub(crate) fn decode_as(
                node: &$crate::syntax::Node<'_>,
                cx: &mut $crate::shape::Cx<'_>,
                what: &str,
                refused: &'static [(&'static str, &'static str)],
            ) -> Option<Self> {
                static FORM: $crate::shape::Form = $name::FORM;
                let spread = $crate::shape::Fields::spread(node, &FORM);
                let node = spread.as_ref().unwrap_or(node);
                let mut fields = $crate::shape::Fields::read(node, cx, &FORM, what, refused)?;
                $( let $field = fields.take::<$crate::shape::record!(@codec $ty $(, $codec)?)>(
                    $crate::shape::key_text(stringify!($field)), cx); )*
                $( let $rest = fields.rest(cx); )?
                Some($name { $( $field: $field?, )* $( $rest, )? })
            }

            /// Describes a record that some of the keys do not belong to.
            pub(crate) fn shape_as(
                name: &'static str,
                what: &'static str,
                refused: &'static [(&'static str, &'static str)],
            ) -> $crate::shape::Shape {
                $crate::shape::Shape::Record(Box::new($crate::shape::RecordShape {
                    name,
                    what,
                    doc: $crate::shape::Doc::read(&[$($doc),*]),
                    fields: vec![$( $crate::shape::FieldShape {
                        key: $crate::shape::key_text(stringify!($field)),
                        doc: $crate::shape::Doc::read(&[$($fdoc),*]),
                        required: <$crate::shape::record!(@codec $ty $(, $codec)?) as $crate::shape::Codec>::REQUIRED,
                        shape: <$crate::shape::record!(@codec $ty $(, $codec)?) as $crate::shape::Codec>::shape(),
                    } ),*],
                    rules: Self::FORM.rules,
                    open: Self::FORM.open,
                    short: Self::FORM.short,
                    refused,
                }))
            }
        }

        impl $crate::shape::Codec for $name {
            type Out = $name;
            fn shape() -> $crate::shape::Shape {
                Self::shape_as(stringify!($name), $what, &[])
            }
            fn decode(node: &$crate::syntax::Node<'_>, cx: &mut $crate::shape::Cx<'_>) -> Option<$name> {
                Self::decode_as(node, cx, $what, &[])
            }
        }
    };
    (@codec $ty:ty) => { $ty };
    (@codec $ty:ty, $codec:ty) => { $codec };
    (@short) => { None };
    (@short $short:ident) => { Some($crate::shape::key_text(stringify!($short))) };
}
pub(crate) use record;
