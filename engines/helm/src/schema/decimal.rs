//! Numbers as exact decimals, for comparison and division without the errors of binary fractions. What has too many digits
//! for that falls back to binary ones.

use serde_json::Number;

/// How far apart the powers of two decimals may be.
const MAX_SHIFT: u32 = 30;

#[derive(Clone, Copy)]
struct Decimal {
    digits: i128,
    power: i32,
}

pub(super) fn is_integer(number: &Number) -> bool {
    number.as_f64().is_none_or(|value| value.fract() == 0.0)
}

/// Whether one number is a whole multiple of another.
pub(super) fn is_multiple(number: &Number, of: &Number) -> bool {
    let (Some(number), Some(of)) = (parse(number), parse(of)) else { return false };
    if number.digits == 0 || of.digits == 0 {
        return number.digits == 0 && of.digits != 0;
    }
    let shift = number.power.abs_diff(of.power);
    if number.power < of.power {
        // When ten to that power is too large, so is the divisor.
        let of = 10_i128.checked_pow(shift).and_then(|power| of.digits.checked_mul(power));
        return of.is_some_and(|of| number.digits % of == 0);
    }
    let mut rest = number.digits % of.digits;
    for _ in 0..shift {
        let Some(next) = rest.checked_mul(10) else { return false };
        rest = next % of.digits;
    }
    rest == 0
}

/// Compares two numbers.
pub(super) fn compare(left: &Number, right: &Number) -> std::cmp::Ordering {
    let exact = || {
        let (left, right) = aligned(parse(left)?, parse(right)?)?;
        Some(left.cmp(&right))
    };
    exact().unwrap_or_else(|| {
        let value = |number: &Number| number.as_f64().unwrap_or_default();
        value(left).total_cmp(&value(right))
    })
}

fn parse(number: &Number) -> Option<Decimal> {
    let text = number.to_string();
    let (mantissa, power) = text.split_once(['e', 'E']).unwrap_or((&text, "0"));
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{integer}{fraction}").parse().ok()?;
    let power = power.parse::<i32>().ok()?.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    Some(Decimal { digits, power })
}

/// Both as multiples of the smaller power.
fn aligned(left: Decimal, right: Decimal) -> Option<(i128, i128)> {
    let power = left.power.min(right.power);
    let scaled = |decimal: Decimal| {
        let shift = decimal.power.abs_diff(power);
        if decimal.digits == 0 {
            return Some(0);
        }
        (shift <= MAX_SHIFT).then(|| 10_i128.checked_pow(shift)?.checked_mul(decimal.digits)).flatten()
    };
    Some((scaled(left)?, scaled(right)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        let number = |text: &str| serde_json::from_str::<Number>(text).expect("a number");
        for (value, of, expected) in [
            ("0.3", "0.1", true),
            ("0.35", "0.1", false),
            ("7", "2", false),
            ("1e300", "7", false),
            ("4.0", "2", true),
            ("0", "0.01", true),
        ] {
            assert_eq!(is_multiple(&number(value), &number(of)), expected, "{value} {of}");
        }
        assert!(compare(&number("9007199254740993"), &number("9007199254740992")).is_gt());
        assert!(compare(&number("1e300"), &number("1e-300")).is_gt());
        assert!(compare(&number("1.0"), &number("1")).is_eq());
    }
}
