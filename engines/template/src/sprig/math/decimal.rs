//! Decimal arithmetic as shopspring/decimal does it: exact, but for division, which keeps 16 digits after the point.

use crate::number::{FloatStyle, format_float};
use crate::sprig::argument::value;
use crate::sprig::number::to_float64;
use crate::{Call, Error, FloatKind, Value};
use num_bigint::{BigInt, Sign};

type Outcome = Result<Value, Error>;

/// Digits after the point that a division keeps.
const PRECISION: i64 = 16;
/// The most digits a number may grow to.
const MAX_DIGITS: i64 = 20_000;

/// A number times a power of ten.
#[derive(Clone)]
struct Decimal {
    digits: BigInt,
    exponent: i64,
}

type Operation = fn(&Decimal, &Decimal) -> Result<Decimal, Error>;

pub fn increment(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    chained(to_float64(&value(arguments, 0)), &[Value::int(1)], Decimal::plus)
}

pub fn add(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    chained(0.0, arguments, Decimal::plus)
}

pub fn subtract(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    chained(to_float64(&value(arguments, 0)), rest(arguments), Decimal::minus)
}

pub fn multiply(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    chained(to_float64(&value(arguments, 0)), rest(arguments), Decimal::times)
}

pub fn divide(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    chained(to_float64(&value(arguments, 0)), rest(arguments), Decimal::over)
}

fn rest(arguments: &[Value]) -> &[Value] {
    arguments.get(1..).unwrap_or_default()
}

fn chained(first: f64, others: &[Value], operation: Operation) -> Outcome {
    let mut result = Decimal::of(first)?;
    for other in others {
        result = operation(&result, &Decimal::of(to_float64(other))?)?;
    }
    Ok(Value::float(result.to_float()))
}

impl Decimal {
    /// The shortest digits that read as the float.
    fn of(number: f64) -> Result<Self, Error> {
        if !number.is_finite() {
            let name = match number {
                number if number.is_nan() => "NaN",
                number if number > 0.0 => "+Inf",
                _ => "-Inf",
            };
            return Err(Error::message(format!("Cannot create a Decimal from {name}")));
        }
        let text = format_float(number, FloatStyle::Exponent, None, FloatKind::Float64);
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let decimals = mantissa.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let digits = mantissa.replace('.', "").parse().unwrap_or_default();
        Ok(Self { digits, exponent: exponent.parse().unwrap_or(0) - decimals as i64 })
    }

    /// The nearest float.
    fn to_float(&self) -> f64 {
        let float = format!("{}e{}", self.digits, self.exponent).parse().unwrap_or(0.0);
        // There is no negative zero among decimals.
        if self.digits.sign() == Sign::NoSign { 0.0 } else { float }
    }

    fn scaled(&self, exponent: i64) -> Result<BigInt, Error> {
        Ok(&self.digits * power(self.exponent - exponent)?)
    }

    fn combined(&self, other: &Self, combine: fn(BigInt, BigInt) -> BigInt) -> Result<Self, Error> {
        let exponent = self.exponent.min(other.exponent);
        Ok(Self { digits: combine(self.scaled(exponent)?, other.scaled(exponent)?), exponent })
    }

    fn plus(&self, other: &Self) -> Result<Self, Error> {
        self.combined(other, |left, right| left + right)
    }

    fn minus(&self, other: &Self) -> Result<Self, Error> {
        self.combined(other, |left, right| left - right)
    }

    fn times(&self, other: &Self) -> Result<Self, Error> {
        if (self.digits.bits() + other.digits.bits()) as i64 > MAX_DIGITS * 4 {
            return Err(too_large());
        }
        Ok(Self { digits: &self.digits * &other.digits, exponent: self.exponent + other.exponent })
    }

    /// Divides to 16 digits after the point, halves away from zero.
    fn over(&self, other: &Self) -> Result<Self, Error> {
        if other.digits.sign() == Sign::NoSign {
            return Err(Error::message("decimal division by 0"));
        }
        let shift = self.exponent - other.exponent + PRECISION;
        let numerator = &self.digits * power(shift.max(0))?;
        let denominator = &other.digits * power((-shift).max(0))?;
        let (quotient, remainder) = (&numerator / &denominator, &numerator % &denominator);
        let rounds = remainder.magnitude() * 2_u8 >= *denominator.magnitude();
        let is_negative = (numerator.sign() == Sign::Minus) != (denominator.sign() == Sign::Minus);
        let step = match (rounds, is_negative) {
            (false, _) => 0,
            (true, true) => -1,
            (true, false) => 1,
        };
        Ok(Self { digits: quotient + step, exponent: -PRECISION })
    }
}

fn power(exponent: i64) -> Result<BigInt, Error> {
    if exponent > MAX_DIGITS {
        return Err(too_large());
    }
    Ok(BigInt::from(10).pow(exponent.max(0) as u32))
}

fn too_large() -> Error {
    Error::limit(format!("a decimal of more than {MAX_DIGITS} digits"))
}
