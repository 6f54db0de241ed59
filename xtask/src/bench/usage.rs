//! What a process has used, from `/proc`.

use std::fs;
use std::time::Duration;

use crate::failure::Failure;

/// Processor time and memory of a process since it started.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Usage {
    /// Time on a processor, in user and kernel mode.
    pub(super) cpu: Duration,
    /// The largest resident size, in bytes.
    pub(super) peak: u64,
}

impl Usage {
    /// Reads the usage of a running process.
    pub(super) fn of(pid: u32) -> Result<Self, Failure> {
        let read = |file: &str| {
            let path = format!("/proc/{pid}/{file}");
            fs::read_to_string(&path).map_err(Failure::io(format!("read {path}")))
        };
        let ticks_per_second = rustix::param::clock_ticks_per_second();
        let wrong = |file: &str| Failure::Wrong(format!("/proc/{pid}/{file} cannot be understood"));
        let ticks = cpu_ticks(&read("stat")?).ok_or_else(|| wrong("stat"))?;
        let peak = peak_bytes(&read("status")?).ok_or_else(|| wrong("status"))?;
        Ok(Self { cpu: Duration::from_millis(ticks * 1000 / ticks_per_second), peak })
    }
}

/// Adds user and system time, fields 14 and 15; the second field, a name in parentheses, may hold spaces.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let after_name = stat.rsplit_once(')')?.1;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(number(11)? + number(12)?)
}

fn peak_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proc_files_are_read_as_the_kernel_writes_them() {
        let stat = "123 (a b) c) S 1 123 123 0 -1 4194304 500 0 0 0 250 50 0 0 20 0 4 0 100 1000 200";
        assert_eq!(cpu_ticks(stat), Some(300));
        assert_eq!(cpu_ticks("123"), None);
        assert_eq!(peak_bytes("Name:\tx\nVmHWM:\t   2048 kB\nVmRSS:\t 1 kB\n"), Some(2 << 20));
    }

    #[test]
    fn our_own_usage_is_positive() {
        assert!(Usage::of(std::process::id()).unwrap().peak > 0);
    }
}
