//! What templates may call: functions with the signatures that Go checks, and tables of them.

use std::collections::HashMap;

use crate::error::Error;
use crate::limits::{Budget, Environment, Host};
use crate::set::Set;
use crate::value::{Text, Type, Value};

/// What a function does. Arguments are checked against its signature: `Type::Any` gets anything (a missing value
/// as [`Value::Nil`]), `Type::String` only [`Value::Text`], and so on.
pub type Body = fn(&Call<'_>, &[Value]) -> Result<Value, Error>;

/// A function that templates may call.
pub struct Function {
    /// The name as templates write it.
    pub name: &'static str,
    /// What it takes.
    pub signature: Signature,
    /// What it does.
    pub body: Body,
}

/// The parameters of a function, which Go's arity and type errors come from.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// Types of the parameters; of a variadic function the last is the type of each further argument.
    pub parameters: &'static [Type],
    /// Whether the last parameter takes any number of arguments.
    pub variadic: bool,
}

impl Signature {
    /// A fixed number of parameters.
    pub const fn fixed(parameters: &'static [Type]) -> Self {
        Self { parameters, variadic: false }
    }

    /// Returns the type of the parameter that takes the argument at an index.
    pub fn parameter(&self, index: usize) -> Type {
        let last = self.parameters.len().saturating_sub(1);
        self.parameters.get(index.min(last)).copied().unwrap_or(Type::Any)
    }

    /// A variadic last parameter.
    pub const fn variadic(parameters: &'static [Type]) -> Self {
        Self { parameters, variadic: true }
    }
}

impl Function {
    /// Makes a function with a fixed number of parameters.
    pub const fn fixed(name: &'static str, parameters: &'static [Type], body: Body) -> Self {
        Self { name, signature: Signature::fixed(parameters), body }
    }

    /// Makes a function whose last parameter is variadic.
    pub const fn variadic(name: &'static str, parameters: &'static [Type], body: Body) -> Self {
        Self { name, signature: Signature::variadic(parameters), body }
    }

    /// Returns the function's type.
    pub fn type_of(&self) -> Type {
        Type::Function("func()")
    }
}

/// Functions by name; parsing resolves names against it once. Built-in functions are always there.
#[derive(Clone, Default)]
pub struct Functions {
    by_name: HashMap<&'static str, &'static Function>,
}

impl Functions {
    /// The built-in functions alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a table; later functions replace earlier ones of the same name.
    #[must_use]
    pub fn with(mut self, table: &'static [Function]) -> Self {
        self.by_name.extend(table.iter().map(|function| (function.name, function)));
        self
    }

    /// Removes functions.
    #[must_use]
    pub fn without(mut self, names: &[&str]) -> Self {
        self.by_name.retain(|name, _| !names.contains(name));
        self
    }

    /// Returns the function of a name.
    pub fn get(&self, name: &str) -> Option<&'static Function> {
        self.by_name.get(name).copied()
    }
}

/// What a function may ask of its caller.
pub struct Call<'a> {
    pub(crate) set: &'a Set,
    pub(crate) environment: &'a Environment<'a>,
}

impl<'a> Call<'a> {
    /// Makes a call from outside any template, for tests and for hosts that use a function directly.
    pub fn new(set: &'a Set, environment: &'a Environment<'a>) -> Self {
        Self { set, environment }
    }

    /// Returns the outside.
    pub fn host(&self) -> &'a dyn Host {
        self.environment.host
    }

    /// Returns the state that the caller of the render put there, if it is of this type.
    pub fn state<T: 'static>(&self) -> Option<&'a T> {
        self.environment.state.downcast_ref()
    }

    /// Returns the budget: call `produce` before allocating much, `step` in loops.
    pub fn budget(&self) -> &'a Budget {
        &self.environment.budget
    }

    /// Charges a text to the budget and makes it a value.
    pub fn produced(&self, text: Text) -> Result<Value, Error> {
        self.budget().produce(text.len())?;
        Ok(Value::Text(text))
    }

    /// Returns the set of the template that calls.
    pub fn set(&self) -> &'a Set {
        self.set
    }

    /// Renders a template of a set, as `include` (with [`Call::set`]) and `tpl` (with a [`Set::child`]) do.
    pub fn render(&self, set: &Set, name: &str, data: &Value) -> Result<Text, Error> {
        set.render(name, data, self.environment).map(Text::from)
    }
}
