//! The order of keys in written mappings: letters by code point, runs of digits as numbers.

use std::cmp::Ordering;

use crate::emit::Layout;

/// Compares two keys as Go's YAML writer sorts them.
pub fn natural(left: &str, right: &str) -> Ordering {
    compare(left, right, Layout::Folded)
}

fn compare(left: &str, right: &str, layout: Layout) -> Ordering {
    let same = left.chars().zip(right.chars()).take_while(|(a, b)| a == b).count();
    let (mut a, mut b) = (left.chars().skip(same), right.chars().skip(same));
    let (Some(first), Some(second)) = (a.next(), b.next()) else {
        return left.chars().count().cmp(&right.chars().count());
    };
    match (first.is_alphabetic(), second.is_alphabetic()) {
        (true, true) => return first.cmp(&second),
        (letter, other) if letter != other => return letter_and_other(left, same, letter, layout),
        _ => {}
    }
    let seed = u8::from((first == '0' || second == '0') && follows_a_number(left, same));
    let (left_value, left_digits) = number_at(left, same, seed);
    let (right_value, right_digits) = number_at(right, same, seed);
    left_value.cmp(&right_value).then(left_digits.cmp(&right_digits)).then(first.cmp(&second))
}

/// Letters come last; behind a digit, the newer writer has them first.
fn letter_and_other(left: &str, same: usize, left_is_letter: bool, layout: Layout) -> Ordering {
    let behind_digit = || left.chars().take(same).last().is_some_and(char::is_numeric);
    let letters_first = layout == Layout::Unfolded && behind_digit();
    if left_is_letter == letters_first { Ordering::Less } else { Ordering::Greater }
}

/// Sorts by key; equal keys keep their order.
///
/// A merge of its own, for [`natural`] is no total order (`10` < `1b` < `2` < `10`), which sorting in the standard
/// library may answer with a panic.
pub fn sort_naturally<T: Copy>(items: &mut [T], layout: Layout, key: impl Fn(&T) -> &str) {
    let less = |left: &T, right: &T| compare(key(left), key(right), layout) == Ordering::Less;
    if items.windows(2).all(|pair| !less(&pair[1], &pair[0])) {
        return;
    }
    let mut width = 1;
    let mut merged = Vec::with_capacity(items.len());
    while width < items.len() {
        for run in items.chunks(width * 2) {
            let (left, right) = run.split_at(width.min(run.len()));
            merge(left, right, &mut merged, &less);
        }
        items.copy_from_slice(&merged);
        merged.clear();
        width *= 2;
    }
}

fn merge<T: Copy>(mut left: &[T], mut right: &[T], merged: &mut Vec<T>, less: &impl Fn(&T, &T) -> bool) {
    while let ([first, left_rest @ ..], [second, right_rest @ ..]) = (left, right) {
        if less(second, first) {
            merged.push(*second);
            right = right_rest;
        } else {
            merged.push(*first);
            left = left_rest;
        }
    }
    merged.extend_from_slice(left);
    merged.extend_from_slice(right);
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
    fn circles_are_sorted_somehow() {
        let mut keys: Vec<String> = (0..200).flat_map(|n| [format!("{n}"), format!("{n}b")]).collect();
        keys.reverse();
        let mut sorted: Vec<&str> = keys.iter().map(String::as_str).collect();
        sort_naturally(&mut sorted, Layout::Folded, |key| key);
        assert_eq!(sorted.len(), 400);
        let mut plain = ["b", "a10", "a2", "a"];
        sort_naturally(&mut plain, Layout::Folded, |key| key);
        assert_eq!(plain, ["a", "a2", "a10", "b"]);
    }

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
