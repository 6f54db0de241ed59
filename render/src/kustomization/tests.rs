//! Rendering by table: a tree and a spec in, objects out.

use serde_json::{Value, json};
use sluice_crds::kustomize::Kustomization;
use sluice_kustomize::MemoryTree;

use super::{RenderError, directory, render};
use crate::substitution::Variables;

fn kustomization(spec: &Value) -> Kustomization {
    let mut fields = json!({
        "interval": "10m", "prune": true,
        "sourceRef": { "kind": "GitRepository", "name": "app" },
    });
    fields.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    serde_json::from_value(json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": { "name": "app", "namespace": "team" },
        "spec": fields,
    }))
    .unwrap()
}

fn objects(files: &[(&str, &str)], spec: &Value) -> Result<Vec<Value>, RenderError> {
    let tree: MemoryTree =
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    Ok(render(&tree, &kustomization(spec), &Variables::default())?
        .objects
        .into_iter()
        .map(|rendered| rendered.object)
        .collect())
}

fn names(objects: &[Value]) -> Vec<String> {
    objects.iter().map(super::describe).collect()
}

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\n";
const OTHER: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: two\n";

#[test]
fn a_plain_folder_is_walked() {
    let files = [
        ("deploy/a.yaml", CONFIG),
        ("deploy/notes.txt", "not a manifest"),
        ("deploy/sub/b.yml", OTHER),
        ("deploy/whole/kustomization.yaml", "resources: [c.yaml]\nnamePrefix: x-\n"),
        ("deploy/whole/c.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: three\n"),
        ("deploy/whole/unused.yaml", OTHER),
    ];
    let found = objects(&files, &json!({ "path": "./deploy" })).unwrap();
    assert_eq!(names(&found), ["ConfigMap/one", "ConfigMap/two", "ConfigMap/x-three"]);
}

#[test]
fn fields_of_the_object_amend_the_file() {
    let files = [("kustomization.yaml", "resources: [a.yaml]\nnamespace: file\n"), ("a.yaml", CONFIG)];
    let spec = json!({
        "targetNamespace": "target", "namePrefix": "pre-", "nameSuffix": "-post",
        "commonMetadata": { "labels": { "team": "blue" }, "annotations": { "note": "n" } },
        "patches": [{ "patch": "- op: add\n  path: /data\n  value: {k: v}\n", "target": { "kind": "ConfigMap" } }],
    });
    let found = objects(&files, &spec).unwrap();
    assert_eq!(
        found,
        [json!({
            "apiVersion": "v1", "kind": "ConfigMap", "data": { "k": "v" },
            "metadata": {
                "name": "pre-one-post", "namespace": "target",
                "labels": {
                    "kustomize.toolkit.fluxcd.io/name": "app", "kustomize.toolkit.fluxcd.io/namespace": "team",
                    "team": "blue",
                },
                "annotations": { "note": "n" },
            },
        })]
    );
}

#[test]
fn images_are_merged_by_name() {
    let files = [
        (
            "kustomization.yaml",
            "resources: [a.yaml]\nimages: [{name: app, newName: mirror/app, newTag: v1}]\n",
        ),
        (
            "a.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: app}]}\n",
        ),
    ];
    for (images, expected) in [
        (json!([]), "mirror/app:v1"),
        (json!([{ "name": "app", "newTag": "v2" }]), "mirror/app:v2"),
        (json!([{ "name": "app", "newName": "other" }]), "other:v1"),
        (json!([{ "name": "app", "digest": "sha256:ab" }]), "mirror/app@sha256:ab"),
    ] {
        let found = objects(&files, &json!({ "images": images })).unwrap();
        assert_eq!(found[0]["spec"]["containers"][0]["image"], expected);
    }
}

#[test]
fn an_empty_folder_renders_nothing() {
    assert!(objects(&[("deploy/readme.md", "x")], &json!({ "path": "deploy" })).unwrap().is_empty());
    assert!(objects(&[("kustomization.yaml", "kind: Kustomization\n")], &json!({})).unwrap().is_empty());
}

#[test]
fn objects_are_normalized() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, creationTimestamp: null}\nstringData: {k: v}\ndata: {o: bw==}\n";
    let service =
        "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 80}]}\nstatus: {}\n";
    let found = objects(&[("a.yaml", secret), ("b.yaml", service)], &json!({})).unwrap();
    assert_eq!(found[0]["data"], json!({ "k": "dg==", "o": "bw==" }));
    assert!(found[0].get("stringData").is_none() && found[0]["metadata"].get("creationTimestamp").is_none());
    assert_eq!(found[1]["spec"]["ports"][0]["protocol"], "TCP");
    assert!(found[1].get("status").is_none());
}

/// Files, a spec, and what the error has to name.
type Case = (&'static [(&'static str, &'static str)], Value, &'static str);

#[test]
fn what_is_wrong_is_named() {
    let cases: [Case; 6] = [
        (&[("a.yaml", CONFIG)], json!({ "path": "./nowhere" }), "./nowhere"),
        (&[("a.yaml", CONFIG)], json!({ "path": "../up" }), "leads out of the source"),
        (
            &[("kustomization.yaml", "- a list\n")],
            json!({}),
            "kustomization.yaml: a kustomization file must be a mapping",
        ),
        (&[("kustomization.yaml", "resources: [missing.yaml]\n")], json!({}), "missing.yaml"),
        (&[("a.yaml", CONFIG)], json!({ "components": ["/abs"] }), "spec.components: `/abs`"),
        (
            &[(
                "a.yaml",
                "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {k: \"ENC[AES256_GCM,data:x]\"}\n",
            )],
            json!({}),
            "Secret/s is SOPS encrypted",
        ),
    ];
    for (files, spec, expected) in cases {
        let error = objects(files, &spec).unwrap_err().to_string();
        assert!(error.contains(expected), "{error} should name {expected}");
    }
}

#[test]
fn missing_components_may_be_ignored() {
    let files = [("kustomization.yaml", "resources: [a.yaml]\n"), ("a.yaml", CONFIG)];
    let found = objects(&files, &json!({ "components": ["gone"], "ignoreMissingComponents": true })).unwrap();
    assert_eq!(names(&found), ["ConfigMap/one"]);
    assert!(objects(&files, &json!({ "components": ["gone"] })).is_err());
}

#[test]
fn components_may_lie_beside_the_path() {
    let files = [
        ("apps/kustomization.yaml", "resources: [a.yaml]\n"),
        ("apps/a.yaml", CONFIG),
        ("parts/named/kustomization.yaml", "kind: Component\nnamePrefix: x-\n"),
    ];
    let spec = |components: Value| json!({ "path": "apps", "components": components, "ignoreMissingComponents": true });
    let found = objects(&files, &spec(json!(["../parts/named", "../parts/gone"]))).unwrap();
    assert_eq!(names(&found), ["ConfigMap/x-one"]);
    let error = objects(&files, &spec(json!(["../../up"]))).unwrap_err().to_string();
    assert!(error.contains("spec.components: `../../up`"), "{error}");
}

#[test]
fn what_others_decrypt_is_left_to_them() {
    let custom =
        "apiVersion: isindir.github.com/v1alpha3\nkind: SopsSecret\nmetadata: {name: s}\nsops: {mac: m}\n";
    assert_eq!(objects(&[("a.yaml", custom)], &json!({})).unwrap()[0]["sops"]["mac"], "m");
    let kept = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, annotations: {kustomize.toolkit.fluxcd.io/decrypt: Disabled}}\n\
                stringData: {k: \"ENC[AES256_GCM,data:x]\"}\nsops: {mac: m}\n";
    let found = objects(&[("a.yaml", kept)], &json!({})).unwrap();
    assert!(found[0]["data"]["k"].is_string() && found[0].get("sops").is_none());
}

#[test]
fn common_metadata_does_not_hide_the_owner() {
    let labels = json!({ "kustomize.toolkit.fluxcd.io/name": "other", "team": "blue" });
    let found = objects(&[("a.yaml", CONFIG)], &json!({ "commonMetadata": { "labels": labels } })).unwrap();
    let labels = &found[0]["metadata"]["labels"];
    assert_eq!(
        (&labels["kustomize.toolkit.fluxcd.io/name"], &labels["team"]),
        (&json!("app"), &json!("blue"))
    );
}

#[test]
fn paths_stay_inside() {
    for (path, expected) in [
        ("", Some("")),
        ("./", Some("")),
        ("./a//b/", Some("a/b")),
        ("/a", Some("a")),
        ("a/../b", Some("b")),
        ("../x", None),
        ("a/../../x", None),
    ] {
        assert_eq!(directory(path).ok().as_deref(), expected, "{path}");
    }
}

#[test]
fn build_metadata_is_added() {
    let files = [("deploy/a.yaml", CONFIG)];
    let found =
        objects(&files, &json!({ "path": "deploy", "buildMetadata": ["originAnnotations"] })).unwrap();
    assert_eq!(found[0]["metadata"]["annotations"]["config.kubernetes.io/origin"], "path: a.yaml\n");
}

#[test]
fn fields_that_find_nothing_to_amend_are_no_error() {
    let spec =
        json!({ "images": [{ "name": "app", "newTag": "v2" }], "targetNamespace": "x", "namePrefix": "y-" });
    assert!(objects(&[("readme.md", "")], &spec).unwrap().is_empty());
    let spec = json!({ "patches": [{ "patch": "- op: remove\n  path: /x\n", "target": { "kind": "Pod" } }] });
    assert!(objects(&[("readme.md", "")], &spec).unwrap().is_empty());
}

#[test]
fn what_was_read_says_which_changes_matter() {
    let files = [
        (
            "app/kustomization.yaml",
            "resources: [../base, a.yaml]\nconfigMapGenerator:\n- name: g\n  files: [k]\n",
        ),
        ("app/a.yaml", CONFIG),
        ("app/k", "v"),
        ("app/unused", "x"),
        ("base/kustomization.yaml", "resources: [b.yaml]\n"),
        ("base/b.yaml", OTHER),
        ("plain/one.yaml", CONFIG),
        ("plain/notes.txt", "x"),
    ];
    let tree = |edit: Option<(&str, &str)>| -> MemoryTree {
        let all = files.into_iter().chain(edit);
        all.map(|(path, text)| (path.to_owned(), text.to_owned())).collect()
    };
    let amended = json!({ "path": "app", "namePrefix": "x-" });
    for (spec, edit, holds) in [
        (json!({ "path": "app" }), ("README.md", "new"), true),
        (json!({ "path": "app" }), ("app/unused", "other"), true),
        (json!({ "path": "app" }), ("app/a.yaml", OTHER), false),
        (json!({ "path": "app" }), ("app/k", "other"), false),
        (json!({ "path": "app" }), ("base/b.yaml", CONFIG), false),
        (
            json!({ "path": "app" }),
            ("base/kustomization.yaml", "resources: [b.yaml]\nnamePrefix: y-\n"),
            false,
        ),
        // A second kustomization file would make the build ambiguous.
        (json!({ "path": "app" }), ("base/kustomization.yml", ""), false),
        (amended.clone(), ("app/kustomization.yaml", "resources: [a.yaml]\n"), false),
        (amended, ("plain/one.yaml", OTHER), true),
        (json!({ "path": "plain" }), ("plain/two.yaml", OTHER), false),
        (json!({ "path": "plain" }), ("plain/sub/two.yaml", OTHER), false),
        (json!({ "path": "plain" }), ("plain/kustomization.yaml", "resources: [one.yaml]\n"), false),
        (json!({ "path": "plain" }), ("plain/notes.txt", "y"), true),
        (json!({ "path": "plain" }), ("plain/README.md", "y"), true),
        (json!({ "path": "plain" }), ("app/a.yaml", OTHER), true),
        (
            json!({ "path": "app", "components": ["c"], "ignoreMissingComponents": true }),
            ("app/c/kustomization.yaml", ""),
            false,
        ),
    ] {
        let rendered = render(&tree(None), &kustomization(&spec), &Variables::default()).unwrap();
        assert!(rendered.read_set.holds_in(&tree(None)), "{spec}");
        assert_eq!(rendered.read_set.holds_in(&tree(Some(edit))), holds, "{spec} {edit:?}");
    }
}

#[test]
fn missing_variables_are_told_all_at_once_with_file_and_line() {
    let web = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: ${COUNT}\n  \
               template:\n    spec:\n      containers:\n      - image: web:${TAG}\n        name: web\n";
    let all = format!("{CONFIG}data:\n  tag: ${{TAG_OLD}}\n---\n{web}");
    let tree: MemoryTree = [("all.yaml".to_owned(), all)].into_iter().collect();
    let spec = json!({ "postBuild": { "substitute": { "COUNT": "2" } } });
    let object = kustomization(&spec);
    let compose =
        |held: &[_]| Variables::compose(object.spec.post_build.as_ref().unwrap(), held, true).unwrap();
    let error = render(&tree, &object, &compose(&[])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "variable substitution failed: all.yaml:6: ConfigMap/one: data.tag: variable ${TAG_OLD} is not set\n\
         all.yaml:17: Deployment/web: spec.template.spec.containers[0].image: variable ${TAG} is not set"
    );
    let held = |tag: &str, count: &str| {
        [("TAG", tag), ("TAG_OLD", "0"), ("COUNT", count)].map(|(k, v)| (k.to_owned(), v.to_owned())).into()
    };
    let error = render(&tree, &object, &compose(&[held("1", "3")])).unwrap_err();
    assert!(
        error.to_string().contains("all.yaml: ConfigMap/one: data.tag: `${TAG_OLD}` is read as a number"),
        "{error}"
    );
    let mut last = held("2", "3");
    last.insert("TAG_OLD".to_owned(), "v0".to_owned());
    let rendered = render(&tree, &object, &compose(&[held("1", "3"), last])).unwrap();
    let deployment = &rendered.objects[1].object;
    assert_eq!(deployment["spec"]["replicas"], 2, "the object's own variables win");
    assert_eq!(deployment["spec"]["template"]["spec"]["containers"][0]["image"], "web:2");
}
