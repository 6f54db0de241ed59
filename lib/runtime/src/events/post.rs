//! The sink that posts events to the notification-controller, in order.
//!
//! An event is tried until it is five minutes old; 429 means that the receiver knows it already.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use reqwest::{Client, StatusCode};
use sluice_crds::event::{Event, MAX_MESSAGE, Severity};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Kind, Recorded, Reporter};
use crate::{backoff::Backoff, conditions::truncate, metrics::Metrics};

/// The time one request may take.
const REQUEST: Duration = Duration::from_secs(5);
/// The age at which an event is given up.
const MAX_AGE: SignedDuration = SignedDuration::from_mins(5);
/// The pauses between two tries.
const PAUSES: Backoff = Backoff { min: Duration::from_millis(500), max: Duration::from_secs(15) };

pub(super) struct Sink {
    client: Client,
    reporter: Reporter,
    metrics: Metrics,
}

/// What one try came to.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Done,
    Refused,
    Again,
}

impl Sink {
    pub(super) fn new(reporter: Reporter, metrics: Metrics) -> Result<Self, reqwest::Error> {
        let client = Client::builder().timeout(REQUEST).build()?;
        Ok(Self { client, reporter, metrics })
    }

    pub(super) async fn run(self, mut queue: mpsc::Receiver<Recorded>, closing: CancellationToken) {
        loop {
            let next = tokio::select! {
                biased;
                next = queue.recv() => next,
                () = closing.cancelled() => return,
            };
            let Some(recorded) = next else { return };
            if !self.deliver(&recorded, &closing).await {
                self.metrics.event_lost("notifications");
                tracing::warn!(reason = recorded.event.reason, "event could not be posted");
            }
        }
    }

    async fn deliver(&self, recorded: &Recorded, closing: &CancellationToken) -> bool {
        let body = wire(recorded, &self.reporter);
        for tries in 1.. {
            match self.attempt(&body).await {
                Answer::Done => return true,
                Answer::Refused => return false,
                Answer::Again => {}
            }
            if closing.is_cancelled() || Timestamp::now().duration_since(recorded.at) > MAX_AGE {
                return false;
            }
            tokio::time::sleep(PAUSES.delay(tries)).await;
        }
        false
    }

    async fn attempt(&self, body: &Event) -> Answer {
        match self.client.post(&self.reporter.events_addr).json(body).send().await {
            Ok(response) => judge(response.status()),
            Err(error) => {
                tracing::debug!(error = %error.without_url(), "event post failed");
                Answer::Again
            }
        }
    }
}

fn judge(status: StatusCode) -> Answer {
    match status.as_u16() {
        200..=299 | 429 => Answer::Done,
        408 | 500..=599 => Answer::Again,
        _ => Answer::Refused,
    }
}

fn wire(recorded: &Recorded, reporter: &Reporter) -> Event {
    Event {
        involved_object: recorded.object.clone(),
        severity: if recorded.event.kind == Kind::Warning { Severity::Error } else { Severity::Info },
        timestamp: Time(recorded.at),
        message: truncate(&recorded.event.message, MAX_MESSAGE).to_owned(),
        reason: recorded.event.reason.clone(),
        metadata: recorded.event.metadata.clone(),
        reporting_controller: reporter.controller.to_owned(),
        reporting_instance: reporter.instance.clone(),
    }
}

#[cfg(test)]
mod tests;
