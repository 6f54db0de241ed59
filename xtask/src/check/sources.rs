//! What the text of a source file must and must not hold. Reads words, not syntax: a rule that needs a parser does
//! not belong here.

use super::rooms::{Room, may_read_environment, refused_in_file};

/// A Rust file of the repository.
#[derive(Debug)]
pub struct SourceFile {
    /// Relative to the repository, `/`-separated.
    pub path: String,
    /// Its whole text.
    pub text: String,
}

/// Names every file that breaks a rule, with the line where there is one.
pub fn check(files: &[SourceFile]) -> Vec<String> {
    files.iter().flat_map(check_file).collect()
}

fn check_file(file: &SourceFile) -> Vec<String> {
    let mut violations = Vec::new();
    if !file.text.starts_with("//!") {
        violations.push(format!("{}: does not open with //!", file.path));
    }
    if file.path.ends_with("/mod.rs") && !file.path.contains("/tests/") {
        violations.push(format!("{}: use {}.rs", file.path, file.path.trim_end_matches("/mod.rs")));
    }
    if is_test_code(&file.path) {
        return violations;
    }
    for (number, line) in shipped_lines(&file.text) {
        for word in refused_words(&file.path) {
            if line.contains(word) {
                violations.push(format!("{}:{number}: `{}` has no place here", file.path, word.trim()));
            }
        }
    }
    violations
}

fn refused_words(path: &str) -> impl Iterator<Item = &'static str> {
    let environment: &[&str] = if may_read_environment(path) { &[] } else { &["std::env", "env::var"] };
    let room = Room::of(path).refused_words().iter();
    room.chain(refused_in_file(path)).chain(environment).copied()
}

fn is_test_code(path: &str) -> bool {
    Room::of(path) == Room::Outside
        || path.ends_with("/tests.rs")
        || ["/tests/", "/examples/", "/benches/"].iter().any(|folder| path.contains(folder))
}

/// Lines with their numbers, without comments and without what follows `#[cfg(test)]`.
fn shipped_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..)
        .zip(text.lines())
        .take_while(|(_, line)| !line.trim_start().starts_with("#[cfg(test)]"))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violations(path: &str, text: &str) -> usize {
        check_file(&SourceFile { path: path.to_owned(), text: text.to_owned() }).len()
    }

    #[test]
    fn files_keep_to_their_room() {
        for (path, text, expected) in [
            ("crds/src/lib.rs", "//! Types.\n", 0),
            ("crds/src/lib.rs", "pub struct X;\n", 1),
            ("engines/yaml/src/mod.rs", "//! Wrong name.\n", 1),
            ("engines/yaml/src/read.rs", "//! x\nuse std::fs;\n", 1),
            ("engines/yaml/src/read.rs", "//! x\n// never std::fs\n", 0),
            ("engines/yaml/src/read.rs", "//! x\n#[cfg(test)]\nmod tests { use std::fs; }\n", 0),
            ("engines/yaml/examples/read.rs", "//! x\nuse std::fs;\n", 0),
            ("kustomize-controller/src/reconcile/decide.rs", "//! x\nasync fn f() {}\n", 1),
            ("kustomize-controller/src/reconcile/apply.rs", "//! x\nasync fn f() {}\n", 0),
            ("kustomize-controller/src/reconcile/apply.rs", "//! x\nlet x = std::env::var(\"X\");\n", 2),
            ("kustomize-controller/src/args.rs", "//! x\nlet x = std::env::var(\"X\");\n", 0),
        ] {
            assert_eq!(violations(path, text), expected, "{path}: {text}");
        }
    }
}
