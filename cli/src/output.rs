//! Where results go: stdout, a file, or a file for each resource in a directory. Refuses to write outside of that
//! directory, whatever a resource is called.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use crate::failure::Failure;

/// Writes `text` to stdout.
///
/// # Errors
/// When it cannot be written wholly.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(Failure::Output)
}

/// Writes `text` to a new or existing file.
///
/// # Errors
/// When it cannot be written wholly.
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|source| Failure::File { path: path.display().to_string(), source })
}

/// Writes each text to the file of its name in `directory`; of equal names, the last stays.
///
/// # Errors
/// When a name is a path, or a file cannot be written wholly.
pub fn write_each(
    directory: &Path,
    files: impl IntoIterator<Item = (String, String)>,
) -> Result<(), Failure> {
    for (name, text) in files {
        if name.contains(['/', '\0']) {
            let message = format!("a resource cannot be written to a file: {name:?} is not a file name");
            return Err(Failure::Argument(message));
        }
        write(&directory.join(name), &text)?;
    }
    Ok(())
}
