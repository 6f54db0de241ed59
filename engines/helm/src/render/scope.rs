//! What the templates of each chart see: `.Chart`, `.Values`, `.Files`, `.Release`, `.Capabilities`, `.Subcharts`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sluice_template::{Kind, List, Map, Named, Text, Type, Value};

use super::Input;
use crate::capabilities;
use crate::chart::{Chart, Dependency, ImportValues, Maintainer, Metadata};
use crate::files;
use crate::functions::value_of;
use crate::values::Values;

/// The type of `.Values` and `.Template`.
pub(super) static VALUES: Named = Named { name: "common.Values", kind: Kind::Map, element: Type::Any };

/// What templates see, by the path of their chart.
pub(super) type Scopes = HashMap<Arc<str>, Map>;

/// What all charts see alike.
struct Common {
    release: Value,
    capabilities: Value,
}

/// Makes what every chart sees.
pub(super) fn values(chart: &Chart, values: &Values, input: &Input<'_>) -> Scopes {
    let entries = values.iter().map(|(key, value)| (Text::from(key), value_of(value)));
    let values = Map::typed(Type::Named(&VALUES), entries.collect());
    let common = Common { release: release(input), capabilities: capabilities::to_value(input.capabilities) };
    let mut scopes = Scopes::new();
    add(chart, values, true, &common, &mut scopes);
    scopes
}

fn release(input: &Input<'_>) -> Value {
    let release = input.release;
    Value::Map(Map::from_iter([
        ("Name", Value::from(release.name.as_str())),
        ("Namespace", Value::from(release.namespace.as_str())),
        ("IsUpgrade", release.is_upgrade.into()),
        ("IsInstall", (!release.is_upgrade).into()),
        ("Revision", Value::int(release.revision)),
        ("Service", Value::constant("Helm")),
    ]))
}

fn add(chart: &Chart, values: Map, is_root: bool, common: &Common, scopes: &mut Scopes) -> Map {
    let subcharts = Map::empty();
    for below in &chart.dependencies {
        let scope = add(below, table(&values, below.name()), false, common, scopes);
        put(&subcharts, below.name(), Value::Map(scope));
    }
    let scope = Map::from_iter([
        ("Chart", metadata(&chart.metadata, is_root)),
        ("Files", files::to_value(&chart.content.files)),
        ("Release", common.release.clone()),
        ("Capabilities", common.capabilities.clone()),
        ("Values", Value::Map(values)),
        ("Subcharts", Value::Map(subcharts)),
    ]);
    scopes.insert(Arc::clone(&chart.full_path), scope.clone());
    scope
}

/// The values of a chart below: the very table of its parent, so that what one changes the other sees.
fn table(values: &Map, name: &str) -> Map {
    let found = name.split('.').try_fold(values.clone(), |table, part| match table.get(part)? {
        Value::Map(inner) => Some(inner),
        _ => None,
    });
    found.unwrap_or_else(|| Map::typed(Type::Named(&VALUES), BTreeMap::new()))
}

/// Writes into a map that nobody reads at the time.
fn put(map: &Map, key: &str, value: Value) {
    // It is neither nil nor borrowed.
    let _ = map.insert(key, value);
}

/// `.Chart`: the fields of Helm's own type by their names there.
fn metadata(metadata: &Metadata, is_root: bool) -> Value {
    Value::Map(Map::from_iter([
        ("Name", Value::from(metadata.name.as_str())),
        ("Home", metadata.home.as_str().into()),
        ("Sources", texts(&metadata.sources)),
        ("Version", metadata.version.as_str().into()),
        ("Description", metadata.description.as_str().into()),
        ("Keywords", texts(&metadata.keywords)),
        ("Maintainers", Value::list(metadata.maintainers.iter().map(maintainer).collect())),
        ("Icon", metadata.icon.as_str().into()),
        ("APIVersion", metadata.api_version.as_str().into()),
        ("Condition", metadata.condition.as_str().into()),
        ("Tags", metadata.tags.as_str().into()),
        ("AppVersion", metadata.app_version.as_str().into()),
        ("Deprecated", metadata.deprecated.into()),
        ("Annotations", annotations(metadata)),
        ("KubeVersion", metadata.kube_version.as_str().into()),
        ("Dependencies", Value::list(metadata.dependencies.iter().flatten().map(dependency).collect())),
        ("Type", metadata.kind.as_str().into()),
        ("IsRoot", is_root.into()),
    ]))
}

fn texts(texts: &[String]) -> Value {
    Value::list(texts.iter().map(|text| Value::from(text.as_str())).collect())
}

fn annotations(metadata: &Metadata) -> Value {
    Value::Map(match &metadata.annotations {
        Some(annotations) => {
            let entries =
                annotations.iter().map(|(key, value)| (Text::from(key), Value::from(value.as_str())));
            Map::typed(Type::TEXT_MAP, entries.collect())
        }
        None => Map::nil(Type::TEXT_MAP),
    })
}

fn maintainer(maintainer: &Maintainer) -> Value {
    Value::Map(Map::from_iter([
        ("Name", Value::from(maintainer.name.as_str())),
        ("Email", maintainer.email.as_str().into()),
        ("URL", maintainer.url.as_str().into()),
    ]))
}

fn dependency(dependency: &Dependency) -> Value {
    Value::Map(Map::from_iter([
        ("Name", Value::from(dependency.name.as_str())),
        ("Version", dependency.version.as_str().into()),
        ("Repository", dependency.repository.as_str().into()),
        ("Condition", dependency.condition.as_str().into()),
        ("Tags", texts(&dependency.tags)),
        ("Enabled", dependency.enabled.into()),
        ("ImportValues", Value::List(List::new(dependency.import_values.iter().map(import).collect()))),
        ("Alias", dependency.alias.as_str().into()),
    ]))
}

fn import(import: &ImportValues) -> Value {
    match import {
        ImportValues::Written(value) => value_of(value),
        ImportValues::Resolved(paths) => {
            let entries = [("child", &paths.child), ("parent", &paths.parent)];
            let entries = entries.map(|(name, path)| (Text::constant(name), Value::from(path.as_str())));
            Value::Map(Map::typed(Type::TEXT_MAP, entries.into()))
        }
    }
}
