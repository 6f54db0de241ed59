//! PURE: the figures of both programs side by side, with the targets.

use std::fmt::Write as _;

use super::measure::Cost;

/// The time per resource may grow by this between the smallest and the largest overlay.
const GROWTH: f64 = 1.5;

/// What both programs need for the same directory.
#[derive(Debug)]
pub(super) struct Compared {
    pub(super) what: String,
    pub(super) kustomize: Cost,
    pub(super) sluice: Cost,
    /// How many times less wall time we shall take.
    pub(super) target: f64,
}

/// What we need for an overlay of some size.
#[derive(Debug)]
pub(super) struct Grown {
    pub(super) resources: usize,
    pub(super) cost: Cost,
}

/// Prints the tables.
pub(super) fn table(compared: &[Compared], grown: &[Grown]) -> String {
    let mut text = format!(
        "\n{:20} {:>27}   {:>27}\n{:20} {HEAD}   {HEAD} {:>8} {:>8}\n",
        "", "kustomize", "Sluice", "", "times", "target"
    );
    for line in compared {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{:20} {}   {} {:>8.1} {:>8.0}  {}",
            line.what,
            cost(&line.kustomize),
            cost(&line.sluice),
            line.factor(),
            line.target,
            if line.is_met() { "met" } else { "MISSED" }
        );
    }
    let _ = writeln!(text, "\n{:20} {HEAD} {:>12}", "growth of Sluice", "µs/resource");
    for line in grown {
        let what = format!("{} resources", line.resources);
        let _ = writeln!(text, "{what:20} {} {:>12.1}", cost(&line.cost), line.per_resource());
    }
    let _ = writeln!(text, "{:20} {}", "", if is_linear(grown) { "met" } else { "MISSED" });
    text
}

/// The columns of [`cost`].
const HEAD: &str = "  wall ms    cpu ms       MiB";

fn cost(cost: &Cost) -> String {
    let milliseconds = |time: std::time::Duration| time.as_secs_f64() * 1e3;
    format!("{:>9.1} {:>9.1} {:>9.1}", milliseconds(cost.wall), milliseconds(cost.cpu), mebibytes(cost.peak))
}

#[expect(clippy::cast_precision_loss, reason = "sizes of processes are far below 2^53")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Names the missed targets.
pub(super) fn missed(compared: &[Compared], grown: &[Grown]) -> Vec<String> {
    let lines = compared.iter().filter(|line| !line.is_met()).map(|line| line.what.clone());
    let growth = (!is_linear(grown)).then(|| "linear growth".to_owned());
    lines.chain(growth).collect()
}

fn is_linear(grown: &[Grown]) -> bool {
    let Some((smallest, largest)) = grown.first().zip(grown.last()) else { return true };
    largest.per_resource() <= smallest.per_resource() * GROWTH
}

impl Compared {
    fn factor(&self) -> f64 {
        self.kustomize.wall.as_secs_f64() / self.sluice.wall.as_secs_f64()
    }

    /// Less time by the target's factor, in less memory.
    fn is_met(&self) -> bool {
        self.factor() >= self.target && self.sluice.peak < self.kustomize.peak
    }
}

impl Grown {
    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 resources")]
    fn per_resource(&self) -> f64 {
        self.cost.cpu.as_secs_f64() * 1e6 / self.resources as f64
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn cost(milliseconds: u64, mebibytes: u64) -> Cost {
        let time = Duration::from_millis(milliseconds);
        Cost { wall: time, cpu: time, peak: mebibytes << 20 }
    }

    #[test]
    fn targets_are_met_or_missed() {
        let line = |ours, memory| Compared {
            what: "x".to_owned(),
            kustomize: cost(1000, 100),
            sluice: cost(ours, memory),
            target: 40.0,
        };
        let grown = |first, last| {
            [Grown { resources: 100, cost: cost(first, 1) }, Grown { resources: 1000, cost: cost(last, 1) }]
        };
        for (compared, grown, expected) in [
            (line(25, 99), grown(10, 150), &[][..]),
            (line(26, 99), grown(10, 100), &["x"]),
            (line(25, 100), grown(10, 151), &["x", "linear growth"]),
        ] {
            assert_eq!(missed(&[compared], &grown), expected);
        }
        let table = table(&[line(20, 10)], &grown(10, 100));
        assert!(
            table.contains(
                "1000.0    1000.0     100.0        20.0      20.0      10.0     50.0       40  met"
            ),
            "{table}"
        );
    }
}
