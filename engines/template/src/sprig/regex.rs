//! Regular expressions in Go's syntax.
//!
//! Refused: what Go refuses, and expressions and searches that cost too much.

mod class;
mod search;
mod syntax;

pub use class::unicode as unicode_class;
pub use search::{CompileError, Expression};

use super::argument::{INT, TEXT, integer, text};
use super::text::as_literal;
use crate::{Call, Error, Function, List, Text, Type, Value};
use search::quote_meta;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    Function::fixed("regexMatch", &[TEXT, TEXT], |call, arguments| {
        match compiled(call, &text(arguments, 0)) {
            Ok(expression) => is_match(call, &expression, arguments),
            Err(CompileError::Syntax(_)) => Ok(false.into()),
            Err(error) => {
                let message = error.to_string();
                Err(error.described(message))
            }
        }
    }),
    Function::fixed("mustRegexMatch", &[TEXT, TEXT], |call, arguments| {
        is_match(call, &*must(call, arguments)?, arguments)
    }),
    Function::fixed("regexFind", &[TEXT, TEXT], |call, arguments| {
        find(call, &*plain(call, arguments)?, arguments)
    }),
    Function::fixed("mustRegexFind", &[TEXT, TEXT], |call, arguments| {
        find(call, &*must(call, arguments)?, arguments)
    }),
    Function::fixed("regexFindAll", &[TEXT, TEXT, INT], |call, arguments| {
        find_all(call, &*plain(call, arguments)?, arguments)
    }),
    Function::fixed("mustRegexFindAll", &[TEXT, TEXT, INT], |call, arguments| {
        find_all(call, &*must(call, arguments)?, arguments)
    }),
    Function::fixed("regexReplaceAll", &[TEXT, TEXT, TEXT], |call, arguments| {
        replace(call, &*plain(call, arguments)?, arguments)
    }),
    Function::fixed("mustRegexReplaceAll", &[TEXT, TEXT, TEXT], |call, arguments| {
        replace(call, &*must(call, arguments)?, arguments)
    }),
    Function::fixed("regexReplaceAllLiteral", &[TEXT, TEXT, TEXT], |call, arguments| {
        replace_literal(call, &*plain(call, arguments)?, arguments)
    }),
    Function::fixed("mustRegexReplaceAllLiteral", &[TEXT, TEXT, TEXT], |call, arguments| {
        replace_literal(call, &*must(call, arguments)?, arguments)
    }),
    Function::fixed("regexSplit", &[TEXT, TEXT, INT], |call, arguments| {
        split(call, &*plain(call, arguments)?, arguments)
    }),
    Function::fixed("mustRegexSplit", &[TEXT, TEXT, INT], |call, arguments| {
        split(call, &*must(call, arguments)?, arguments)
    }),
    Function::fixed("regexQuoteMeta", &[TEXT], |call, arguments| {
        let whole = text(arguments, 0);
        call.budget().produce(whole.len() * 2)?;
        Ok(Value::text(quote_meta(whole.as_bytes())))
    }),
];

type Outcome = Result<Value, Error>;

/// How many compiled expressions a thread keeps.
const KEPT: usize = 64;

thread_local! {
    /// Compiling costs far more than searching, and templates use the same expressions again and again.
    static COMPILED: RefCell<HashMap<Text, Rc<Expression>>> = RefCell::default();
}

/// Compiles an expression, or finds it among those kept; the caller pays for what is compiled by its size.
fn compiled(call: &Call<'_>, pattern: &Text) -> Result<Rc<Expression>, CompileError> {
    COMPILED.with_borrow_mut(|kept| {
        if let Some(expression) = kept.get(pattern) {
            return Ok(Rc::clone(expression));
        }
        let expression = Rc::new(Expression::compile(pattern.as_bytes())?);
        call.budget().step(expression.price()).map_err(CompileError::Unpaid)?;
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(pattern.clone(), Rc::clone(&expression));
        Ok(expression)
    })
}

/// The expression, or the error as Go's `Compile` returns it.
fn must(call: &Call<'_>, arguments: &[Value]) -> Result<Rc<Expression>, Error> {
    compiled(call, &text(arguments, 0)).map_err(|error| {
        let message = error.to_string();
        error.described(message)
    })
}

/// The expression, or what Go's `MustCompile` panics with.
fn plain(call: &Call<'_>, arguments: &[Value]) -> Result<Rc<Expression>, Error> {
    let pattern = text(arguments, 0);
    compiled(call, &pattern).map_err(|error| {
        let message = format!("regexp: Compile({}): {error}", as_literal(pattern.as_bytes()));
        error.described(message)
    })
}

fn is_match(call: &Call<'_>, expression: &Expression, arguments: &[Value]) -> Outcome {
    expression.is_match(text(arguments, 1).as_bytes(), call.budget()).map(Value::Bool)
}

fn find(call: &Call<'_>, expression: &Expression, arguments: &[Value]) -> Outcome {
    let whole = text(arguments, 1);
    let found = expression.find_first(whole.as_bytes(), call.budget())?;
    call.budget().produce(found.len())?;
    Ok(Value::Text(Text::from_bytes(found)))
}

fn texts(parts: Option<Vec<&[u8]>>) -> Value {
    match parts {
        Some(parts) => Value::texts(parts.into_iter().map(Text::from_bytes)),
        None => Value::List(List::nil(Type::TEXTS)),
    }
}

fn find_all(call: &Call<'_>, expression: &Expression, arguments: &[Value]) -> Outcome {
    let whole = text(arguments, 1);
    let found = expression.find_all(whole.as_bytes(), integer(arguments, 2), call.budget())?;
    call.budget().produce(found.iter().map(|part| part.len() + 64).sum())?;
    Ok(texts(Some(found).filter(|found| !found.is_empty())))
}

fn replace(call: &Call<'_>, expression: &Expression, arguments: &[Value]) -> Outcome {
    let (whole, replacement) = (text(arguments, 1), text(arguments, 2));
    expression.replace_expanded(whole.as_bytes(), replacement.as_bytes(), call.budget()).map(Value::text)
}

fn replace_literal(call: &Call<'_>, expression: &Expression, arguments: &[Value]) -> Outcome {
    let (whole, replacement) = (text(arguments, 1), text(arguments, 2));
    expression.replace_literal(whole.as_bytes(), replacement.as_bytes(), call.budget()).map(Value::text)
}

fn split(call: &Call<'_>, expression: &Expression, arguments: &[Value]) -> Outcome {
    let whole = text(arguments, 1);
    let parts = expression.split(whole.as_bytes(), integer(arguments, 2), call.budget())?;
    call.budget().produce(parts.iter().flatten().map(|part| part.len() + 64).sum())?;
    Ok(texts(parts))
}
