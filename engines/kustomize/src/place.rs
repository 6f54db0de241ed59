//! Where a field stands in the text that was read, for a message about it. Texts are read again for this, but only when
//! there is a mistake.

use bytes::Bytes;
use sluice_yaml::{Mark, Node, parse_documents};

use crate::error::BuildError;

/// Fields whose entries are appended to those of the field that took their place.
const MOVED: [(&str, &str); 2] = [("resources", "bases"), ("images", "imageTags")];

/// A text with the file it is from.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    /// The path in the tree.
    pub(crate) file: String,
    /// What it holds.
    pub(crate) bytes: Bytes,
}

impl Written {
    /// Puts a mistake that has no place yet into this text.
    pub(crate) fn blame(&self, error: BuildError) -> BuildError {
        let mut errors = self.blame_all(vec![error]);
        errors.swap_remove(0)
    }

    /// Puts all mistakes into this text: those without a file get the place of their field.
    pub(crate) fn blame_all(&self, errors: Vec<BuildError>) -> Vec<BuildError> {
        let mut root = None;
        let place = |mut error: BuildError| {
            if error.files.is_empty() && error.line.is_none() {
                let root = root.get_or_insert_with(|| first_document(&self.bytes));
                error = located(error, root.as_ref());
            }
            error.in_file(&self.file)
        };
        errors.into_iter().map(place).collect()
    }
}

fn first_document(bytes: &[u8]) -> Option<Node> {
    parse_documents(bytes).ok()?.into_iter().next().map(|document| document.node)
}

fn located(mut error: BuildError, root: Option<&Node>) -> BuildError {
    let (Some(root), Some(field)) = (root, error.field.clone()) else { return error };
    let field = MOVED.iter().find_map(|(now, before)| old_name(root, &field, now, before)).unwrap_or(field);
    let mark = position(root, &field);
    error.field = Some(field);
    match mark {
        Some(mark) => error.at(mark.line, mark.column),
        None => error,
    }
}

/// The field as it was written, for an entry that stands behind those of the list that it was appended to.
fn old_name(root: &Node, field: &str, now: &str, before: &str) -> Option<String> {
    let (index, rest) = field.strip_prefix(now)?.strip_prefix('[')?.split_once(']')?;
    let length = entry(root, now).and_then(Node::as_sequence).map_or(0, Vec::len);
    let index = index.parse::<usize>().ok()?.checked_sub(length)?;
    Some(format!("{before}[{index}]{rest}"))
}

/// The place of the field, or of the nearest one around it that is there.
fn position(root: &Node, field: &str) -> Option<Mark> {
    let path = field.split([':', ' ']).next().unwrap_or_default();
    let (mut node, mut mark) = (root, None);
    for part in path.split(['.', '[']).filter(|part| !part.is_empty()) {
        let next = match part.strip_suffix(']') {
            Some(index) => index.parse().ok().and_then(|at: usize| node.as_sequence()?.get(at)),
            None => entry(node, part),
        };
        let Some(next) = next else { return mark };
        (node, mark) = (next, Some(next.mark));
    }
    mark
}

/// Field names may differ in case; the last one counts.
fn entry<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    let is_meant = |key: &Node| key.text().is_some_and(|text| text.eq_ignore_ascii_case(name));
    node.as_mapping()?.iter().filter(|(key, _)| is_meant(key)).last().map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_places() {
        let text = "resources: [a]\nbases:\n- b\npatches:\n- path: c\n  target:\n    Kind: d\n";
        for (field, expected) in [
            ("resources[0]", Some((1, 13))),
            ("resources[1]", Some((3, 3))),
            ("patches[0].target.kind", Some((7, 11))),
            ("patches[0].target.name", Some((7, 5))),
            ("patches[0]: [3] add /x", Some((5, 3))),
            ("patches[7]", Some((5, 3))),
            ("images", None),
            ("", None),
        ] {
            let root = first_document(text.as_bytes());
            let error = located(crate::error::invalid("x").field(field), root.as_ref());
            assert_eq!(error.line.zip(error.column), expected, "{field}");
        }
    }
}
