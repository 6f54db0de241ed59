//! The environment variables this crate reads, and where they lead.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::Error;

/// A folder with ready-made programs, as controller-runtime's envtest uses it.
pub(crate) const ASSETS: &str = "KUBEBUILDER_ASSETS";
/// A name for a shared control plane apart from that of others, for example of a second checkout.
pub(crate) const NAME: &str = "SLUICE_CONTROL_PLANE";
/// How many seconds a shared control plane outlives its last user.
pub(crate) const LINGER: &str = "SLUICE_CONTROL_PLANE_LINGER";

/// Long enough for the next test binary of a run to start.
const DEFAULT_LINGER: Duration = Duration::from_secs(20);

/// Answers the folder for what is kept between runs: `sluice/control-plane` in the user's cache.
pub(crate) fn cache() -> Result<PathBuf, Error> {
    let absolute = |name| set(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
    Ok(base.ok_or(Error::NoCache)?.join("sluice").join("control-plane"))
}

/// Answers the folder named by KUBEBUILDER_ASSETS.
pub(crate) fn assets() -> Option<PathBuf> {
    set(ASSETS).map(PathBuf::from)
}

/// Answers the name of the shared control plane; empty where none was chosen.
pub(crate) fn name() -> OsString {
    set(NAME).unwrap_or_default()
}

/// Answers how long a shared control plane outlives its last user.
pub(crate) fn linger() -> Duration {
    let seconds = set(LINGER).and_then(|text| text.to_str()?.parse().ok());
    seconds.map_or(DEFAULT_LINGER, Duration::from_secs)
}

fn set(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}
