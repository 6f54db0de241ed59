//! Reading an object of any kind without trusting its shape.

use serde_json::Value;

/// An object whose fields may be missing or of another type; both read as absent.
#[derive(Clone, Copy)]
pub(super) struct Object<'a>(pub(super) &'a Value);

/// One entry of `status.conditions`.
#[derive(Clone, Copy)]
pub(super) struct Condition<'a>(&'a Value);

impl<'a> Object<'a> {
    pub(super) fn text(self, pointer: &str) -> Option<&'a str> {
        self.0.pointer(pointer)?.as_str()
    }

    pub(super) fn number(self, pointer: &str) -> Option<i64> {
        self.0.pointer(pointer)?.as_i64()
    }

    /// Returns a counter of the status; counters that are zero are left out by the server.
    pub(super) fn count(self, pointer: &str) -> i64 {
        self.number(pointer).unwrap_or(0)
    }

    pub(super) fn is_true(self, pointer: &str) -> bool {
        self.0.pointer(pointer).and_then(Value::as_bool).unwrap_or(false)
    }

    pub(super) fn list(self, pointer: &str) -> &'a [Value] {
        self.0.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    pub(super) fn condition(self, name: &str) -> Option<Condition<'a>> {
        let named = |condition: &&Value| condition.get("type").and_then(Value::as_str) == Some(name);
        self.list("/status/conditions").iter().find(named).map(Condition)
    }

    pub(super) fn group_kind(self) -> (&'a str, &'a str) {
        let api_version = self.text("/apiVersion").unwrap_or_default();
        let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
        (group, self.text("/kind").unwrap_or_default())
    }
}

impl Condition<'_> {
    pub(super) fn is(self, status: &str) -> bool {
        self.field("status") == status
    }

    pub(super) fn reason(self) -> String {
        self.field("reason").to_owned()
    }

    /// Returns the message, else the reason, else these words.
    pub(super) fn message(self, otherwise: &str) -> String {
        let said = ["message", "reason"].map(|name| self.field(name));
        said.into_iter().find(|text| !text.is_empty()).unwrap_or(otherwise).to_owned()
    }

    fn field(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}
