//! Conditions as kstatus reads them. Pure: the time of a transition is an argument.
//!
//! A condition keeps its transition time while its status stays, and a set that changes nothing leaves the list
//! equal, so that an unchanged status is never written.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

/// The longest message the API accepts in a condition, in bytes.
pub const MAX_MESSAGE: usize = 32_768;

/// Returns the condition of the type.
#[must_use]
pub fn find<'a>(conditions: &'a [Condition], kind: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.type_ == kind)
}

/// Returns whether the condition exists with status `True`.
#[must_use]
pub fn is_true(conditions: &[Condition], kind: &str) -> bool {
    find(conditions, kind).is_some_and(|condition| condition.status == "True")
}

/// Returns whether the condition exists with status `False`.
#[must_use]
pub fn is_false(conditions: &[Condition], kind: &str) -> bool {
    find(conditions, kind).is_some_and(|condition| condition.status == "False")
}

/// What a condition is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said<'a> {
    /// The condition's type.
    pub kind: &'a str,
    /// `True`, `False` or `Unknown`.
    pub status: &'a str,
    /// The CamelCase reason.
    pub reason: &'a str,
    /// The message for people; cut at [`MAX_MESSAGE`].
    pub message: &'a str,
}

/// Sets a condition; its transition time moves to `now` only when its status changes.
pub fn set(conditions: &mut Vec<Condition>, said: &Said<'_>, generation: Option<i64>, now: Timestamp) {
    let since = find(conditions, said.kind)
        .filter(|old| old.status == said.status)
        .map_or(Time(now), |old| old.last_transition_time.clone());
    let new = Condition {
        type_: said.kind.to_owned(),
        status: said.status.to_owned(),
        reason: said.reason.to_owned(),
        message: truncate(said.message, MAX_MESSAGE).to_owned(),
        observed_generation: generation,
        last_transition_time: since,
    };
    match conditions.iter_mut().find(|old| old.type_ == said.kind) {
        Some(old) => *old = new,
        None => conditions.push(new),
    }
}

/// Removes the condition of the type.
pub fn remove(conditions: &mut Vec<Condition>, kind: &str) {
    conditions.retain(|condition| condition.type_ != kind);
}

/// Cuts a text to at most `limit` bytes, at a character boundary.
#[must_use]
pub fn truncate(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let end = (0..=limit).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn ready(status: &'static str, message: &'static str) -> Said<'static> {
        Said { kind: "Ready", status, reason: "Reason", message }
    }

    #[test]
    fn transition_time_moves_with_the_status_alone() {
        let mut conditions = Vec::new();
        for (status, message, now, since) in
            [("True", "a", 1, 1), ("True", "b", 2, 1), ("False", "b", 3, 3), ("False", "b", 4, 3)]
        {
            set(&mut conditions, &ready(status, message), Some(7), at(now));
            let found = find(&conditions, "Ready").unwrap();
            assert_eq!((found.status.as_str(), found.message.as_str()), (status, message));
            assert_eq!(found.last_transition_time, Time(at(since)));
            assert_eq!(conditions.len(), 1);
        }
        assert!(is_false(&conditions, "Ready") && !is_true(&conditions, "Ready"));
        remove(&mut conditions, "Ready");
        assert!(conditions.is_empty());
    }

    #[test]
    fn truncates_at_character_boundaries() {
        for (text, limit, cut) in [("abc", 3, "abc"), ("abcd", 3, "abc"), ("aé", 2, "a"), ("é", 1, "")] {
            assert_eq!(truncate(text, limit), cut);
        }
    }
}
