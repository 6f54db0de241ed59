//! Kustomizations: bases, components, and the target on top, each with fields at random.

use sluice_yaml::Node;

use super::words;
use super::{World, generators, patches, plugins, replacements, resources};

/// What a kustomization is for.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Base,
    Component,
    Top,
}

/// Makes all directories.
pub(crate) fn all(world: &mut World) {
    let mut below = Vec::new();
    for index in 0..world.chance.below(3) {
        let name = format!("base{index}");
        let reach = if world.chance.one_in(4) { below.pop() } else { None };
        kustomization(world, &name, Role::Base, reach.as_slice(), &[]);
        below.push(name);
    }
    let mut components = Vec::new();
    for index in 0..world.chance.below(5).saturating_sub(2) {
        let name = format!("comp{index}");
        kustomization(world, &name, Role::Component, &[], &[]);
        components.push(name);
    }
    kustomization(world, crate::case::TARGET, Role::Top, &below, &components);
}

fn kustomization(world: &mut World, directory: &str, role: Role, below: &[String], components: &[String]) {
    let mut fields = String::new();
    if role == Role::Component {
        fields.push_str("apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n");
    } else if world.chance.one_in(2) {
        fields.push_str("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n");
    }
    let most = if below.is_empty() { 4 } else { 2 };
    let mut entries: Vec<String> = below.iter().map(|name| format!("../{name}")).collect();
    if below.is_empty() || world.chance.one_in(2) {
        entries.extend(resources::files(world, directory, most));
    }
    let list = if world.chance.one_in(20) && role == Role::Top { "bases" } else { "resources" };
    fields.push_str(&format!(
        "{list}:\n{}",
        entries.iter().map(|entry| format!("- {entry}\n")).collect::<String>()
    ));
    if !components.is_empty() {
        let list: String = components.iter().map(|name| format!("- ../{name}\n")).collect();
        fields.push_str(&format!("components:\n{list}"));
    }
    generators::add(world, directory, &mut fields, role == Role::Base);
    names(world, &mut fields);
    labels(world, &mut fields);
    values(world, &mut fields);
    patches::add(world, directory, &mut fields);
    replacements::add(world, directory, &mut fields);
    plugins::add(world, directory, &mut fields);
    if role == Role::Top {
        plugins::add_schema(world, directory, &mut fields);
        order(world, &mut fields);
    }
    if world.chance.one_in(250) {
        fields.push_str(world.chance.pick(&[
            "unknownField: 1\n",
            "namePrefix: 1\n",
            "resources: []\n",
            "images: {}\n",
        ]));
    }
    world.case.files.insert(format!("{directory}/kustomization.yaml"), fields);
}

fn names(world: &mut World, fields: &mut String) {
    if world.chance.one_in(4) {
        fields
            .push_str(&format!("namespace: {}\n", world.chance.pick(&["prod", "dev", "new-ns", "default"])));
    }
    if world.chance.one_in(4) {
        fields.push_str(&format!("namePrefix: {}\n", world.chance.pick(&["p-", "x-", "\"1\"", "'true'"])));
    }
    if world.chance.one_in(6) {
        fields.push_str(&format!("nameSuffix: {}\n", world.chance.pick(&["-s", "-v2", "\"0\""])));
    }
}

fn labels(world: &mut World, fields: &mut String) {
    if world.chance.one_in(8) {
        let pair = (words::key(world), words::value(world));
        fields.push_str(&format!("commonLabels: {{\"{}\": {:?}}}\n", pair.0, pair.1));
    }
    if world.chance.one_in(6) {
        fields.push_str(&format!("commonAnnotations: {{note: {:?}, more: \"1\"}}\n", words::value(world)));
    }
    if world.chance.one_in(4) {
        let key = words::key(world);
        let more = world.chance.pick(&[
            "",
            ", includeSelectors: true",
            ", includeTemplates: true",
            ", fields: [{path: spec/labels, create: true, kind: Thing}]",
            ", includeSelectors: true, includeTemplates: true",
            ", fields: [{path: spec/template/metadata/labels, create: true, group: apps}], includeTemplates: true",
        ]);
        fields.push_str(&format!("labels:\n- {{pairs: {{\"{key}\": lab}}{more}}}\n"));
    }
}

fn values(world: &mut World, fields: &mut String) {
    if world.chance.one_in(4) {
        let name = world.chance.pick(&["nginx", "busybox", "redis", "registry:5000/side", "ngin.", "side"]);
        let change = world.chance.pick(&[
            "newTag: v2",
            "newName: other/nginx",
            "digest: 'sha256:0123'",
            "newName: nn, newTag: '1.0'",
            "newTag: t, digest: 'sha256:ff'",
            "tagSuffix: -x",
            "newName: 'reg:5000/n'",
        ]);
        let list = if world.chance.one_in(15) { "imageTags" } else { "images" };
        fields.push_str(&format!("{list}:\n- {{name: '{name}', {change}}}\n"));
    }
    if world.chance.one_in(8) {
        let count = world.chance.below(4);
        let scaled = |node: &&Node| {
            matches!(node.get("kind").and_then(Node::text), Some("Deployment" | "StatefulSet" | "ReplicaSet"))
        };
        let names: Vec<String> = world
            .known
            .iter()
            .filter(scaled)
            .filter_map(|node| Some(node.at(&["metadata", "name"])?.text()?.to_owned()))
            .collect();
        if let Some(at) = world.chance.index(&names) {
            fields.push_str(&format!("replicas:\n- {{name: '{}', count: {count}}}\n", names[at]));
        }
    }
}

fn order(world: &mut World, fields: &mut String) {
    if world.chance.one_in(6) {
        fields.push_str(world.chance.pick(&[
            "sortOptions: {order: fifo}\n",
            "sortOptions: {order: legacy}\n",
            "sortOptions: {order: legacy, legacySortOptions: {orderFirst: [Service, Deployment], orderLast: [ConfigMap]}}\n",
            "sortOptions: {order: legacy, legacySortOptions: {orderFirst: [], orderLast: [Secret, Pod]}}\n",
        ]));
    }
    if world.chance.one_in(6) {
        fields.push_str(world.chance.pick(&[
            "buildMetadata: [originAnnotations]\n",
            "buildMetadata: [transformerAnnotations]\n",
            "buildMetadata: [managedByLabel]\n",
            "buildMetadata: [originAnnotations, transformerAnnotations, managedByLabel]\n",
        ]));
    }
}
