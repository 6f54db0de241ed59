//! A few thousand inputs of the crash fuzzer, always the same: none may panic, and at least a third must be YAML, so
//! that they reach beyond the parser.

use std::path::Path;

use sluice_kustomize_oracle::crash::Seeds;

const INPUTS: u64 = 4_000;

#[test]
fn nothing_crashes_and_enough_parses() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../engines/kustomize/tests/cases");
    let seeds = Seeds::new(&cases, 20);
    assert!(seeds.len() > 20);
    let outcomes: Vec<_> = (0..INPUTS).map(|number| (number, seeds.run(number))).collect();
    let crashed: Vec<u64> = outcomes.iter().filter(|(_, o)| o.panicked).map(|(number, _)| *number).collect();
    assert!(crashed.is_empty(), "{crashed:?}");
    let count = |test: fn(&sluice_kustomize_oracle::crash::Outcome) -> bool| {
        outcomes.iter().filter(|(_, outcome)| test(outcome)).count() as u64
    };
    assert!(count(|outcome| outcome.parsed) > INPUTS / 3);
    assert!(count(|outcome| outcome.built) > INPUTS / 20);
}
