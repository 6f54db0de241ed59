//! Go's maps with string keys: shared, changed in place, iterated in key order.
//!
//! Refuses: writing to a nil map, and writing while the entries are being read.

use std::cell::{Cell, Ref, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use super::{Text, Type, Value, cycles};
use crate::error::Error;

/// A Go map with string keys.
#[derive(Clone)]
pub struct Map(Rc<Data>);

pub(super) struct Data {
    of: Type,
    nil: bool,
    /// Whether the map is remembered as one that could hold itself.
    remembered: Cell<bool>,
    entries: RefCell<BTreeMap<Text, Value>>,
    /// The map whose entries these are, when this is the same map under another type.
    base: Option<Map>,
}

impl Map {
    /// A `map[string]interface {}`.
    pub fn new(entries: BTreeMap<Text, Value>) -> Self {
        Self::typed(Type::DICT, entries)
    }

    /// An empty `map[string]interface {}`.
    pub fn empty() -> Self {
        Self::new(BTreeMap::new())
    }

    /// A map of a complete type, which may be named.
    pub fn typed(of: Type, entries: BTreeMap<Text, Value>) -> Self {
        Self(Rc::new(Data {
            of,
            nil: false,
            remembered: Cell::default(),
            entries: RefCell::new(entries),
            base: None,
        }))
    }

    /// The nil map of a type.
    pub fn nil(of: Type) -> Self {
        Self(Rc::new(Data {
            of,
            nil: true,
            remembered: Cell::default(),
            entries: RefCell::default(),
            base: None,
        }))
    }

    /// Returns the same map under another type, as Go passes a map of a named type on to a parameter without one.
    pub fn retyped(&self, of: Type) -> Self {
        if self.0.of == of {
            return self.clone();
        }
        let (remembered, entries) = (Cell::default(), RefCell::default());
        Self(Rc::new(Data { of, nil: self.0.nil, remembered, entries, base: Some(self.base().clone()) }))
    }

    /// The map that holds the entries.
    fn base(&self) -> &Self {
        self.0.base.as_ref().unwrap_or(self)
    }

    /// Returns the map's type.
    pub fn type_of(&self) -> Type {
        self.0.of
    }

    /// Returns whether this is a nil map.
    pub fn is_nil(&self) -> bool {
        self.0.nil
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.base().0.entries.borrow().len()
    }

    /// Returns whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the value at a key.
    pub fn get(&self, key: impl AsRef<[u8]>) -> Option<Value> {
        self.base().0.entries.borrow().get(key.as_ref()).cloned()
    }

    /// Returns whether a key is there.
    pub fn contains(&self, key: impl AsRef<[u8]>) -> bool {
        self.base().0.entries.borrow().contains_key(key.as_ref())
    }

    /// Returns the entries in place. Drop the guard before anything else is called that could change the map.
    pub fn entries(&self) -> Ref<'_, BTreeMap<Text, Value>> {
        self.base().0.entries.borrow()
    }

    /// Returns a copy of the entries in key order.
    pub fn to_vec(&self) -> Vec<(Text, Value)> {
        self.base().0.entries.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// Sets the value at a key.
    pub fn insert(&self, key: impl Into<Text>, value: Value) -> Result<(), Error> {
        if self.0.nil {
            return Err(Error::message("assignment to entry in nil map"));
        }
        if let Some(base) = &self.0.base {
            return base.insert(key, value);
        }
        let could_close_a_cycle = matches!(value, Value::List(_) | Value::Map(_) | Value::Object(_));
        if could_close_a_cycle && !self.0.remembered.get() {
            self.0.remembered.set(cycles::remember(self));
        }
        let mut entries = self.change()?;
        entries.insert(key.into(), value);
        Ok(())
    }

    pub(super) fn downgrade(&self) -> Weak<Data> {
        Rc::downgrade(&self.0)
    }

    /// Returns the map again if it still lives, no longer remembered.
    pub(super) fn upgrade(data: &Weak<Data>) -> Option<Self> {
        let data = data.upgrade()?;
        data.remembered.set(false);
        Some(Self(data))
    }

    pub(super) fn address(&self) -> usize {
        Rc::as_ptr(&self.base().0).addr()
    }

    /// Removes a key; removing what is not there, or from a nil map, does nothing.
    pub fn remove(&self, key: impl AsRef<[u8]>) -> Result<Option<Value>, Error> {
        Ok(self.change()?.remove(key.as_ref()))
    }

    /// Returns whether both are the same map, not only equal ones.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.base().0, &other.base().0)
    }

    fn change(&self) -> Result<std::cell::RefMut<'_, BTreeMap<Text, Value>>, Error> {
        self.base()
            .0
            .entries
            .try_borrow_mut()
            .map_err(|_| Error::message("concurrent map iteration and map write"))
    }

    /// Takes the entries if nobody else holds the map.
    fn into_entries(self) -> Option<BTreeMap<Text, Value>> {
        Rc::into_inner(self.0).map(|data| data.entries.take())
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        bury(std::mem::take(self.entries.get_mut()).into_values());
    }
}

/// Drops values level by level: a chain of lists in lists must not overflow the stack.
pub(super) fn bury(values: impl Iterator<Item = Value>) {
    let mut graves: Vec<Value> =
        values.filter(|value| matches!(value, Value::List(_) | Value::Map(_))).collect();
    while let Some(value) = graves.pop() {
        match value {
            Value::List(list) => graves.extend(list.into_items().into_iter().flatten()),
            Value::Map(map) => graves.extend(map.into_entries().into_iter().flat_map(BTreeMap::into_values)),
            _ => {}
        }
    }
}

impl<K: Into<Text>> FromIterator<(K, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(entries: I) -> Self {
        Self::new(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }
}
