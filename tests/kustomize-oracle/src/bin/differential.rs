//! `differential --kustomize PROGRAM [--server PROGRAM] [--seed N] [--count N] [--finds DIRECTORY]`: builds random
//! kustomizations with the original and with the engine, and writes a small case for each new sort of difference.
//! `--show SEED` prints the case of a seed; `--minimise FILE` makes one case small.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use sluice_kustomize_oracle::case::Case;
use sluice_kustomize_oracle::compare::{Bench, Difference};
use sluice_kustomize_oracle::grammar;
use sluice_kustomize_oracle::minimise::minimise;
use sluice_kustomize_oracle::original::{Program, Server};

/// So many cases of one sign are kept.
const KEPT: usize = 2;

#[derive(Default)]
struct Args {
    values: HashMap<String, String>,
}

impl Args {
    fn read() -> Self {
        let mut args = Self::default();
        let mut rest = std::env::args().skip(1);
        while let (Some(name), Some(value)) = (rest.next(), rest.next()) {
            args.values.insert(name.trim_start_matches('-').to_owned(), value);
        }
        args
    }

    fn number(&self, name: &str, default: u64) -> u64 {
        self.values.get(name).and_then(|value| value.parse().ok()).unwrap_or(default)
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.values.get(name).map(PathBuf::from)
    }
}

struct Run {
    bench: Bench,
    finds: PathBuf,
    seen: HashMap<String, usize>,
    counts: [u64; 3],
    refusals: HashMap<String, u64>,
}

fn main() -> ExitCode {
    let args = Args::read();
    if let Some(seed) = args.values.get("show") {
        print!("{}", grammar::case(seed.parse().unwrap_or(0)).to_text("a random case"));
        return ExitCode::SUCCESS;
    }
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> io::Result<()> {
    let program = args.path("kustomize").ok_or_else(|| io::Error::other("--kustomize is missing"))?;
    let server = args.path("server").map(|path| Server::start(&path)).transpose()?;
    let scratch = tempfile::tempdir_in(args.path("scratch").unwrap_or_else(std::env::temp_dir))?;
    let bench = Bench { program: Program(program), server, scratch: scratch.path().join("case") };
    let finds = args.path("finds").unwrap_or_else(|| PathBuf::from("finds"));
    std::fs::create_dir_all(&finds)?;
    let mut run = Run { bench, finds, seen: HashMap::new(), counts: [0; 3], refusals: HashMap::new() };
    if let Some(path) = args.path("minimise") {
        return run.shrink(&Case::parse(&std::fs::read_to_string(path)?));
    }
    std::panic::set_hook(Box::new(|_| {}));
    let (first, count) = (args.number("seed", 1), args.number("count", u64::MAX));
    let start = Instant::now();
    for seed in first..first.saturating_add(count) {
        run.one(seed)?;
        if run.counts[0].is_multiple_of(2000) {
            let [all, built, finds] = run.counts;
            println!(
                "seed {seed}: {all} cases, {built} built by the original, {finds} differ, {:?}",
                start.elapsed()
            );
        }
    }
    let [all, built, finds] = run.counts;
    println!("{all} cases, {built} built by the original, {finds} differ, {:?}", start.elapsed());
    let mut refusals: Vec<_> = run.refusals.into_iter().collect();
    refusals.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    refusals.iter().take(25).for_each(|(shape, times)| println!("refused {times} times: {shape}"));
    Ok(())
}

impl Run {
    fn one(&mut self, seed: u64) -> io::Result<()> {
        let case = grammar::case(seed);
        let (found, refusal) = self.bench.compare(&case)?;
        self.counts[0] += 1;
        match refusal {
            None => self.counts[1] += 1,
            Some(shape) => *self.refusals.entry(shape).or_default() += 1,
        }
        let Some(found) = found else { return Ok(()) };
        self.counts[2] += 1;
        let sign = sign(&found);
        if self.seen.get(&sign).is_some_and(|times| *times >= KEPT) {
            return Ok(());
        }
        let (confirmed, _) = self.bench.confirm(&case)?;
        if confirmed.is_none() {
            return Ok(());
        }
        *self.seen.entry(sign).or_default() += 1;
        let small = minimise(&mut self.bench, &case, found.sort)?;
        let (Some(confirmed), answer) = self.bench.confirm(&small)? else { return Ok(()) };
        let small_sign = format!("small {:?} {}", confirmed.sort, confirmed.sign);
        let times = self.seen.entry(small_sign).or_default();
        *times += 1;
        if *times > KEPT {
            return Ok(());
        }
        let name = format!("{:?}-{seed}.case", confirmed.sort).to_lowercase();
        println!("{name}: {}", confirmed.sign);
        self.keep(&name, &small, &answer.unwrap_or_else(|message| format!("error\n# {message}")))
    }

    fn keep(&self, name: &str, case: &Case, expected: &str) -> io::Result<()> {
        let text = format!("{}-- expected --\n{expected}", case.to_text("found by the differential fuzzer"));
        std::fs::write(self.finds.join(name), text)
    }

    fn shrink(&mut self, case: &Case) -> io::Result<()> {
        let (Some(found), _) = self.bench.compare(case)? else {
            println!("no difference");
            return Ok(());
        };
        let small = minimise(&mut self.bench, case, found.sort)?;
        print!("{}", small.to_text(&sign(&found)));
        Ok(())
    }
}

fn sign(found: &Difference) -> String {
    format!("{:?} {}", found.sort, found.sign)
}
