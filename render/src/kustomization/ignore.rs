//! `spec.ignore`: which fields of which objects are left to others. Here they are only named; what that means for a live
//! object is decided where it is applied.

use serde_json::Value;
use sluice_crds::kustomize::{IgnoreRule, Selector};
use sluice_kustomize::{BuildError, ObjectSelector, SelectorParts};

/// The rules, compiled.
pub(super) struct Rules<'a>(Vec<(Option<ObjectSelector>, &'a [String])>);

impl<'a> Rules<'a> {
    /// Compiles rules.
    ///
    /// # Errors
    /// When a target is no selector.
    pub(super) fn new(rules: &'a [IgnoreRule]) -> Result<Self, BuildError> {
        let compile = |rule: &'a IgnoreRule| {
            let target = rule.target.as_ref().map(selector).transpose()?;
            Ok((target, rule.paths.as_slice()))
        };
        rules.iter().map(compile).collect::<Result<_, _>>().map(Self)
    }

    /// The pointers of the fields of an object that are ignored.
    pub(super) fn paths(&self, object: &Value) -> Vec<String> {
        let meant =
            |target: &Option<ObjectSelector>| target.as_ref().is_none_or(|target| target.matches(object));
        let paths = self.0.iter().filter(|(target, _)| meant(target)).flat_map(|(_, paths)| paths.iter());
        paths.cloned().collect()
    }
}

fn selector(target: &Selector) -> Result<ObjectSelector, BuildError> {
    ObjectSelector::new(&SelectorParts {
        group: target.group.as_deref().unwrap_or_default(),
        version: target.version.as_deref().unwrap_or_default(),
        kind: target.kind.as_deref().unwrap_or_default(),
        name: target.name.as_deref().unwrap_or_default(),
        namespace: target.namespace.as_deref().unwrap_or_default(),
        labels: target.label_selector.as_deref().unwrap_or_default(),
        annotations: target.annotation_selector.as_deref().unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn targets_select_as_patches_do() {
        let object = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": { "name": "web-1", "namespace": "n", "labels": { "app": "web" }, "annotations": { "a": "b" } },
        });
        for (target, meant) in [
            (json!(null), true),
            (json!({}), true),
            (json!({ "kind": "Deployment" }), true),
            (json!({ "kind": "Deploy" }), false),
            (json!({ "kind": "Deploy.*", "name": "web-[0-9]" }), true),
            (json!({ "group": "apps", "version": "v1" }), true),
            (json!({ "group": "batch" }), false),
            (json!({ "namespace": "m" }), false),
            (json!({ "labelSelector": "app in (web, api)" }), true),
            (json!({ "labelSelector": "app!=web" }), false),
            (json!({ "annotationSelector": "a=b" }), true),
            (json!({ "annotationSelector": "a=c" }), false),
        ] {
            let rule = json!({ "paths": ["/spec/replicas"], "target": target });
            let rules = [serde_json::from_value::<IgnoreRule>(rule).unwrap()];
            let paths = Rules::new(&rules).unwrap().paths(&object);
            assert_eq!(!paths.is_empty(), meant, "{target}");
        }
        let rule = json!({ "paths": [], "target": { "name": "(" } });
        assert!(Rules::new(&[serde_json::from_value(rule).unwrap()]).is_err());
    }
}
