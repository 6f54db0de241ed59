//! Go's text/template as a library: template text and [`Value`]s in, bytes out.
//!
//! | module | holds |
//! |---|---|
//! | [`Value`], [`Text`], [`List`], [`Map`], [`Object`] | Go's value model as templates can observe it |
//! | [`Type`], [`Kind`] | type names and kinds, for `%T`, `typeOf`, `kindOf` and error wording |
//! | [`Set`], [`Template`] | parsed templates that know each other by name; `Send + Sync`, shared, without values |
//! | [`Function`], [`Functions`], [`Call`] | what templates may call, and what a function may ask of its caller |
//! | [`Host`], [`Environment`], [`Limits`] | the outside: time, randomness, the caller's own state, budgets |
//! | [`Error`] | Go's wording with template, line, column and action, and the causes below |
//! | [`sprig`] | the sprig function library |
//!
//! Values are single-threaded (`Rc`) and die with a render; parsed templates are shared between threads.
//! Refuses: any recursion without a depth limit, any production without a budget; a broken limit is an
//! [`Error`] for which [`Error::is_limit`] holds. Maps have string keys only, channels do not exist.

mod builtin;
pub mod characters;
mod error;
mod execute;
pub mod format;
mod function;
mod limits;
pub mod number;
mod parse;
mod set;
pub mod sprig;
mod stack;
mod tree;
mod value;

pub use error::{Error, Location};
pub use function::{Body, Call, Function, Functions, Signature};
pub use limits::{Budget, Environment, Host, Limits};
pub use set::{MissingKey, Set, Template};
pub use value::{FloatKind, IntKind, Kind, List, Map, Method, Named, Object, Text, Type, UintKind, Value};
