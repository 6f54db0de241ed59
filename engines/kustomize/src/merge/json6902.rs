//! RFC 6902 patches, as the library that kustomize uses reads them: `add` to a missing parent fails, `replace` of a
//! missing key of a mapping adds it, negative indices count from the end, a missing or null value is null.

use serde_json::{Map, Value as Json};

use crate::error::{BuildError, Cause, Result, invalid};

/// Operations may copy and move this many values of one resource.
const MAX_VALUES: usize = 200_000;
/// They may nest values this deep.
const MAX_DEPTH: usize = sluice_yaml::MAX_DEPTH;

/// A list of operations.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Patch {
    operations: Vec<Operation>,
}

#[derive(Clone, Debug, PartialEq)]
struct Operation {
    kind: String,
    path: Option<String>,
    from: Option<String>,
    value: Json,
}

impl Patch {
    /// Reads a patch from JSON.
    pub(crate) fn from_json(json: &Json) -> Result<Self> {
        if json.is_null() {
            return Ok(Self { operations: Vec::new() });
        }
        let items = json.as_array().ok_or_else(|| invalid("a JSON patch is a list of operations"))?;
        let operations = items.iter().enumerate().map(|(index, item)| {
            let map = item.as_object();
            map.map(operation).ok_or_else(|| invalid("expected an operation").field(format!("[{index}]")))
        });
        Ok(Self { operations: operations.collect::<Result<_>>()? })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// Applies all operations in order.
    pub(crate) fn apply(&self, document: &mut Json) -> Result<()> {
        let mut room = Room { values: MAX_VALUES };
        for (index, operation) in self.operations.iter().enumerate() {
            operation
                .apply(document, &mut room)
                .map_err(|error| error.field(format!("[{index}] {}", operation.describe())))?;
        }
        Ok(())
    }
}

fn operation(map: &Map<String, Json>) -> Operation {
    let text = |key: &str| map.get(key).and_then(Json::as_str).map(str::to_owned);
    Operation {
        kind: text("op").unwrap_or_else(|| "unknown".to_owned()),
        path: text("path"),
        from: text("from"),
        value: map.get("value").cloned().unwrap_or(Json::Null),
    }
}

impl Operation {
    fn describe(&self) -> String {
        format!("{} {}", self.kind, self.path.as_deref().unwrap_or_default())
    }

    fn apply(&self, document: &mut Json, room: &mut Room) -> Result<()> {
        let value = || self.value.clone();
        match self.kind.as_str() {
            "add" => add(document, self.path()?, value()),
            "remove" => remove(document, self.path()?).map(drop),
            "replace" => replace(document, self.path()?, value()),
            "test" => self.test(document),
            "move" => {
                let moved = remove(document, self.from()?)?;
                room.take(self.path()?, &moved)?;
                add(document, self.path()?, moved)
            }
            "copy" => {
                let copied = get(document, self.from()?)?;
                room.take(self.path()?, &copied)?;
                add(document, self.path()?, copied)
            }
            other => Err(invalid(format!("unexpected kind of operation: {other}"))),
        }
    }

    fn path(&self) -> Result<&str> {
        self.path.as_deref().ok_or_else(|| invalid("the operation has no path"))
    }

    fn from(&self) -> Result<&str> {
        self.from.as_deref().ok_or_else(|| invalid("the operation has no from"))
    }

    fn test(&self, document: &Json) -> Result<()> {
        let path = self.path()?;
        let found = if path.is_empty() { document.clone() } else { get(document, path)? };
        if equal(&found, &self.value) { Ok(()) } else { Err(invalid(format!("testing value {path} failed"))) }
    }
}

/// Numbers are equal when their values are.
fn equal(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Number(a), Json::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        _ => left == right,
    }
}

/// How much operations may still copy and move, so that a resource that is copied into itself again and again ends.
struct Room {
    values: usize,
}

impl Room {
    fn take(&mut self, path: &str, value: &Json) -> Result<()> {
        let above = path.matches('/').count();
        let (count, depth) = extent(value);
        self.values =
            self.values.checked_sub(count).filter(|_| above + depth <= MAX_DEPTH).ok_or_else(|| {
                BuildError::from(Cause::Limit { what: "values that operations copy", limit: MAX_VALUES })
            })?;
        Ok(())
    }
}

/// The number of values and the depth.
fn extent(value: &Json) -> (usize, usize) {
    let both = |(count, depth), (more, deep): (usize, usize)| (count + more, deep.max(depth));
    let (count, depth) = match value {
        Json::Array(items) => items.iter().map(extent).fold((0, 0), both),
        Json::Object(map) => map.values().map(extent).fold((0, 0), both),
        _ => (0, 0),
    };
    (count + 1, depth + 1)
}

/// The collection that holds what `path` names, and the key in it.
fn parent<'d>(document: &'d mut Json, path: &str) -> Result<(&'d mut Json, String)> {
    let missing = || invalid(format!("the resource has no path {path:?}"));
    let mut parts: Vec<String> = path.split('/').map(unescaped).collect();
    if parts.len() < 2 {
        return Err(missing());
    }
    let key = parts.pop().ok_or_else(missing)?;
    let mut current = document;
    for part in &parts[1..] {
        current = match current {
            Json::Object(map) => map.get_mut(part).ok_or_else(missing)?,
            Json::Array(items) => {
                let index = index(part, items.len()).ok_or_else(missing)?;
                items.get_mut(index).ok_or_else(missing)?
            }
            _ => return Err(missing()),
        };
    }
    match current {
        Json::Object(_) | Json::Array(_) => Ok((current, key)),
        _ => Err(missing()),
    }
}

/// An index as text; a negative one counts from the end.
fn index(text: &str, length: usize) -> Option<usize> {
    let number: i64 = text.parse().ok()?;
    if number >= 0 {
        usize::try_from(number).ok()
    } else {
        length.checked_sub(usize::try_from(-number).ok()?)
    }
}

fn bad_index(key: &str) -> crate::error::BuildError {
    invalid(format!("{key:?} is no index of the list"))
}

fn add(document: &mut Json, path: &str, value: Json) -> Result<()> {
    match parent(document, path)? {
        (Json::Object(map), key) => {
            map.insert(key, value);
        }
        (Json::Array(items), key) if key == "-" => items.push(value),
        (Json::Array(items), key) => {
            let at = index(&key, items.len() + 1)
                .filter(|at| *at <= items.len())
                .ok_or_else(|| bad_index(&key))?;
            items.insert(at, value);
        }
        _ => return Err(bad_index(path)),
    }
    Ok(())
}

fn remove(document: &mut Json, path: &str) -> Result<Json> {
    match parent(document, path)? {
        (Json::Object(map), key) => {
            map.remove(&key).ok_or_else(|| invalid(format!("unable to remove nonexistent key: {key}")))
        }
        (Json::Array(items), key) => {
            let at =
                index(&key, items.len()).filter(|at| *at < items.len()).ok_or_else(|| bad_index(&key))?;
            Ok(items.remove(at))
        }
        _ => Err(bad_index(path)),
    }
}

fn replace(document: &mut Json, path: &str, value: Json) -> Result<()> {
    if path.is_empty() {
        if !value.is_object() && !value.is_array() {
            return Err(invalid("the whole resource can only be replaced by an object"));
        }
        *document = value;
        return Ok(());
    }
    match parent(document, path)? {
        (Json::Object(map), key) => {
            map.insert(key, value);
        }
        (Json::Array(items), key) => {
            let at = index(&key, items.len()).ok_or_else(|| bad_index(&key))?;
            *items.get_mut(at).ok_or_else(|| bad_index(&key))? = value;
        }
        _ => return Err(bad_index(path)),
    }
    Ok(())
}

fn get(document: &Json, path: &str) -> Result<Json> {
    let missing = || invalid(format!("the resource has no path {path:?}"));
    let (above, key) = path.rsplit_once('/').ok_or_else(missing)?;
    let mut current = document;
    for part in above.split('/').skip(1) {
        current = child(current, &unescaped(part)).ok_or_else(missing)?;
    }
    let key = unescaped(key);
    match current {
        Json::Object(map) => Ok(map.get(&key).cloned().unwrap_or(Json::Null)),
        Json::Array(_) => child(current, &key).cloned().ok_or_else(|| bad_index(&key)),
        _ => Err(missing()),
    }
}

fn child<'d>(value: &'d Json, key: &str) -> Option<&'d Json> {
    match value {
        Json::Object(map) => map.get(key),
        Json::Array(items) => items.get(index(key, items.len())?),
        _ => None,
    }
}

fn unescaped(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(patch: &Json, expected: Option<&Json>) {
        let mut document = json!({"a": {"b": [1, 2, 3]}, "c": "d"});
        let applied = Patch::from_json(patch).and_then(|patch| patch.apply(&mut document));
        assert_eq!(applied.ok().map(|()| document).as_ref(), expected, "{patch}");
    }

    #[test]
    fn operations() {
        check(
            &json!([{"op": "add", "path": "/a/b/-", "value": 4}]),
            Some(&json!({"a": {"b": [1, 2, 3, 4]}, "c": "d"})),
        );
        check(
            &json!([{"op": "add", "path": "/a/b/-1", "value": 4}]),
            Some(&json!({"a": {"b": [1, 2, 3, 4]}, "c": "d"})),
        );
        check(&json!([{"op": "remove", "path": "/a/b/-1"}]), Some(&json!({"a": {"b": [1, 2]}, "c": "d"})));
        check(
            &json!([{"op": "replace", "path": "/a/x~1y", "value": 1}]),
            Some(&json!({"a": {"b": [1, 2, 3], "x/y": 1}, "c": "d"})),
        );
        check(
            &json!([{"op": "move", "from": "/c", "path": "/a/c"}]),
            Some(&json!({"a": {"b": [1, 2, 3], "c": "d"}})),
        );
        check(
            &json!([{"op": "copy", "from": "/c", "path": "/e"}]),
            Some(&json!({"a": {"b": [1, 2, 3]}, "c": "d", "e": "d"})),
        );
        check(&json!([{"op": "test", "path": "/c", "value": "x"}]), None);
        check(
            &json!([{"op": "test", "path": "/nope", "value": null}]),
            Some(&json!({"a": {"b": [1, 2, 3]}, "c": "d"})),
        );
        check(&json!([{"op": "add", "path": "/x/y", "value": 1}]), None);
        check(&json!([{"op": "remove", "path": "/x"}]), None);
        check(&json!([{"op": "frob", "path": "/c"}]), None);
    }
}
