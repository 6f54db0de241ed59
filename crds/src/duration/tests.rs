//! Tables of texts against Go's reading and printing of them.

use super::*;

#[track_caller]
fn check(text: &str, nanoseconds: i64, printed: &str) {
    let duration: Duration = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(duration, Duration { nanoseconds }, "{text}");
    assert_eq!(duration.to_string(), printed, "{text}");
}

#[test]
fn reads_and_prints_as_go_does() {
    let second = SECOND as i64;
    check("0", 0, "0s");
    check("0s", 0, "0s");
    check("+5s", 5 * second, "5s");
    check("-5s", -5 * second, "-5s");
    check("60s", 60 * second, "1m0s");
    check("1h", 3600 * second, "1h0m0s");
    check("1h0m0s", 3600 * second, "1h0m0s");
    check("1h2m3.5s", 3723 * second + second / 2, "1h2m3.5s");
    check("90m", 5400 * second, "1h30m0s");
    check("1.5h", 5400 * second, "1h30m0s");
    check(".5s", second / 2, "500ms");
    check("5.s", 5 * second, "5s");
    check("750ms", 750_000_000, "750ms");
    check("1.234567ms", 1_234_567, "1.234567ms");
    check("1500us", 1_500_000, "1.5ms");
    check("12µs", 12_000, "12µs");
    check("12μs", 12_000, "12µs");
    check("999ns", 999, "999ns");
    check("3m1h", 3780 * second, "1h3m0s");
    check("0.100000000000000000000h", 360 * second, "6m0s");
    check("0.000000000000000000000000001h", 0, "0s");
    check("9223372036854775807ns", i64::MAX, "2562047h47m16.854775807s");
    check("-9223372036854775808ns", i64::MIN, "-2562047h47m16.854775808s");
}

#[test]
fn refuses_what_go_refuses() {
    let invalid =
        ["", "-", "s", ".", ".s", "-.s", "+", "5s.", "1s ", "1d", "3", "5", "1h3", "--1s", "１s", "1 s"];
    for text in invalid {
        assert!(text.parse::<Duration>().is_err(), "{text:?}");
    }
    for text in ["9223372036854775808ns", "2562048h", "99999999999999999999s", "-9223372036854775809ns"] {
        assert_eq!(text.parse::<Duration>(), Err(ParseDurationError::TooLong(text.to_owned())));
    }
}

#[test]
fn is_a_string_on_the_wire() {
    let duration: Duration = serde_json::from_str("\"10m\"").unwrap();
    assert_eq!(duration.std(), std::time::Duration::from_secs(600));
    assert_eq!(serde_json::to_string(&duration).unwrap(), "\"10m0s\"");
    assert!(serde_json::from_str::<Duration>("5").is_err());
    assert_eq!("-1s".parse::<Duration>().unwrap().std(), std::time::Duration::ZERO);
}
