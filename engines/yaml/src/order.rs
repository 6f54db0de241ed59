//! The order of keys in written mappings: letters by code point, runs of digits as numbers.

use std::cmp::Ordering;

/// Compares two keys as Go's YAML writer sorts them.
pub fn natural(left: &str, right: &str) -> Ordering {
    let same = left.chars().zip(right.chars()).take_while(|(a, b)| a == b).count();
    let (mut a, mut b) = (left.chars().skip(same), right.chars().skip(same));
    let (Some(first), Some(second)) = (a.next(), b.next()) else {
        return left.chars().count().cmp(&right.chars().count());
    };
    match (first.is_alphabetic(), second.is_alphabetic()) {
        (true, true) => return first.cmp(&second),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let seed = u8::from((first == '0' || second == '0') && follows_a_number(left, same));
    let (left_value, left_digits) = number_at(left, same, seed);
    let (right_value, right_digits) = number_at(right, same, seed);
    left_value.cmp(&right_value).then(left_digits.cmp(&right_digits)).then(first.cmp(&second))
}

/// Says whether a digit other than zero stands in the run of digits right before `at`.
fn follows_a_number(text: &str, at: usize) -> bool {
    let before: Vec<char> = text.chars().take(at).collect();
    before.iter().rev().take_while(|c| c.is_numeric()).any(|c| *c != '0')
}

fn number_at(text: &str, at: usize, seed: u8) -> (i64, usize) {
    let digits = text.chars().skip(at).map_while(|c| c.to_digit(10));
    digits.fold((i64::from(seed), 0), |(value, count), digit| {
        (value.wrapping_mul(10).wrapping_add(i64::from(digit)), count + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_naturally() {
        for (low, high) in [
            ("a", "b"),
            ("a", "ab"),
            ("a2", "a10"),
            ("a1b", "a01"),
            ("a.b", "ab"),
            ("A", "a"),
            ("1", "a"),
            ("x-1", "x-y"),
        ] {
            assert_eq!(natural(low, high), Ordering::Less, "{low} {high}");
            assert_eq!(natural(high, low), Ordering::Greater, "{high} {low}");
        }
    }
}
