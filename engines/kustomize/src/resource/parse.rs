//! Text into resources: documents, lists of resources taken apart. Refuses objects without kind or name.

use std::collections::VecDeque;
use std::sync::Arc;

use sluice_yaml::{Node, from_json, parse_chunks};

use super::{Behavior, Generated, Resource};
use crate::error::{Result, invalid};

/// How deep lists of resources may stand in each other.
const MAX_LISTS: usize = 100_000;

/// Reads every resource of a file.
pub(crate) fn parse_resources(bytes: &[u8], source: Option<&Arc<str>>) -> Result<Vec<Resource>> {
    let documents = parse_chunks(bytes)?;
    let alone = documents.len() == 1;
    let mut nodes = Vec::new();
    for document in documents {
        match document.node.as_mapping() {
            Some(_) if alone && is_plain_list(&document.node) => nodes.extend(items_of(document.node)?),
            _ => nodes.push(document.node),
        }
    }
    let nodes = expand_lists(nodes)?;
    Ok(nodes.into_iter().map(|node| resource(node, source)).collect())
}

/// Replaces lists of resources by what is in them, behind all others.
fn expand_lists(nodes: Vec<Node>) -> Result<Vec<Node>> {
    let mut found = Vec::new();
    let mut queue: VecDeque<Node> = nodes.into();
    let mut lists = 0;
    while let Some(node) = queue.pop_front() {
        if node.is_null_or_empty() {
            continue;
        }
        check(&node)?;
        let is_list = node.get("kind").and_then(Node::text).is_some_and(|kind| kind.ends_with("List"));
        if !is_list || node.get("items").is_none() {
            found.push(node);
            continue;
        }
        lists += 1;
        if lists > MAX_LISTS {
            return Err(invalid("too many lists of resources"));
        }
        queue.extend(converted_items(&node)?);
    }
    Ok(found)
}

fn is_plain_list(node: &Node) -> bool {
    let kind = node.get("kind").and_then(Node::text);
    matches!(kind, Some("List" | "ResourceList"))
        && (node.get("items").is_some() || node.get("functionConfig").is_some())
}

fn items_of(mut node: Node) -> Result<Vec<Node>> {
    let Some(items) = node.get_mut("items") else { return Ok(Vec::new()) };
    if items.as_mapping().is_some_and(|mapping| !mapping.is_empty()) {
        let message = "expected a list in items, but found a mapping";
        return Err(invalid(message).at(items.mark.line, items.mark.column));
    }
    Ok(items.as_sequence_mut().map(std::mem::take).unwrap_or_default())
}

/// The items of a list; they went through JSON, which turns dates into full times.
fn converted_items(node: &Node) -> Result<Vec<Node>> {
    let items = node.get("items").filter(|items| !items.is_null());
    let Some(items) = items else { return Ok(Vec::new()) };
    if items.as_sequence().is_none() {
        let message = format!("expected a list in items, but found a {}", items.kind_name());
        return Err(invalid(message).at(items.mark.line, items.mark.column));
    }
    let items = items.as_sequence().into_iter().flatten();
    items
        .filter(|item| !item.is_null_or_empty())
        .map(|item| {
            let mut converted = from_json(&item.to_json()?);
            converted.mark = item.mark;
            Ok(converted)
        })
        .collect()
}

pub(super) fn check(node: &Node) -> Result<()> {
    let fail = |message: &str| Err(invalid(message).at(node.mark.line, node.mark.column));
    let text = |path: &[&str]| {
        node.at(path).filter(|value| !value.is_null_or_empty()).and_then(Node::text).unwrap_or_default()
    };
    if node.as_mapping().is_none() {
        return fail(&format!("expected a Kubernetes object, but found a {}", node.kind_name()));
    }
    let kind = text(&["kind"]);
    if kind.is_empty() {
        return fail("the object has no kind");
    }
    if !kind.ends_with("List") && text(&["metadata", "name"]).is_empty() {
        return fail(&format!("the object of kind {kind} has no metadata.name"));
    }
    Ok(())
}

fn resource(node: Node, source: Option<&Arc<str>>) -> Resource {
    let mut resource = Resource::new(node);
    resource.source = source.cloned();
    let behavior =
        resource.annotation("internal.config.kubernetes.io/generatorBehavior").map(Behavior::parse);
    let hash = resource.annotation("internal.config.kubernetes.io/needsHashSuffix") == Some("enabled");
    if behavior.is_some() || hash {
        resource.generated = Some(Generated { behavior: behavior.unwrap_or_default(), hash });
    }
    resource
}
