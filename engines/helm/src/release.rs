//! Releases as Helm records them: what was installed, from which chart, with which values, and how it went.
//!
//! [`Release::encode`] and [`Release::decode`] speak the form that Helm keeps in a Secret; the real `helm` reads what is
//! written here, and the other way round. Refuses records that grow beyond a limit when unpacked.

mod chart;
mod decode;
mod encode;
mod secret;
mod snapshot;
mod time;

use std::collections::BTreeMap;
use std::fmt;

pub use chart::RecordedChart;
pub use decode::RecordError;
pub use secret::{RecordSecret, SECRET_TYPE, is_system_label, secret_name};
pub use time::Time;

use crate::hook::Hook;
use crate::values::Values;

/// One revision of a release.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Release {
    /// The name.
    pub name: String,
    /// How it went.
    pub info: Info,
    /// The chart it was made from.
    pub chart: RecordedChart,
    /// The values that were given; the chart's own are not among them.
    pub config: Option<Values>,
    /// All rendered manifests, hooks not included.
    pub manifest: String,
    /// The hooks.
    pub hooks: Vec<Hook>,
    /// The revision, from one.
    pub version: i64,
    /// The namespace.
    pub namespace: String,
    /// Labels of the record that Helm does not need itself.
    pub labels: BTreeMap<String, String>,
    /// How objects are written; nothing in records of Helm 3.
    pub apply_method: Option<ApplyMethod>,
}

/// How a release went.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Info {
    /// When the first revision was installed.
    pub first_deployed: Option<Time>,
    /// When this revision was installed.
    pub last_deployed: Option<Time>,
    /// When it was uninstalled.
    pub deleted: Option<Time>,
    /// What happened last, in a sentence.
    pub description: String,
    /// Where it stands.
    pub status: Status,
    /// The rendered `NOTES.txt`.
    pub notes: String,
}

/// How objects of a release are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplyMethod {
    /// Server-side apply, `ssa`.
    ServerSide,
    /// Patches computed by the client, `csa`.
    ClientSide,
    /// One that only a record knows.
    Other(String),
}

/// Where a release stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Nobody knows.
    #[default]
    Unknown,
    /// This revision is what the cluster holds.
    Deployed,
    /// It was uninstalled and its record kept.
    Uninstalled,
    /// A later revision took its place.
    Superseded,
    /// Installing or upgrading to it did not succeed.
    Failed,
    /// It is being uninstalled.
    Uninstalling,
    /// It is being installed.
    PendingInstall,
    /// It is being upgraded to.
    PendingUpgrade,
    /// It is being rolled back to.
    PendingRollback,
    /// One that only a record knows, or none.
    Other(String),
}

// === impl Status ===

impl Status {
    /// Reads the word of a record.
    pub fn recorded(word: &str) -> Self {
        match word {
            "unknown" => Self::Unknown,
            "deployed" => Self::Deployed,
            "uninstalled" => Self::Uninstalled,
            "superseded" => Self::Superseded,
            "failed" => Self::Failed,
            "uninstalling" => Self::Uninstalling,
            "pending-install" => Self::PendingInstall,
            "pending-upgrade" => Self::PendingUpgrade,
            "pending-rollback" => Self::PendingRollback,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The word that stands for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Unknown => "unknown",
            Self::Deployed => "deployed",
            Self::Uninstalled => "uninstalled",
            Self::Superseded => "superseded",
            Self::Failed => "failed",
            Self::Uninstalling => "uninstalling",
            Self::PendingInstall => "pending-install",
            Self::PendingUpgrade => "pending-upgrade",
            Self::PendingRollback => "pending-rollback",
            Self::Other(word) => word,
        }
    }

    /// Whether somebody is, or died while, changing the release.
    pub fn is_pending(&self) -> bool {
        matches!(self, Self::PendingInstall | Self::PendingUpgrade | Self::PendingRollback)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

// === impl ApplyMethod ===

impl ApplyMethod {
    /// Reads the word of a record; nothing when it is empty.
    pub fn recorded(word: &str) -> Option<Self> {
        match word {
            "" => None,
            "ssa" => Some(Self::ServerSide),
            "csa" => Some(Self::ClientSide),
            other => Some(Self::Other(other.to_owned())),
        }
    }

    /// The word that stands for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::ServerSide => "ssa",
            Self::ClientSide => "csa",
            Self::Other(word) => word,
        }
    }
}

#[cfg(test)]
mod tests;
