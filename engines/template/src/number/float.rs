//! Floats as text, in the styles of Go's `strconv.FormatFloat`.

use crate::value::FloatKind;

/// No double has more decimal digits after the point; all further ones are zeros. (Rust formats no more than 65535.)
const MOST_DIGITS: usize = 1100;

/// A style of writing floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatStyle {
    /// `f`: no exponent.
    Fixed,
    /// `e`: always an exponent.
    Exponent,
    /// `g`: an exponent for very small and very large numbers.
    General,
    /// `b`: an integer and a power of two.
    Binary,
    /// `x`: hexadecimal with a power of two.
    Hexadecimal,
}

/// Writes a float as Go's `strconv.FormatFloat` does; without a precision the shortest text that reads back.
pub fn format_float(value: f64, style: FloatStyle, precision: Option<usize>, kind: FloatKind) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value < 0.0 { "-Inf" } else { "+Inf" }.to_owned();
    }
    match style {
        FloatStyle::Fixed => fixed(value, precision, kind),
        FloatStyle::Exponent => exponent(value, precision, kind),
        FloatStyle::General => general(value, precision, kind),
        FloatStyle::Binary => binary(value, kind),
        FloatStyle::Hexadecimal => hexadecimal(value, precision, kind),
    }
}

/// The shortest digits that read back as a number of this width, in Rust's scientific form: `-1.25e-7`.
fn shortest_scientific(value: f64, kind: FloatKind) -> String {
    match kind {
        FloatKind::Float64 => even_of_two(value, format!("{value:e}"), |text| text.parse() == Ok(value)),
        FloatKind::Float32 => {
            let value = value as f32;
            even_of_two(f64::from(value), format!("{value:e}"), |text| text.parse() == Ok(value))
        }
    }
}

/// Of two shortest texts that are equally near, Go takes the one that ends in an even digit, Rust the larger one.
fn even_of_two(value: f64, shortest: String, reads_back: impl Fn(&str) -> bool) -> String {
    let Some((digits, exponent)) = shortest.split_once('e') else { return shortest };
    let is_odd = digits.bytes().last().is_some_and(|last| last % 2 == 1);
    // Few digits are exact, or nearer than any other.
    if !is_odd || digits.len() < 16 {
        return shortest;
    }
    let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let exact = format!("{value:.*e}", decimals + 60);
    let (kept, dropped) = exact.split_at(exact.find('.').map_or(0, |point| point + 1 + decimals));
    let is_half = dropped.starts_with('5') && dropped[1..].starts_with(&"0".repeat(59));
    let even = format!("{kept}e{exponent}");
    if is_half && exact.ends_with(&format!("e{exponent}")) && reads_back(&even) { even } else { shortest }
}

fn fixed(value: f64, precision: Option<usize>, kind: FloatKind) -> String {
    match (precision, kind) {
        (Some(precision), _) => {
            let exact = precision.min(MOST_DIGITS);
            format!("{value:.exact$}{}", "0".repeat(precision - exact))
        }
        (None, FloatKind::Float64) => with_last_digit(format!("{value}"), &shortest_scientific(value, kind)),
        (None, FloatKind::Float32) => {
            with_last_digit(format!("{}", value as f32), &shortest_scientific(value, kind))
        }
    }
}

/// The digits of a number without its exponent, the last one as in its scientific form.
fn with_last_digit(plain: String, scientific: &str) -> String {
    let last = split(scientific).0.chars().last().unwrap_or('0');
    let end = if plain.contains('.') { plain.len() } else { plain.trim_end_matches('0').len() };
    match plain[..end].chars().last() {
        Some(digit) if digit.is_ascii_digit() && digit != last => {
            format!("{}{last}{}", &plain[..end - 1], &plain[end..])
        }
        _ => plain,
    }
}

fn exponent(value: f64, precision: Option<usize>, kind: FloatKind) -> String {
    let Some(precision) = precision else {
        let scientific = shortest_scientific(value, kind);
        let (mantissa, power) = split(&scientific);
        return with_power(mantissa, power);
    };
    let exact = precision.min(MOST_DIGITS);
    let scientific = format!("{value:.exact$e}");
    let (mantissa, power) = split(&scientific);
    with_power(&format!("{mantissa}{}", "0".repeat(precision - exact)), power)
}

/// Splits Rust's scientific form.
fn split(scientific: &str) -> (&str, i32) {
    let (mantissa, power) = scientific.split_once('e').unwrap_or((scientific, "0"));
    (mantissa, power.parse().unwrap_or(0))
}

/// Go writes at least two digits of the power, and its sign always.
fn with_power(mantissa: &str, power: i32) -> String {
    let sign = if power < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", power.unsigned_abs())
}

fn general(value: f64, precision: Option<usize>, kind: FloatKind) -> String {
    let scientific = match precision {
        Some(precision) => format!("{:.*e}", (precision.max(1) - 1).min(MOST_DIGITS), value),
        None => shortest_scientific(value, kind),
    };
    let (mantissa, power) = split(&scientific);
    let mantissa = if precision.is_some() { trim_zeros(mantissa) } else { mantissa };
    if power < -4 || power >= general_limit(mantissa, power, precision) {
        return with_power(mantissa, power);
    }
    place_point(mantissa, power)
}

/// The power of ten from which `g` writes an exponent.
fn general_limit(mantissa: &str, power: i32, precision: Option<usize>) -> i32 {
    const SHORTEST: i32 = 6;
    let Some(precision) = precision else { return SHORTEST };
    let digits = i32::try_from(digit_count(mantissa)).unwrap_or(i32::MAX);
    let precision = i32::try_from(precision.max(1)).unwrap_or(i32::MAX);
    if precision > digits && digits > power { digits } else { precision }
}

fn digit_count(mantissa: &str) -> usize {
    mantissa.bytes().filter(u8::is_ascii_digit).count()
}

fn trim_zeros(mantissa: &str) -> &str {
    if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa }
}

/// Writes digits and a power of ten without an exponent.
fn place_point(mantissa: &str, power: i32) -> String {
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    let Ok(power) = usize::try_from(power) else {
        let zeros = "0".repeat(power.unsigned_abs() as usize - 1);
        return format!("{sign}0.{zeros}{digits}");
    };
    if digits.len() <= power + 1 {
        let zeros = "0".repeat(power + 1 - digits.len());
        return format!("{sign}{digits}{zeros}");
    }
    let (whole, fraction) = digits.split_at(power + 1);
    format!("{sign}{whole}.{fraction}")
}

/// Sign, mantissa with its hidden bit, and power of two of the mantissa as an integer.
fn parts(value: f64, kind: FloatKind) -> (bool, u64, i32) {
    let (bits, fraction_bits, bias) = match kind {
        FloatKind::Float64 => (value.to_bits() & (u64::MAX >> 1), 52, 1023),
        FloatKind::Float32 => (u64::from((value as f32).to_bits() & (u32::MAX >> 1)), 23, 127),
    };
    let raw = (bits >> fraction_bits) as i32;
    let fraction = bits & ((1 << fraction_bits) - 1);
    let (mantissa, power) =
        if raw == 0 { (fraction, 1 - bias) } else { (fraction | 1 << fraction_bits, raw - bias) };
    (value.is_sign_negative(), mantissa, power - fraction_bits)
}

fn binary(value: f64, kind: FloatKind) -> String {
    let (negative, mantissa, power) = parts(value, kind);
    format!("{}{mantissa}p{power:+}", if negative { "-" } else { "" })
}

fn hexadecimal(value: f64, precision: Option<usize>, kind: FloatKind) -> String {
    let (negative, mantissa, power) = parts(value, kind);
    let sign = if negative { "-" } else { "" };
    // The leading 1 moves to bit 60: fifteen hexadecimal digits follow it.
    let (mut mantissa, mut power) = match mantissa {
        0 => (0, 0),
        _ => {
            let shift = mantissa.leading_zeros() as i32 - 3;
            (mantissa << shift, power + 60 - shift)
        }
    };
    if let Some(digits) = precision.filter(|digits| *digits < 15) {
        mantissa = round_nibbles(mantissa, 60 - 4 * digits as u32);
        if mantissa >> 61 != 0 {
            mantissa >>= 1;
            power += 1;
        }
    }
    let fraction = format!("{:015x}", mantissa & ((1 << 60) - 1));
    let fraction = match precision {
        None => fraction.trim_end_matches('0').to_owned(),
        Some(digits) => fraction.chars().chain(std::iter::repeat('0')).take(digits).collect(),
    };
    let point = if fraction.is_empty() { "" } else { "." };
    let power_sign = if power < 0 { '-' } else { '+' };
    format!("{sign}0x{}{point}{fraction}p{power_sign}{:02}", mantissa >> 60, power.unsigned_abs())
}

/// Rounds away the lowest `dropped` bits, halves to even.
fn round_nibbles(mantissa: u64, dropped: u32) -> u64 {
    let unit = 1u64 << dropped;
    let rest = mantissa & (unit - 1);
    let kept = mantissa - rest;
    let half = unit / 2;
    let up = rest > half || (rest == half && kept & unit != 0);
    if up { kept + unit } else { kept }
}
