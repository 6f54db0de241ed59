//! Recorded answers of the real text/template: our output and errors are the same, byte for byte.
//!
//! `go run ./engines/template/tests/oracle record FILE` (in that folder) records a file of cases anew.

#[path = "oracle/case.rs"]
mod case;
#[path = "oracle/data.rs"]
mod data;

use sluice_template::Limits;

/// Checks every line of a file of cases.
fn check(file: &str) {
    let text = std::fs::read_to_string(format!("{}/tests/cases/{file}", env!("CARGO_MANIFEST_DIR")))
        .expect("the case is well formed");
    let mut differences = Vec::new();
    for line in text.lines().filter(|line| line.starts_with('{')) {
        let json = serde_json::from_str(line).expect("the case is well formed");
        let (ours, theirs) = (case::ours(&json, &Limits::default()), case::recorded(&json));
        if ours.as_ref().ok() != Some(&theirs) {
            let show = |answer: &case::Answer| match answer {
                Ok(output) => format!("output {:?}", String::from_utf8_lossy(output)),
                Err(error) => format!("error  {error}"),
            };
            let ours = ours.map_or_else(|limit| format!("limit  {limit}"), |answer| show(&answer));
            differences.push(format!("{line}\n  ours   {ours}\n  theirs {}", show(&theirs)));
        }
    }
    let count = differences.len();
    assert!(differences.is_empty(), "{count} differences in {file}:\n{}", differences.join("\n"));
}

#[test]
fn syntax() {
    check("syntax.jsonl");
}

#[test]
fn syntax_errors() {
    check("syntax-errors.jsonl");
}

#[test]
fn execution() {
    check("execution.jsonl");
}

#[test]
fn execution_errors() {
    check("execution-errors.jsonl");
}

#[test]
fn formats() {
    check("formats.jsonl");
}

#[test]
fn builtins() {
    check("builtins.jsonl");
}

#[test]
fn found_by_fuzzing() {
    check("fuzzed.jsonl");
}

#[test]
fn sprig_strings() {
    check("sprig-strings.jsonl");
}

#[test]
fn sprig_math() {
    check("sprig-math.jsonl");
}

#[test]
fn sprig_lists() {
    check("sprig-lists.jsonl");
}

#[test]
fn sprig_dictionaries() {
    check("sprig-dicts.jsonl");
}

#[test]
fn sprig_dates() {
    check("sprig-dates.jsonl");
}

#[test]
fn sprig_regular_expressions() {
    check("sprig-regex.jsonl");
}

#[test]
fn sprig_versions() {
    check("sprig-semver.jsonl");
}

#[test]
fn sprig_urls_and_paths() {
    check("sprig-urls.jsonl");
}

#[test]
fn sprig_cryptography() {
    check("sprig-crypto.jsonl");
}

#[test]
fn sprig_found_by_fuzzing() {
    check("sprig-fuzzed.jsonl");
}

#[test]
fn sprig_sampled_at_random() {
    check("sprig-sampled.jsonl");
}
