//! Places in resources, as patches and replacements name them.

use sluice_yaml::{Node, Value};

use super::World;

/// One step into a node.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Key(String),
    Index(usize, Option<(String, String)>),
}

/// A place somewhere in a node, and what stands there.
pub(crate) fn place(world: &mut World, node: &Node) -> (Vec<Step>, Node) {
    let mut steps = Vec::new();
    let mut current = node;
    loop {
        if !steps.is_empty() && world.chance.one_in(5) {
            break;
        }
        match &current.value {
            Value::Mapping(mapping) if !mapping.is_empty() => {
                let entries: Vec<(&Node, &Node)> = mapping.iter().collect();
                let (key, value) = entries[world.chance.below(entries.len())];
                steps.push(Step::Key(key.text().unwrap_or_default().to_owned()));
                current = value;
            }
            Value::Sequence(items) if !items.is_empty() => {
                let at = world.chance.below(items.len());
                let pair = items[at].as_mapping().and_then(|mapping| {
                    let (key, value) = mapping.iter().find(|(_, value)| value.as_scalar().is_some())?;
                    Some((key.text()?.to_owned(), value.text()?.to_owned()))
                });
                steps.push(Step::Index(at, pair));
                current = &items[at];
            }
            _ => break,
        }
    }
    (steps, current.clone())
}

/// With slashes, as JSON patches name it.
pub(crate) fn pointer(steps: &[Step]) -> String {
    let part = |step: &Step| match step {
        Step::Key(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        Step::Index(at, _) => format!("/{at}"),
    };
    steps.iter().map(part).collect()
}

/// With dots, as replacements name it.
pub(crate) fn dotted(world: &mut World, steps: &[Step]) -> String {
    let mut parts = Vec::new();
    for step in steps {
        parts.push(match step {
            Step::Key(key) if key.contains('.') && world.chance.one_in(2) => format!("[{key}]"),
            Step::Key(key) => key.replace('.', "\\."),
            Step::Index(at, pair) => match (world.chance.below(4), pair) {
                (0, _) => "*".to_owned(),
                (1, Some((key, value))) => format!("[{key}={value}]"),
                (2, _) if world.chance.one_in(4) => "-".to_owned(),
                _ => at.to_string(),
            },
        });
    }
    parts.join(".")
}
