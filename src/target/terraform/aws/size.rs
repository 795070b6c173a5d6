//! The sizes of Fargate tasks.

use crate::plan::Size;

/// CPU in 1024ths, the least and the most memory in MiB, and the step between (Fargate task definitions, Linux).
const STEPS: [(u32, u64, u64, u64); 7] = [
    (256, 512, 2048, 512),
    (512, 1024, 4096, 1024),
    (1024, 2048, 8192, 1024),
    (2048, 4096, 16384, 1024),
    (4096, 8192, 30720, 1024),
    (8192, 16384, 61440, 4096),
    (16384, 32768, 122_880, 8192),
];

/// The smallest task that holds a size: CPU in 1024ths and memory in MiB; `None` where none does. 256 with 512 or 1024 or 2048 is
/// the one line that skips a step.
pub fn fargate(size: Size) -> Option<(u32, u64)> {
    let cpu = u64::from(size.cpu_millis) * 1024 / 1000;
    let memory = size.memory.div_ceil(1 << 20);
    STEPS.into_iter().find_map(|(units, least, most, step)| {
        let fits = u64::from(units) >= cpu && memory <= most;
        let rounded = memory.max(least).next_multiple_of(step);
        let rounded = if units == 256 && rounded == 1536 { 2048 } else { rounded };
        fits.then_some((units, rounded))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_holds_what_is_asked_for_and_little_more() {
        let of = |cpu_millis, mib: u64| fargate(Size { cpu_millis, memory: mib << 20 });
        assert_eq!(of(100, 128), Some((256, 512)));
        assert_eq!(of(250, 513), Some((256, 1024)));
        assert_eq!(of(250, 1025), Some((256, 2048)));
        assert_eq!(of(251, 128), Some((512, 1024)));
        assert_eq!(of(100, 3000), Some((512, 3072)));
        assert_eq!(of(4000, 30_720), Some((4096, 30_720)));
        assert_eq!(of(4000, 30_721), Some((8192, 32_768)));
        assert_eq!(of(16_001, 1), None);
        assert_eq!(of(1, 200_000), None);
    }
}
