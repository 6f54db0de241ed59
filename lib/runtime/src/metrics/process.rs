//! The `process_*` metrics of Linux, read from /proc when they are asked for.

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, gauge::ConstGauge},
};

/// The kernel reports CPU time in hundredths of a second on every platform we build for.
const TICKS_PER_SECOND: f64 = 100.0;
/// The page size on every platform we build for.
const PAGE: f64 = 4096.0;

/// Collects CPU time, memory and open files of this process; what cannot be read is left out.
#[derive(Debug)]
pub(super) struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        if let Some(stat) = std::fs::read_to_string("/proc/self/stat").ok().as_deref().and_then(parse) {
            gauge(&mut encoder, "process_cpu_seconds_total", "CPU time used", stat.cpu_seconds)?;
            gauge(&mut encoder, "process_virtual_memory_bytes", "Virtual memory", stat.virtual_bytes)?;
            gauge(&mut encoder, "process_resident_memory_bytes", "Resident memory", stat.resident_bytes)?;
        }
        if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
            let open = u32::try_from(files.count()).unwrap_or(u32::MAX);
            gauge(&mut encoder, "process_open_fds", "Open file descriptors", f64::from(open))?;
        }
        Ok(())
    }
}

fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: f64,
) -> Result<(), std::fmt::Error> {
    let metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    ConstGauge::new(value).encode(metric)
}

#[derive(Debug, PartialEq)]
struct Stat {
    cpu_seconds: f64,
    virtual_bytes: f64,
    resident_bytes: f64,
}

/// Parses /proc/self/stat; fields are counted after the command name, which may hold blanks.
fn parse(text: &str) -> Option<Stat> {
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<f64>().ok();
    Some(Stat {
        cpu_seconds: (number(11)? + number(12)?) / TICKS_PER_SECOND,
        virtual_bytes: number(20)?,
        resident_bytes: number(21)? * PAGE,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_past_a_command_name_with_blanks() {
        let line =
            "7 (a ) b) S 1 7 7 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 4 0 100 8192 3 18446744073709551615";
        let stat = Stat { cpu_seconds: 2.0, virtual_bytes: 8192.0, resident_bytes: 12288.0 };
        assert_eq!(parse(line), Some(stat));
        assert_eq!(parse("garbage"), None);
    }
}
