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
            "kustomization.yaml:1:13: resources[0]: no file or directory \"nope.yaml\"",
            "kustomization.yaml:1:32: resources[2]: no file or directory \"gone\"",
        ]
    );

    let patch = "resources: [a.yaml]\npatches:\n- target: {kind: ConfigMap}\n  patch: '[{\"op\": \"remove\", \"path\": \"/x\"}]'\n";
    let found = errors(&[("kustomization.yaml", patch), ("a.yaml", CONFIG_MAP)], "", &options);
    let expected =
        "kustomization.yaml:3:3: ConfigMap a: patches[0]: [0] remove /x: unable to remove nonexistent key: x";
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
fn remote_sources_are_known_by_their_look_and_shown_without_secrets() {
    for (path, shown) in [
        ("http://host/x", "http://host/x"),
        ("https://host/x?ref=a", "https://host/x"),
        ("https://user:secret@host/x?ref=a", "https://host/x"),
        ("https://token@host", "https://host"),
        ("https://user:sec/ret@host/x", "https://host/x"),
        ("user:secret@host/x.git", "host/x.git"),
        ("https://host/x@y", "https://host/x@y"),
        ("ssh://git@host/x", "ssh://host/x"),
        ("git@host:x/y", "git@host:x/y"),
        ("git::https://host/x", "git::https://host/x"),
        ("gh:x/y", "gh:x/y"),
        ("other://host/x", "other://host/x"),
        ("gitlab.com/x/y", "gitlab.com/x/y"),
        ("bitbucket.org/x/y", "bitbucket.org/x/y"),
        ("host/x?ref=v1", "host/x"),
        ("host/x.git", "host/x.git"),
        ("host/x.git/y", "host/x.git/y"),
        ("host/_git/x", "host/_git/x"),
        ("user@host:x", "user@host:x"),
    ] {
        for field in ["resources", "components"] {
            let content = format!("{field}: ['{path}']\n");
            let found = errors(&[("kustomization.yaml", content.as_str())], "", &Options::default());
            let column = field.len() + 4;
            let expected = format!(
                "kustomization.yaml:1:{column}: {field}[0]: the remote source {shown} is not supported; copy it into the repository, or include it in the source artifact"
            );
            assert_eq!(found, [expected], "{path}");
        }
    }
    let local = errors(&[("kustomization.yaml", "resources: [user@host]\n")], "", &Options::default());
    assert_eq!(local, ["kustomization.yaml:1:13: resources[0]: no file or directory \"user@host\""]);
}

#[test]
fn paths_stay_inside() {
    let files = [("app/kustomization.yaml", "resources: [../a.yaml]\n"), ("a.yaml", CONFIG_MAP)];
    assert_eq!(errors(&files, "app", &Options::default()).len(), 1);
    let free = Options { load_restriction: LoadRestriction::None, ..Options::default() };
    assert!(errors(&files, "app", &free).is_empty());
    let above = [("kustomization.yaml", "resources: [../../etc/passwd]\n")];
    let found = errors(&above, "", &free);
    assert_eq!(found, ["kustomization.yaml:1:13: resources[0]: \"../../etc/passwd\" is outside of the tree"]);
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

/// Inputs that would take memory or time without bound, and what each is refused with.
#[test]
fn growth_ends() {
    let thing = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t}\nspec: {a: {b: [1, 2, 3]}, s: 'x-x', v: $(V)}\n";
    let copies = |count: usize, path: &str| {
        let one = format!("    - {{op: copy, from: /spec, path: {path}}}\n");
        format!("patches:\n- target: {{kind: Thing}}\n  patch: |-\n{}", one.repeat(count))
    };
    let replaced = |count: usize, replacement: &str| format!("replacements:\n{}", replacement.repeat(count));
    let itself = "- source: {kind: Thing, fieldPath: spec}\n  targets:\n  - select: {kind: Thing}\n    fieldPaths: [spec.new]\n    options: {create: true}\n";
    let wider = "- source: {kind: Thing, fieldPath: spec.a}\n  targets:\n  - select: {kind: Thing}\n    fieldPaths: [spec.a.x, spec.a.y]\n    options: {create: true}\n";
    let longer = "- source: {kind: Thing, fieldPath: spec.s}\n  targets:\n  - select: {kind: Thing}\n    fieldPaths: [spec.s]\n    options: {delimiter: '-', index: 0}\n";
    let kept = "values that operations copy";
    for (fields, expected) in [
        (copies(200, "/spec/a/b/-"), kept),
        (copies(300, "/spec/new"), kept),
        (replaced(300, itself), "values are nested too deeply"),
        (replaced(40, wider), "values"),
        (replaced(60, longer), "bytes in a text that replacements grow"),
    ] {
        let files =
            [("kustomization.yaml", format!("resources: [t.yaml]\n{fields}")), ("t.yaml", thing.to_owned())];
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let found = errors(&files, "", &Options::default());
        assert!(found.first().is_some_and(|error| error.contains(expected)), "{expected}: {found:?}");
    }
}

#[test]
fn anchors_vars_and_directories_end() {
    let text = "x".repeat(1 << 20);
    let aliases = "  - *a\n".repeat(200);
    let anchors =
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\nx: &a {text}\ny:\n{aliases}");
    let files = [("kustomization.yaml", "resources: [a.yaml]\n"), ("a.yaml", anchors.as_str())];
    assert!(errors(&files, "", &Options::default())[0].contains("aliases expand to too many values"));

    let vars = "resources: [a.yaml]\nvars:\n- name: V\n  objref: {apiVersion: v1, kind: ConfigMap, name: a}\n  fieldref: {fieldPath: data.v}\n";
    let many = "$(V) ".repeat(100);
    let pod = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{v: {text}}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{name: c, command: ['{many}']}}]}}\n"
    );
    let files = [("kustomization.yaml", vars), ("a.yaml", pod.as_str())];
    assert!(errors(&files, "", &Options::default())[0].contains("bytes in a text that vars grow"));

    let names: Vec<(String, String)> = (0..100)
        .map(|level| (format!("d{level}/kustomization.yaml"), format!("resources: [../d{}]\n", level + 1)))
        .collect();
    let files: Vec<(&str, &str)> = names.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert!(errors(&files, "d0", &Options::default())[0].contains("kustomizations that lead to each other"));
    let files =
        [("a/kustomization.yaml", "resources: [../b]\n"), ("b/kustomization.yaml", "resources: [../a]\n")];
    let found = errors(&files, "a", &Options::default());
    assert!(found[0].contains("cycle"), "{found:?}");
}
