//! `crash --cases DIRECTORY [--from N] [--count N] [--show N]`: gives the engine inputs grown from valid ones and counts
//! those it does not survive. Run it under a cap: `sh -c 'ulimit -v 1000000; exec crash …'`. A number is an input, so a
//! process that died is searched with `--from`. Inputs that take longer than two seconds are told as well.

use std::collections::HashMap;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use sluice_kustomize_oracle::crash::Seeds;

const SLOW: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let values: HashMap<&str, &str> = args
        .chunks(2)
        .filter_map(|pair| Some((pair[0].trim_start_matches('-'), pair.get(1)?.as_str())))
        .collect();
    let number = |name: &str, default: u64| values.get(name).and_then(|v| v.parse().ok()).unwrap_or(default);
    let seeds = Seeds::new(Path::new(values.get("cases").copied().unwrap_or(".")), 300);
    if seeds.is_empty() {
        eprintln!("no cases");
        return ExitCode::FAILURE;
    }
    if values.contains_key("show") {
        println!("{}", seeds.show(number("show", 0)));
        return ExitCode::SUCCESS;
    }
    std::panic::set_hook(Box::new(|_| {}));
    run(&seeds, number("from", 1), number("count", 1_000_000))
}

fn run(seeds: &Seeds, from: u64, count: u64) -> ExitCode {
    let start = Instant::now();
    let (mut parsed, mut builds, mut built, mut panics, mut slow) = (0u64, 0u64, 0u64, 0u64, 0u64);
    for at in from..from + count {
        let before = Instant::now();
        let outcome = seeds.run(at);
        if outcome.panicked {
            panics += 1;
            println!("input {at} panics");
        }
        if before.elapsed() > SLOW {
            slow += 1;
            println!("input {at} takes {:?}", before.elapsed());
        }
        parsed += u64::from(outcome.parsed);
        builds += u64::from(outcome.is_build);
        built += u64::from(outcome.built);
        if (at - from + 1).is_multiple_of(500_000) {
            println!(
                "at input {at}: {parsed} parsed, {builds} builds, {built} built, {panics} panics, {:?}",
                start.elapsed()
            );
        }
    }
    let share = |part: u64, all: u64| 100.0 * part as f64 / all.max(1) as f64;
    println!(
        "{count} executions from {} cases: {:.1} % parse, {builds} builds of which {:.1} % build, {panics} panics, {slow} slow, {}, {:?}",
        seeds.len(),
        share(parsed, count),
        share(built, builds),
        peak_memory(),
        start.elapsed()
    );
    if panics == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The most memory this process held, as Linux tells it.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap_or("peak unknown")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
