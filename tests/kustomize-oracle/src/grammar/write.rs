//! Writes nodes in styles that change at random: block and flow, quotes, literal and folded texts, comments, anchors,
//! merge keys.

use sluice_yaml::{Mapping, Node, Scalar, Style, Tag, Value};

use super::World;

/// One document.
pub(crate) fn document(world: &mut World, node: &Node) -> String {
    let mut writer = Writer { out: String::new(), anchors: 0 };
    if world.wild && world.chance.one_in(6) {
        writer.out.push_str("# a comment at the head\n");
    }
    writer.block(world, node, 0);
    writer.out
}

/// Several documents, sometimes with empty ones between.
pub(crate) fn stream(world: &mut World, nodes: &[Node]) -> String {
    let mut out = String::new();
    for (index, node) in nodes.iter().enumerate() {
        if index > 0 || world.chance.one_in(4) {
            out.push_str(world.chance.pick(&[
                "---\n",
                "---\n",
                "--- # note\n",
                "---\n---\n",
                "---\n# nothing\n---\n",
            ]));
        }
        out.push_str(&document(world, node));
    }
    out
}

struct Writer {
    out: String,
    anchors: usize,
}

impl Writer {
    fn indent(&mut self, depth: usize) {
        self.out.push_str(&"  ".repeat(depth));
    }

    fn comment(&mut self, world: &mut World, depth: usize) {
        if world.wild && world.chance.one_in(20) {
            self.indent(depth);
            self.out.push_str("# why\n");
        }
    }

    /// A collection from the beginning of a line on.
    fn block(&mut self, world: &mut World, node: &Node, depth: usize) {
        match &node.value {
            Value::Mapping(mapping) if !mapping.is_empty() => self.mapping(world, mapping, depth),
            Value::Sequence(items) if !items.is_empty() => self.list(world, items, depth),
            _ => {
                self.indent(depth);
                self.leaf(world, node, depth);
            }
        }
    }

    fn mapping(&mut self, world: &mut World, mapping: &Mapping, depth: usize) {
        let mut entries: Vec<(&Node, &Node)> = mapping.iter().collect();
        if world.wild && world.chance.one_in(10) {
            entries.reverse();
        }
        for (key, value) in entries {
            self.comment(world, depth);
            self.indent(depth);
            self.entry(world, key, value, depth);
        }
    }

    fn entry(&mut self, world: &mut World, key: &Node, value: &Node, depth: usize) {
        self.out.push_str(&key_text(key));
        self.out.push(':');
        let is_block = !value.is_null_or_empty() && value.as_scalar().is_none();
        if !is_block || self.wants_flow(world, value) {
            self.out.push(' ');
            if is_block {
                let text = flow(world, value);
                self.out.push_str(&text);
                self.out.push('\n');
            } else {
                self.leaf(world, value, depth);
            }
            return;
        }
        if world.wild && world.chance.one_in(30) {
            self.anchors += 1;
            self.out.push_str(&format!(" &a{}", self.anchors));
        }
        self.out.push('\n');
        let is_list = value.as_sequence().is_some();
        let deeper = if is_list && world.chance.one_in(2) { depth } else { depth + 1 };
        self.block(world, value, deeper);
    }

    fn wants_flow(&self, world: &mut World, value: &Node) -> bool {
        world.wild && world.chance.one_in(8) && value.depth() < 4 && is_tame(value)
    }

    fn list(&mut self, world: &mut World, items: &[Node], depth: usize) {
        for item in items {
            self.comment(world, depth);
            self.indent(depth);
            self.out.push_str("- ");
            match &item.value {
                Value::Mapping(mapping) if !mapping.is_empty() => {
                    for (index, (key, value)) in mapping.iter().enumerate() {
                        if index > 0 {
                            self.indent(depth + 1);
                        }
                        self.entry(world, key, value, depth + 1);
                    }
                }
                Value::Sequence(inner) if !inner.is_empty() => {
                    let text = flow(world, item);
                    self.out.push_str(&text);
                    self.out.push('\n');
                }
                _ => self.leaf(world, item, depth),
            }
        }
    }

    fn leaf(&mut self, world: &mut World, node: &Node, depth: usize) {
        let text = match &node.value {
            Value::Mapping(_) => "{}".to_owned(),
            Value::Sequence(_) => "[]".to_owned(),
            Value::Scalar(scalar) => written(world, scalar, depth),
        };
        self.out.push_str(&text);
        if world.wild && world.chance.one_in(25) && !text.contains('\n') {
            self.out.push_str(" # note");
        }
        if !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }
}

fn key_text(key: &Node) -> String {
    let text = key.text().unwrap_or_default();
    let quoted = key.as_scalar().is_some_and(|scalar| scalar.style.is_quoted());
    if quoted && !is_plain(text) { json(text) } else { text.to_owned() }
}

fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// A text that can stand without quotes and stays text.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && !sluice_yaml::reads_as_other_than_string(text)
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._/ ".contains(c))
        && text.trim() == text
        && !text.starts_with('-')
}

fn written(world: &mut World, scalar: &Scalar, depth: usize) -> String {
    if scalar.tag != Tag::Str {
        return if scalar.style == Style::Tagged {
            format!("{} {}", scalar.tag.name(), json(&scalar.text))
        } else {
            scalar.text.clone()
        };
    }
    let text = &scalar.text;
    let many = text.contains('\n');
    let can_block =
        many && !text.starts_with([' ', '\n']) && text.chars().all(|c| c == '\n' || !c.is_control());
    match world.chance.below(6) {
        0 | 1 if can_block => block_scalar(text, depth, '|'),
        2 if can_block && world.wild => block_scalar(text, depth, '>'),
        0..=2 if is_plain(text) => text.clone(),
        3 if !many && !text.chars().any(char::is_control) => format!("'{}'", text.replace('\'', "''")),
        _ => json(text),
    }
}

fn block_scalar(text: &str, depth: usize, sign: char) -> String {
    let chomp = match (text.ends_with('\n'), text.ends_with("\n\n")) {
        (_, true) => "+",
        (true, false) => "",
        (false, false) => "-",
    };
    let body = text.strip_suffix('\n').unwrap_or(text);
    let lines = body.split('\n').map(|line| {
        if line.is_empty() { "\n".to_owned() } else { format!("{}{line}\n", "  ".repeat(depth + 1)) }
    });
    format!("{sign}{chomp}\n{}", lines.collect::<String>())
}

/// Whether a value can stand between brackets.
fn is_tame(node: &Node) -> bool {
    match &node.value {
        Value::Scalar(scalar) => scalar.tag != Tag::Str || !scalar.text.contains('\n'),
        Value::Sequence(items) => items.iter().all(is_tame),
        Value::Mapping(mapping) => mapping.iter().all(|(_, value)| is_tame(value)),
    }
}

/// Between brackets.
pub(crate) fn flow(world: &mut World, node: &Node) -> String {
    match &node.value {
        Value::Scalar(scalar) if scalar.tag == Tag::Str && !is_plain(&scalar.text) => json(&scalar.text),
        Value::Scalar(scalar) if scalar.text.is_empty() => "null".to_owned(),
        Value::Scalar(scalar) => written(world, scalar, 0),
        Value::Sequence(items) => {
            let inner: Vec<String> = items.iter().map(|item| flow(world, item)).collect();
            format!("[{}]", inner.join(", "))
        }
        Value::Mapping(mapping) => {
            let inner: Vec<String> = mapping
                .iter()
                .map(|(key, value)| format!("{}: {}", key_text(key), flow(world, value)))
                .collect();
            format!("{{{}}}", inner.join(", "))
        }
    }
}
