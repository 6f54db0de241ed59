//! PURE: the figures as a table, next to Flux's and to the targets.

use std::fmt::Write as _;
use std::time::Duration;

use super::audit::Counts;
use super::change::Reaction;
use super::usage::Usage;

/// What was measured.
#[derive(Debug, Clone)]
pub(super) struct Measured {
    pub(super) kustomizations: usize,
    pub(super) wall: Duration,
    pub(super) source: Usage,
    pub(super) kustomize: Usage,
    /// Requests from the controllers' start until the last event of the roll-out was sent.
    pub(super) rollout: Counts,
    /// Requests while nothing changed.
    pub(super) quiet: Counts,
    pub(super) quiet_seconds: u64,
    /// How soon a change of one application was through.
    pub(super) reaction: Reaction,
    /// Requests because of that change.
    pub(super) change: Counts,
}

/// Flux 2.9 on this kind of machine, 100 Kustomizations: wall and processor seconds, writes, reads, peak MiB.
const FLUX_WALL: f64 = 16.6;
const FLUX_CPU: f64 = 17.4;
const FLUX_WRITES: f64 = 2500.0;
const FLUX_READS: f64 = 920.0;
const FLUX_MEMORY: f64 = 177.0 + 117.0;

/// One line of the table.
struct Line {
    what: &'static str,
    flux: Option<f64>,
    /// The most we may need; none where only the sum counts.
    target: Option<f64>,
    ours: f64,
    digits: usize,
}

fn lines(measured: &Measured) -> Vec<Line> {
    let cpu = |usage: &Usage| usage.cpu.as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "sizes of processes are far below 2^53")]
    let memory = |usage: &Usage| usage.peak as f64 / f64::from(1 << 20);
    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 requests")]
    let number = |count: u64| count as f64;
    let (source, kustomize, rollout) = (&measured.source, &measured.kustomize, &measured.rollout);
    let requests = FLUX_WRITES + FLUX_READS;
    let line = |what, flux, target, ours, digits| Line { what, flux, target, ours, digits };
    vec![
        line(
            "wall time until all ready, s",
            Some(FLUX_WALL),
            Some(FLUX_WALL / 2.0),
            measured.wall.as_secs_f64(),
            2,
        ),
        line("processor time, s", Some(FLUX_CPU), Some(FLUX_CPU / 5.0), cpu(source) + cpu(kustomize), 2),
        line("  source-controller", None, None, cpu(source), 2),
        line("  kustomize-controller", None, None, cpu(kustomize), 2),
        line("requests", Some(requests), Some(requests * 2.0 / 5.0), number(rollout.total()), 0),
        line("  writes", Some(FLUX_WRITES), None, number(rollout.writes()), 0),
        line("  reads", Some(FLUX_READS), None, number(rollout.reads()), 0),
        line(
            "peak memory, MiB",
            Some(FLUX_MEMORY),
            Some(FLUX_MEMORY / 3.0),
            memory(source) + memory(kustomize),
            0,
        ),
        line("  source-controller", None, None, memory(source), 0),
        line("  kustomize-controller", None, None, memory(kustomize), 0),
        line("requests while quiet", None, Some(0.0), number(measured.quiet.total()), 0),
        line(
            "one changed: its object follows, s",
            None,
            Some(1.0),
            measured.reaction.object.as_secs_f64(),
            2,
        ),
        line("  all report the revision, s", None, Some(5.0), measured.reaction.all.as_secs_f64(), 2),
        line(
            "  writes",
            None,
            Some(writes_of_change(measured.kustomizations)),
            number(measured.change.writes()),
            0,
        ),
    ]
}

/// One status each, and a tenth for the change itself, the source and events.
#[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 applications")]
fn writes_of_change(applications: usize) -> f64 {
    applications as f64 * 1.1
}

/// Prints the table.
pub(super) fn table(measured: &Measured) -> String {
    let mut text = format!(
        "\n{} Kustomizations of 4 objects, then {} quiet seconds\n\n{:32} {:>9} {:>9} {:>9}\n",
        measured.kustomizations, measured.quiet_seconds, "", "Flux 2.9", "target", "Sluice"
    );
    for line in lines(measured) {
        let shown =
            |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.*}", line.digits));
        let verdict = match line.is_met() {
            None => "",
            Some(true) => "  met",
            Some(false) => "  MISSED",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{:32} {:>9} {:>9} {:>9}{verdict}",
            line.what,
            shown(line.flux),
            shown(line.target),
            shown(Some(line.ours))
        );
    }
    text
}

/// Names the missed targets.
pub(super) fn missed(measured: &Measured) -> Vec<&'static str> {
    lines(measured).iter().filter(|line| line.is_met() == Some(false)).map(|line| line.what).collect()
}

/// Lists the requests of every phase by user, verb and resource.
pub(super) fn requests(measured: &Measured) -> String {
    let mut text = String::new();
    let phases = [("roll-out", &measured.rollout), ("quiet", &measured.quiet), ("change", &measured.change)];
    for (phase, counts) in phases {
        let _ = writeln!(text, "\nrequests, {phase}: {}", counts.total());
        for ((user, verb, resource), count) in &counts.0 {
            let _ = writeln!(text, "{count:7}  {user:28} {verb:8} {resource}");
        }
    }
    text
}

impl Line {
    fn is_met(&self) -> Option<bool> {
        self.target.map(|target| self.ours <= target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(wall: u64, quiet: u64) -> Measured {
        let usage = Usage { cpu: Duration::from_secs(1), peak: 40 << 20 };
        let key = |verb: &str| ("u".to_owned(), verb.to_owned(), "x".to_owned());
        Measured {
            kustomizations: 100,
            wall: Duration::from_secs(wall),
            source: usage,
            kustomize: usage,
            rollout: Counts([(key("patch"), 900), (key("get"), 100)].into()),
            quiet: Counts(if quiet == 0 { [].into() } else { [(key("get"), quiet)].into() }),
            quiet_seconds: 60,
            reaction: Reaction::default(),
            change: Counts::default(),
        }
    }

    #[test]
    fn a_target_is_missed_when_it_is_exceeded() {
        assert!(missed(&measured(8, 0)).is_empty());
        assert_eq!(missed(&measured(9, 1)), ["wall time until all ready, s", "requests while quiet"]);
    }

    #[test]
    fn the_table_shows_figures_and_verdicts() {
        let table = table(&measured(9, 0));
        assert!(table.contains("16.60      8.30      9.00  MISSED"), "{table}");
        assert!(table.contains("3420      1368      1000  met"), "{table}");
    }
}
