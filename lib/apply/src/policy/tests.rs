//! Policies are read from annotations and labels, in any case.

use serde_json::json;

use super::*;

#[test]
fn policies_of_one_object() {
    let none = Policy::default();
    let cases = [
        (json!({}), none),
        (json!({"annotations": {"p/ssa": "Merge"}}), Policy { ssa: Ssa::Merge, ..none }),
        (json!({"labels": {"p/ssa": "ifnotpresent"}}), Policy { ssa: Ssa::IfNotPresent, ..none }),
        (json!({"annotations": {"p/ssa": "Ignore"}}), Policy { ssa: Ssa::Ignore, ..none }),
        (json!({"annotations": {"p/ssa": "nonsense"}}), none),
        (json!({"annotations": {"p/force": "Enabled"}}), Policy { force: true, ..none }),
        (json!({"annotations": {"p/prune": "disabled"}}), Policy { keep: true, ..none }),
        (json!({"labels": {"p/reconcile": "Disabled"}}), Policy { disabled: true, ..none }),
        (json!({"annotations": {"p/reconcile": 1, "q/prune": "disabled"}}), none),
        (json!({"annotations": null}), none),
    ];
    for (metadata, policy) in cases {
        assert_eq!(Policy::of_object(&json!({"metadata": metadata}), "p/"), policy, "{metadata}");
    }
}
