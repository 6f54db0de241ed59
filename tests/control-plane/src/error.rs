//! What can keep a control plane from coming up.

use std::path::PathBuf;
use std::time::Duration;
use std::{io, result};

/// Why a control plane could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Neither XDG_CACHE_HOME nor HOME says where to keep the built programs.
    #[error("neither XDG_CACHE_HOME nor HOME is set: no place for the programs of the control plane")]
    NoCache,
    /// Go is not installed, and no built programs are at hand.
    #[error(
        "the control plane is built from Go modules once, and `go` does not run: install Go {needed} or newer \
         (https://go.dev/dl), or set KUBEBUILDER_ASSETS to a folder with {programs}"
    )]
    NoGo {
        /// The oldest version of Go that will do.
        needed: String,
        /// The programs that such a folder holds.
        programs: String,
        /// Why `go` did not run.
        source: io::Error,
    },
    /// Go is there and did not do the work, for example because it is too old.
    #[error("go {task} failed (Go {needed} or newer is needed); the end of its output:\n{output}")]
    Go {
        /// What was asked of Go.
        task: &'static str,
        /// The oldest version of Go that will do.
        needed: String,
        /// The end of what it printed.
        output: String,
    },
    /// A file or folder of the control plane could not be used.
    #[error("cannot {task} {}", path.display())]
    File {
        /// What was being done.
        task: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Keys or certificates could not be made.
    #[error("cannot make certificates")]
    Certificates(#[from] rcgen::Error),
    /// The process that owns the control plane did not start or answered something unexpected.
    #[error("the supervisor of the control plane: {0}")]
    Supervisor(String),
    /// A program of the control plane ended by itself.
    #[error("the control plane is gone: {0}")]
    Gone(String),
    /// Something did not become ready in time.
    #[error("{what} is not ready after {} s", .after.as_secs())]
    Late {
        /// What was waited for.
        what: String,
        /// How long.
        after: Duration,
    },
    /// The API server refused a request that setting up needs.
    #[error("the API server refused")]
    Api(#[from] kube::Error),
    /// The API server accepted the request for a token, and answered none.
    #[error("the API server issued no token")]
    NoToken,
    /// Waiting for an object failed.
    #[error("cannot wait for an object")]
    Wait(#[from] kube::runtime::wait::Error),
    /// The kubeconfig does not make a client configuration.
    #[error("the kubeconfig does not work")]
    Kubeconfig(#[from] kube::config::KubeconfigError),
}

/// Adds the file to an I/O error.
pub(crate) trait OnFile<T> {
    /// Says what was being done, and to which file.
    fn on(self, task: &'static str, path: impl Into<PathBuf>) -> result::Result<T, Error>;
}

impl<T> OnFile<T> for io::Result<T> {
    fn on(self, task: &'static str, path: impl Into<PathBuf>) -> result::Result<T, Error> {
        self.map_err(|source| Error::File { task, path: path.into(), source })
    }
}
