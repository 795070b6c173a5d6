//! Durations and amounts.

use std::fmt;

use crate::diagnostics::codes;
use crate::shape::{Also, Leaf, LeafShape, Misread};
use crate::syntax::Scalar;

/// A span of time in whole seconds: `90s`, `30m`, `2h`, `3d`, `1w`; the number has at most five digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration {
    seconds: u64,
}

/// An amount of CPU in thousandths of a core: `250m`, `0.5`, `2`; at most 999 cores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cpu {
    millis: u32,
}

/// An amount of memory in bytes: `512Mi`, `1Gi`, `128M`, `1G`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Memory {
    bytes: u64,
}

/// An amount of storage in bytes: as [`Memory`], and `Ti` and `T`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Storage {
    bytes: u64,
}

impl Duration {
    /// So many seconds.
    pub const fn from_seconds(seconds: u64) -> Self {
        Duration { seconds }
    }

    /// The seconds.
    pub const fn seconds(self) -> u64 {
        self.seconds
    }

    /// Reads `3d`.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, unit) = split(text, 5)?;
        let factor = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            "w" => 604_800,
            _ => return None,
        };
        Some(Duration { seconds: number * factor })
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = match self.seconds {
            s if s % 86_400 == 0 && s > 0 => (s / 86_400, "d"),
            s if s % 3_600 == 0 && s > 0 => (s / 3_600, "h"),
            s if s % 60 == 0 && s > 0 => (s / 60, "m"),
            s => (s, "s"),
        };
        write!(f, "{number}{unit}")
    }
}

impl Cpu {
    /// So many thousandths of a core.
    pub const fn from_millis(millis: u32) -> Self {
        Cpu { millis }
    }

    /// Thousandths of a core.
    pub const fn millis(self) -> u32 {
        self.millis
    }

    /// Reads `250m`, `0.5`, `2`.
    pub fn parse(text: &str) -> Option<Self> {
        if text.ends_with('m') {
            let (number, unit) = split(text, 6)?;
            return (unit == "m").then(|| u32::try_from(number).ok().map(|millis| Cpu { millis })).flatten();
        }
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |t: &str| (1..=3).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(fraction) {
            return None;
        }
        let thousandths: u32 = format!("{fraction:0<3}").parse().ok()?;
        let millis = whole.parse::<u32>().ok()? * 1000 + thousandths;
        (millis > 0).then_some(Cpu { millis })
    }
}

impl Memory {
    /// So many bytes.
    pub const fn from_bytes(bytes: u64) -> Self {
        Memory { bytes }
    }

    /// The bytes.
    pub const fn bytes(self) -> u64 {
        self.bytes
    }

    /// Reads `512Mi`.
    pub fn parse(text: &str) -> Option<Self> {
        amount(text, &["Mi", "Gi", "M", "G"]).map(|bytes| Memory { bytes })
    }
}

impl Storage {
    /// So many bytes.
    pub const fn from_bytes(bytes: u64) -> Self {
        Storage { bytes }
    }

    /// The bytes.
    pub const fn bytes(self) -> u64 {
        self.bytes
    }

    /// Reads `1Gi`.
    pub fn parse(text: &str) -> Option<Self> {
        amount(text, &["Mi", "Gi", "Ti", "M", "G", "T"]).map(|bytes| Storage { bytes })
    }
}

/// A whole number from 1 with at most so many digits, and what follows it.
fn split(text: &str, digits: usize) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(end);
    let sound = !number.starts_with('0') && (1..=digits).contains(&number.len());
    sound.then(|| number.parse().ok().map(|n| (n, unit))).flatten()
}

fn amount(text: &str, units: &[&str]) -> Option<u64> {
    let (number, unit) = split(text, 6)?;
    let factor: u64 = match unit {
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        "Ti" => 1 << 40,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        "T" => 1_000_000_000_000,
        _ => return None,
    };
    units.contains(&unit).then_some(number * factor)
}

macro_rules! quantity {
    ($($name:ident: $expected:literal, $schema:expr;)*) => { $(
        impl Leaf for $name {
            type Out = $name;
            const EXPECTED: &'static str = $expected;

            fn shape() -> LeafShape {
                LeafShape { expected: $expected, schema: $schema, choices: Vec::new() }
            }

            fn read(scalar: &Scalar<'_>) -> Result<$name, Misread> {
                $name::parse(&scalar.text).ok_or_else(|| Misread::new(codes::BAD_QUANTITY))
            }
        }
    )* };
}

quantity! {
    Duration: "a duration, such as `90m`, `2h` or `3d`", Also::Nothing.schema("^[1-9][0-9]{0,4}[smhdw]$");
    Cpu: "an amount of CPU, such as `250m`, `0.5` or `2`", serde_json::json!({ "anyOf": [
        { "type": "string", "pattern": "^(?:[1-9][0-9]{0,5}m|(?=.*[1-9])[0-9]{1,3}(?:[.][0-9]{1,3})?)$" },
        { "type": "number", "minimum": 0.001, "exclusiveMaximum": 1000 },
    ] });
    Memory: "an amount of memory, such as `512Mi` or `1Gi`", Also::Nothing.schema("^[1-9][0-9]{0,5}(?:Mi|Gi|M|G)$");
    Storage: "an amount of storage, such as `10Gi`", Also::Nothing.schema("^[1-9][0-9]{0,5}(?:Mi|Gi|Ti|M|G|T)$");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, seconds) in [("90s", 90), ("90m", 5_400), ("2h", 7_200), ("3d", 259_200), ("1w", 604_800)] {
            assert_eq!(Duration::parse(text).map(Duration::seconds), Some(seconds), "{text}");
        }
        for bad in ["", "3", "d", "0d", "3 d", "-1h", "1.5h", "123456s", "3days", "03d"] {
            assert_eq!(Duration::parse(bad), None, "{bad}");
        }
        assert_eq!(Duration::from_seconds(259_200).to_string(), "3d");
        assert_eq!(Duration::from_seconds(5_400).to_string(), "90m");
    }

    #[test]
    fn amounts() {
        for (text, millis) in [("250m", 250), ("0.5", 500), ("2", 2_000), ("1.25", 1_250), ("0.001", 1)] {
            assert_eq!(Cpu::parse(text).map(Cpu::millis), Some(millis), "{text}");
        }
        for bad in ["", "0", "0.0", "m", "0m", "1.2345", "1000", "1e1", "-1", "1 m", ".5"] {
            assert_eq!(Cpu::parse(bad), None, "{bad}");
        }
        for (text, bytes) in [("512Mi", 512 << 20), ("1Gi", 1 << 30), ("128M", 128_000_000)] {
            assert_eq!(Memory::parse(text).map(Memory::bytes), Some(bytes), "{text}");
        }
        for bad in ["512", "1Ti", "0Mi", "1.5Gi", "1 Gi", "1gi", "Mi"] {
            assert_eq!(Memory::parse(bad), None, "{bad}");
        }
        assert_eq!(Storage::parse("2Ti").map(Storage::bytes), Some(2 << 40));
    }
}
