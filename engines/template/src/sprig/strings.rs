//! Texts: cut, joined, searched, quoted, encoded.
//!
//! Refused: negative counts and bounds outside of a text, as Go's run time refuses them, and whatever is over budget.

mod case;
mod cut;
mod encode;
mod join;
mod random;
mod words;

pub(super) use cut::find;
pub(super) use encode::{decode_base64, encode_base64};

use super::argument::{ANY, INT, TEXT};
use crate::Function;

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    Function::fixed("hello", &[], |_, _| Ok("Hello!".into())),
    Function::fixed("abbrev", &[INT, TEXT], cut::abbreviate),
    Function::fixed("abbrevboth", &[INT, INT, TEXT], cut::abbreviate_both),
    Function::fixed("trunc", &[INT, TEXT], cut::truncate),
    Function::fixed("substr", &[INT, INT, TEXT], cut::substring),
    Function::fixed("trim", &[TEXT], cut::trim),
    Function::fixed("trimall", &[TEXT, TEXT], cut::trim_all),
    Function::fixed("trimAll", &[TEXT, TEXT], cut::trim_all),
    Function::fixed("trimSuffix", &[TEXT, TEXT], cut::trim_suffix),
    Function::fixed("trimPrefix", &[TEXT, TEXT], cut::trim_prefix),
    Function::fixed("nospace", &[TEXT], cut::without_space),
    Function::fixed("contains", &[TEXT, TEXT], cut::contains),
    Function::fixed("hasPrefix", &[TEXT, TEXT], cut::has_prefix),
    Function::fixed("hasSuffix", &[TEXT, TEXT], cut::has_suffix),
    Function::fixed("upper", &[TEXT], case::upper),
    Function::fixed("lower", &[TEXT], case::lower),
    Function::fixed("title", &[TEXT], case::title),
    Function::fixed("untitle", &[TEXT], case::untitle),
    Function::fixed("swapcase", &[TEXT], case::swap),
    Function::fixed("initials", &[TEXT], case::initials),
    Function::fixed("camelcase", &[TEXT], words::pascal),
    Function::fixed("snakecase", &[TEXT], words::snake),
    Function::fixed("kebabcase", &[TEXT], words::kebab),
    Function::fixed("wrap", &[INT, TEXT], words::wrap),
    Function::fixed("wrapWith", &[INT, TEXT, TEXT], words::wrap_with),
    Function::fixed("repeat", &[INT, TEXT], join::repeat),
    Function::fixed("indent", &[INT, TEXT], join::indent),
    Function::fixed("nindent", &[INT, TEXT], join::nindent),
    Function::fixed("replace", &[TEXT, TEXT, TEXT], join::replace),
    Function::fixed("plural", &[TEXT, TEXT, INT], join::plural),
    Function::variadic("quote", &[ANY], join::quote),
    Function::variadic("squote", &[ANY], join::single_quote),
    Function::variadic("cat", &[ANY], join::cat),
    Function::fixed("join", &[TEXT, ANY], join::join),
    Function::fixed("sortAlpha", &[ANY], join::sort),
    Function::fixed("split", &[TEXT, TEXT], join::split),
    Function::fixed("splitn", &[TEXT, INT, TEXT], join::split_at_most),
    Function::fixed("splitList", &[TEXT, TEXT], join::split_list),
    Function::fixed("toString", &[ANY], join::to_text),
    Function::fixed("toStrings", &[ANY], join::to_texts),
    Function::fixed("b64enc", &[TEXT], encode::base64),
    Function::fixed("b64dec", &[TEXT], encode::from_base64),
    Function::fixed("b32enc", &[TEXT], encode::base32),
    Function::fixed("b32dec", &[TEXT], encode::from_base32),
    Function::fixed("shuffle", &[TEXT], random::shuffle),
    Function::fixed("randAlphaNum", &[INT], random::letters_and_digits),
    Function::fixed("randAlpha", &[INT], random::letters),
    Function::fixed("randAscii", &[INT], random::printable),
    Function::fixed("randNumeric", &[INT], random::digits),
    Function::fixed("randInt", &[INT, INT], random::number),
];
