//! Expressions of tenants in the Common Expression Language: compiled once, evaluated to true or false. Pure.
//!
//! The evaluator knows neither a limit of depth nor one of cost, so that an expression is [bounded](bounds) before it is
//! compiled and before it is evaluated. Errors never show the values that an expression worked on: they may come from
//! Secrets.

use std::sync::Arc;

use cel::{Context, Env, ExecutionError, Program, Value as CelValue, extensions};
use serde_json::Value;
use thiserror::Error;

mod bounds;
mod references;
mod stack;
mod values;

use bounds::Bounds;

/// A compiled expression over named objects.
#[derive(Clone)]
pub struct Expression {
    program: Arc<Program>,
    environment: Arc<Env>,
    bounds: Bounds,
}

/// An expression that cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CompileError {
    /// It is not an expression.
    #[error("{0}")]
    Syntax(String),
    /// It is larger or more complex than is allowed.
    #[error("the expression has more than {limit} {what}")]
    TooComplex {
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: usize,
    },
    /// It names something that it is not given.
    #[error("undeclared reference to '{0}'")]
    Undeclared(String),
}

/// An expression that has no result for these values.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum EvaluateError {
    /// A field is not there.
    #[error("no such field: {0}")]
    Missing(String),
    /// A function or operator does not take such values.
    #[error("{0}")]
    Overload(String),
    /// The result is neither true nor false.
    #[error("the result is not a boolean")]
    NotBoolean,
    /// The objects are too large for what the expression does with them.
    #[error("the expression visits too many items of an object of this size")]
    TooCostly,
    /// Anything else; the evaluator's own words would show values.
    #[error("the values do not fit the expression")]
    Values,
}

impl Expression {
    /// Compiles `text`, which may refer to the objects `names`, or to anything where none are given.
    ///
    /// # Errors
    /// See [`CompileError`].
    pub fn compile(text: &str, names: Option<&[&str]>) -> Result<Self, CompileError> {
        let bounds = Bounds::of(text)?;
        stack::with_room(|| {
            let environment = environment();
            let compiled = environment.compile(text);
            let program = compiled.map_err(|errors| CompileError::Syntax(one_line(&errors.to_string())))?;
            let known = |name: &str| names.is_none_or(|names| names.contains(&name)) || is_type(name);
            match references::unknown(program.expression(), &known) {
                Some(unknown) => Err(CompileError::Undeclared(unknown.to_owned())),
                None => Ok(Self { program: Arc::new(program), environment: Arc::new(environment), bounds }),
            }
        })
        .unwrap_or_else(|| Err(CompileError::Syntax("the expression could not be read".to_owned())))
    }

    /// Evaluates the expression over `objects`, by name.
    ///
    /// # Errors
    /// See [`EvaluateError`].
    pub fn evaluate(&self, objects: &[(&str, &Value)]) -> Result<bool, EvaluateError> {
        if !self.bounds.allow(objects.iter().map(|(_, object)| *object)) {
            return Err(EvaluateError::TooCostly);
        }
        stack::with_room(|| {
            let mut context = Context::with_env(self.environment.clone());
            for (name, object) in objects {
                context.add_variable_from_value(*name, values::from_json(object));
            }
            match self.program.execute(&context) {
                Ok(CelValue::Bool(result)) => Ok(result),
                Ok(_) => Err(EvaluateError::NotBoolean),
                Err(error) => Err(told(&error)),
            }
        })
        .unwrap_or(Err(EvaluateError::Values))
    }
}

fn environment() -> Env {
    let mut environment = Env::stdlib().with_optional_support(true);
    for extension in [extensions::strings, extensions::encoders] {
        // Fails only for an extension that is there already.
        let _ = environment.add_extension(extension);
    }
    environment
}

/// The names of types are values of their own.
fn is_type(name: &str) -> bool {
    matches!(
        name,
        "bool"
            | "bytes"
            | "double"
            | "int"
            | "list"
            | "map"
            | "null_type"
            | "string"
            | "type"
            | "uint"
            | "optional"
    )
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn told(error: &ExecutionError) -> EvaluateError {
    match error {
        ExecutionError::NoSuchKey(key) => EvaluateError::Missing(key.as_ref().clone()),
        ExecutionError::NoSuchOverload(overload) => EvaluateError::Overload(overload.to_string()),
        ExecutionError::UndeclaredReference(name) => EvaluateError::Missing(name.as_ref().clone()),
        _ => EvaluateError::Values,
    }
}

#[cfg(test)]
mod tests;
