//! Replacements and vars.

use sluice_yaml::Node;

use super::paths::{dotted, place};
use super::{World, write};

/// Adds replacements and vars.
pub(crate) fn add(world: &mut World, directory: &str, fields: &mut String) {
    if world.chance.one_in(3) {
        let count = 1 + world.chance.below(2);
        let mut inline = String::new();
        for _ in 0..count {
            let Some(text) = replacement(world) else { continue };
            if world.chance.one_in(5) {
                let file = world.file(directory, "rep", text);
                inline.push_str(&format!("- path: {file}\n"));
            } else {
                let mut lines = text.lines();
                inline.push_str(&format!("- {}\n", lines.next().unwrap_or_default()));
                lines.for_each(|line| inline.push_str(&format!("  {line}\n")));
            }
        }
        if !inline.is_empty() {
            fields.push_str(&format!("replacements:\n{inline}"));
        }
    }
    if world.chance.one_in(8)
        && let Some(known) = world.any_known()
    {
        fields.push_str(&variable(world, &known));
    }
}

fn text<'n>(node: &'n Node, path: &[&str]) -> &'n str {
    node.at(path).and_then(Node::text).unwrap_or_default()
}

fn variable(world: &mut World, known: &Node) -> String {
    let (steps, _) = place(world, known);
    let field = match world.chance.below(3) {
        0 => String::new(),
        1 => "  fieldref: {fieldPath: metadata.name}\n".to_owned(),
        _ => format!("  fieldref: {{fieldPath: '{}'}}\n", dotted(world, &steps)),
    };
    let name = world.chance.pick(&["VAR", "VAR", "OTHER"]);
    format!(
        "vars:\n- name: {name}\n  objref: {{apiVersion: {}, kind: {}, name: '{}'}}\n{field}",
        text(known, &["apiVersion"]),
        text(known, &["kind"]),
        text(known, &["metadata", "name"])
    )
}

fn replacement(world: &mut World) -> Option<String> {
    let source = world.any_known()?;
    let (steps, _) = place(world, &source);
    let mut out = String::new();
    if world.chance.one_in(10) {
        let value = if world.chance.one_in(4) {
            super::words::scalar(world)
        } else {
            Node::string(super::words::text(world))
        };
        out.push_str(&format!("sourceValue: {}\n", write::flow(world, &value)));
    } else {
        out.push_str("source:\n");
        out.push_str(&format!("  kind: {}\n", text(&source, &["kind"])));
        out.push_str(&format!("  name: '{}'\n", text(&source, &["metadata", "name"])));
        if !world.chance.one_in(4) {
            out.push_str(&format!("  fieldPath: '{}'\n", dotted(world, &steps)));
        }
        if world.chance.one_in(6) {
            let index = world.chance.below(3);
            out.push_str(&format!(
                "  options: {{delimiter: '{}', index: {index}}}\n",
                world.chance.pick(&[":", "-", ".", "/"])
            ));
        }
    }
    out.push_str("targets:\n");
    for _ in 0..=world.chance.below(2) {
        let target = world.any_known()?;
        out.push_str(&one_target(world, &target));
    }
    Some(out)
}

fn one_target(world: &mut World, target: &Node) -> String {
    let mut out = format!("- select: {{kind: {}", text(target, &["kind"]));
    if !world.chance.one_in(3) {
        out.push_str(&format!(", name: '{}'", text(target, &["metadata", "name"])));
    }
    out.push_str("}\n");
    match world.chance.below(8) {
        0 => out.push_str("  reject: [{name: web}]\n"),
        1 => out.push_str("  reject: [{labelSelector: 'app=db'}, {kind: Secret}]\n"),
        _ => {}
    }
    if !world.chance.one_in(8) {
        out.push_str("  fieldPaths:\n");
        for _ in 0..=world.chance.below(2) {
            let (steps, _) = place(world, target);
            let mut path = dotted(world, &steps);
            match world.chance.below(30) {
                0 => path.push_str(".new.deep"),
                1 => path = "metadata.annotations.[a.b/c]".to_owned(),
                2 => path = "data.conf.b.c.0".to_owned(),
                3 => path = "data.j.a.b".to_owned(),
                4 => path = "spec.template.spec.containers.[name=main].env.[name=NEW].value".to_owned(),
                _ => {}
            }
            out.push_str(&format!("  - '{}'\n", path.replace('\'', "''")));
        }
    }
    match world.chance.below(8) {
        0 | 1 => out.push_str("  options: {create: true}\n"),
        2 => {
            let index = world.chance.below(4);
            let index = if index == 3 { "-1".to_owned() } else { index.to_string() };
            out.push_str(&format!(
                "  options: {{delimiter: '{}', index: {index}}}\n",
                world.chance.pick(&[":", "-", "/"])
            ));
        }
        _ => {}
    }
    out
}
