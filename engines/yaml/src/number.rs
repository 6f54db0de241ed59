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
    // Rust's exponent form has the same shortest digits.
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&power) { format!("{value}") } else { with_exponent(digits, power) }
}

fn with_exponent(digits: &str, power: i32) -> String {
    let sign = if power < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", power.abs())
}
