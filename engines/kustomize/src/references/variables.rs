//! `vars`: values of fields, put wherever `$(NAME)` stands in the fields that may hold one. Refuses names that are
//! defined twice, and variables without a value.

use std::collections::BTreeMap;

use sluice_yaml::{Node, Scalar, Style, Tag, Value, format_float};

use crate::config::TransformerConfig;
use crate::error::{Cause, Result, invalid};
use crate::field_spec::Make;
use crate::kustomization::Variable;
use crate::path;
use crate::resource::{Gvk, Resource, ResourceId};
use crate::transform::replacements::MAX_TEXT;

/// The variables of a kustomization and all it is made of, by name.
pub(crate) type Variables = BTreeMap<String, Variable>;

/// A plain value with its type.
#[derive(Clone)]
struct Plain {
    text: String,
    tag: Tag,
}

/// Adds variables, and marks the resources they take their values from.
pub(crate) fn define(variables: &mut Variables, new: &[Variable], resources: &mut [Resource]) -> Result<()> {
    for variable in new {
        let id = object_id(variable);
        let wanted = |other: &ResourceId| {
            if id.namespace.is_empty() { id.same_kind_and_name(other) } else { id.is(other) }
        };
        let mut found: Vec<&mut Resource> =
            resources.iter_mut().filter(|resource| resource.all_ids().any(|id| wanted(&id))).collect();
        match &mut found[..] {
            [] => {}
            [resource] => resource.variables.push(variable.name.clone()),
            many => {
                let message = format!(
                    "found {} resources for var {} (unable to disambiguate)",
                    many.len(),
                    variable.name
                );
                return Err(invalid(message).field("vars"));
            }
        }
    }
    merge(variables, new.iter().cloned())
}

/// Adds variables of another kustomization.
pub(crate) fn merge(variables: &mut Variables, more: impl IntoIterator<Item = Variable>) -> Result<()> {
    for mut variable in more {
        if variables.contains_key(&variable.name) {
            return Err(invalid(format!("var '{}' already encountered", variable.name)).field("vars"));
        }
        if variable.field.path.is_empty() {
            "metadata.name".clone_into(&mut variable.field.path);
        }
        variables.insert(variable.name.clone(), variable);
    }
    Ok(())
}

/// Puts the values of all variables into all resources.
pub(crate) fn resolve(
    variables: &Variables,
    resources: &mut [Resource],
    config: &TransformerConfig,
) -> Result<()> {
    let mut values = BTreeMap::new();
    for variable in variables.values() {
        values.insert(variable.name.as_str(), value_of(variable, resources)?);
    }
    if values.is_empty() {
        return Ok(());
    }
    for resource in resources {
        for spec in &config.variable_references {
            spec.visit(resource, Make::Nothing, &mut |node| replace_in(node, &values))?;
        }
    }
    Ok(())
}

fn object_id(variable: &Variable) -> ResourceId {
    let object = &variable.object;
    let mut gvk =
        Gvk { group: object.group.clone(), version: object.version.clone(), kind: object.kind.clone() };
    if !object.api_version.is_empty() {
        let named = Gvk::new(&object.api_version, &object.kind);
        gvk.version = named.version;
        if !named.group.is_empty() {
            gvk.group = named.group;
        }
    }
    ResourceId { gvk, name: object.name.clone(), namespace: object.namespace.clone(), cluster_scoped: false }
}

/// The value, or nothing when it is a list or a mapping, which never replaces anything.
fn value_of(variable: &Variable, resources: &[Resource]) -> Result<Option<Plain>> {
    let holder = resources.iter().find(|resource| resource.variables.contains(&variable.name));
    let Some(resource) = holder else {
        let message =
            format!("var '{}' cannot be mapped to a field in the set of known resources", variable.name);
        return Err(invalid(message).field("vars"));
    };
    let parts = with_indices(path::split(&variable.field.path));
    let Some(node) = path::lookup(&resource.node, &parts)? else {
        let message =
            format!("field {} of var '{}' not found in its resource", variable.field.path, variable.name);
        return Err(invalid(message).field("vars").on(resource.label()));
    };
    let plain = node.as_scalar().map(plain_value);
    plain.transpose().map_err(|message| invalid(message).field("vars").on(resource.label()))
}

/// Null and dates are taken for text; numbers must be decimal.
fn plain_value(scalar: &Scalar) -> Result<Plain, String> {
    let text = match scalar.tag {
        Tag::Int => match scalar.text.parse::<i64>() {
            Ok(number) => number.to_string(),
            Err(_) => return Err(format!("{} is no decimal number", scalar.text)),
        },
        Tag::Bool => scalar.text.to_ascii_lowercase(),
        _ => scalar.text.clone(),
    };
    let is_typed = matches!(scalar.tag, Tag::Int | Tag::Float | Tag::Bool);
    Ok(Plain { text, tag: if is_typed { scalar.tag.clone() } else { Tag::Str } })
}

/// Parts `ports[0]` become two.
fn with_indices(parts: Vec<String>) -> Vec<String> {
    let split = |part: String| match part.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) {
        Some((name, index)) if !index.is_empty() && index.bytes().all(|b| b.is_ascii_digit()) => {
            [name, index].into_iter().filter(|part| !part.is_empty()).map(str::to_owned).collect()
        }
        _ => vec![part],
    };
    parts.into_iter().flat_map(split).collect()
}

type Values<'v> = BTreeMap<&'v str, Option<Plain>>;

fn replace_in(node: &mut Node, values: &Values<'_>) -> Result<()> {
    if node.is_null() {
        return Ok(());
    }
    let mark = node.mark;
    match &mut node.value {
        Value::Scalar(scalar) => replace_text(scalar, values)?,
        Value::Mapping(mapping) => {
            for (key, value) in mapping.iter_mut() {
                if key.as_scalar().is_none_or(|key| !key.is_text()) {
                    return Err(invalid("a key is not text").at(mark.line, mark.column));
                }
                if let Some(scalar) = value.as_scalar_mut() {
                    replace_text(scalar, values)?;
                }
            }
        }
        Value::Sequence(items) => {
            for item in items {
                match item.as_scalar_mut().filter(|scalar| scalar.is_text()) {
                    Some(scalar) => replace_text(scalar, values)?,
                    None => return Err(invalid("expected a list of texts").at(mark.line, mark.column)),
                }
            }
        }
    }
    Ok(())
}

fn replace_text(scalar: &mut Scalar, values: &Values<'_>) -> Result<()> {
    if !scalar.is_text() {
        return Ok(());
    }
    let new = expanded(&scalar.text, values)?;
    (scalar.text, scalar.tag, scalar.style) = (new.text, new.tag, Style::Plain);
    Ok(())
}

/// Replaces `$(NAME)`; `$$` is one `$`. A text that is nothing but one variable takes over its type.
fn expanded(text: &str, values: &Values<'_>) -> Result<Plain> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        if behind.is_empty() {
            out.push('$');
            rest = behind;
        } else if let Some(more) = behind.strip_prefix('$') {
            out.push('$');
            rest = more;
        } else if let Some((name, more)) = behind.strip_prefix('(').and_then(|inside| inside.split_once(')'))
        {
            match values.get(name).and_then(Option::as_ref) {
                Some(value) if text.len() == name.len() + 3 => return Ok(value.clone()),
                Some(value) => out.push_str(&printed(value)),
                None => out.push_str(&format!("$({name})")),
            }
            if out.len() > MAX_TEXT {
                return Err(Cause::Limit { what: "bytes in a text that vars grow", limit: MAX_TEXT }.into());
            }
            rest = more;
        } else {
            out.push('$');
            rest = behind;
        }
    }
    out.push_str(rest);
    Ok(Plain { text: out, tag: Tag::Str })
}

/// A fraction is printed in its short form, all else as it is.
fn printed(value: &Plain) -> String {
    match (&value.tag, value.text.parse::<f64>()) {
        (Tag::Float, Ok(number)) => format_float(number),
        _ => value.text.clone(),
    }
}
