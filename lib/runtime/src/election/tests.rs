//! Leases under a scripted API server that keeps one lease, on a paused clock.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use http::Method;
use serde_json::{Value, json};

use super::*;
use crate::scripted::{self, Asked, Log, refusal};

/// The one lease of the scripted API server, guarded by its resource version as the real one is.
#[derive(Clone, Default)]
struct Server {
    lease: Arc<Mutex<Option<Value>>>,
    down: Arc<AtomicBool>,
}

impl Server {
    fn answer(&self, asked: &Asked) -> (u16, String) {
        if self.down.load(Ordering::Relaxed) {
            return refusal(503);
        }
        let mut lease = self.lease.lock().unwrap();
        if asked.method == Method::GET {
            return lease.as_ref().map_or_else(|| refusal(404), |lease| (200, lease.to_string()));
        }
        let current = lease.as_ref().map(|lease| lease["metadata"]["resourceVersion"].clone());
        let sent = Some(asked.body["metadata"]["resourceVersion"].clone()).filter(|v| !v.is_null());
        if current != sent {
            return refusal(409);
        }
        let version = current.and_then(|v| v.as_str()?.parse::<u64>().ok()).unwrap_or(0) + 1;
        let mut stored = asked.body.clone();
        stored["metadata"]["resourceVersion"] = json!(version.to_string());
        *lease = Some(stored.clone());
        (200, stored.to_string())
    }

    fn candidate(&self, identity: &str) -> (Elector, Log) {
        let server = self.clone();
        let (client, log) = scripted::client(move |asked| {
            let answer = server.answer(&asked);
            async move { answer }
        });
        let settings = Settings {
            name: "x-leader-election".into(),
            namespace: "flux-system".into(),
            identity: identity.into(),
            lease_duration: Duration::from_secs(35),
            renew_deadline: Duration::from_secs(30),
            retry_period: Duration::from_secs(5),
        };
        (Elector::new(client, settings), log)
    }

    fn spec(&self) -> Value {
        self.lease.lock().unwrap().as_ref().unwrap()["spec"].clone()
    }
}

#[tokio::test(start_paused = true)]
async fn a_free_lease_is_taken_at_once() {
    let server = Server::default();
    let (mut a, _) = server.candidate("a");
    let start = Instant::now();
    a.acquire().await;
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(
        (&server.spec()["holderIdentity"], &server.spec()["leaseTransitions"]),
        (&json!("a"), &json!(0))
    );
    assert_eq!(server.spec()["leaseDurationSeconds"], json!(35));
}

#[tokio::test(start_paused = true)]
async fn a_dead_leader_is_replaced_after_its_lease_ran_out_on_our_clock() {
    let server = Server::default();
    let (mut a, _) = server.candidate("a");
    a.acquire().await;
    let (mut b, _) = server.candidate("b");
    let start = Instant::now();
    b.acquire().await;
    assert!(start.elapsed() >= Duration::from_secs(35), "{:?}", start.elapsed());
    assert!(start.elapsed() <= Duration::from_secs(42), "{:?}", start.elapsed());
    assert_eq!(
        (&server.spec()["holderIdentity"], &server.spec()["leaseTransitions"]),
        (&json!("b"), &json!(1))
    );
    assert!(!a.attempt().await, "the old leader must see that it was replaced");
}

#[tokio::test(start_paused = true)]
async fn a_renewing_leader_keeps_others_out_with_one_request_per_renewal() {
    let server = Server::default();
    let (mut a, log) = server.candidate("a");
    a.acquire().await;
    log.lock().unwrap().clear();
    let (mut b, _) = server.candidate("b");
    let ten_minutes = Duration::from_secs(600);
    tokio::select! {
        () = a.hold() => panic!("lost a lease that nobody contests"),
        () = b.acquire() => panic!("two leaders"),
        () = tokio::time::sleep(ten_minutes) => {}
    }
    let asked = log.lock().unwrap();
    assert!(asked.iter().all(|asked| asked.method == Method::PUT), "{asked:?}");
    assert!((118..=121).contains(&asked.len()), "{} renewals", asked.len());
}

#[tokio::test(start_paused = true)]
async fn a_leader_gives_up_when_it_cannot_renew_in_time() {
    let server = Server::default();
    let (mut a, _) = server.candidate("a");
    a.acquire().await;
    server.down.store(true, Ordering::Relaxed);
    let start = Instant::now();
    a.hold().await;
    assert_eq!(start.elapsed(), Duration::from_secs(35));
}

#[tokio::test(start_paused = true)]
async fn a_released_lease_is_free() {
    let server = Server::default();
    let (mut a, _) = server.candidate("a");
    a.acquire().await;
    a.release().await;
    assert_eq!(server.spec()["holderIdentity"], json!(""));
    let (mut b, _) = server.candidate("b");
    let start = Instant::now();
    b.acquire().await;
    assert_eq!(start.elapsed(), Duration::ZERO);
    a.release().await;
    assert_eq!(server.spec()["holderIdentity"], json!("b"), "a release must not hit another's lease");
}
