//! Amounts as Kubernetes writes them, and what a container asks for.

use crate::document::{Map, map};
use crate::plan::Size;

/// Part of its CPU that a container is sure to get: previews mostly wait, so four share what one may use.
const CPU_SHARE: u32 = 4;
/// Least share of a CPU in thousandths.
const CPU_LEAST: u32 = 10;

/// Thousandths of a CPU: `250m`, `2`.
pub(super) fn cpu(millis: u64) -> String {
    if millis.is_multiple_of(1000) { (millis / 1000).to_string() } else { format!("{millis}m") }
}

/// Bytes in the largest unit that divides them: `512Mi`, `1Gi`, `1000`.
pub(super) fn bytes(bytes: u64) -> String {
    for (unit, name) in [(1 << 30, "Gi"), (1 << 20, "Mi"), (1 << 10, "Ki")] {
        if bytes > 0 && bytes.is_multiple_of(unit) {
            return format!("{}{name}", bytes / unit);
        }
    }
    bytes.to_string()
}

/// What is set aside for a container or pod: CPU in thousandths and bytes of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Requests {
    pub(super) cpu: u64,
    pub(super) memory: u64,
}

impl Requests {
    /// A quarter of the CPU that a container may use, and all of its memory: memory that is not there kills, CPU only waits.
    pub(super) fn of(size: Size) -> Requests {
        Requests {
            cpu: u64::from((size.cpu_millis / CPU_SHARE).max(CPU_LEAST.min(size.cpu_millis))),
            memory: size.memory,
        }
    }

    /// Both beside each other.
    pub(super) fn plus(self, other: Requests) -> Requests {
        Requests { cpu: self.cpu + other.cpu, memory: self.memory + other.memory }
    }

    /// Whatever is larger of each.
    pub(super) fn max(self, other: Requests) -> Requests {
        Requests { cpu: self.cpu.max(other.cpu), memory: self.memory.max(other.memory) }
    }

    /// So many of them.
    pub(super) fn times(self, count: u64) -> Requests {
        Requests { cpu: self.cpu * count, memory: self.memory * count }
    }

    /// As a map of `cpu` and `memory`.
    pub(super) fn doc(self) -> Map<'static> {
        map! { "cpu" => cpu(self.cpu), "memory" => bytes(self.memory) }
    }
}

/// The limits of a container as a map of `cpu` and `memory`.
pub(super) fn limits(size: Size) -> Map<'static> {
    map! { "cpu" => cpu(u64::from(size.cpu_millis)), "memory" => bytes(size.memory) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_in_their_largest_unit() {
        assert_eq!([cpu(250), cpu(2000), cpu(1500)], ["250m", "2", "1500m"]);
        assert_eq!(
            [bytes(512 << 20), bytes(1 << 30), bytes(1000), bytes(1536 << 20)],
            ["512Mi", "1Gi", "1000", "1536Mi"]
        );
    }

    #[test]
    fn a_request_never_exceeds_its_limit() {
        for millis in [1, 9, 10, 39, 40, 41, 1000] {
            let requests = Requests::of(Size { cpu_millis: millis, memory: 1 });
            assert!(requests.cpu >= 1 && requests.cpu <= u64::from(millis), "{millis}");
        }
    }
}
