//! The folders of running control planes: made in the temporary directory, listed in the user's cache, and
//! removed by their supervisors, or by the next start where a supervisor was killed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::environment;
use crate::error::{Error, OnFile};
use crate::lock::{FileLock, is_free};
use crate::supervisor::{self, ALIVE, Holder};

/// Makes a folder, lets it be filled, and starts the supervisor that owns it from then on. Blocks.
pub(crate) fn supervised(
    linger: Duration,
    fill: impl FnOnce(&Path) -> Result<(), Error>,
) -> Result<(PathBuf, Holder), Error> {
    let list = list()?;
    // Until the supervisor lives, this lock keeps others from taking the folder for a leftover.
    let _lock = FileLock::acquire(&run()?.join("folders.lock"))?;
    sweep(&list)?;
    // Short, because the path of a Unix socket may have about a hundred bytes.
    let folder = tempfile::Builder::new().prefix("sluice-cp-").tempdir().on("create a folder in", "/tmp")?;
    fill(folder.path())?;
    let entry = list.join(folder.path().file_name().unwrap_or_default());
    fs::write(&entry, folder.path().as_os_str().as_encoded_bytes()).on("write", entry)?;
    let holder = supervisor::start(folder.path(), linger)?;
    Ok((folder.keep(), holder))
}

/// Answers the folder for locks and lists of what runs.
pub(crate) fn run() -> Result<PathBuf, Error> {
    let run = environment::cache()?.join("run");
    fs::create_dir_all(&run).on("create", &run)?;
    Ok(run)
}

fn list() -> Result<PathBuf, Error> {
    let list = run()?.join("folders");
    fs::create_dir_all(&list).on("create", &list)?;
    Ok(list)
}

/// Removes folders whose supervisor is dead. What cannot be removed stays for another time.
fn sweep(list: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(list).on("list", list)? {
        let entry = entry.on("list", list)?.path();
        let folder = PathBuf::from(fs::read_to_string(&entry).on("read", &entry)?);
        if is_free(&folder.join(ALIVE)) {
            drop(fs::remove_dir_all(&folder));
        }
        if !folder.exists() {
            fs::remove_file(&entry).on("remove", &entry)?;
        }
    }
    Ok(())
}
