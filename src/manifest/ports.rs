//! Ranges of ports.

use crate::diagnostics::codes;
use crate::shape::{Also, Leaf, LeafShape, Misread};
use crate::syntax::Scalar;

/// A range of ports, both ends inclusive: `20000-29999`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortRange {
    first: u16,
    last: u16,
}

impl PortRange {
    /// The range, if it has a port; port 0 is none.
    pub fn new(first: u16, last: u16) -> Option<PortRange> {
        (1 <= first && first <= last).then_some(PortRange { first, last })
    }

    /// The first port.
    pub fn first(self) -> u16 {
        self.first
    }

    /// The last port.
    pub fn last(self) -> u16 {
        self.last
    }

    /// How many ports there are.
    pub fn size(self) -> u32 {
        u32::from(self.last) - u32::from(self.first) + 1
    }
}

impl Leaf for PortRange {
    type Out = PortRange;
    const EXPECTED: &'static str = "a range of ports, such as `20000-29999`";

    fn shape() -> LeafShape {
        LeafShape {
            expected: Self::EXPECTED,
            schema: Also::Nothing.schema("^[1-9][0-9]{0,4}-[1-9][0-9]{0,4}$"),
            choices: Vec::new(),
        }
    }

    fn read(scalar: &Scalar<'_>) -> Result<PortRange, Misread> {
        let digits =
            |t: &&str| (1..=5).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit()) && !t.starts_with('0');
        let ends = scalar.text.split_once('-').filter(|(first, last)| digits(first) && digits(last));
        let Some((first, last)) = ends else {
            return Err(Misread::new(codes::BAD_FORM));
        };
        let range = first.parse().ok().zip(last.parse().ok()).and_then(|(first, last)| PortRange::new(first, last));
        range.ok_or_else(|| {
            let message = format!("{first}-{last} holds no port, or one above 65535");
            Misread::new(codes::OUT_OF_RANGE).saying(message)
        })
    }
}
