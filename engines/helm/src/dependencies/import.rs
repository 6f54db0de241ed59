//! Values that a chart takes over from charts below it, the innermost first; its own defaults stay above them. Tables are
//! shared while they are put together, as in Helm, so that what one import adds others can see.

use serde_json::Value;

use super::tree::{Id, Tree};
use crate::chart::{ChildAndParent, Dependency, ImportValues};
use crate::limits::MAX_VALUES_DEPTH;
use crate::values::{CoalesceError, Merger, Table, go_value};

pub(super) fn process(tree: &mut Tree, id: Id, warnings: &mut Vec<String>) -> Result<(), CoalesceError> {
    for inner in tree.below(id) {
        process(tree, inner, warnings)?;
    }
    let Some(mut listed) = tree.metadata(id).dependencies.clone() else { return Ok(()) };
    let mut merger = Merger::default();
    let own = merger.chart(&tree.chart(id))?;
    let imported = Table::default();
    for dependency in &mut listed {
        import(&mut merger, &own, &imported, dependency)?;
    }
    tree.metadata_mut(id).dependencies = Some(listed);
    // Only now are they parted, so that what was imported does not change under the merge.
    let own = own.deep_copy()?;
    merger.tables(&own, &imported);
    tree.set_values(id, own.to_values()?);
    warnings.extend(merger.into_warnings());
    Ok(())
}

fn import(
    merger: &mut Merger,
    own: &Table,
    imported: &Table,
    dependency: &mut Dependency,
) -> Result<(), CoalesceError> {
    let mut resolved = Vec::new();
    for written in std::mem::take(&mut dependency.import_values) {
        let Some(paths) = paths(&written) else { continue };
        if paths.parent.split('.').count() > MAX_VALUES_DEPTH / 2 {
            return Err(CoalesceError::TooDeep);
        }
        let exported = matches!(written, ImportValues::Written(Value::String(_)));
        match own.at(&format!("{}.{}", dependency.name, paths.child)) {
            Ok(found) if exported => merger.tables(imported, &found),
            Ok(found) => merger.tables(imported, &nested(&paths.parent, found)),
            Err(missing) => merger.warn(warning(exported, &dependency.name, &missing)),
        }
        resolved.push(ImportValues::Resolved(paths));
    }
    dependency.import_values = resolved;
    Ok(())
}

/// Where values come from and where they go; nothing for what is neither text nor a table.
fn paths(written: &ImportValues) -> Option<ChildAndParent> {
    match written {
        ImportValues::Resolved(paths) => Some(paths.clone()),
        ImportValues::Written(Value::String(name)) => {
            Some(ChildAndParent { child: format!("exports.{name}"), parent: ".".to_owned() })
        }
        ImportValues::Written(Value::Object(map)) => {
            let path = |name: &str| go_value(map.get(name).unwrap_or(&Value::Null));
            Some(ChildAndParent { child: path("child"), parent: path("parent") })
        }
        ImportValues::Written(_) => None,
    }
}

/// A table below the tables that a path names; `.` names none.
fn nested(path: &str, table: Table) -> Table {
    if path == "." {
        return table;
    }
    path.rsplit('.').fold(table, |inner, name| {
        let outer = Table::default();
        outer.set_table(name, inner);
        outer
    })
}

fn warning(exported: bool, chart: &str, missing: &str) -> String {
    let error = format!("{:?}", format!("{missing:?} is not a table"));
    if exported {
        format!("level=WARN msg=\"ImportValues missing table\" error={error}")
    } else {
        format!("level=WARN msg=\"ImportValues missing table from chart\" chart={chart} error={error}")
    }
}
