//! Fuzzes the template engine: against the real one, or alone for crashes and broken limits.
//!
//! usage: fuzz [--oracle PROGRAM] [--seed N] [--seconds N] [--cases FILE]...
//!
//! With an oracle (see tests/oracle) every difference is printed as a recorded case. Without one nothing may panic, hang
//! or take more than the limits allow; run it under a memory cap (`ulimit -v`). The seed of a batch is printed as it
//! starts, so that a crash can be played again.

#[path = "../tests/oracle/case.rs"]
mod case;
#[path = "../tests/oracle/data.rs"]
mod data;
#[path = "../tests/oracle/generate.rs"]
mod generate;

use std::io::{BufRead as _, BufReader, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use generate::Random;
use serde_json::Value as Json;
use sluice_template::Limits;

const BATCH: u64 = 500;

struct Options {
    oracle: Option<String>,
    seed: u64,
    seconds: u64,
    seeds: Vec<Json>,
}

/// The real engine as a process.
struct Oracle {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    _child: Child,
}

#[derive(Default)]
struct Count {
    cases: u64,
    outputs: u64,
    limits: u64,
    differences: u64,
    panics: u64,
}

fn main() {
    let options = options();
    let mut oracle = options.oracle.as_deref().map(start);
    let end = Instant::now() + Duration::from_secs(options.seconds);
    let mut count = Count::default();
    let mut seed = options.seed;
    while Instant::now() < end {
        eprint!("\rseed {seed} cases {} differences {} ", count.cases, count.differences);
        batch(seed, &options, oracle.as_mut(), &mut count);
        seed += BATCH;
    }
    eprintln!(
        "\n{} cases, {} with output, {} at a limit, {} differences, {} panics",
        count.cases, count.outputs, count.limits, count.differences, count.panics
    );
}

fn options() -> Options {
    let mut options = Options { oracle: None, seed: 1, seconds: 60, seeds: Vec::new() };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().expect("every option has a value");
        match name.as_str() {
            "--oracle" => options.oracle = Some(value),
            "--seed" => options.seed = value.parse().expect("the seed is a number"),
            "--seconds" => options.seconds = value.parse().expect("seconds are a number"),
            "--cases" => {
                let text = std::fs::read_to_string(&value).expect("the file of cases can be read");
                options.seeds.extend(text.lines().filter_map(|line| serde_json::from_str(line).ok()));
            }
            _ => panic!("unknown option {name}"),
        }
    }
    options
}

fn start(program: &str) -> Oracle {
    let mut child = Command::new(program)
        .arg("serve")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the oracle starts");
    let input = child.stdin.take().expect("it is piped");
    let output = BufReader::new(child.stdout.take().expect("it is piped"));
    Oracle { input, output, _child: child }
}

impl Oracle {
    /// Asks for the answers to a batch.
    fn ask(&mut self, cases: &[Json]) -> Vec<Json> {
        let mut text: String = cases.iter().map(|case| format!("{case}\n")).collect();
        text.push('\n');
        let (input, output) = (&mut self.input, &mut self.output);
        std::thread::scope(|scope| {
            scope.spawn(|| input.write_all(text.as_bytes()).and_then(|()| input.flush()));
            let lines = output.lines().take(cases.len());
            lines.map(|line| serde_json::from_str(&line.expect("it answers")).expect("in JSON")).collect()
        })
    }
}

fn make(seed: u64, seeds: &[Json]) -> Json {
    let mut random = Random(seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
    let mut case = match seeds.is_empty() || random.one_in(2) {
        true => generate::case(&mut random),
        false => generate::damaged(&mut random, seeds),
    };
    if let Some(case) = case.as_object_mut() {
        case.retain(|key, _| !matches!(key.as_str(), "output" | "bytes" | "error"));
    }
    case
}

fn batch(seed: u64, options: &Options, oracle: Option<&mut Oracle>, count: &mut Count) {
    let cases: Vec<Json> = (seed..seed + BATCH).map(|seed| make(seed, &options.seeds)).collect();
    let limits = Limits { steps: 200_000, output: 1 << 20, produced: 4 << 20, ..Limits::default() };
    let theirs = oracle.map(|oracle| oracle.ask(&cases));
    for (index, case) in cases.iter().enumerate() {
        count.cases += 1;
        let Ok(answer) = catch_unwind(AssertUnwindSafe(|| case::ours(case, &limits))) else {
            count.panics += 1;
            println!("panic: {case}");
            continue;
        };
        match (answer, theirs.as_ref().map(|theirs| &theirs[index])) {
            (Err(_), _) => count.limits += 1,
            (Ok(ours), Some(theirs)) if ours != case::recorded(theirs) && is_told_alike(case, theirs) => {
                count.differences += 1;
                report(case, theirs, &ours);
            }
            (Ok(ours), _) => count.outputs += u64::from(ours.is_ok()),
        }
    }
}

/// Whether the answer cannot depend on addresses, on result types of functions, nor on spare capacity behind slices.
fn is_told_alike(case: &Json, theirs: &Json) -> bool {
    let template = case["template"].as_str().unwrap_or_default();
    let data = case["data"].to_string();
    let addressed = ["\"pointer\"", "\"func\"", "\"error\""].iter().any(|name| data.contains(name));
    !addressed && !theirs.to_string().contains("output limit") && template.matches("slice").count() < 2
}

fn report(case: &Json, theirs: &Json, ours: &case::Answer) {
    let mut line = case.clone();
    for key in ["output", "bytes", "error"] {
        if !theirs[key].is_null() {
            line[key] = theirs[key].clone();
        }
    }
    let ours = ours.as_ref().map(|output| String::from_utf8_lossy(output).into_owned());
    println!("{line}\n// ours: {ours:?}");
}
