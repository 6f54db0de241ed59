//! Floats: the largest, the least, rounded.

use crate::sprig::argument::{integer, value};
use crate::sprig::number::to_float64;
use crate::{Call, Error, Value};

type Outcome = Result<Value, Error>;

pub fn float64(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok(Value::float(to_float64(&value(arguments, 0))))
}

/// Go's `math.Max`: not a number if either is none, and 0 is larger than -0.
fn larger(left: f64, right: f64) -> f64 {
    if left == f64::INFINITY || right == f64::INFINITY {
        f64::INFINITY
    } else if left.is_nan() || right.is_nan() {
        f64::NAN
    } else if left == right {
        if left.is_sign_negative() { right } else { left }
    } else {
        left.max(right)
    }
}

pub fn largest(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok(Value::float(arguments.iter().map(to_float64).reduce(larger).unwrap_or(0.0)))
}

pub fn least(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    let numbers = arguments.iter().map(|argument| -to_float64(argument));
    Ok(Value::float(numbers.reduce(larger).map_or(0.0, |number| -number)))
}

pub fn ceil(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok(Value::float(to_float64(&value(arguments, 0)).ceil()))
}

pub fn floor(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok(Value::float(to_float64(&value(arguments, 0)).floor()))
}

/// Ten to a power as Go's `math.Pow` has it: squares of a fraction and an exponent of two, rounded on the way.
fn power_of_ten(places: i64) -> f64 {
    let (mut product, mut product_exponent) = (1.0_f64, 0_i64);
    let (mut square, mut exponent) = (0.625_f64, 4_i64);
    let mut bits = places.unsigned_abs();
    while bits != 0 {
        if exponent.abs() > 1 << 12 {
            product_exponent += exponent;
            break;
        }
        if bits & 1 == 1 {
            product *= square;
            product_exponent += exponent;
        }
        square *= square;
        exponent *= 2;
        if square < 0.5 {
            square += square;
            exponent -= 1;
        }
        bits >>= 1;
    }
    if places < 0 {
        (product, product_exponent) = (1.0 / product, -product_exponent);
    }
    scaled(product, product_exponent)
}

/// A number times a power of two, in steps that do not overflow too early.
fn scaled(mut number: f64, mut exponent: i64) -> f64 {
    while exponent != 0 && number != 0.0 && number.is_finite() {
        let step = exponent.clamp(-1000, 1000);
        number *= 2_f64.powi(step as i32);
        exponent -= step;
    }
    number
}

pub fn round(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    let threshold = arguments.get(2).map_or(0.5, to_float64);
    let power = power_of_ten(integer(arguments, 1));
    let digits = power * to_float64(&value(arguments, 0));
    let rounded = if digits.fract() >= threshold { digits.ceil() } else { digits.floor() };
    Ok(Value::float(rounded / power))
}
