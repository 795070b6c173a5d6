//! The YAML parser behind a small face of our own. No other file names its crate.

use std::borrow::Cow;

use granit_parser::{ErrorKind, Event as Raw, Parser, ScalarStyle, ScanError, StrInput, StructureStyle, options};

use crate::diagnostics::{Code, codes};

/// One step through a YAML text; offsets in bytes.
pub(super) struct Token<'s> {
    pub(super) event: Event<'s>,
    pub(super) lo: usize,
    pub(super) hi: usize,
    /// The number of the anchor that stands at this value, or 0.
    pub(super) anchor: usize,
    pub(super) tag: Option<Tag>,
}

pub(super) enum Event<'s> {
    /// A document begins; `---` stands at its place, or nothing does.
    Document,
    Scalar {
        text: Cow<'s, str>,
        plain: bool,
    },
    List {
        flow: bool,
    },
    Map {
        flow: bool,
    },
    End,
    Alias(usize),
    UnknownAlias(String),
}

/// A tag as it was written, and its name if it is one of YAML's own (`str` of `!!str`).
pub(super) struct Tag {
    pub(super) written: String,
    pub(super) core: Option<String>,
    pub(super) lo: usize,
    pub(super) hi: usize,
}

/// Why the text is no YAML, in words for its author.
pub(super) struct Problem {
    pub(super) at: usize,
    pub(super) slip: Slip,
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) help: &'static str,
}

/// Kinds of problems whose place or cause the text around them tells better.
pub(super) enum Slip {
    /// A tab.
    Tab,
    /// `,` or a closing bracket is missing.
    Separator,
    /// A key stands where none can.
    Key,
    /// The document goes on where it should have ended.
    Document,
    /// Any other.
    Other,
}

/// The steps of a text, up to its end or its first mistake.
pub(super) struct Events<'s> {
    parser: Parser<'s, StrInput<'s>>,
}

impl<'s> Events<'s> {
    pub(super) fn of(text: &'s str) -> Self {
        let options = options! {
            emit_comments: false,
            emit_unresolved_aliases: true,
            // The builder counts levels; these only keep the parser's own stacks small.
            flow_nesting_limit: 100,
            block_nesting_limit: 100,
        };
        Events { parser: Parser::new_from_str_with_options(text, options) }
    }
}

impl<'s> Iterator for Events<'s> {
    type Item = Result<Token<'s>, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (raw, span) = match self.parser.next_event()? {
                Ok(step) => step,
                Err(error) => return Some(Err(problem(&error))),
            };
            let anchor = raw.anchor_id().unwrap_or(0);
            let range = span.byte_range().unwrap_or(0..0);
            let tag = raw.tag().map(|tag| {
                let place = span.tag_span().and_then(|s| s.byte_range()).unwrap_or(range.clone());
                Tag {
                    written: tag.original(),
                    core: tag.core_suffix().map(str::to_owned),
                    lo: place.start,
                    hi: place.end,
                }
            });
            let event = match raw {
                Raw::DocumentStart(..) => Event::Document,
                Raw::Scalar(text, style, ..) => Event::Scalar { text, plain: style == ScalarStyle::Plain },
                Raw::SequenceStart(style, ..) => Event::List { flow: style == StructureStyle::Flow },
                Raw::MappingStart(style, ..) => Event::Map { flow: style == StructureStyle::Flow },
                Raw::SequenceEnd | Raw::MappingEnd => Event::End,
                Raw::Alias(id) => Event::Alias(id),
                Raw::UnresolvedAlias(name) => Event::UnknownAlias(name.into_owned()),
                _ => continue,
            };
            return Some(Ok(Token { event, lo: range.start, hi: range.end, anchor, tag }));
        }
    }
}

fn problem(error: &ScanError) -> Problem {
    use ErrorKind as K;
    let indentation = "check that the line is indented like its neighbours; text that holds `: ` or ` #` needs quotes";
    let (code, message, help) = match error.kind() {
        K::TabNotAllowed
        | K::TabInBlockIndentation
        | K::TabAtBlockScalarStart
        | K::TabInIndentation
        | K::TabInPlainScalar => {
            (codes::TAB_INDENTATION, "a tab stands where YAML wants spaces".into(), "indent with spaces")
        }
        K::RecursionLimitExceeded => (
            codes::TOO_DEEP,
            format!("this is nested deeper than {} levels", crate::syntax::limits::MAX_DEPTH),
            "a manifest needs fewer than 10 levels; look for brackets that should have been closed",
        ),
        K::UnclosedQuotedScalar | K::DocumentIndicatorInQuotedScalar => {
            (codes::SYNTAX, "this quoted text is not closed".into(), "close it with the quote that it begins with")
        }
        K::UnclosedFlowCollection { open } => {
            (codes::SYNTAX, format!("this `{open}` is not closed"), "add the closing bracket")
        }
        K::MismatchedFlowCollectionEnd { open, close } => {
            (codes::SYNTAX, format!("`{close}` does not close `{open}`"), "close the inner bracket first")
        }
        K::MisplacedFlowCollectionEnd => {
            (codes::SYNTAX, "this bracket closes nothing".into(), "remove it, or quote the text that it belongs to")
        }
        K::UnexpectedEofFlowSequence | K::ExpectedFlowSequenceSeparator => {
            (codes::SYNTAX, "expected `,` or `]`".into(), "separate items with `,` and close the list with `]`")
        }
        K::UnexpectedEofFlowMapping | K::UnexpectedEofImplicitFlowMapping | K::ExpectedFlowMappingSeparator => {
            (codes::SYNTAX, "expected `,` or `}`".into(), "separate entries with `,` and close the map with `}`")
        }
        K::MappingValueNotAllowed | K::InvalidColonPlacement | K::MappingKeyNotAllowed => {
            (codes::SYNTAX, "no key is expected here".into(), indentation)
        }
        K::SimpleKeyExpected | K::InvalidSimpleKey => {
            (codes::SYNTAX, "expected `:` behind a key".into(), "write `key: value`; a key stands on one line")
        }
        K::ExpectedBlockMappingKey => (codes::SYNTAX, "expected a key".into(), indentation),
        K::ExpectedBlockSequenceEntry => (codes::SYNTAX, "expected `- ` and a list's item".into(), indentation),
        K::InvalidQuotedScalarIndent => (
            codes::SYNTAX,
            "the quoted text above goes on in this line, which is not indented".into(),
            "close the text with its quote, or indent its further lines",
        ),
        K::InvalidTrailingSingleQuotedScalar => (
            codes::SYNTAX,
            "nothing may follow the closing quote".into(),
            "inside single quotes, write a single quote twice: 'it''s'",
        ),
        K::InvalidTrailingDoubleQuotedScalar => (
            codes::SYNTAX,
            "nothing may follow the closing quote".into(),
            "inside double quotes, write a double quote as \\\"",
        ),
        K::MissingAnchorOrAliasName => {
            (codes::SYNTAX, "an anchor or alias needs a name".into(), "text that begins with `&` or `*` needs quotes")
        }
        K::ExpectedDocumentStart | K::MissingDocumentEndBeforeDirective => (
            codes::SYNTAX,
            "a line that begins with `%` is a directive, and `---` must follow it".into(),
            "remove the directive; a manifest needs none",
        ),
        K::UnexpectedCharacter { character: '`' } => {
            (codes::SYNTAX, "a backtick cannot begin a value".into(), "put the text in quotes")
        }
        K::InvalidIndentation | K::InvalidBlockScalarIndent => {
            (codes::SYNTAX, "this line's indentation fits nothing above it".into(), indentation)
        }
        K::UnexpectedCharacter { character } => (
            codes::SYNTAX,
            format!("`{}` cannot stand here", character.escape_default()),
            "text that begins with one of @ ` % & * ! | > needs quotes",
        ),
        K::UnknownQuotedScalarEscape => (
            codes::SYNTAX,
            "this escape does not exist".into(),
            "write `\\\\` for a backslash, or use single quotes, which know no escapes",
        ),
        K::BlockEntryInFlowCollection
        | K::BlockSequenceEntryNotAllowed
        | K::InvalidBlockEntryWhitespace
        | K::PlainScalarStartsWithDashFlowIndicator => (
            codes::SYNTAX,
            "no list's item is expected here".into(),
            "begin a list on the line below its key, or write it as `key: [a, b]`; text that begins with `- ` needs quotes",
        ),
        K::ZeroBlockScalarIndent | K::InvalidBlockScalarHeader => (
            codes::SYNTAX,
            "nothing else may stand on the line of `|` or `>`".into(),
            "begin the text on the next line; text that begins with `|` or `>` needs quotes",
        ),
        K::CommentInterceptedScalar => (
            codes::SYNTAX,
            "a comment stands inside a text of several lines".into(),
            "move the comment, or put the text in quotes",
        ),
        K::CommentNotSeparated => (
            codes::SYNTAX,
            "a comment needs a space before its `#`".into(),
            "put a space there; text that holds `#` can be quoted",
        ),
        K::FlowMappingValueAdjacentCollection | K::InvalidMappingValueWhitespace | K::ExpectedWhitespace => {
            (codes::SYNTAX, "a space is missing here".into(), "write `key: value`, with a space behind the `:`")
        }
        K::ExpectedNodeContent | K::UnexpectedEndOfPlainScalar | K::InvalidFlowScalarIndent => {
            (codes::SYNTAX, "expected a value here".into(), indentation)
        }
        K::UnexpectedEof | K::UnexpectedEofBlockSequence | K::UnexpectedEofBlockMapping => {
            (codes::SYNTAX, "the file ends in the middle of a value".into(), "write the rest of it")
        }
        K::InvalidDocumentEnd => (codes::SYNTAX, "nothing may follow `...` on its line".into(), "remove it"),
        K::BomInsideDocument => {
            (codes::SYNTAX, "a byte order mark stands inside the text".into(), "remove it, though it does not show")
        }
        K::UndeclaredTagHandle
        | K::ExpectedTagBang
        | K::InvalidTagTerminator
        | K::MissingTagUri
        | K::UnclosedVerbatimTag
        | K::InvalidTagEscape
        | K::InvalidTagUtf8LeadingByte
        | K::InvalidTagUtf8TrailingByte
        | K::InvalidTagUtf8 => (
            codes::SYNTAX,
            "this tag cannot be read".into(),
            "leave the tag out; text that begins with `!` needs quotes",
        ),
        K::InvalidQuotedScalarHexEscape
        | K::InvalidLowSurrogateHexEscape
        | K::InvalidLowSurrogate
        | K::MissingLowSurrogate
        | K::UnpairedLowSurrogate
        | K::InvalidUnicodeEscape => (
            codes::SYNTAX,
            "this escape names no character".into(),
            "write `\\u` with four hexadecimal digits, or the character itself",
        ),
        K::DuplicateVersionDirective
        | K::UnsupportedYamlMajorVersion
        | K::DuplicateTagDirective
        | K::ExpectedTagDirectiveBang
        | K::InvalidGlobalTagCharacter
        | K::InvalidDirectiveTerminator
        | K::DirectiveDisallowed
        | K::MissingYamlVersionSeparator
        | K::MissingDirectiveName
        | K::InvalidDirectiveName
        | K::DirectiveByteLimitExceeded { .. }
        | K::TooManyReservedDirectiveParams { .. }
        | K::YamlVersionTooLong
        | K::MissingYamlVersion
        | K::InvalidTagDirectiveTerminator => (
            codes::SYNTAX,
            "this directive cannot be read".into(),
            "remove the line that begins with `%`; a manifest needs none",
        ),
        other => (codes::SYNTAX, format!("this is no YAML: {other}"), "put text with special characters in quotes"),
    };
    Problem { at: error.marker().byte_offset().unwrap_or(0), slip: slip(error.kind()), code, message, help }
}

fn slip(kind: &ErrorKind) -> Slip {
    use ErrorKind as K;
    match kind {
        K::TabNotAllowed
        | K::TabInBlockIndentation
        | K::TabAtBlockScalarStart
        | K::TabInIndentation
        | K::TabInPlainScalar => Slip::Tab,
        K::UnexpectedEofFlowSequence
        | K::ExpectedFlowSequenceSeparator
        | K::UnexpectedEofFlowMapping
        | K::UnexpectedEofImplicitFlowMapping
        | K::ExpectedFlowMappingSeparator => Slip::Separator,
        K::MappingValueNotAllowed
        | K::InvalidColonPlacement
        | K::MappingKeyNotAllowed
        | K::SimpleKeyExpected
        | K::InvalidSimpleKey => Slip::Key,
        K::ExpectedDocumentStart | K::MissingDocumentEndBeforeDirective => Slip::Document,
        _ => Slip::Other,
    }
}
