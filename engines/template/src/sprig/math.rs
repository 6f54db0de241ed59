//! Arithmetic, whole and decimal.
//!
//! Refused: division by zero, and sequences that are over budget.

mod decimal;
mod float;
mod whole;

use super::argument::{ANY, INT, TEXT};
use crate::{Function, Type};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    Function::fixed("atoi", &[TEXT], whole::atoi),
    Function::fixed("int", &[ANY], whole::int),
    Function::fixed("int64", &[ANY], whole::int64),
    Function::fixed("toDecimal", &[ANY], whole::octal),
    Function::fixed("add1", &[ANY], whole::increment),
    Function::variadic("add", &[ANY], whole::add),
    Function::fixed("sub", &[ANY, ANY], whole::subtract),
    Function::fixed("div", &[ANY, ANY], whole::divide),
    Function::fixed("mod", &[ANY, ANY], whole::remainder),
    Function::variadic("mul", &[ANY, ANY], whole::multiply),
    Function::variadic("max", &[ANY, ANY], whole::largest),
    Function::variadic("biggest", &[ANY, ANY], whole::largest),
    Function::variadic("min", &[ANY, ANY], whole::least),
    Function::fixed("until", &[INT], whole::until),
    Function::fixed("untilStep", &[INT, INT, INT], whole::until_step),
    Function::variadic("seq", &[INT], whole::sequence),
    Function::fixed("float64", &[ANY], float::float64),
    Function::variadic("maxf", &[ANY, ANY], float::largest),
    Function::variadic("minf", &[ANY, ANY], float::least),
    Function::fixed("ceil", &[ANY], float::ceil),
    Function::fixed("floor", &[ANY], float::floor),
    Function::variadic("round", &[ANY, INT, Type::FLOAT64], float::round),
    Function::fixed("add1f", &[ANY], decimal::increment),
    Function::variadic("addf", &[ANY], decimal::add),
    Function::variadic("subf", &[ANY, ANY], decimal::subtract),
    Function::variadic("mulf", &[ANY, ANY], decimal::multiply),
    Function::variadic("divf", &[ANY, ANY], decimal::divide),
];
