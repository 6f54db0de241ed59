//! Go's `reflect.DeepEqual`: the same types with the same contents all the way down.

use crate::limits::Budget;
use crate::{Error, List, Map, Object, Value};
use std::rc::Rc;

/// How deep values may be nested to be compared.
const MAX_DEPTH: usize = 500;

/// Whether two values are deeply equal; every value visited takes a step.
pub fn deep_equal(left: &Value, right: &Value, budget: &Budget) -> Result<bool, Error> {
    compare(left, right, budget, MAX_DEPTH)
}

fn compare(left: &Value, right: &Value, budget: &Budget, depth: usize) -> Result<bool, Error> {
    budget.step(1)?;
    if left.type_of() != right.type_of() {
        return Ok(false);
    }
    Ok(match (left, right) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Int(_, left), Value::Int(_, right)) => left == right,
        (Value::Uint(_, left), Value::Uint(_, right)) => left == right,
        (Value::Float(_, left), Value::Float(_, right)) => left == right,
        (Value::Complex(left), Value::Complex(right)) => left == right,
        (Value::Text(left), Value::Text(right)) => left == right,
        (Value::Bytes(left), Value::Bytes(right)) => left == right,
        (Value::List(left), Value::List(right)) => return lists(left, right, budget, depth),
        (Value::Map(left), Value::Map(right)) => return maps(left, right, budget, depth),
        (Value::Object(left), Value::Object(right)) if Rc::ptr_eq(left, right) => true,
        (Value::Object(left), Value::Object(right)) => {
            return objects(&**left, &**right, budget, deeper(depth)?);
        }
        _ => false,
    })
}

fn deeper(depth: usize) -> Result<usize, Error> {
    depth.checked_sub(1).ok_or_else(|| Error::limit("values nested too deeply to be compared"))
}

/// Compares what an object is made of, or its fields, where it does not know better itself.
fn objects(left: &dyn Object, right: &dyn Object, budget: &Budget, depth: usize) -> Result<bool, Error> {
    if let (Some(left), Some(right)) = (left.underlying(), right.underlying()) {
        return compare(&left, &right, budget, depth);
    }
    if left.is_equal(right.as_any()) {
        return Ok(true);
    }
    let (left, right) = (left.fields(), right.fields());
    for ((_, left), (_, right)) in left.iter().zip(&right) {
        if !compare(left, right, budget, depth)? {
            return Ok(false);
        }
    }
    Ok(!left.is_empty() && left.len() == right.len())
}

fn lists(left: &List, right: &List, budget: &Budget, depth: usize) -> Result<bool, Error> {
    if left.is_nil() != right.is_nil() || left.len() != right.len() {
        return Ok(false);
    }
    if left.is_same(right) {
        return Ok(true);
    }
    let depth = deeper(depth)?;
    for (left, right) in left.items().iter().zip(right.items().iter()) {
        if !compare(left, right, budget, depth)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn maps(left: &Map, right: &Map, budget: &Budget, depth: usize) -> Result<bool, Error> {
    if left.is_nil() != right.is_nil() || left.len() != right.len() {
        return Ok(false);
    }
    if left.is_same(right) {
        return Ok(true);
    }
    let depth = deeper(depth)?;
    for ((left_key, left), (right_key, right)) in left.entries().iter().zip(right.entries().iter()) {
        if left_key != right_key || !compare(left, right, budget, depth)? {
            return Ok(false);
        }
    }
    Ok(true)
}
