//! The schedule under scripted wakes and outcomes.

use super::*;

const BACKOFF: Backoff = Backoff { min: Duration::from_secs(1), max: Duration::from_secs(8) };

struct Script {
    queue: Queue<&'static str>,
    start: Instant,
}

impl Script {
    fn new() -> Self {
        Self { queue: Queue::default(), start: Instant::now() }
    }

    fn at(&self, seconds: u64) -> Instant {
        self.start + Duration::from_secs(seconds)
    }

    fn wake(&mut self, key: &'static str, seconds: u64) {
        let now = self.at(seconds);
        self.queue.wake(&key, now);
    }

    fn take(&mut self, seconds: u64) -> Option<&'static str> {
        let now = self.at(seconds);
        self.queue.take(now).map(|taken| taken.key)
    }

    fn finish(&mut self, key: &'static str, next: Next, seconds: u64) {
        let now = self.at(seconds);
        self.queue.finish(&key, next, BACKOFF, now);
    }
}

#[test]
fn never_runs_a_key_twice_at_once_and_runs_it_again_when_woken_meanwhile() {
    let mut script = Script::new();
    script.wake("a", 0);
    script.wake("a", 0);
    assert_eq!(script.take(0), Some("a"));
    script.wake("a", 1);
    assert_eq!(script.take(1), None);
    script.finish("a", Next::OnWake, 2);
    assert_eq!(script.take(2), Some("a"));
    script.finish("a", Next::OnWake, 3);
    assert_eq!(script.take(1000), None);
    assert_eq!(script.queue.next_due(), None);
}

#[test]
fn a_wake_and_a_later_outcome_replace_the_schedule() {
    let mut script = Script::new();
    script.wake("a", 0);
    script.take(0);
    script.finish("a", Next::After(Duration::from_secs(60)), 0);
    assert_eq!(script.queue.next_due(), Some(script.at(60)));
    script.wake("a", 10);
    assert_eq!(script.queue.next_due(), None);
    assert_eq!(script.take(10), Some("a"));
    script.finish("a", Next::After(Duration::from_secs(60)), 10);
    assert_eq!(script.take(60), None);
    assert_eq!(script.take(70), Some("a"));
}

#[test]
fn failures_back_off_and_success_forgets_them() {
    let mut script = Script::new();
    let mut now = 0;
    script.wake("a", now);
    let within = |seconds| Next::RetryWithin(Duration::from_secs(seconds));
    for (next, delay) in
        [(Next::Retry, 1), (within(60), 2), (within(3), 3), (Next::Retry, 8), (Next::Retry, 8)]
    {
        assert_eq!(script.take(now), Some("a"));
        script.finish("a", next, now);
        assert_eq!(script.queue.next_due(), Some(script.at(now + delay)));
        now += delay;
    }
    script.take(now);
    script.finish("a", Next::OnWake, now);
    script.wake("a", now);
    script.take(now);
    script.finish("a", Next::Retry, now);
    assert_eq!(script.queue.next_due(), Some(script.at(now + 1)));
}

#[test]
fn keys_run_in_the_order_they_became_ready() {
    let mut script = Script::new();
    for key in ["a", "b", "c"] {
        script.wake(key, 0);
    }
    assert_eq!([script.take(0), script.take(0), script.take(0)], [Some("a"), Some("b"), Some("c")]);
}

#[test]
fn forgetting_drops_the_schedule_but_not_a_wake_during_the_run() {
    let mut script = Script::new();
    script.wake("a", 0);
    script.take(0);
    let now = script.at(0);
    script.queue.forget(&"a", now);
    assert_eq!(script.take(0), None);
    script.wake("a", 0);
    script.take(0);
    script.wake("a", 0);
    script.queue.forget(&"a", now);
    assert_eq!(script.take(0), Some("a"));
}
