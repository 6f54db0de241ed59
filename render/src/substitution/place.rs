//! From a place in an object's YAML to the field that stands there.

use sluice_yaml::{Node, Value};

/// The fields of an object, with the lines on which they begin.
pub struct Places<'t> {
    text: &'t str,
    fields: Vec<(u32, String)>,
}

/// How deep fields are told apart.
const MAX_DEPTH: usize = 64;

impl<'t> Places<'t> {
    /// Reads `text`, which one of our own writers wrote.
    pub fn of(text: &'t str) -> Self {
        let mut fields = Vec::new();
        // What our own writer wrote is readable; if it ever is not, messages only name no field.
        for document in sluice_yaml::parse_documents(text.as_bytes()).into_iter().flatten().take(1) {
            collect(&document.node, String::new(), 0, &mut fields);
        }
        fields.sort_by_key(|(line, _)| *line);
        Self { text, fields }
    }

    /// The field in which the byte `at` stands.
    pub fn field_at(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or(self.text);
        self.field_on(u32::try_from(before.matches('\n').count() + 1).unwrap_or(u32::MAX))
    }

    /// The field that stands on a line, counted from one.
    pub fn field_on(&self, line: u32) -> String {
        let begun = self.fields.partition_point(|(begins, _)| *begins <= line);
        begun.checked_sub(1).map(|last| self.fields[last].1.clone()).unwrap_or_default()
    }
}

/// Notes the scalars below `node` by the line of their key, or of their own where they are in a list.
fn collect(node: &Node, path: String, depth: usize, fields: &mut Vec<(u32, String)>) {
    if depth > MAX_DEPTH {
        return fields.push((node.mark.line, path));
    }
    match &node.value {
        Value::Scalar(_) => fields.push((node.mark.line, path)),
        Value::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, format!("{path}[{index}]"), depth + 1, fields);
            }
        }
        Value::Mapping(entries) => {
            for (key, value) in entries.iter() {
                let name = key.text().unwrap_or_default();
                let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                // A block of text begins below its key.
                fields.push((key.mark.line, path.clone()));
                collect(value, path, depth + 1, fields);
            }
        }
    }
}
