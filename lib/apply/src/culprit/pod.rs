//! What is wrong with one Pod, from its own status.

use std::fmt;

use serde_json::Value;

/// What keeps a Pod from working.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// No node takes it, for this reason.
    Unschedulable(String),
    /// It ended as a whole, for this reason.
    Ended(String),
    /// A container cannot start, or starts again and again.
    Container { name: String, state: String, detail: String },
    /// A container runs and is not ready.
    Unready { name: String },
}

/// Reasons of waiting containers that are just the way to running.
const ON_THE_WAY: [&str; 2] = ["ContainerCreating", "PodInitializing"];

impl Trouble {
    /// The trouble of `pod`, if it has any.
    pub(super) fn of(pod: &Value) -> Option<Self> {
        let status = &pod["status"];
        if let Some(message) = unschedulable(status) {
            return Some(Self::Unschedulable(message));
        }
        let containers = ["initContainerStatuses", "containerStatuses"];
        let statuses = || containers.iter().flat_map(|field| status[*field].as_array().into_iter().flatten());
        if let Some(found) = statuses().find_map(stopped) {
            return Some(found);
        }
        if status["phase"] == "Failed" {
            let reason = status["reason"].as_str().unwrap_or("Failed");
            return Some(Self::Ended(reason.to_owned()));
        }
        let running = status["containerStatuses"].as_array().into_iter().flatten();
        running.into_iter().find_map(unready)
    }

    /// How bad it is: what cannot start comes before what is slow.
    pub(super) fn severity(&self) -> u8 {
        match self {
            Self::Unready { .. } => 0,
            Self::Unschedulable(_) | Self::Ended(_) => 1,
            Self::Container { .. } => 2,
        }
    }

    /// Whether both tell of the same cause, however often it struck.
    pub(super) fn is_alike(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Container { name, state, .. }, Self::Container { name: named, state: stands, .. }) => {
                (name, state) == (named, stands)
            }
            (one, another) => one == another,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unschedulable(message) => write!(formatter, "unschedulable: {message}"),
            Self::Ended(reason) => write!(formatter, "{reason}"),
            Self::Container { name, state, detail } if detail.is_empty() => {
                write!(formatter, "container {name:?} {state}")
            }
            Self::Container { name, state, detail } => {
                write!(formatter, "container {name:?} {state} ({detail})")
            }
            Self::Unready { name } => write!(formatter, "container {name:?} runs and is not ready"),
        }
    }
}

fn unschedulable(status: &Value) -> Option<String> {
    let conditions = status["conditions"].as_array()?;
    let scheduled = conditions.iter().find(|condition| condition["type"] == "PodScheduled")?;
    let refused = scheduled["status"] == "False" && scheduled["reason"] == "Unschedulable";
    refused.then(|| first_sentence(scheduled["message"].as_str().unwrap_or("no node fits")))
}

/// A container that waits for something else than its turn, or that ended badly.
fn stopped(status: &Value) -> Option<Trouble> {
    let name = status["name"].as_str()?.to_owned();
    let restarts = status["restartCount"].as_u64().unwrap_or_default();
    let waiting = &status["state"]["waiting"];
    if let Some(reason) = waiting["reason"].as_str() {
        let ended = ended(&status["lastState"]["terminated"]);
        if ON_THE_WAY.contains(&reason) && ended.is_none() {
            return None;
        }
        let detail = match ended {
            Some(ended) => format!("{ended}, {restarts} restarts"),
            // Of an image or a missing ConfigMap; a program has not run, so that it wrote nothing here.
            None => first_sentence(waiting["message"].as_str().unwrap_or_default()),
        };
        return Some(Trouble::Container { name, state: reason.to_owned(), detail });
    }
    let detail = ended(&status["state"]["terminated"])?;
    Some(Trouble::Container {
        name,
        state: "ended".to_owned(),
        detail: format!("{detail}, {restarts} restarts"),
    })
}

/// How a container ended, if badly.
fn ended(terminated: &Value) -> Option<String> {
    let code = terminated["exitCode"].as_i64().filter(|code| *code != 0)?;
    Some(match terminated["reason"].as_str() {
        Some(reason) if reason != "Error" => format!("{reason}, exit {code}"),
        _ => format!("exit {code}"),
    })
}

fn unready(status: &Value) -> Option<Trouble> {
    let runs = status["state"]["running"].is_object() && status["ready"] == false;
    runs.then(|| Trouble::Unready { name: status["name"].as_str().unwrap_or_default().to_owned() })
}

/// The first line, cut where it grows long.
fn first_sentence(text: &str) -> String {
    const LONGEST: usize = 200;
    let line = text.lines().next().unwrap_or_default().trim();
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}
