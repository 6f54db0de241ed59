//! HelmReleases, their values and what becomes of rendered objects.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sluice_crds::applier::ValuesSourceKind;
use sluice_helm::chart::MemoryDirectory;

use super::*;

fn release(spec: &Value) -> HelmRelease {
    let mut object = json!({
        "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
        "metadata": {"name": "app", "namespace": "apps"},
        "spec": {"interval": "1m", "chartRef": {"kind": "OCIRepository", "name": "app"}}
    });
    if let (Some(all), Some(spec)) = (object["spec"].as_object_mut(), spec.as_object()) {
        all.extend(spec.clone());
    }
    serde_json::from_value(object).expect("a HelmRelease")
}

fn composed(spec: &Value) -> Result<Value, String> {
    let release = release(spec);
    let texts: BTreeMap<(ValuesSourceKind, &str), Vec<(&str, &str)>> = [
        (
            (ValuesSourceKind::ConfigMap, "base"),
            vec![("values.yaml", "a: 1\nt: {x: base, z: base}\nflag: y\n")],
        ),
        (
            (ValuesSourceKind::Secret, "more"),
            vec![("other", "t: {x: more}\nnone: null\n"), ("token", "s,3=x")],
        ),
        (
            (ValuesSourceKind::ConfigMap, "texts"),
            vec![("number", "3"), ("quoted", "'3'"), ("broken", "a: b: c")],
        ),
    ]
    .into();
    let find = |kind, name: &str| {
        let data = texts.get(&(kind, name))?;
        Some(data.iter().map(|(key, text)| ((*key).to_owned(), text.as_bytes().to_vec())).collect())
    };
    compose(&release.spec, "apps", &find).map(Value::Object).map_err(|error| error.to_string())
}

#[test]
fn values() {
    let base = json!({"kind": "ConfigMap", "name": "base"});
    let more = json!({"kind": "Secret", "name": "more", "valuesKey": "other"});
    let at = |key: &str, path: &str| json!({"kind": "ConfigMap", "name": "texts", "valuesKey": key, "targetPath": path});
    for (spec, expected) in [
        (json!({}), json!({})),
        (json!({"valuesFrom": [base]}), json!({"a": 1.0, "t": {"x": "base", "z": "base"}, "flag": true})),
        (
            json!({"valuesFrom": [base, more], "values": {"t": {"z": "own"}, "k": 1}}),
            json!({"a": 1.0, "t": {"x": "more", "z": "own"}, "flag": true, "none": null, "k": 1.0}),
        ),
        (json!({"valuesFrom": [at("number", "p.q[1]")]}), json!({"p": {"q": [null, 3]}})),
        (json!({"valuesFrom": [at("quoted", "p")]}), json!({"p": "3"})),
        // The object's own value wins at the top, and loses inside of its own table.
        (json!({"valuesFrom": [at("number", "p")], "values": {"p": "own"}}), json!({"p": "own"})),
        (json!({"valuesFrom": [at("number", "t.p")], "values": {"t": {"p": "own"}}}), json!({"t": {"p": 3}})),
        (
            json!({"valuesFrom": [base, at("number", "t.x")], "values": {"t": {"x": "own"}}}),
            json!({"a": 1.0, "t": {"x": "own", "z": "base"}, "flag": true}),
        ),
        (
            json!({"valuesFrom": [{"kind": "Secret", "name": "more", "valuesKey": "token", "targetPath": "s", "literal": true}]}),
            json!({"s": "s,3=x"}),
        ),
        (json!({"valuesFrom": [{"kind": "Secret", "name": "no", "optional": true}]}), json!({})),
        (json!({"valuesFrom": [{"kind": "ConfigMap", "name": "texts", "optional": true}]}), json!({})),
    ] {
        assert_eq!(composed(&spec), Ok(expected), "{spec}");
    }
}

#[test]
fn values_that_cannot_be_had() {
    for (reference, expected) in [
        (
            json!({"kind": "Secret", "name": "no"}),
            "Secret chart values reference 'apps/no' with key 'values.yaml': resource not found",
        ),
        (
            json!({"kind": "ConfigMap", "name": "texts", "valuesKey": "k"}),
            "ConfigMap chart values reference 'apps/texts' with key 'k': key not found",
        ),
        (
            json!({"kind": "Secret", "name": "more", "valuesKey": "token", "targetPath": "s[x]"}),
            "Secret chart values reference 'apps/more' with key 'token': failed to merge value at s[x]",
        ),
    ] {
        let expected = format!("could not resolve {expected}");
        assert_eq!(composed(&json!({"valuesFrom": [reference]})), Err(expected));
    }
}

#[test]
fn names() {
    let long = "a".repeat(60);
    for (spec, name, namespace) in [
        (json!({}), "app", "apps"),
        (json!({"targetNamespace": "prod"}), "prod-app", "prod"),
        (json!({"targetNamespace": "prod", "releaseName": "web"}), "web", "prod"),
        (json!({"releaseName": long}), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-11ee391211c6", "apps"),
    ] {
        let release = release(&spec);
        assert_eq!(
            (release_name(&release).as_str(), release_namespace(&release).as_str()),
            (name, namespace)
        );
    }
}

#[test]
fn config_digests() {
    let digest = |values: Value| match values {
        Value::Object(values) => config_digest(&values),
        _ => String::new(),
    };
    let nothing = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(digest(json!({})), nothing);
    let of = |text: &str| format!("sha256:{}", hex::encode(Sha256::digest(text)));
    let values = json!({"b": {"c10": 1.0, "c2": 0.5}, "a": ["x", {"z": null}], "B": {}});
    assert_eq!(digest(values), of("B: {}\na:\n- x\n- z: null\nb:\n  c10: 1\n  c2: 0.5\n"));
}

fn chart() -> Chart {
    let files = [
        ("Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n"),
        ("values.yaml", "tag: one\n"),
        (
            "templates/a.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  tag: {{ .Values.tag }}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers: [{name: p, image: img:1}]\n",
        ),
        (
            "templates/h.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: h\n  annotations: {helm.sh/hook: pre-install}\n",
        ),
        ("templates/NOTES.txt", "Hello {{ .Release.Name }}"),
    ];
    Chart::from_directory(&files.into_iter().collect::<MemoryDirectory>()).expect("a chart").chart
}

fn rendered(spec: &Value) -> Result<String, String> {
    let release = release(spec);
    let values = compose(&release.spec, "apps", &|_, _| None).expect("values");
    let inputs = Inputs {
        release: &release,
        chart: &chart(),
        values: &values,
        capabilities: &Capabilities::default(),
        host: &(),
        revision: 1,
        is_upgrade: false,
        limits: Limits::default(),
        cache: None,
    };
    let rendered = render(&inputs).map_err(|error| error.to_string())?;
    assert_eq!(rendered.notes, "Hello app");
    let manifests = rendered.sorted.manifests.iter().map(|it| format!("# {}\n{}", it.name, it.content));
    let hooks = rendered.sorted.hooks.iter().map(|it| format!("# hook {}\n{}", it.path, it.manifest));
    Ok(manifests.chain(hooks).collect())
}

const LABELS: &str =
    "  labels:\n    helm.toolkit.fluxcd.io/name: app\n    helm.toolkit.fluxcd.io/namespace: apps\n";

#[test]
fn objects_are_marked() {
    let expected = format!(
        "# c/templates/a.yaml\napiVersion: v1\ndata:\n  tag: two\nkind: ConfigMap\nmetadata:\n{LABELS}  name: a\n# c/templates/a.yaml\napiVersion: v1\nkind: Pod\nmetadata:\n{LABELS}  name: p\nspec:\n  containers:\n  - image: img:1\n    name: p\n# hook c/templates/h.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  annotations:\n    helm.sh/hook: pre-install\n{LABELS}  name: h\n"
    );
    assert_eq!(rendered(&json!({"values": {"tag": "two"}})), Ok(expected));
}

#[test]
fn post_renderers_patch_and_replace_images() {
    let spec = json!({
        "postRenderers": [
            {"kustomize": {"images": [{"name": "img", "newTag": "2"}]}},
            {"kustomize": {"patches": [{"target": {"kind": "ConfigMap"}, "patch": "- {op: add, path: /data, value: {k: v}}"}]}}
        ],
        "commonMetadata": {"labels": {"l": "1", "helm.toolkit.fluxcd.io/name": "other"}, "annotations": {"note": "2"}}
    });
    let text = rendered(&spec).expect("objects");
    assert!(text.contains("image: img:2"), "{text}");
    assert_eq!(text.matches("data:\n  k: v").count(), 2, "{text}");
    assert_eq!(text.matches("    l: \"1\"").count(), 3, "{text}");
    assert_eq!(text.matches("helm.toolkit.fluxcd.io/name: app").count(), 3, "{text}");
    assert_eq!(text.matches("    note: \"2\"").count(), 3, "{text}");
}

#[test]
fn strategies_decide_about_hooks() {
    for (strategy, labelled) in [("combined", 3), ("separate", 3), ("nohooks", 2)] {
        let text = rendered(&json!({"postRenderStrategy": strategy})).expect("objects");
        assert_eq!(text.matches("helm.toolkit.fluxcd.io/name: app").count(), labelled, "{strategy}\n{text}");
    }
    let patch = json!([{"kustomize": {"patches": [{"target": {"name": "h"}, "patch": "- {op: add, path: /data, value: {k: v}}"}]}}]);
    for (strategy, patched) in [("combined", 1), ("separate", 1), ("nohooks", 0)] {
        let spec = json!({"postRenderStrategy": strategy, "postRenderers": patch});
        let text = rendered(&spec).expect("objects");
        assert_eq!(text.matches("k: v").count(), patched, "{strategy}\n{text}");
    }
}
