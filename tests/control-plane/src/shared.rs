//! The control plane that all test processes of a run share.
//!
//! A file in the user's cache says where its folder is; a lock on another lets one process start it while the
//! others wait. Whoever holds the lock and finds none alive starts one.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use crate::environment;
use crate::error::{Error, OnFile};
use crate::folder;
use crate::instance::{Instance, blocking};
use crate::lock::FileLock;
use crate::options::Options;
use crate::programs;

/// Held until the process ends: each test of a binary comes and goes, the control plane stays.
static HELD: Mutex<Option<Arc<Instance>>> = Mutex::const_new(None);

/// Answers the shared control plane, joining or starting it.
pub(crate) async fn instance() -> Result<Arc<Instance>, Error> {
    let mut held = HELD.lock().await;
    if let Some(instance) = held.as_ref().filter(|instance| instance.is_alive()) {
        return Ok(Arc::clone(instance));
    }
    let instance = Arc::new(join_or_start().await?);
    *held = Some(Arc::clone(&instance));
    Ok(instance)
}

async fn join_or_start() -> Result<Instance, Error> {
    let file = folder::run()?.join(format!("shared-{}", key()));
    let lock_file = file.with_added_extension("lock");
    let lock = blocking(move || FileLock::acquire(&lock_file)).await?;
    if let Some(folder) = recorded(&file)
        && let Some(instance) = Instance::join(folder).await?
    {
        return Ok(instance);
    }
    let instance = Instance::start(Options::default(), environment::linger()).await?;
    fs::write(&file, instance.folder().as_os_str().as_encoded_bytes()).on("write", file)?;
    drop(lock);
    Ok(instance)
}

fn recorded(file: &Path) -> Option<PathBuf> {
    fs::read_to_string(file).ok().map(PathBuf::from)
}

/// Two processes share what they would have started alike.
fn key() -> String {
    let mut digest = Sha256::new();
    let assets = environment::assets().unwrap_or_default();
    let name = environment::name();
    let sources =
        [include_str!("stages.yaml"), include_str!("commands.rs"), include_str!("../supervisor/main.rs")];
    let parts = [assets.as_os_str().as_encoded_bytes(), name.as_encoded_bytes()];
    for part in sources.iter().map(|text| text.as_bytes()).chain(parts).chain([programs::key().as_bytes()]) {
        digest.update(part);
        digest.update([0]);
    }
    hex::encode(digest.finalize())[..12].to_owned()
}
