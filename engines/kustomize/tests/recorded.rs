//! Every case in `cases/` builds to what the original answered, byte for byte; `record.py` records the answers.

use std::path::Path;

use sluice_kustomize::{Entry, FileTree, MemoryTree, Options, build};

/// The files of a case and the answer.
fn parse(text: &str) -> (MemoryTree, String) {
    let mut tree = MemoryTree::new();
    let mut expected = String::new();
    let mut name: Option<&str> = None;
    let mut body = String::new();
    for line in text.split_inclusive('\n').chain(["-- end --\n"]) {
        let Some(next) = line.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --\n")) else {
            body.push_str(line);
            continue;
        };
        match name {
            Some("expected") => expected.clone_from(&body),
            Some(path) => tree.insert(path, body.clone()).expect("a path inside"),
            None => {}
        }
        name = Some(next);
        body.clear();
    }
    (tree, expected)
}

fn check(case: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(case).expect("a case");
    let (tree, expected) = parse(&text);
    let target = if tree.entry("app") == Ok(Some(Entry::Directory)) { "app" } else { "" };
    let found = match build(&tree, target, &Options::default()) {
        Ok(build) => build.to_yaml(),
        Err(errors) if expected == "error\n" => {
            assert!(!errors.errors.is_empty());
            return Ok(());
        }
        Err(errors) => return Err(format!("{}: refused: {errors}", case.display())),
    };
    if found == expected { Ok(()) } else { Err(format!("{}: found\n{found}", case.display())) }
}

#[test]
fn every_case_builds_as_the_original_does() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut paths: Vec<_> = std::fs::read_dir(cases)
        .expect("the cases")
        .map(|entry| entry.expect("a case").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "case"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    let failures: Vec<String> = paths.iter().filter_map(|path| check(path).err()).collect();
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), paths.len(), failures.join("\n"));
}
