//! Every case in `cases/` builds to what the original answered, byte for byte, or is refused as it was, with the text of
//! ours beside it. `record.py` says what a case looks like and records the answers of the original;
//! `SLUICE_RECORD_REFUSALS=1` writes down our own texts, `SLUICE_CASE=NAME` runs the cases whose names begin so.

#[path = "recorded/case.rs"]
mod case;

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use case::Case;
use sluice_kustomize::build;

/// The answer of the original when it refuses.
const REFUSED: &str = "error\n";

#[test]
fn every_case_builds_as_the_original_does() {
    let paths = paths();
    assert!(!paths.is_empty());
    let failures: Vec<String> = paths.iter().filter_map(|path| check(path).err()).collect();
    assert!(
        failures.is_empty(),
        "{} of {} cases failed\n\n{}",
        failures.len(),
        paths.len(),
        failures.join("\n")
    );
}

fn paths() -> Vec<PathBuf> {
    let wanted = std::env::var("SLUICE_CASE").unwrap_or_default();
    let is_wanted = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.ends_with(".case") && name.starts_with(&wanted)
    };
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let entries = std::fs::read_dir(cases).expect("the cases");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a case").path()).filter(is_wanted).collect();
    paths.sort();
    paths
}

fn check(path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path).expect("a case");
    let case = Case::parse(&text);
    let fail = |what: String| Err(format!("case {}: {}{what}", path.display(), case.head));
    let Ok(built) = catch_unwind(|| build(&case.tree, case.target(), &case.options)) else {
        return fail("panicked\n".to_owned());
    };
    match built {
        Ok(built) if built.to_yaml() == case.expected => Ok(()),
        Ok(built) => fail(difference(&case.expected, &built.to_yaml())),
        Err(errors) if case.expected != REFUSED => fail(format!("refused: {errors}\n")),
        Err(errors) if case.refusal == format!("{errors}\n") => Ok(()),
        Err(errors) if std::env::var_os("SLUICE_RECORD_REFUSALS").is_some() => {
            let kept = text.split("-- refusal --\n").next().unwrap_or_default();
            std::fs::write(path, format!("{kept}-- refusal --\n{errors}\n")).expect("written");
            Ok(())
        }
        Err(errors) => fail(difference(&case.refusal, &format!("{errors}\n"))),
    }
}

/// The lines that differ with some around them; `-` stands before what was expected, `+` before what was found.
fn difference(expected: &str, found: &str) -> String {
    const AROUND: usize = 3;
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[same..].iter().rev().zip(new[same..].iter().rev()).take_while(|(a, b)| a == b).count();
    let line = |sign: &str, line: &&str| format!("{sign} {line}\n");
    let mut out = format!("@@ line {}\n", same + 1);
    out.extend(old[same.saturating_sub(AROUND)..same].iter().map(|text| line(" ", text)));
    out.extend(old[same..old.len() - tail].iter().map(|text| line("-", text)));
    out.extend(new[same..new.len() - tail].iter().map(|text| line("+", text)));
    out.extend(old[old.len() - tail..].iter().take(AROUND).map(|text| line(" ", text)));
    out
}
