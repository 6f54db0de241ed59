//! The Secret that holds a record: its name, type and labels.

use std::collections::BTreeMap;

use super::{RecordError, Release};

/// The type of a Secret that holds a release.
pub const SECRET_TYPE: &str = "helm.sh/release.v1";

/// Labels that Helm writes and nobody else may.
const SYSTEM_LABELS: &[&str] = &["name", "owner", "status", "version", "createdAt", "modifiedAt"];

/// What of a Secret says which release it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordSecret {
    /// The name of the object.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// What stands under the key `release`, before Kubernetes adds a base64 of its own.
    pub release: String,
}

/// The name of the Secret of one revision.
pub fn secret_name(release: &str, version: i64) -> String {
    format!("sh.helm.release.v1.{release}.v{version}")
}

/// Whether a label belongs to Helm.
pub fn is_system_label(name: &str) -> bool {
    SYSTEM_LABELS.contains(&name)
}

impl RecordSecret {
    /// The Secret of a new revision, at `now` in seconds since 1970.
    pub fn create(release: &Release, now: i64) -> Self {
        Self::new(release, "createdAt", now)
    }

    /// The Secret of a revision that changed, at `now` in seconds since 1970; it replaces the one before.
    pub fn update(release: &Release, now: i64) -> Self {
        Self::new(release, "modifiedAt", now)
    }

    fn new(release: &Release, moment: &str, now: i64) -> Self {
        let mut labels = release.labels.clone();
        labels.insert(moment.to_owned(), now.to_string());
        labels.insert("name".to_owned(), release.name.clone());
        labels.insert("owner".to_owned(), "helm".to_owned());
        labels.insert("status".to_owned(), release.info.status.as_str().to_owned());
        labels.insert("version".to_owned(), release.version.to_string());
        let name = secret_name(&release.name, release.version);
        Self { name, labels, release: release.encode() }
    }

    /// Reads the release, with the labels that are not Helm's.
    ///
    /// # Errors
    /// As [`Release::decode`].
    pub fn read(&self) -> Result<Release, RecordError> {
        let mut release = Release::decode(self.release.as_bytes())?;
        let own = self.labels.iter().filter(|(name, _)| !is_system_label(name));
        release.labels = own.map(|(name, value)| (name.clone(), value.clone())).collect();
        Ok(release)
    }
}
