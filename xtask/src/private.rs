//! Files that only this user may read, such as kubeconfigs.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::failure::Failure;

/// Writes a new file with mode 0600.
///
/// # Errors
/// The file exists or cannot be written.
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(Failure::io(format!("write {}", path.display())))
}
