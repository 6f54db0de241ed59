//! Health by the expressions of a specification, for kinds that follow no convention (reference 04.9).

use serde_json::Value;
use sluice_cel::{CompileError, Expression};
use sluice_crds::applier::HealthCheckExpression;
use thiserror::Error;

use super::{Health, HealthStatus};
use crate::object::GroupKind;

/// The expressions of one owner, by kind.
#[derive(Clone, Default)]
pub struct Expressions(Vec<Rule>);

#[derive(Clone)]
struct Rule {
    group: String,
    /// Empty for every kind of the group.
    kind: String,
    /// What each verdict asks for, in the order in which they are tried.
    verdicts: Vec<(HealthStatus, Expression)>,
}

/// Expressions that cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ExpressionError {
    /// One does not compile.
    #[error("healthCheckExprs[{index}].{field}: {error}")]
    Compile {
        /// Which rule.
        index: usize,
        /// Which of its expressions.
        field: &'static str,
        /// What is wrong with it.
        error: CompileError,
    },
    /// Two are about the same kind.
    #[error("healthCheckExprs[{index}]: there are expressions for {kind} already")]
    Twice {
        /// Which rule.
        index: usize,
        /// The group and kind.
        kind: String,
    },
}

impl Expressions {
    /// Compiles the rules of a specification.
    ///
    /// # Errors
    /// The first that cannot be used.
    pub fn compile(rules: &[HealthCheckExpression]) -> Result<Self, ExpressionError> {
        let mut compiled: Vec<Rule> = Vec::with_capacity(rules.len());
        for (index, rule) in rules.iter().enumerate() {
            let rule = Rule::compile(index, rule)?;
            if compiled.iter().any(|other| (&other.group, &other.kind) == (&rule.group, &rule.kind)) {
                return Err(ExpressionError::Twice { index, kind: format!("{}/{}", rule.group, rule.kind) });
            }
            compiled.push(rule);
        }
        Ok(Self(compiled))
    }

    /// Whether the health of objects of `kind` is told by expressions.
    pub fn judge(&self, kind: &GroupKind) -> bool {
        self.rule(kind).is_some()
    }

    /// The health of `object`: by expressions where there are some for its kind.
    pub fn health_of(&self, kind: &GroupKind, object: &Value) -> Health {
        match self.rule(kind) {
            Some(rule) => rule.health_of(object),
            None => super::of(object),
        }
    }

    /// A rule for the kind itself comes before one for its group.
    fn rule(&self, kind: &GroupKind) -> Option<&Rule> {
        let of_group = || self.0.iter().filter(|rule| rule.group == kind.group);
        of_group()
            .find(|rule| rule.kind == kind.kind)
            .or_else(|| of_group().find(|rule| rule.kind.is_empty()))
    }
}

impl Rule {
    fn compile(index: usize, rule: &HealthCheckExpression) -> Result<Self, ExpressionError> {
        let group = rule.api_version.rsplit_once('/').map_or("", |(group, _)| group);
        let mut verdicts = Vec::new();
        for (field, status, text) in [
            ("inProgress", HealthStatus::InProgress, rule.in_progress.as_deref()),
            ("failed", HealthStatus::Failed, rule.failed.as_deref()),
            ("current", HealthStatus::Current, Some(rule.current.as_str())),
        ] {
            let Some(text) = text.filter(|text| !text.is_empty() || field == "current") else { continue };
            let compiled = Expression::compile(text, None);
            let compiled = compiled.map_err(|error| ExpressionError::Compile { index, field, error })?;
            verdicts.push((status, compiled));
        }
        let kind = rule.kind.clone().unwrap_or_default();
        Ok(Self { group: group.to_owned(), kind, verdicts })
    }

    /// An expression without a result is one that waits: the field it looks at may yet appear.
    fn health_of(&self, object: &Value) -> Health {
        let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64);
        if let (Some(generation), Some(observed)) =
            (number("/metadata/generation"), number("/status/observedGeneration"))
            && generation != observed
        {
            let message = format!("generation is {generation}, observed generation is {observed}");
            return Health::in_progress(message);
        }
        let fields: Vec<(&str, &Value)> =
            object.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value)).collect();
        for (status, expression) in &self.verdicts {
            match expression.evaluate(&fields) {
                Ok(true) => return Health::new(*status, word(*status)),
                Ok(false) => {}
                Err(error) => return Health::in_progress(format!("healthCheckExprs: {error}")),
            }
        }
        Health::in_progress("no expression of healthCheckExprs holds")
    }
}

fn word(status: HealthStatus) -> &'static str {
    match status {
        HealthStatus::Current => "the expression `current` of healthCheckExprs holds",
        HealthStatus::Failed => "the expression `failed` of healthCheckExprs holds",
        _ => "the expression `inProgress` of healthCheckExprs holds",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(api_version: &str, kind: &str, current: &str) -> HealthCheckExpression {
        serde_json::from_value(json!({
            "apiVersion": api_version, "kind": kind, "current": current,
            "failed": "status.conditions.exists(c, c.type == 'Ready' && c.status == 'False')",
            "inProgress": "has(status.busy) && status.busy",
        }))
        .unwrap()
    }

    #[test]
    fn the_first_verdict_that_holds_counts() {
        let current = "status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')";
        let expressions = Expressions::compile(&[rule("a.io/v1", "X", current)]).unwrap();
        let ready = |status: &str| json!([{ "type": "Ready", "status": status }]);
        for (status, expected) in [
            (json!({}), HealthStatus::InProgress),
            (json!({ "conditions": [] }), HealthStatus::InProgress),
            (json!({ "conditions": ready("True") }), HealthStatus::Current),
            (json!({ "conditions": ready("True"), "observedGeneration": 1 }), HealthStatus::InProgress),
            (json!({ "conditions": ready("True"), "observedGeneration": "1" }), HealthStatus::Current),
            (json!({ "conditions": ready("True"), "busy": true }), HealthStatus::InProgress),
            (json!({ "conditions": ready("False") }), HealthStatus::Failed),
        ] {
            let object = json!({ "kind": "X", "metadata": { "generation": 2 }, "status": status });
            let kind = GroupKind::new("a.io", "X");
            assert_eq!(expressions.health_of(&kind, &object).status, expected, "{status}");
        }
    }

    #[test]
    fn rules_are_found_by_kind_then_group() {
        let rules = [rule("a.io/v1", "X", "true"), rule("a.io/v1", "", "false"), rule("v1", "Pod", "true")];
        let expressions = Expressions::compile(&rules).unwrap();
        let status = |group: &str, kind: &str| {
            let object = json!({ "status": { "conditions": [] } });
            expressions.health_of(&GroupKind::new(group, kind), &object).status
        };
        assert_eq!(status("a.io", "X"), HealthStatus::Current);
        assert_eq!(status("a.io", "Y"), HealthStatus::InProgress);
        assert_eq!(status("", "Pod"), HealthStatus::Current);
        assert!(!expressions.judge(&GroupKind::new("b.io", "X")));
    }

    #[test]
    fn unusable_rules_are_named() {
        for (rules, expected) in [
            (
                vec![rule("a.io/v1", "X", "true"), rule("a.io/v2", "X", "true")],
                "healthCheckExprs[1]: there are expressions for a.io/X already",
            ),
            (vec![rule("a.io/v1", "X", "status.")], "healthCheckExprs[0].current: "),
            (vec![rule("a.io/v1", "X", "")], "healthCheckExprs[0].current: "),
        ] {
            let error = Expressions::compile(&rules).map(|_| ()).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
