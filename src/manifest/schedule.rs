//! Schedules of crons: five fields, in UTC.

use std::fmt;

use crate::diagnostics::codes;
use crate::shape::{Also, Leaf, LeafShape, Misread};
use crate::syntax::Scalar;

/// When a cron runs: minute, hour, day of the month, month, day of the week (POSIX crontab, with names and steps).
///
/// As in every cron, a day fits when either of the two day fields does, unless one of them begins with `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    text: String,
    fields: [u64; 5],
}

/// Why a text is no schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScheduleError {
    /// It is not well-formed; the text says where.
    Malformed(String),
    /// It is well-formed and fits no minute; the text says why.
    Never(String),
}

struct Field {
    name: &'static str,
    min: u32,
    max: u32,
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field { name: "minute", min: 0, max: 59, names: &[] },
    Field { name: "hour", min: 0, max: 23, names: &[] },
    Field { name: "day of the month", min: 1, max: 31, names: &[] },
    Field {
        name: "month",
        min: 1,
        max: 12,
        names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    },
    Field { name: "day of the week", min: 0, max: 7, names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

impl Schedule {
    /// Reads five fields.
    ///
    /// # Errors
    /// [`ScheduleError`].
    pub fn parse(text: &str) -> Result<Schedule, ScheduleError> {
        let malformed = |message: String| Err(ScheduleError::Malformed(message));
        if text.starts_with('@') {
            return malformed("names such as `@daily` are not known here; write five fields, `0 0 * * *`".to_owned());
        }
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let [minute, hour, day, month, weekday] = words.as_slice() else {
            return malformed(format!("a schedule has five fields, this has {}", words.len()));
        };
        let mut fields = [0_u64; 5];
        let mut canonical = Vec::with_capacity(5);
        for ((slot, field), word) in fields.iter_mut().zip(&FIELDS).zip([minute, hour, day, month, weekday]) {
            *slot = field.read(word)?;
            canonical.push((*word).to_owned());
        }
        let [_, _, days, months, weekdays] = fields;
        // Kubernetes knows Sunday as 0 only.
        if weekdays & 1 << 7 != 0 {
            let folded = (weekdays | 1) & 0x7f;
            if let (Some(slot), Some(word)) = (fields.get_mut(4), canonical.get_mut(4)) {
                *slot = folded;
                *word = if folded == 0x7f { "*".to_owned() } else { list(folded) };
            }
        }
        // With a weekday of its own, a day fits when either field does.
        if *weekday == "*" && !(1..=12).any(|m| months & 1 << m != 0 && days & reach(m) != 0) {
            return Err(ScheduleError::Never(format!("no month of `{month}` has a day of `{day}`")));
        }
        Ok(Schedule { text: canonical.join(" "), fields })
    }

    /// The five fields as every target reads them: one space between, Sunday as 0.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The values of each field as bits: minute, hour, day of the month, month, day of the week (0 is Sunday).
    pub fn bits(&self) -> [u64; 5] {
        self.fields
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Field {
    fn read(&self, word: &str) -> Result<u64, ScheduleError> {
        let mut bits = 0;
        for part in word.split(',') {
            bits |= self.part(part)?;
        }
        Ok(bits)
    }

    /// `*`, `a`, `a-b`, each with an optional `/step`.
    fn part(&self, part: &str) -> Result<u64, ScheduleError> {
        let wrong = || {
            let expected = format!("`{part}` is no {}: it goes from {} to {}", self.name, self.min, self.max);
            ScheduleError::Malformed(expected)
        };
        let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
        let step = match step {
            None => 1,
            Some(text) => number(text).filter(|n| (1..=self.max).contains(n)).ok_or_else(wrong)?,
        };
        let last = if self.max == 7 { 6 } else { self.max };
        let (from, to) = if range == "*" {
            (self.min, last)
        } else if let Some((from, to)) = range.split_once('-') {
            (self.value(from).ok_or_else(wrong)?, self.value(to).ok_or_else(wrong)?)
        } else {
            let from = self.value(range).ok_or_else(wrong)?;
            // `5/15` counts on from 5 to the end.
            (from, if part.contains('/') { last.max(from) } else { from })
        };
        if from > to {
            return Err(ScheduleError::Never(format!("the range `{range}` runs backwards")));
        }
        let step = usize::try_from(step).unwrap_or(1);
        Ok((from..=to).step_by(step).fold(0, |bits, value| bits | 1 << value))
    }

    fn value(&self, text: &str) -> Option<u32> {
        let lower = text.to_ascii_lowercase();
        if let Some(index) = self.names.iter().position(|name| *name == lower) {
            return u32::try_from(index).ok().map(|i| i + if self.name == "month" { 1 } else { 0 });
        }
        number(text).filter(|n| (self.min..=self.max).contains(n))
    }
}

/// At most two digits.
fn number(text: &str) -> Option<u32> {
    let sound = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    sound.then(|| text.parse().ok()).flatten()
}

/// The days that a month can have, as bits.
fn reach(month: u32) -> u64 {
    let last = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    (1..=last).fold(0, |bits, day| bits | 1 << day)
}

fn list(bits: u64) -> String {
    let values = (0..64).filter(|value| bits & 1 << value != 0);
    values.map(|value: u64| value.to_string()).collect::<Vec<_>>().join(",")
}

impl Leaf for Schedule {
    type Out = Schedule;
    const EXPECTED: &'static str = "a schedule of five fields, such as `0 6 * * *`";

    fn shape() -> LeafShape {
        LeafShape { expected: Self::EXPECTED, schema: Also::Nothing.schema(&pattern()), choices: Vec::new() }
    }

    fn read(scalar: &Scalar<'_>) -> Result<Schedule, Misread> {
        Schedule::parse(&scalar.text).map_err(|error| match error {
            ScheduleError::Malformed(message) => Misread::new(codes::BAD_SCHEDULE)
                .saying(message)
                .help("minute, hour, day of the month, month, day of the week: `0 6 * * MON-FRI`"),
            ScheduleError::Never(message) => {
                Misread::new(codes::SCHEDULE_NEVER).saying(format!("this schedule never fires: {message}"))
            }
        })
    }

    fn stand_in() -> Option<Schedule> {
        Some(Schedule { text: "0 0 * * *".to_owned(), fields: [1, 1, !1, !1, 0x7f] })
    }
}

/// The fields as a regular expression: everything but the order of ranges and the lengths of months.
fn pattern() -> String {
    let fields = FIELDS.map(|field| {
        let mut values = numbers(field.min, field.max);
        for name in field.names {
            let folded = name.chars().map(|c| format!("[{}{c}]", c.to_ascii_uppercase()));
            values.push(folded.collect());
        }
        let value = format!("(?:{})", values.join("|"));
        let step = numbers(1, field.max).join("|");
        let part = format!("(?:[*]|{value}(?:-{value})?)(?:/(?:{step}))?");
        format!("{part}(?:,{part})*")
    });
    format!("^[ \\t]*{}[ \\t]*$", fields.join("[ \\t]+"))
}

/// The larger first, so that `12` is not read as `1` and a rest.
fn numbers(min: u32, max: u32) -> Vec<String> {
    (min..=max).rev().map(|n| if n < 10 { format!("0?{n}") } else { n.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_schedules_read_as_the_targets_read_them() {
        let cases = [
            ("0 6 * * *", "0 6 * * *"),
            ("*/15  4-8/2 1,15 JAN-mar mon-fri", "*/15 4-8/2 1,15 JAN-mar mon-fri"),
            ("0 0 29 2 *", "0 0 29 2 *"),
            ("0 0 * * 7", "0 0 * * 0"),
            ("0 0 * * 5-7", "0 0 * * 0,5,6"),
            ("0 0 * * 0-7", "0 0 * * *"),
            ("5/20 * * * *", "5/20 * * * *"),
            ("0 0 30 2 MON", "0 0 30 2 MON"),
        ];
        for (text, wanted) in cases {
            assert_eq!(Schedule::parse(text).map(|s| s.as_str().to_owned()), Ok(wanted.to_owned()), "{text}");
        }
    }

    #[test]
    fn bits_follow_the_fields() {
        let bits = Schedule::parse("*/30 22-23 31 12 SUN").expect("a schedule").bits();
        assert_eq!(bits, [1 | 1 << 30, 3 << 22, 1 << 31, 1 << 12, 1]);
        assert_eq!(Schedule::parse("50/5 0 * * *").expect("a schedule").bits()[0], 1 << 50 | 1 << 55);
    }

    #[test]
    fn malformed_ones_and_those_that_never_fire_are_told_apart() {
        let bad = [
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 8",
            "@daily",
            "*/0 * * * *",
            "a * * * *",
            "1- * * * *",
            "1,,2 * * * *",
            "* * * foo *",
            "-1 * * * *",
            "100 * * * *",
            "*/60 * * * *",
        ];
        for text in bad {
            assert!(matches!(Schedule::parse(text), Err(ScheduleError::Malformed(_))), "{text}");
        }
        for text in ["0 6 30 2 *", "0 0 31 4,6,9,11 *", "0 22-6 * * *", "0 0 30-31 FEB *", "0 0 * * FRI-MON"] {
            assert!(matches!(Schedule::parse(text), Err(ScheduleError::Never(_))), "{text}");
        }
    }
}
