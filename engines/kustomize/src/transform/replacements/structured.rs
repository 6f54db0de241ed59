//! Values inside of text that itself is JSON or YAML, such as a file in a ConfigMap.

use serde_json::Value as Json;
use sluice_yaml::{Node, Styled, StyledError, parse_documents};

use super::MAX_TEXT;
use crate::error::{Cause, Result, unsupported};
use crate::path::{self, Kind, Visit};

/// Sets a value inside of a text on the way of the path; says whether there was such a text and such a place.
pub(super) fn set(node: &mut Node, parts: &[String], value: &Node, create: Option<Kind>) -> Result<bool> {
    let Some(length) = text_on_the_way(node, parts) else { return Ok(false) };
    let (outside, inside) = parts.split_at(length);
    let Ok(Some(old)) = path::lookup(node, outside) else { return Ok(false) };
    let Some(old) = old.text().map(str::to_owned) else { return Ok(false) };
    if create.is_some() && is_null_text(&old) && path::is_made_in_nothing(&inside[0]) {
        // The original makes the place in a null that it then writes as it was.
        return Ok(true);
    }
    let Some(new) = changed(&old, inside, value, create)? else { return Ok(false) };
    if new.len() > old.len().max(MAX_TEXT) {
        return Err(Cause::Limit { what: "bytes in a text that replacements grow", limit: MAX_TEXT }.into());
    }
    let mut put = |place: &mut Node| {
        if let Some(scalar) = place.as_scalar_mut() {
            scalar.text.clone_from(&new);
        }
        Ok(())
    };
    Ok(Visit { create: None, set: &mut put }.run(node, outside)? > 0)
}

/// How many parts lead to the first plain value, when more follow.
fn text_on_the_way(node: &Node, parts: &[String]) -> Option<usize> {
    (1..parts.len()).find(|length| {
        let found = path::lookup(node, &parts[..*length]).ok().flatten();
        found.and_then(Node::text).is_some_and(|text| parse_documents(text.as_bytes()).is_ok())
    })
}

fn is_null_text(text: &str) -> bool {
    matches!(text.trim(), "~" | "null" | "Null" | "NULL")
}

fn changed(text: &str, path: &[String], value: &Node, create: Option<Kind>) -> Result<Option<String>> {
    if text.trim_start().starts_with(['{', '[']) {
        let documents = parse_documents(text.as_bytes()).unwrap_or_default();
        let Some(document) = documents.into_iter().next() else { return Ok(None) };
        let mut node = document.node;
        if !put(&mut node, path, value, create) {
            return Ok(None);
        }
        // A value that does not fit leaves the text as it is, as it does in the original.
        return Ok(node.to_json().ok().map(|json| as_json(&json, text)));
    }
    match Styled::parse(text) {
        Ok(Some(mut styled)) => {
            let found = put(&mut styled.node, path, &value.without_marks(), create);
            Ok(found.then(|| styled.to_text().trim().to_owned()))
        }
        Ok(None) | Err(StyledError::Parse(_)) => Ok(None),
        Err(error) => {
            // The path may lead nowhere, and then nothing is lost.
            let node = parse_documents(text.as_bytes()).unwrap_or_default().into_iter().next();
            if !node.is_some_and(|mut document| put(&mut document.node, path, value, create)) {
                return Ok(None);
            }
            let what = format!("replacing a value inside of YAML text where {error}");
            Err(unsupported(what, "write the text with the value, or as JSON"))
        }
    }
}

/// Puts the value into all places that the path matches; says whether there are any.
fn put(node: &mut Node, path: &[String], value: &Node, create: Option<Kind>) -> bool {
    let mut set = |place: &mut Node| {
        match (place.as_scalar_mut(), value.as_scalar()) {
            (Some(place), Some(value)) => place.text.clone_from(&value.text),
            // A list or mapping has no text, and that is what the original copies into a text.
            (Some(place), None) => place.text.clear(),
            (None, _) => *place = value.clone(),
        }
        Ok(())
    };
    Visit { create, set: &mut set }.run(node, path).unwrap_or(0) > 0
}

/// Spread over lines when the old text was.
fn as_json(json: &Json, old: &str) -> String {
    let pretty = old.contains('\n') && old.contains("  ");
    let text = if pretty { serde_json::to_string_pretty(json) } else { serde_json::to_string(json) };
    crate::generate::hash::escape_html(&text.unwrap_or_default())
}
