//! Fractions as text, the way Go's shortest `%g` writes them.

/// Writes a fraction with the fewest digits that read back the same, with an exponent below 1e-4 and from 1e6
/// on (Go: `FormatFloat(f, 'g', -1, 64)`).
pub fn format_float(value: f64) -> String {
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    if value == 0.0 {
        return if value.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    written(&shortest(value))
}

/// As [`format_float`] with the digits that 32 bits need (Go: `FormatFloat(f, 'g', -1, 32)`), infinities as in YAML.
pub fn format_float_32(value: f32) -> String {
    if value == 0.0 || !value.is_finite() {
        return format_float(value.into());
    }
    written(&format!("{value:e}"))
}

/// Writes a finite fraction as Go's JSON writer does: with an exponent below 1e-6 and from 1e21 on.
pub fn format_json_float(value: f64) -> String {
    if value == 0.0 {
        return if value.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    let scientific = shortest(value);
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = exponent.parse().unwrap_or(0);
    match power {
        -6..21 => plain(digits, power),
        _ if power < 0 => format!("{digits}e{power}"),
        _ => format!("{digits}e+{power}"),
    }
}

fn written(scientific: &str) -> String {
    let (digits, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let power: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&power) { plain(digits, power) } else { with_exponent(digits, power) }
}

/// The fewest digits, such as `1.25e-3`. Rust finds how many they are, but where two numbers are equally near it may
/// take the other one than Go, which takes the even one as the exact form does.
fn shortest(value: f64) -> String {
    /// Numbers of fewer digits are never in the middle of two.
    const CLEAR: usize = 16;
    let found = format!("{value:e}");
    let digits = found.bytes().take_while(|byte| *byte != b'e').filter(u8::is_ascii_digit).count();
    if digits < CLEAR {
        return found;
    }
    let exact = format!("{value:.*e}", digits - 1);
    if exact.parse() == Ok(value) { exact } else { found }
}

fn plain(digits: &str, power: i32) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let digits: String = digits.chars().filter(|c| *c != '.').collect();
    let whole = usize::try_from(power + 1).unwrap_or(0);
    if power < 0 {
        let zeros = "0".repeat(usize::try_from(-power - 1).unwrap_or(0));
        return format!("{sign}0.{zeros}{digits}");
    }
    match digits.len().checked_sub(whole) {
        None => format!("{sign}{digits}{}", "0".repeat(whole - digits.len())),
        Some(0) => format!("{sign}{digits}"),
        Some(_) => format!("{sign}{}.{}", &digits[..whole], &digits[whole..]),
    }
}

fn with_exponent(digits: &str, power: i32) -> String {
    let sign = if power < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", power.abs())
}

#[cfg(test)]
mod tests {
    #[test]
    fn floats_in_json() {
        for (value, expected) in [
            (-0.0, "-0"),
            (1.0, "1"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (0.000_001, "0.000001"),
            (1.5e-7, "1.5e-7"),
            (-12345.678, "-12345.678"),
        ] {
            assert_eq!(super::format_json_float(value), expected);
        }
    }

    #[test]
    fn floats() {
        for (value, expected) in [
            (0.5, "0.5"),
            (-0.0001, "-0.0001"),
            (0.00001, "1e-05"),
            (100_000.0, "100000"),
            (123_456.75, "123456.75"),
            (1e6, "1e+06"),
            (-1.5, "-1.5"),
            (12.0, "12"),
            (1_288_605_714_638_091.0 + 0.25, "1.2886057146380912e+15"),
            (0.229_714_442_788_435_34, "0.22971444278843534"),
        ] {
            assert_eq!(super::format_float(value), expected);
        }
    }
}
