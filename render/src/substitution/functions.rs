//! The functions of references. Values are bytes to Flux and text here: an offset inside of a character has no result,
//! where Flux would make text of half a character.

use super::glob::Glob;
use super::template::Function;

/// Why a function has no result.
#[derive(Debug, PartialEq, Eq)]
pub enum NoResult {
    /// It would be larger than allowed.
    TooBig,
    /// The operands ask for what is not there.
    Wrong(&'static str),
}

/// Applies `function` to `value`; the result has at most `budget` bytes.
///
/// # Errors
/// See [`NoResult`].
pub fn apply(
    function: Function,
    value: &str,
    operands: &[String],
    budget: usize,
) -> Result<String, NoResult> {
    let operand = |at: usize| operands.get(at).map(String::as_str);
    let first = operand(0).unwrap_or_default();
    Ok(match function {
        Function::Value => value.to_owned(),
        Function::Length => value.len().to_string(),
        Function::Default if value.is_empty() => operands.concat(),
        Function::Default => value.to_owned(),
        Function::Lower => value.to_lowercase(),
        Function::Upper => value.to_uppercase(),
        Function::LowerFirst => first_letter(value, char::to_lowercase),
        Function::UpperFirst => first_letter(value, char::to_uppercase),
        Function::Slice => slice(value, first, operand(1))?.to_owned(),
        Function::TrimShortestPrefix => trim(value, first, Glob::shortest_prefix)?,
        Function::TrimLongestPrefix => trim(value, first, Glob::longest_prefix)?,
        Function::TrimShortestSuffix => trim_end(value, first, Glob::shortest_prefix)?,
        Function::TrimLongestSuffix => trim_end(value, first, Glob::longest_prefix)?,
        Function::ReplaceFirst => replace(value, first, operand(1).unwrap_or_default(), 1, budget)?,
        Function::ReplaceAll => replace(value, first, operand(1).unwrap_or_default(), usize::MAX, budget)?,
        Function::ReplacePrefix => replace_prefix(value, operands).unwrap_or_else(|| value.to_owned()),
        Function::ReplaceSuffix => replace_suffix(value, operands).unwrap_or_else(|| value.to_owned()),
    })
}

fn first_letter<I: Iterator<Item = char>>(value: &str, change: impl Fn(char) -> I) -> String {
    let mut letters = value.chars();
    // One letter stays one letter, as Go maps them.
    let first = letters.next().map(|letter| {
        let mut changed = change(letter);
        match (changed.next(), changed.next()) {
            (Some(one), None) => one,
            _ => letter,
        }
    });
    first.into_iter().chain(letters).collect()
}

/// What is no number leaves the value as it is; a negative one counts from the end.
fn slice<'v>(value: &'v str, offset: &str, length: Option<&str>) -> Result<&'v str, NoResult> {
    let size = i64::try_from(value.len()).unwrap_or(i64::MAX);
    let Ok(offset) = offset.parse::<i64>() else { return Ok(value) };
    let begin = if offset < 0 { offset.saturating_add(size).max(0) } else { offset.min(size) };
    let end = match length.map(str::parse::<i64>) {
        None => size,
        Some(Err(_)) => return Ok(value),
        Some(Ok(length)) if length < 0 => size.saturating_add(length),
        Some(Ok(length)) => begin.saturating_add(length).min(size),
    };
    if end <= begin {
        return Ok("");
    }
    let place = |at: i64| usize::try_from(at).unwrap_or_default();
    value
        .get(place(begin)..place(end))
        .ok_or(NoResult::Wrong("the offset or the length is inside of a character"))
}

/// The most steps of a pattern times bytes of a value.
const MAX_WORK: usize = 1 << 24;

fn trim(
    value: &str,
    pattern: &str,
    matched: impl Fn(&Glob, &str) -> Option<usize>,
) -> Result<String, NoResult> {
    if value.len().saturating_mul(pattern.len()) > MAX_WORK {
        return Err(NoResult::Wrong("the pattern is too long for a value of this length"));
    }
    let length = Glob::new(pattern).and_then(|glob| matched(&glob, value));
    Ok(length.map_or(value, |length| &value[length..]).to_owned())
}

/// As Flux does it: both are turned round, so that a range or an escape in the pattern no longer is one.
fn trim_end(
    value: &str,
    pattern: &str,
    matched: impl Fn(&Glob, &str) -> Option<usize>,
) -> Result<String, NoResult> {
    let reverse = |text: &str| text.chars().rev().collect::<String>();
    trim(&reverse(value), &reverse(pattern), matched).map(|rest| reverse(&rest))
}

fn replace(value: &str, old: &str, new: &str, most: usize, budget: usize) -> Result<String, NoResult> {
    let places = if old.is_empty() { value.chars().count() + 1 } else { value.matches(old).count() };
    let grown = new.len().saturating_sub(old.len()).saturating_mul(places.min(most));
    if value.len().saturating_add(grown) > budget {
        return Err(NoResult::TooBig);
    }
    Ok(value.replacen(old, new, most))
}

/// Replaces the beginning `old`; without a replacement the value stays as it is.
fn replace_prefix(value: &str, operands: &[String]) -> Option<String> {
    let [old, new] = operands else { return None };
    value.strip_prefix(old.as_str()).map(|rest| format!("{new}{rest}"))
}

/// Replaces the end `old`; without a replacement the value stays as it is.
fn replace_suffix(value: &str, operands: &[String]) -> Option<String> {
    let [old, new] = operands else { return None };
    value.strip_suffix(old.as_str()).map(|rest| format!("{rest}{new}"))
}
