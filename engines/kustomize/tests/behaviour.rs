//! What a caller relies on besides the result: errors that name the place, the read set, limits, restrictions.

use sluice_kustomize::{Limits, LoadRestriction, MemoryTree, Options, build};

const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

fn errors(files: &[(&str, &str)], target: &str, options: &Options) -> Vec<String> {
    let tree: MemoryTree = files.iter().map(|(path, content)| (*path, content.to_string())).collect();
    match build(&tree, target, options) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.errors.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn errors_name_files_resource_field_and_place() {
    let options = Options::default();
    let broken = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n b: c\n";
    let base = ("base/kustomization.yaml", "resources: [a.yaml]\n");
    let found = errors(
        &[("app/kustomization.yaml", "resources: [../base]\n"), base, ("base/a.yaml", broken)],
        "app",
        &options,
    );
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("app/kustomization.yaml -> base/kustomization.yaml -> base/a.yaml:5:"),
        "{found:?}"
    );

    let two = "resources: [nope.yaml, a.yaml, gone]\n";
    let found = errors(&[("kustomization.yaml", two), ("a.yaml", CONFIG_MAP)], "", &options);
    assert_eq!(
        found,
        [
            "kustomization.yaml: resources[0]: no file or directory \"nope.yaml\"",
            "kustomization.yaml: resources[2]: no file or directory \"gone\"",
        ]
    );

    let patch = "resources: [a.yaml]\npatches:\n- target: {kind: ConfigMap}\n  patch: '[{\"op\": \"remove\", \"path\": \"/x\"}]'\n";
    let found = errors(&[("kustomization.yaml", patch), ("a.yaml", CONFIG_MAP)], "", &options);
    let expected =
        "kustomization.yaml: ConfigMap a: patches[0]: [0] remove /x: unable to remove nonexistent key: x";
    assert_eq!(found, [expected]);
}

#[test]
fn what_is_remote_or_a_program_is_refused_with_advice() {
    let options = Options::default();
    for (content, expected) in [
        (
            "resources: ['https://user:pw@host/x?ref=v1']\n",
            "the remote source https://host/x is not supported",
        ),
        ("resources: [github.com/a/b]\n", "the remote source github.com/a/b is not supported"),
        ("helmCharts: [{name: x}]\n", "helmCharts: Helm chart inflation is not supported; use a HelmRelease"),
    ] {
        let found = errors(&[("kustomization.yaml", content)], "", &options);
        assert!(found[0].contains(expected), "{found:?}");
        assert!(!found[0].contains("pw"), "{found:?}");
    }
}

#[test]
fn paths_stay_inside() {
    let files = [("app/kustomization.yaml", "resources: [../a.yaml]\n"), ("a.yaml", CONFIG_MAP)];
    assert_eq!(errors(&files, "app", &Options::default()).len(), 1);
    let free = Options { load_restriction: LoadRestriction::None, ..Options::default() };
    assert!(errors(&files, "app", &free).is_empty());
    let above = [("kustomization.yaml", "resources: [../../etc/passwd]\n")];
    let found = errors(&above, "", &free);
    assert_eq!(found, ["kustomization.yaml: resources[0]: \"../../etc/passwd\" is outside of the tree"]);
}

#[test]
fn limits_end_a_build() {
    let files = [("kustomization.yaml", "resources: [a.yaml]\n"), ("a.yaml", CONFIG_MAP)];
    let limits = Limits { file_size: 30, ..Limits::default() };
    let found = errors(&files, "", &Options { limits, ..Options::default() });
    assert_eq!(found, ["kustomization.yaml -> a.yaml: more than 30 bytes in a file"]);
    let limits = Limits { files: 1, ..Limits::default() };
    assert_eq!(errors(&files, "", &Options { limits, ..Options::default() }).len(), 1);
}

#[test]
fn the_read_set_names_what_was_read_and_what_was_missing() {
    let tree: MemoryTree = [
        ("kustomization.yaml", "resources: [b]\n"),
        ("b/kustomization.yml", "resources: [a.yaml]\n"),
        ("b/a.yaml", CONFIG_MAP),
        ("c", ""),
    ]
    .into_iter()
    .collect();
    let built = build(&tree, "", &Options::default()).expect("builds");
    let files: Vec<&str> = built.read_set.files.keys().map(String::as_str).collect();
    assert_eq!(files, ["b/a.yaml", "b/kustomization.yml", "kustomization.yaml"]);
    assert!(built.read_set.missing.contains("b/kustomization.yaml"));
    assert!(built.read_set.directories.contains_key("b"));
    assert_eq!(built.resources[0].source(), Some("b/a.yaml"));
}
