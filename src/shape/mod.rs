//! How a record is described once: decoder, JSON Schema, reference page and completion come from one description.
//!
//! A record is declared with [`record!`], a set of alternatives with [`one_of!`], a set of words with [`choice!`].
//! Each declaration names a key once and emits a struct, its decoder and, on demand, its [`Shape`]. The shape is a
//! value of run time, so that the schema, the reference page and completion walk it without knowing any key.
//!
//! A decoder reports every mistake it sees and goes on: a wrong optional value counts as absent, a named entry whose
//! body is wrong stays as a [`Slot`].

mod choice;
mod codec;
mod complete;
mod cx;
mod data;
mod example;
mod fields;
mod leaf;
mod model;
mod one_of;
mod record;
mod reference;
mod rename;
mod schema;
mod suggest;
mod template;

pub use codec::{Codec, Key, NonEmpty, Slot, Spanned};
pub use complete::{Completion, keys_at};
pub use cx::Cx;
pub use data::{Data, DataValue, Rest};
pub use leaf::{Also, Int, Leaf, Literal, Misread, Port, Text};
pub use model::{Doc, FieldShape, LeafShape, OneOfShape, RecordShape, Rule, Shape};
pub use reference::reference;
pub use schema::schema;
pub use suggest::nearest;
pub use template::{RecipeTemplate, Template, TemplatePart};

pub(crate) use choice::choice;
pub(crate) use fields::{Fields, Form};
pub(crate) use leaf::{repair, text_leaf};
pub(crate) use one_of::{Arm, Pick, one_of};
pub(crate) use record::{key_text, record};
