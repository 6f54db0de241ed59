//! What people and tools rely on in the install manifests: names, and positions that their patches count on.

use std::{fs, path::Path};

use serde_json::{Value, json};
use sluice_kustomize::{MemoryTree, Options, build};

/// Builds `manifests/install` with the engine that controllers use.
fn install() -> Vec<Value> {
    let mut tree = MemoryTree::new();
    add(&mut tree, &crate::check::repository_root(), "manifests");
    let built =
        build(&tree, "manifests/install", &Options::default()).unwrap_or_else(|error| panic!("{error}"));
    built.resources.iter().map(sluice_kustomize::Resource::to_json).collect()
}

fn add(tree: &mut MemoryTree, root: &Path, path: &str) {
    for entry in fs::read_dir(root.join(path)).unwrap() {
        let path = format!("{path}/{}", entry.unwrap().file_name().to_str().unwrap());
        if root.join(&path).is_dir() {
            add(tree, root, &path);
        } else {
            tree.insert(&path, fs::read(root.join(&path)).unwrap()).unwrap();
        }
    }
}

#[track_caller]
fn find<'a>(objects: &'a [Value], kind: &str, name: &str) -> &'a Value {
    let found = objects.iter().find(|object| object["kind"] == kind && object["metadata"]["name"] == name);
    found.unwrap_or_else(|| panic!("there is no {kind} {name}"))
}

#[test]
fn objects_have_the_names_that_tools_look_for() {
    let objects = install();
    for (kind, name) in [
        ("Namespace", "flux-system"),
        ("ServiceAccount", "source-controller"),
        ("ServiceAccount", "kustomize-controller"),
        ("Service", "source-controller"),
        ("ClusterRoleBinding", "cluster-reconciler-flux-system"),
        ("ClusterRoleBinding", "crd-controller-flux-system"),
        ("ClusterRole", "flux-view-flux-system"),
        ("ClusterRole", "flux-edit-flux-system"),
        ("ResourceQuota", "critical-pods-flux-system"),
        ("NetworkPolicy", "allow-egress"),
        ("NetworkPolicy", "allow-scraping"),
    ] {
        find(&objects, kind, name);
    }
    for object in &objects {
        let labels = &object["metadata"]["labels"];
        assert_eq!(labels["app.kubernetes.io/part-of"], "flux", "{}", object["metadata"]["name"]);
        assert_eq!(labels["app.kubernetes.io/version"], concat!("v", env!("CARGO_PKG_VERSION")));
    }
    assert_eq!(objects.iter().filter(|object| object["kind"] == "CustomResourceDefinition").count(), 11);
}

#[test]
fn patches_by_position_find_what_they_expect() {
    let objects = install();
    let role = find(&objects, "ClusterRole", "crd-controller-flux-system");
    assert_eq!(role["rules"][11]["resources"], json!(["serviceaccounts/token"]));

    let shared = [
        "--events-addr=",
        "--watch-all-namespaces=",
        "--log-level=",
        "--log-encoding=",
        "--enable-leader-election",
    ];
    let source = [&shared[..], &["--storage-path=/data", "--storage-adv-addr="]].concat();
    check_pod(&objects, "source-controller", &source, "data");
    check_pod(&objects, "kustomize-controller", &shared, "temp");
}

/// Checks the first container of a Deployment: name, image, arguments in order, first volume.
#[track_caller]
fn check_pod(objects: &[Value], name: &str, arguments: &[&str], volume: &str) {
    let deployment = find(objects, "Deployment", name);
    let pod = &deployment["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    assert_eq!(deployment["spec"]["selector"]["matchLabels"], json!({ "app": name }));
    assert_eq!(pod["serviceAccountName"], name);
    assert_eq!(container["name"], "manager");
    assert_eq!(container["image"], format!("sluice/{name}:v{}", env!("CARGO_PKG_VERSION")));
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
    assert_eq!(pod["volumes"][0]["name"], volume);
    assert_eq!(container["volumeMounts"][0]["name"], volume);
    let given = container["args"].as_array().unwrap();
    assert_eq!(given.len(), arguments.len(), "{given:?}");
    for (given, expected) in given.iter().zip(arguments) {
        assert!(given.as_str().unwrap().starts_with(expected), "{given} is not {expected}…");
    }
}
