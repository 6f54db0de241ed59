//! Go's slices: shared, with an element type that `typeOf` shows.
//!
//! Sub-slices copy: no template function can tell, except by sorting a part of a `[]string` in place.

use std::cell::{Ref, RefCell};
use std::rc::Rc;

use super::{Type, Value};

/// A Go slice of any element type but `byte`.
#[derive(Clone)]
pub struct List(Rc<Data>);

struct Data {
    of: Type,
    nil: bool,
    items: RefCell<Vec<Value>>,
}

impl List {
    /// A `[]interface {}`.
    pub fn new(items: Vec<Value>) -> Self {
        Self::typed(Type::LIST, items)
    }

    /// A slice with elements of a type; the caller answers for the elements being of it.
    pub fn of(element: &'static Type, items: Vec<Value>) -> Self {
        Self::typed(Type::Slice(element), items)
    }

    /// A slice of a complete type, which may be named.
    pub fn typed(of: Type, items: Vec<Value>) -> Self {
        Self(Rc::new(Data { of, nil: false, items: RefCell::new(items) }))
    }

    /// The nil slice of a type.
    pub fn nil(of: Type) -> Self {
        Self(Rc::new(Data { of, nil: true, items: RefCell::default() }))
    }

    /// A list of `uint8` from bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let byte = |byte: &u8| Value::Uint(super::UintKind::Uint8, u64::from(*byte));
        Self::typed(Type::BYTES, bytes.iter().map(byte).collect())
    }

    /// Returns the slice's type.
    pub fn type_of(&self) -> Type {
        self.0.of
    }

    /// Returns whether this is a nil slice.
    pub fn is_nil(&self) -> bool {
        self.0.nil
    }

    /// Returns the number of elements.
    pub fn len(&self) -> usize {
        self.0.items.borrow().len()
    }

    /// Returns whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns an element.
    pub fn get(&self, index: usize) -> Option<Value> {
        self.0.items.borrow().get(index).cloned()
    }

    /// Returns the elements in place. Drop the guard before anything else is called that could change the list.
    pub fn items(&self) -> Ref<'_, Vec<Value>> {
        self.0.items.borrow()
    }

    /// Returns a copy of the elements.
    pub fn to_vec(&self) -> Vec<Value> {
        self.0.items.borrow().clone()
    }

    /// Replaces the elements, as sorting in place does. Does nothing while the elements are being read.
    pub fn replace(&self, items: Vec<Value>) {
        if let Ok(mut place) = self.0.items.try_borrow_mut() {
            *place = items;
        }
    }

    /// Returns whether both are the same list, not only equal ones.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    pub(super) fn address(&self) -> usize {
        Rc::as_ptr(&self.0).addr()
    }

    /// Makes one element nil. Does nothing while the elements are being read.
    pub(super) fn clear_at(&self, index: usize) {
        if let Ok(mut items) = self.0.items.try_borrow_mut()
            && let Some(item) = items.get_mut(index)
        {
            *item = Value::Nil;
        }
    }

    /// Takes the elements if nobody else holds the list.
    pub(super) fn into_items(self) -> Option<Vec<Value>> {
        Rc::into_inner(self.0).map(|data| data.items.take())
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        super::map::bury(self.items.get_mut().drain(..));
    }
}

impl FromIterator<Value> for List {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        Self::new(items.into_iter().collect())
    }
}
