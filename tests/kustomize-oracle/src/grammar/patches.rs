//! Patches of each form, mostly aimed at resources that exist.

use sluice_yaml::{Mapping, Node, Value};

use super::paths::{place, pointer};
use super::words::{self, read};
use super::{World, resources, write};

/// Adds the fields that patch.
pub(crate) fn add(world: &mut World, directory: &str, fields: &mut String) {
    let count = world.chance.below(3);
    let entries: String = (0..count).map(|_| entry(world, directory)).collect();
    if !entries.is_empty() {
        fields.push_str(&format!("patches:\n{entries}"));
    }
    if world.chance.one_in(6)
        && let Some(node) = merge_patch(world)
    {
        let text = write::document(world, &node);
        if world.chance.one_in(2) {
            let file = world.file(directory, "p", text);
            fields.push_str(&format!("patchesStrategicMerge:\n- {file}\n"));
        } else {
            fields.push_str(&format!("patchesStrategicMerge:\n- |-\n{}", indented(&text, 2)));
        }
    }
    if world.chance.one_in(8)
        && let Some(node) = world.any_known()
    {
        let text = operations(world, &node);
        let file = world.file(directory, "j", text);
        let (version, group) = (text_of(&node, "apiVersion"), "");
        let (group, version) = version.split_once('/').map_or((group, version.as_str()), |parts| parts);
        let name = node.at(&["metadata", "name"]).and_then(Node::text).unwrap_or_default();
        fields.push_str(&format!(
            "patchesJson6902:\n- target: {{group: '{group}', version: '{version}', kind: {}, name: '{name}'}}\n  path: {file}\n",
            text_of(&node, "kind")
        ));
    }
}

fn text_of(node: &Node, field: &str) -> String {
    node.get(field).and_then(Node::text).unwrap_or_default().to_owned()
}

pub(crate) fn indented(text: &str, by: usize) -> String {
    let pad = " ".repeat(by);
    text.lines()
        .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("{pad}{line}\n") })
        .collect()
}

/// One entry of `patches`.
fn entry(world: &mut World, directory: &str) -> String {
    let Some(known) = world.any_known() else { return String::new() };
    let json = world.chance.one_in(3);
    let many = !json && world.chance.one_in(8);
    let mut text = if json {
        operations(world, &known)
    } else {
        merge_patch(world).map(|node| write::document(world, &node)).unwrap_or_default()
    };
    if many && let Some(more) = merge_patch(world) {
        text = format!("{text}---\n{}", write::document(world, &more));
    }
    let body = if world.chance.one_in(3) {
        format!("- path: {}\n", world.file(directory, "p", text))
    } else {
        format!("- patch: |-\n{}", indented(&text, 4))
    };
    let target = if json || !many && world.chance.one_in(2) { target(world, &known) } else { String::new() };
    let options = match world.chance.below(12) {
        0 => "  options: {allowNameChange: true}\n",
        1 => "  options: {allowKindChange: true}\n",
        2 => "  options: {allowNameChange: true, allowKindChange: true}\n",
        _ => "",
    };
    format!("{body}{target}{options}")
}

/// A target that probably selects the resource.
pub(crate) fn target(world: &mut World, known: &Node) -> String {
    let mut parts = Vec::new();
    let kind = text_of(known, "kind");
    let name = known.at(&["metadata", "name"]).and_then(Node::text).unwrap_or_default().to_owned();
    match world.chance.below(5) {
        0 => {}
        1 => parts.push(format!("kind: '{kind}|Thing'")),
        2 => parts.push(format!("kind: '{}.*'", &kind[..kind.len().min(3)])),
        _ => parts.push(format!("kind: {kind}")),
    }
    match world.chance.below(6) {
        0 => parts.push(format!("name: '{name}'")),
        1 => parts.push("name: '.*'".to_owned()),
        2 => parts.push("name: 'w|web|^a'".to_owned()),
        3 => parts.push(format!("name: '{}.*'", &name[..name.len().min(1)])),
        _ => {}
    }
    match world.chance.below(10) {
        0 => parts.push("labelSelector: 'app=web'".to_owned()),
        1 => parts.push("labelSelector: 'app in (web,db),!nope'".to_owned()),
        2 => parts.push("annotationSelector: note".to_owned()),
        3 => parts.push("namespace: 'prod|default'".to_owned()),
        4 => parts.push("version: v1".to_owned()),
        5 => parts.push("group: apps".to_owned()),
        _ => {}
    }
    format!("  target: {{{}}}\n", parts.join(", "))
}

/// A part of a resource that exists, changed.
pub(crate) fn merge_patch(world: &mut World) -> Option<Node> {
    let known = world.any_known()?;
    let mut patch = read("{}");
    let root = patch.as_mapping_mut()?;
    for field in ["apiVersion", "kind"] {
        root.set(field, known.get(field)?.clone());
    }
    let mut metadata = read("{}");
    let inner = metadata.as_mapping_mut()?;
    inner.set("name", known.at(&["metadata", "name"])?.clone());
    if let Some(namespace) = known.at(&["metadata", "namespace"]) {
        inner.set("namespace", namespace.clone());
    }
    if world.chance.one_in(3) {
        let (key, value) = (words::key(world), words::scalar(world));
        let field = world.chance.pick(&["labels", "annotations"]);
        let mut map = Node::mapping();
        map.as_mapping_mut()?.set_entry(Node::string(key), value);
        inner.set(field, map);
    }
    root.set("metadata", metadata);
    for (key, value) in known.as_mapping()?.iter() {
        let name = key.text().unwrap_or_default();
        if !matches!(name, "apiVersion" | "kind" | "metadata") && !world.chance.one_in(4) {
            let part = part_of(world, value);
            root.set_entry(key.clone(), part);
        }
    }
    for _ in 0..world.chance.below(4) {
        resources::bend(world, &mut patch, 0);
    }
    if world.chance.one_in(5) {
        direct(world, &mut patch);
    }
    Some(patch)
}

fn part_of(world: &mut World, node: &Node) -> Node {
    match &node.value {
        Value::Mapping(mapping) => {
            let mut part = Mapping::default();
            for (key, value) in mapping.iter() {
                let is_key = matches!(
                    key.text(),
                    Some("name" | "containerPort" | "mountPath" | "port" | "ip" | "protocol")
                );
                if is_key && !world.chance.one_in(12) || world.chance.one_in(2) {
                    part.push(key.clone(), part_of(world, value));
                }
            }
            Value::Mapping(part).into()
        }
        Value::Sequence(items) => {
            let kept: Vec<&Node> = items.iter().filter(|_| !world.chance.one_in(3)).collect();
            Value::Sequence(kept.into_iter().map(|item| part_of(world, item)).collect()).into()
        }
        Value::Scalar(_) if world.chance.one_in(5) => words::scalar(world),
        Value::Scalar(_) => node.clone(),
    }
}

/// Puts a directive somewhere.
fn direct(world: &mut World, patch: &mut Node) {
    let word = world.chance.pick(&["delete", "replace", "merge", "delete", "replace"]);
    if world.chance.one_in(12) {
        let odd = world.chance.pick(&[
            "{$retainKeys: [type]}",
            "{$setElementOrder/containers: [{name: side}, {name: main}]}",
            "{$deleteFromPrimitiveList/list: [x]}",
        ]);
        if let (Some(root), Some(more)) = (patch.as_mapping_mut(), read(odd).as_mapping()) {
            let spec = root.entry("spec", Node::mapping);
            if let Some(spec) = spec.as_mapping_mut() {
                more.iter().for_each(|(key, value)| spec.set_entry(key.clone(), value.clone()));
            }
        }
        return;
    }
    let mut current = patch;
    loop {
        let stop = world.chance.one_in(4);
        match &mut current.value {
            Value::Mapping(mapping) if stop || mapping.is_empty() => {
                mapping.set("$patch", Node::string(word));
                return;
            }
            Value::Sequence(items) if stop || items.is_empty() => {
                let at = world.chance.below(items.len() + 1);
                items.insert(at, read(&format!("{{$patch: {word}}}")));
                return;
            }
            Value::Mapping(mapping) => {
                let at = world.chance.below(mapping.len());
                let Some(next) = mapping.values_mut().nth(at) else { return };
                current = next;
            }
            Value::Sequence(items) => {
                let at = world.chance.below(items.len());
                current = &mut items[at];
            }
            Value::Scalar(_) => return,
        }
    }
}

/// A JSON patch, as JSON or YAML.
pub(crate) fn operations(world: &mut World, known: &Node) -> String {
    let count = 1 + world.chance.below(3);
    let lines: Vec<String> = (0..count).map(|_| operation(world, known)).collect();
    if world.chance.one_in(4) && !world.wild {
        return format!("[{}]\n", lines.join(",\n "));
    }
    lines.iter().map(|line| format!("- {line}\n")).collect()
}

fn operation(world: &mut World, known: &Node) -> String {
    let (steps, value) = place(world, known);
    let mut path = pointer(&steps);
    let keep = value.as_scalar().is_none() && !world.chance.one_in(8);
    let value = if keep || world.chance.one_in(2) { value } else { words::scalar(world) };
    let value = write::flow(world, &value);
    match world.chance.below(12) {
        0 => path.push_str("/new"),
        1 => path.push_str("/-"),
        2 => path.push_str("/0"),
        _ => {}
    }
    let text = |path: &str| serde_json::to_string(path).unwrap_or_default();
    let path = text(&path);
    match world.chance.below(10) {
        0 | 1 => format!("{{\"op\": \"remove\", \"path\": {path}}}"),
        2 => format!("{{\"op\": \"test\", \"path\": {path}, \"value\": {value}}}"),
        3 => {
            let (steps, _) = place(world, known);
            let word = world.chance.pick(&["move", "copy"]);
            format!("{{\"op\": \"{word}\", \"from\": {path}, \"path\": {}}}", text(&pointer(&steps)))
        }
        4 | 5 => format!("{{\"op\": \"add\", \"path\": {path}, \"value\": {value}}}"),
        _ => format!("{{\"op\": \"replace\", \"path\": {path}, \"value\": {value}}}"),
    }
}
