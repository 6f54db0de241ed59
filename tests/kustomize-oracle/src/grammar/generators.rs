//! ConfigMap and Secret generators.

use super::World;
use super::words;

/// Adds generators.
pub(crate) fn add(world: &mut World, directory: &str, fields: &mut String, is_base: bool) {
    for (list, odds) in [("configMapGenerator", 3), ("secretGenerator", 5)] {
        if !world.chance.one_in(odds) {
            continue;
        }
        fields.push_str(&format!("{list}:\n"));
        for index in 0..=world.chance.below(2) {
            let entry = entry(world, directory, list == "secretGenerator", is_base, index);
            fields.push_str(&entry);
        }
    }
    if world.chance.one_in(8) {
        fields.push_str(world.chance.pick(&[
            "generatorOptions: {disableNameSuffixHash: true}\n",
            "generatorOptions: {labels: {gen: 'yes'}, annotations: {a: b}}\n",
            "generatorOptions: {immutable: true}\n",
        ]));
    }
}

fn entry(world: &mut World, directory: &str, secret: bool, is_base: bool, index: usize) -> String {
    let kind = if secret { "Secret" } else { "ConfigMap" };
    let names: Vec<String> =
        world.made.iter().filter(|(made, _)| *made == kind).map(|(_, name)| name.clone()).collect();
    let old = world.chance.index(&names).filter(|_| !is_base && index == 0).map(|at| names[at].clone());
    let mut out = String::new();
    match old {
        Some(name) if !world.chance.one_in(8) => {
            out.push_str(&format!(
                "- name: {name}\n  behavior: {}\n",
                world.chance.pick(&["merge", "replace", "merge"])
            ));
        }
        _ => {
            world.count += 1;
            let name = format!("{}{}", world.chance.pick(&["gen", "web-cfg", "sec"]), world.count % 5);
            out.push_str(&format!("- name: {name}\n"));
            world.made.push((kind, name));
        }
    }
    if world.chance.one_in(15) {
        out.push_str("  namespace: prod\n");
    }
    if !world.chance.one_in(4) {
        let (key, value) = (words::key(world), words::text(world));
        let literal = serde_json::to_string(&format!("{key}={value}")).unwrap_or_default();
        out.push_str(&format!("  literals: [{literal}, 'q=\"quoted\"']\n"));
    }
    if world.chance.one_in(3) {
        let body = words::text(world);
        let file = world.file(directory, "f", body);
        let entry = if world.chance.one_in(2) { file } else { format!("key.txt={file}") };
        out.push_str(&format!("  files: ['{entry}']\n"));
    }
    if world.chance.one_in(5) {
        let body = world.chance.pick(&[
            "A=1\nB=two words\n# no\n\nC=\n",
            "X=y=z\n",
            "\u{feff}A=b\n",
            "K='v'\n E=f\n",
        ]);
        let file = world.file(directory, "e", body.to_owned());
        let line =
            if world.chance.one_in(5) { format!("  env: {file}\n") } else { format!("  envs: [{file}]\n") };
        out.push_str(&line);
    }
    if secret && world.chance.one_in(3) {
        out.push_str("  type: kubernetes.io/tls\n");
    }
    if world.chance.one_in(5) {
        out.push_str(world.chance.pick(&[
            "  options: {disableNameSuffixHash: true}\n",
            "  options: {labels: {a: b}, annotations: {c: 'd'}}\n",
            "  options: {immutable: true, labels: {x: '1'}}\n",
        ]));
    }
    out
}
