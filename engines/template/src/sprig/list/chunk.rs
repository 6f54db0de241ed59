//! Lists in pieces of a size.

use super::{ELEMENT, Outcome};
use crate::sprig::argument::{elements, integer, value};
use crate::{Call, Error, List, Type, Value};

/// Cuts a list into pieces; the last one may be shorter.
pub fn chunk(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let list = elements(&value(arguments, 1), "Cannot chunk type")?;
    let items = list.to_vec();
    let size = integer(arguments, 0);
    let pieces = match usize::try_from(size).ok().filter(|size| *size > 0) {
        Some(size) => items.chunks(size).map(<[Value]>::to_vec).collect(),
        None => odd_pieces(items, size)?,
    };
    call.budget().produce((list.len() + pieces.len()).saturating_mul(ELEMENT))?;
    let pieces = pieces.into_iter().map(Value::list).collect();
    Ok(Value::List(List::of(&Type::LIST, pieces)))
}

/// What the arithmetic of the original makes of sizes below one.
fn odd_pieces(items: Vec<Value>, size: i64) -> Result<Vec<Vec<Value>>, Error> {
    let count = ((items.len() as f64 - 1.0) / size as f64).floor() + 1.0;
    match items.len() {
        1 if size < -1 => Ok(vec![items]),
        2.. if count == 0.0 => Ok(Vec::new()),
        _ => Err(Error::message("runtime error: makeslice: len out of range")),
    }
}
