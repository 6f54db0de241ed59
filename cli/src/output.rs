//! Where results go: stdout, a file, or a file for each object in a directory. Refuses to write outside of that
//! directory, whatever an object is called.

use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::failure::Failure;

/// Large enough that a pipe is filled with one write.
const BUFFER: usize = 1 << 16;

/// Writes to stdout.
///
/// # Errors
/// When it cannot be written wholly.
pub fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut stdout = BufWriter::with_capacity(BUFFER, io::stdout().lock());
    write(&mut stdout).and_then(|()| stdout.flush()).map_err(Failure::Output)
}

/// Tells notes on stderr, each on a line; where nobody listens, there is nobody to tell.
pub fn warn(notes: impl IntoIterator<Item = impl Display>) {
    let lines: String = notes.into_iter().map(|note| format!("{note}\n")).collect();
    let _ = io::stderr().lock().write_all(lines.as_bytes());
}

/// Writes a new or existing file.
///
/// # Errors
/// When it cannot be written wholly.
pub fn write(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let written = File::create(path).and_then(|file| {
        let mut file = BufWriter::with_capacity(BUFFER, file);
        write(&mut file).and_then(|()| file.flush())
    });
    written.map_err(failed(path))
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
            let message = format!("an object cannot be written to a file: {name:?} is not a file name");
            return Err(Failure::Argument(message));
        }
        let path = directory.join(name);
        fs::write(&path, text).map_err(failed(&path))?;
    }
    Ok(())
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> Failure {
    let path = path.display().to_string();
    |source| Failure::File { path, source }
}
