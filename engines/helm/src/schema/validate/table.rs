//! Keywords for tables.

use serde_json::{Map, Value};

use super::super::display::{all_quoted, quoted};
use super::super::failure::{Failure, Kind};
use super::super::node::{Additional, DependsOn};
use super::{Run, Work, got_want};

impl<'a> Run<'a> {
    pub(super) fn table(&mut self, work: &mut Work<'a, '_>, map: &Map<String, Value>, value: &Value) {
        let node = work.node;
        if let Some(least) = node.min_properties.filter(|least| map.len() < *least) {
            self.fail(work, got_want("minProperties", map.len(), least));
        }
        if let Some(most) = node.max_properties.filter(|most| map.len() > *most) {
            self.fail(work, got_want("maxProperties", map.len(), most));
        }
        let missing = missing(map, &node.required);
        if !missing.is_empty() {
            let noun = if missing.len() == 1 { "property" } else { "properties" };
            self.fail(work, format!("missing {noun} {}", all_quoted(&missing)));
        }
        if work.is_decided() {
            return;
        }
        for (name, on) in node.dependencies.iter().filter(|(name, _)| map.contains_key(name)) {
            match on {
                DependsOn::Names(names) => self.depends(work, map, name, names),
                DependsOn::Schema(id) => {
                    let done = self.same(work, *id, value, None, false);
                    work.failures.extend(done.err());
                }
            }
        }
        self.properties(work, map);
        self.names(work, map);
        for (_, id) in node.dependent_schemas.iter().filter(|(name, _)| map.contains_key(name)) {
            let done = self.same(work, *id, value, None, false);
            work.failures.extend(done.err());
        }
        for (name, names) in node.dependent_required.iter().filter(|(name, _)| map.contains_key(name)) {
            self.depends(work, map, name, names);
        }
    }

    fn depends(&mut self, work: &mut Work<'a, '_>, map: &Map<String, Value>, name: &str, names: &[String]) {
        let missing = missing(map, names);
        if !missing.is_empty() {
            self.fail(
                work,
                format!("properties {} required, if {} exists", all_quoted(&missing), quoted(name)),
            );
        }
    }

    fn properties(&mut self, work: &mut Work<'a, '_>, map: &Map<String, Value>) {
        let mut refused = Vec::new();
        for (name, value) in map {
            if work.is_decided() || self.limit.is_some() {
                return;
            }
            if !self.property(work, name, value) {
                match work.node.additional_properties {
                    None => continue,
                    Some(Additional::Allowed) => {}
                    Some(Additional::Refused) => refused.push(name.as_str()),
                    Some(Additional::Schema(id)) => {
                        let done = self.inside(work, id, value, name);
                        work.failures.extend(done.err());
                    }
                }
            }
            work.unseen.names.remove(name);
        }
        if !refused.is_empty() {
            self.fail(work, format!("additional properties {} not allowed", all_quoted(&refused)));
        }
    }

    /// Says whether a keyword speaks of the property by name.
    fn property(&mut self, work: &mut Work<'a, '_>, name: &str, value: &Value) -> bool {
        let node = work.node;
        let own = node.properties.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok();
        if let Some(index) = own {
            let done = self.inside(work, node.properties[index].1, value, name);
            work.failures.extend(done.err());
        }
        let mut is_matched = own.is_some();
        for (pattern, id) in &node.pattern_properties {
            if self.matches(pattern, name) {
                is_matched = true;
                let done = self.inside(work, *id, value, name);
                work.failures.extend(done.err());
            }
        }
        is_matched
    }

    fn names(&mut self, work: &mut Work<'a, '_>, map: &Map<String, Value>) {
        let Some(id) = work.node.property_names else { return };
        for name in map.keys() {
            if let Err(failure) = self.whole(id, &Value::from(name.as_str())) {
                let words = format!("invalid propertyName {}", quoted(name));
                // Names stand nowhere, so the failure names no path.
                work.failures.push(Failure::new(&[], Kind::Other(words)).because(failure.parts()));
            }
        }
    }

    /// Applies a schema to a value that stands nowhere.
    fn whole(&mut self, id: usize, value: &Value) -> Result<(), Failure> {
        let path = std::mem::take(&mut self.path);
        let scope = super::Scope { schema: id, keyword: None, value: 0, parent: None, depth: 0 };
        let unseen = &mut super::Unseen::of(value, &self.compiled.nodes[id], false);
        let done = self.schema(id, value, &scope, false, unseen);
        self.path = path;
        done
    }
}

fn missing<'n>(map: &Map<String, Value>, names: &'n [String]) -> Vec<&'n str> {
    names.iter().map(String::as_str).filter(|name| !map.contains_key(*name)).collect()
}
