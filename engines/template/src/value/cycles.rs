//! Maps that hold themselves: found and cut when the last environment of a thread goes, for nothing else would free them.
//!
//! Only putting a list, map or object into a map in place can close a cycle, so those maps are remembered while an
//! environment lives, and searched once. What is cut becomes nil. Refuses nothing: the work is linear in what is held.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Weak;

use super::map::Data;
use super::{Map, Text, Value};

#[derive(Default)]
struct Journal {
    scopes: usize,
    changed: Vec<Weak<Data>>,
}

thread_local! {
    static JOURNAL: RefCell<Journal> = RefCell::default();
}

/// While it lives, changed maps are remembered; with the last one cycles are cut.
pub(crate) struct Scope(());

impl Scope {
    pub(crate) fn open() -> Self {
        JOURNAL.with_borrow_mut(|journal| journal.scopes += 1);
        Self(())
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        let changed = JOURNAL.with_borrow_mut(|journal| {
            journal.scopes -= 1;
            if journal.scopes == 0 { std::mem::take(&mut journal.changed) } else { Vec::new() }
        });
        let maps: Vec<Map> = changed.iter().filter_map(Map::upgrade).collect();
        cut(maps);
    }
}

/// Remembers a map that was changed in place; returns whether anybody will look at it.
pub(super) fn remember(map: &Map) -> bool {
    JOURNAL.with_borrow_mut(|journal| {
        if journal.scopes > 0 {
            journal.changed.push(map.downgrade());
        }
        journal.scopes > 0
    })
}

/// Where a value is held.
enum Place {
    Key(Text),
    Index(usize),
}

/// A container on the way down, and what of it is still to be looked at.
struct Step {
    holder: Value,
    rest: Vec<(Place, Value)>,
}

/// Walks everything below the maps, and cuts every way that leads back up.
fn cut(maps: Vec<Map>) {
    // Addresses of containers: `true` while they are on the way down.
    let mut seen: HashMap<usize, bool> = HashMap::new();
    for map in maps {
        let mut path = Vec::new();
        enter(Value::Map(map), &mut seen, &mut path);
        while let Some(step) = path.last_mut() {
            match step.rest.pop() {
                None => {
                    seen.extend(address(&step.holder).map(|address| (address, false)));
                    path.pop();
                }
                Some((place, value)) => match address(&value).and_then(|address| seen.get(&address)) {
                    Some(true) => forget(&step.holder, &place),
                    Some(false) => {}
                    None => enter(value, &mut seen, &mut path),
                },
            }
        }
    }
}

fn enter(holder: Value, seen: &mut HashMap<usize, bool>, path: &mut Vec<Step>) {
    let Some(address) = address(&holder).filter(|address| !seen.contains_key(address)) else { return };
    seen.insert(address, true);
    let rest = match &holder {
        Value::Map(map) => map.to_vec().into_iter().map(|(key, value)| (Place::Key(key), value)).collect(),
        Value::List(list) => {
            list.to_vec().into_iter().enumerate().map(|(index, value)| (Place::Index(index), value)).collect()
        }
        _ => Vec::new(),
    };
    path.push(Step { holder, rest });
}

fn address(value: &Value) -> Option<usize> {
    match value {
        Value::Map(map) => Some(map.address()),
        Value::List(list) => Some(list.address()),
        _ => None,
    }
}

fn forget(holder: &Value, place: &Place) {
    match (holder, place) {
        (Value::Map(map), Place::Key(key)) => drop(map.insert(key.clone(), Value::Nil)),
        (Value::List(list), Place::Index(index)) => list.clear_at(*index),
        _ => {}
    }
}
