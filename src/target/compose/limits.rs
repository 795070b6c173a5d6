//! CPU and memory.

use crate::document::Map;
use crate::plan::Size;

/// Adds the limits. `cpus` above the machine's number of CPUs is refused by the engine, so more than one CPU is given as
/// a quota, which is not.
pub fn add(service: &mut Map<'_>, size: Size) {
    let millis = size.cpu_millis;
    if millis <= 1000 {
        service.insert("cpus", cpus(millis));
    } else {
        service.insert("cpu_period", 100_000);
        service.insert("cpu_quota", i64::from(millis) * 100);
    }
    service.insert("mem_limit", memory(size.memory));
}

/// `0.25`
fn cpus(millis: u32) -> String {
    let text = format!("{}.{:03}", millis / 1000, millis % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `256m` where it is a whole number of MiB, else bytes.
fn memory(bytes: u64) -> String {
    if bytes.is_multiple_of(1 << 20) { format!("{}m", bytes >> 20) } else { format!("{bytes}b") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_read_as_people_write_them() {
        for (size, cpu, mem) in [
            (Size { cpu_millis: 250, memory: 512 << 20 }, "0.25", "512m"),
            (Size { cpu_millis: 1000, memory: (1 << 30) + 1 }, "1", "1073741825b"),
            (Size { cpu_millis: 10, memory: 6 << 20 }, "0.01", "6m"),
        ] {
            let mut service = Map::new();
            add(&mut service, size);
            assert_eq!(service.get("cpus").and_then(|d| d.as_str()), Some(cpu));
            assert_eq!(service.get("mem_limit").and_then(|d| d.as_str()), Some(mem));
        }
        let mut service = Map::new();
        add(&mut service, Size { cpu_millis: 4000, memory: 1 << 30 });
        assert_eq!(service.get("cpu_quota"), Some(&400_000i64.into()));
    }
}
