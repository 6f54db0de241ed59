//! Values by dotted path.

use serde_json::Value;

use super::Values;

/// The table at a path; nothing when it is not there or no table.
pub fn table<'a>(values: &'a Values, path: &str) -> Option<&'a Values> {
    path.split('.').try_fold(values, |table, name| table.get(name)?.as_object())
}

/// The value at a path; nothing when it is not there or a table.
pub fn path_value<'a>(values: &'a Values, path: &str) -> Option<&'a Value> {
    let (holder, name) = match path.rsplit_once('.') {
        Some((holder, name)) => (table(values, holder)?, name),
        None => (values, path),
    };
    holder.get(name).filter(|value| !value.is_object())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let json = serde_json::json!({"a": {"b": {"c": 1}, "d": null}, "": {"": 2}});
        let Value::Object(values) = json else { unreachable!("it is one") };
        let text = |path| path_value(&values, path).map(ToString::to_string);
        assert_eq!(text("a.b.c").as_deref(), Some("1"));
        assert_eq!(text("a.d").as_deref(), Some("null"));
        assert_eq!(text(".").as_deref(), Some("2"));
        for path in ["a", "a.b", "a.b.c.d", "b", ""] {
            assert_eq!(text(path), None, "{path}");
        }
        assert!(table(&values, "a.b").is_some());
        assert!(table(&values, "a.d").is_none());
    }
}
