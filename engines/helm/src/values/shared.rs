//! Tables that several places may hold at once, as the maps of Go are: what is written through one of them is seen
//! through all. Globals that are passed down share their inner tables with the chart above, and rendering shows it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use super::Values;
use crate::limits::{MAX_VALUES, MAX_VALUES_DEPTH, MAX_VALUES_TEXT};

/// A table in several hands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table(Rc<RefCell<BTreeMap<String, Node>>>);

/// What stands in a table.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Table(Table),
    /// Anything but a table; lists are never changed.
    Leaf(Value),
}

/// Which limit values are beyond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beyond {
    Depth,
    Size,
}

/// How many values may still be made.
#[derive(Clone, Debug)]
pub(super) struct Room {
    values: usize,
    text: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self { values: MAX_VALUES, text: MAX_VALUES_TEXT }
    }
}

impl Room {
    /// Takes the room for a table and all in it.
    pub(super) fn take(&mut self, values: &Values) -> Result<(), Beyond> {
        values.iter().try_for_each(|(key, value)| self.take_value(value, key.len()))
    }

    fn take_value(&mut self, value: &Value, text: usize) -> Result<(), Beyond> {
        let text = text + value.as_str().map_or(0, str::len);
        self.values = self.values.checked_sub(1).ok_or(Beyond::Size)?;
        self.text = self.text.checked_sub(text).ok_or(Beyond::Size)?;
        match value {
            Value::Array(items) => items.iter().try_for_each(|item| self.take_value(item, 0)),
            Value::Object(map) => self.take(map),
            _ => Ok(()),
        }
    }
}

impl Table {
    pub(super) fn copy_of(values: &Values) -> Self {
        let node = |value: &Value| match value {
            Value::Object(inner) => Node::Table(Self::copy_of(inner)),
            leaf => Node::Leaf(leaf.clone()),
        };
        Self(Rc::new(RefCell::new(values.iter().map(|(key, value)| (key.clone(), node(value))).collect())))
    }

    /// Another table with the same content, whose inner tables are the same.
    pub(super) fn shallow_copy(&self) -> Self {
        Self(Rc::new(RefCell::new(self.0.borrow().clone())))
    }

    pub(super) fn get(&self, key: &str) -> Option<Node> {
        self.0.borrow().get(key).cloned()
    }

    pub(super) fn set(&self, key: &str, node: Node) {
        self.0.borrow_mut().insert(key.to_owned(), node);
    }

    pub(super) fn remove(&self, key: &str) {
        self.0.borrow_mut().remove(key);
    }

    /// What it holds now.
    pub(super) fn entries(&self) -> Vec<(String, Node)> {
        self.0.borrow().iter().map(|(key, node)| (key.clone(), node.clone())).collect()
    }

    pub(crate) fn set_table(&self, key: &str, table: Self) {
        self.set(key, Node::Table(table));
    }

    /// The table at a dotted path, an empty one as a new one; else the name that is no table.
    pub(crate) fn at(&self, path: &str) -> Result<Self, String> {
        let found = path.split('.').try_fold(self.clone(), |table, name| match table.get(name) {
            Some(Node::Table(inner)) => Ok(inner),
            _ => Err(name.to_owned()),
        })?;
        let is_empty = found.0.borrow().is_empty();
        Ok(if is_empty { Self::default() } else { found })
    }

    /// Another table that shares nothing with this one.
    pub(crate) fn deep_copy(&self) -> Result<Self, Beyond> {
        Ok(Self::copy_of(&self.to_values()?))
    }

    /// Takes out every null, also those in inner tables.
    pub(super) fn remove_nulls(&self) {
        for (key, node) in self.entries() {
            match node {
                Node::Leaf(Value::Null) => self.remove(&key),
                Node::Leaf(_) => {}
                Node::Table(inner) => inner.remove_nulls(),
            }
        }
    }

    pub(crate) fn to_values(&self) -> Result<Values, Beyond> {
        self.values_at(0, &mut Room::default())
    }

    fn values_at(&self, depth: usize, room: &mut Room) -> Result<Values, Beyond> {
        if depth > MAX_VALUES_DEPTH {
            return Err(Beyond::Depth);
        }
        let mut values = Values::new();
        for (key, node) in self.0.borrow().iter() {
            let value = match node {
                Node::Table(inner) => Value::Object(inner.values_at(depth + 1, room)?),
                Node::Leaf(leaf) => leaf.clone(),
            };
            // What is in a table has been counted.
            let leaf = if value.is_object() { &Value::Null } else { &value };
            room.take_value(leaf, key.len())?;
            values.insert(key.clone(), value);
        }
        Ok(values)
    }
}

impl Node {
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Leaf(Value::Null))
    }

    pub(super) fn as_table(&self) -> Option<&Table> {
        match self {
            Self::Table(table) => Some(table),
            Self::Leaf(_) => None,
        }
    }

    /// For messages.
    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Table(table) => table.to_values().map_or(Value::Null, Value::Object),
            Self::Leaf(leaf) => leaf.clone(),
        }
    }
}
