//! What patterns exclude: tables, Flux's own examples, and git as the oracle where both agree.

use std::path::Path;
use std::process::Command;

use proptest::prelude::*;

use super::*;

fn rules(text: &str) -> Rules {
    Rules::only(parse(text.as_bytes(), &[]))
}

/// Checks paths (a trailing slash makes a directory) against the text of an ignore file.
#[track_caller]
fn check(text: &str, excluded: &[&str], kept: &[&str]) {
    let rules = rules(text);
    let judge = |path: &&str| rules.excludes(Path::new(path.trim_end_matches('/')), path.ends_with('/'));
    let (wrongly_kept, wrongly_excluded): (Vec<_>, Vec<_>) = (
        excluded.iter().filter(|path| !judge(path)).collect(),
        kept.iter().filter(|path| judge(path)).collect(),
    );
    assert!(wrongly_kept.is_empty(), "{text:?} keeps {wrongly_kept:?}");
    assert!(wrongly_excluded.is_empty(), "{text:?} excludes {wrongly_excluded:?}");
}

#[test]
fn names_match_any_component() {
    check("value", &["value", "value/tail", "head/value", "head/value/tail"], &["values", "val", "Value"]);
    check("value/", &["value/", "value/tail", "head/value/", "head/value/tail"], &["value", "head/value"]);
    check("v*o", &["vo", "volcano", "a/volcano/b"], &["volcanos", "v/o"]);
    check("vul?ano", &["vulkano", "vulcano/x", "vulčano"], &["vulano", "vulkkano"]);
    check("v[ou]l[kc]ano", &["volcano", "vulkano"], &["valcano"]);
    check("[a-c]x", &["ax", "bx", "cx"], &["dx", "-x"]);
    check("[^a-c]x", &["dx"], &["ax", "x"]);
    check("[!a]x", &["!x", "ax"], &["bx"]);
    check(r"\*", &["*"], &["a"]);
    check(r"[\]]", &["]"], &["a"]);
    check("**", &["a", "a/b", "a/"], &[]);
    check("*", &["a", "a/b", ".hidden"], &[]);
}

#[test]
fn malformed_patterns_match_nothing() {
    for pattern in ["v[", "v[a", "[]", "[]a]", "[-x]", "[x-]", "[a-]", "x\\"] {
        check(pattern, &[], &["v", "v[", "x", "]", "-", "a", "[]", "x\\"]);
    }
}

#[test]
fn patterns_with_a_slash_are_anchored() {
    check("/value", &["value", "value/tail"], &["head/value"]);
    check("head/value", &["head/value", "head/value/x"], &["x/head/value", "head", "head/values"]);
    check("/head/v*", &["head/v", "head/value/x"], &["head", "head/x/v"]);
    check("head/value/", &["head/value/", "head/value/x"], &["head/value"]);
}

#[test]
fn double_asterisks_skip_directories() {
    check("**/foo", &["foo", "a/foo", "a/b/foo/c"], &["a/food"]);
    check("a/**/b", &["a/b", "a/x/b", "a/x/y/b/z"], &["b", "x/a/b", "a/x"]);
    check("/*lue/vol?ano/**", &["value/volcano/tail/more", "value/volcano"], &["value/vol/x"]);
    check("/*lue/**/vol?ano/", &["value/m/n/volcano/", "value/m/n/volcano/tail"], &["value/m/n/volcano"]);
    // As go-git has it: the first fit decides, parts with `**` inside never match, and `/**` matches nothing.
    check("**/foo/bar", &["foo/bar", "x/foo/bar"], &["foo/x/foo/bar"]);
    check("/*lue/**foo/vol?ano", &[], &["value/foo/volcano"]);
    check("/**", &[], &["a", "a/b"]);
    check("**/android/**/Plugin.java", &["x/android/y/Plugin.java"], &["packages/lib/android/gradle.dart"]);
}

#[test]
fn later_patterns_win_and_bring_files_back() {
    check(
        "/*\n!/deploy\n/deploy/**/*.md\n",
        &["README.md", "src/x", "deploy/a/b.md"],
        &["deploy/", "deploy/a.yaml"],
    );
    check("secrets/\n!secrets/public.yaml", &["secrets/", "secrets/a"], &["secrets/public.yaml"]);
    check("*.yaml\n!keep.yaml\n/keep.yaml", &["a.yaml", "keep.yaml"], &["sub/keep.yaml"]);
}

#[test]
fn lines_are_read_as_git_reads_them() {
    check(
        "# note\n\n  \nfoo  \r\n\\#bar\n\\!baz\nqux\\ \n",
        &["foo", "#bar", "!baz", "qux "],
        &["note", "# note"],
    );
    check(" lead", &[" lead"], &["lead"]);
}

#[test]
fn patterns_of_a_directory_speak_for_it_alone() {
    let scoped = Rules::only(parse(b"/a\nb\n", &[b"x", b"y"]));
    for (path, excluded) in [
        ("x/y/a", true),
        ("x/y/z/b", true),
        ("a", false),
        ("b", false),
        ("x/y/z/a", false),
        ("x/y", false),
        ("x/b/y", false),
    ] {
        assert_eq!(scoped.excludes(Path::new(path), false), excluded, "{path}");
    }
}

#[test]
fn defaults_go_as_soon_as_there_is_a_pattern() {
    let (defaults, own) = (Rules::for_source(vec![]), Rules::for_source(parse(b"own", &[])));
    for path in [".git/config", ".gitignore", "a/.gitmodules", ".gitattributes"] {
        assert!(defaults.excludes(Path::new(path), false) && own.excludes(Path::new(path), false), "{path}");
    }
    for path in ["a/b.jpg", ".github/w.yaml", "x/.sops.yaml", "c.tar.gz", "sub/.circleci/config.yml"] {
        assert!(defaults.excludes(Path::new(path), false) && !own.excludes(Path::new(path), false), "{path}");
    }
    assert!(!defaults.excludes(Path::new("app/deployment.yaml"), false));
}

#[test]
fn ignore_files_are_found_in_every_directory() {
    let tree = tempfile::tempdir().unwrap();
    for (path, text) in
        [(".sourceignore", "*.md\n"), ("a/.sourceignore", "!keep.md\n"), (".git/.sourceignore", "*\n")]
    {
        let path = tree.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    std::os::unix::fs::symlink("/", tree.path().join("loop")).unwrap();
    let rules = Rules::for_source(load(tree.path()).unwrap());
    for (path, excluded) in
        [("x.md", true), ("keep.md", true), ("a/keep.md", false), ("a/x.md", true), ("x", false)]
    {
        assert_eq!(rules.excludes(Path::new(path), false), excluded, "{path}");
    }
}

/// Patterns and paths for which git and Flux mean the same: no negation below an excluded directory, no `**` in doubt.
#[test]
fn git_agrees_where_both_mean_the_same() {
    let repository = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| {
        Command::new("git").args(arguments).current_dir(repository.path()).output().expect("git is installed")
    };
    git(&["init", "-q"]);
    let patterns = [
        "*.log",
        "build/",
        "/root.txt",
        "docs/*.md",
        "**/temp",
        "a/**/z",
        "!important.log",
        "x?[0-9]",
        "\\#h",
    ];
    std::fs::write(repository.path().join(".gitignore"), patterns.join("\n")).unwrap();
    let paths = [
        "a.log",
        "d/a.log",
        "important.log",
        "d/important.log",
        "root.txt",
        "d/root.txt",
        "docs/a.md",
        "docs/d/a.md",
        "build/x",
        "d/build/x",
        "temp",
        "d/e/temp",
        "a/z",
        "a/b/c/z",
        "b/z",
        "xa1",
        "xab",
        "#h",
        "h",
        "keep",
    ];
    for path in paths {
        let path_on_disk = repository.path().join(path);
        std::fs::create_dir_all(path_on_disk.parent().unwrap()).unwrap();
        std::fs::write(path_on_disk, "").unwrap();
    }
    let rules = rules(&patterns.join("\n"));
    for path in paths {
        let git_excludes = git(&["check-ignore", "-q", path]).status.success();
        assert_eq!(rules.excludes(Path::new(path), false), git_excludes, "{path}");
    }
}

proptest! {
    #[test]
    fn any_text_is_a_set_of_rules(text in any::<Vec<u8>>(), path in "[a-c*\\[\\]/]{1,12}") {
        let _ = Rules::only(parse(&text, &[])).excludes(Path::new(&path), false);
    }

    #[test]
    fn a_plain_name_excludes_exactly_its_components(name in "[a-d]{1,3}", path in "[a-d]{1,3}(/[a-d]{1,3}){0,3}") {
        let excluded = rules(&name).excludes(Path::new(&path), false);
        prop_assert_eq!(excluded, path.split('/').any(|component| component == name));
    }

    #[test]
    fn asterisks_match_in_bounded_time(stars in 1..40_usize, length in 1..200_usize) {
        let pattern = "*a".repeat(stars) + "b";
        prop_assert!(!rules(&pattern).excludes(Path::new(&"a".repeat(length)), false));
    }
}
