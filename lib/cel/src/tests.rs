//! Expressions as people write them for health and readiness, and as they should not.

use serde_json::{Value, json};

use super::{CompileError, EvaluateError, Expression};

fn object() -> Value {
    json!({
        "metadata": { "name": "db", "generation": 3, "annotations": { "secret": "s3cret" } },
        "spec": { "replicas": 3 },
        "status": {
            "observedGeneration": 3, "phase": "Running", "ratio": 0.5,
            "conditions": [
                { "type": "Ready", "status": "True", "observedGeneration": 3 },
                { "type": "Degraded", "status": "False" },
            ],
        },
    })
}

fn evaluate(text: &str) -> Result<bool, EvaluateError> {
    let object = object();
    Expression::compile(text, Some(&["self", "dep"]))
        .unwrap()
        .evaluate(&[("self", &object), ("dep", &object)])
}

#[test]
fn conditions_hold_or_not() {
    for (text, expected) in [
        ("self.status.phase == 'Running'", true),
        ("self.metadata.generation == self.status.observedGeneration", true),
        ("self.metadata.generation > 2 && self.spec.replicas != 0", true),
        ("self.status.ratio < 0.6", true),
        ("has(self.status.missing)", false),
        ("has(self.status.conditions) && has(self.status.phase)", true),
        ("self.status.conditions.filter(e, e.type == 'Ready').all(e, e.status == 'True')", true),
        ("self.status.conditions.exists(e, e.type == 'Ready' && e.status == 'False')", false),
        (
            "self.status.conditions.filter(e, e.type == 'Ready').all(e, has(e.observedGeneration) && e.observedGeneration == self.metadata.generation)",
            true,
        ),
        ("self.status.conditions.map(e, e.type).exists_one(t, t == 'Ready')", true),
        ("size(self.status.conditions) == 2", true),
        ("self.status.phase in ['Running', 'Done']", true),
        ("'secret' in self.metadata.annotations", true),
        ("self.metadata.name.startsWith('d') && self.metadata.name.matches('^[a-z]+$')", true),
        ("self.?status.missing.orValue('x') == 'x'", true),
        ("self.metadata.name == dep.metadata.name", true),
        ("int(self.status.ratio * 4.0) == 2", true),
        ("'a,b'.split(',').size() == 2", true),
    ] {
        assert_eq!(evaluate(text), Ok(expected), "{text}");
    }
}

#[test]
fn what_has_no_result_says_why_without_values() {
    for (text, expected) in [
        ("self.status.missing == 'x'", EvaluateError::Missing("missing".to_owned())),
        ("self.status.phase", EvaluateError::NotBoolean),
        ("self.spec.replicas / 0 == 1", EvaluateError::Values),
    ] {
        assert_eq!(evaluate(text), Err(expected), "{text}");
    }
    for text in [
        "self.metadata.annotations.secret > 1",
        "self.metadata.annotations - 1 == 0",
        "!self.metadata.annotations.secret",
    ] {
        let error = evaluate(text).unwrap_err().to_string();
        assert!(!error.contains("s3cret"), "{text}: {error}");
    }
}

#[test]
fn what_is_no_expression_is_refused() {
    for (text, part) in [
        ("self.status ==", "Syntax"),
        ("", "Syntax"),
        ("status.phase == 'x'", "Undeclared(\"status\")"),
        ("self.a.all(x, y.b)", "Undeclared(\"y\")"),
    ] {
        let error = Expression::compile(text, Some(&["self"])).map(|_| ()).unwrap_err();
        assert!(format!("{error:?}").contains(part), "{text}: {error:?}");
    }
}

#[test]
fn hostile_expressions_are_bounded() {
    let refused = |text: &str| {
        let error = Expression::compile(text, Some(&["self"])).map(|_| ()).unwrap_err();
        assert!(matches!(error, CompileError::TooComplex { .. }), "{error:?}");
    };
    refused(&format!("{}1{}", "(".repeat(40), ")".repeat(40)));
    refused(&format!("1{}", "+1".repeat(2000)));
    refused(&format!("self{}", ".a".repeat(300)));
    refused(&format!("{}true", "!".repeat(300)));
    refused(&"x".repeat(5000));
    // The deepest that is allowed neither overflows the stack of a test thread nor takes long.
    let object = json!({ "items": vec![json!({ "items": [1, 2, 3] }); 2000] });
    for text in [
        format!("self{} == 1", ".a".repeat(120)),
        format!("{}true", "!".repeat(250)),
        format!("1{} > 0", "*1".repeat(250)),
        format!("{}true{}", "(".repeat(32), ")".repeat(32)),
        format!("true{}", "&&true".repeat(120)),
    ] {
        let compiled = Expression::compile(&text, Some(&["self"]))
            .map(|compiled| compiled.evaluate(&[("self", &object)]));
        assert!(compiled.is_ok(), "{text}: {:?}", compiled.err());
    }
    let nested = "self.items.all(a, self.items.all(b, self.items.all(c, true)))";
    let compiled = Expression::compile(nested, Some(&["self"])).unwrap();
    assert_eq!(compiled.evaluate(&[("self", &object)]), Err(EvaluateError::TooCostly));
    // A loop that is only spoken of is none.
    assert_eq!(evaluate("'.all(.all(.all(' == \".all(.all(.all(\""), Ok(true));
}
