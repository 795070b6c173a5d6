//! Required values that the rest of their record does not wait for.

use std::marker::PhantomData;

use super::command::Command;
use super::forms::{FilePath, HostName};
use super::outside::{Admin, Platform};
use crate::shape::{Codec, Cx, Shape, Template, Text};
use crate::source::{Located, Span};
use crate::syntax::Node;

/// Reads what `C` reads. A value that is wrong or missing is reported, and something harmless takes its place, so that the
/// references beside it are looked at in the same run.
#[derive(Debug)]
pub struct Lenient<C>(PhantomData<C>);

/// What takes the place of a value that is wrong or missing.
pub trait Filler: Codec {
    /// It; nothing is compiled from it.
    fn filler(span: Span) -> Self::Out;
}

impl<C: Filler> Codec for Lenient<C> {
    type Out = C::Out;

    fn shape() -> Shape {
        C::shape()
    }

    fn decode(node: &Node<'_>, cx: &mut Cx<'_>) -> Option<C::Out> {
        C::decode(node, cx)
    }

    fn stand_in(span: Span) -> Option<C::Out> {
        Some(C::filler(span))
    }
}

impl Filler for Located<Text> {
    fn filler(span: Span) -> Located<String> {
        Located::new(span, String::new())
    }
}

impl Filler for Located<HostName> {
    fn filler(span: Span) -> Located<String> {
        Located::new(span, String::new())
    }
}

impl Filler for Located<FilePath> {
    fn filler(span: Span) -> Located<String> {
        Located::new(span, ".".to_owned())
    }
}

impl Filler for Located<Platform> {
    fn filler(span: Span) -> Located<Platform> {
        Located::new(span, Platform::Vercel)
    }
}

impl Filler for Template {
    fn filler(span: Span) -> Template {
        Template::literal(span, "")
    }
}

impl Filler for Command {
    fn filler(_: Span) -> Vec<Template> {
        Vec::new()
    }
}

impl Filler for Admin {
    fn filler(span: Span) -> Admin {
        Admin { user: Template::filler(span), password: Template::filler(span) }
    }
}
