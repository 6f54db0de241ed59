//! Why the demo or the benchmark ended early, each in one sentence for the person at the terminal.

use std::io;
use std::time::Duration;

/// A reason to stop.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The control plane.
    #[error("the control plane failed: {0}")]
    ControlPlane(#[from] sluice_control_plane::Error),
    /// The controllers.
    #[error(transparent)]
    Controllers(#[from] sluice_journeys::Error),
    /// The Git server.
    #[error("the Git server failed: {0}")]
    Git(#[from] sluice_git_server::Error),
    /// A request to the API server.
    #[error("{action}: {source}")]
    Kubernetes {
        /// What was attempted.
        action: String,
        /// What came back.
        source: Box<kube::Error>,
    },
    /// The kubeconfig.
    #[error("the kubeconfig cannot be used: {0}")]
    Kubeconfig(#[from] kube::config::KubeconfigError),
    /// A file.
    #[error("{action}: {source}")]
    Io {
        /// What was attempted.
        action: String,
        /// What the system said.
        source: io::Error,
    },
    /// Something did not happen in time.
    #[error("{what} did not happen within {}: {state}", seconds(*.after))]
    Late {
        /// What was waited for.
        what: String,
        /// How long.
        after: Duration,
        /// How things stood.
        state: String,
    },
    /// Something is not as it should be.
    #[error("{0}")]
    Wrong(String),
    /// The user pressed Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

impl Failure {
    /// Says what was attempted when the API server refused.
    pub fn kubernetes(action: impl Into<String>) -> impl FnOnce(kube::Error) -> Self {
        let action = action.into();
        move |source| Self::Kubernetes { action, source: Box::new(source) }
    }

    /// Says what was attempted when the system refused.
    pub fn io(action: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let action = action.into();
        move |source| Self::Io { action, source }
    }
}

/// Prints a duration as people say it: `0.4 s`, `12 s`, `3 min`.
pub fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        whole @ 10..180 => format!("{whole} s"),
        whole => format!("{} min", whole / 60),
    }
}
