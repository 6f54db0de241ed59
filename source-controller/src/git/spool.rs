//! Bytes kept until they are complete: a few in memory, more in a file.

use std::io::{self, Read, Seek as _};
use std::path::{Path, PathBuf};

use tokio::io::AsyncWriteExt as _;

/// What is kept in memory at most; the packs of most new commits fit.
const MEMORY_LIMIT: usize = 256 * 1024;

/// A growing run of bytes. Its file has no name, so that nothing is left of it whatever happens.
#[derive(Debug)]
pub(super) struct Spool {
    directory: PathBuf,
    memory: Vec<u8>,
    file: Option<tokio::fs::File>,
}

impl Spool {
    /// Makes an empty one that will use this directory.
    pub(super) fn new(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), memory: Vec::new(), file: None }
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.memory.extend_from_slice(bytes);
        if self.memory.len() < MEMORY_LIMIT {
            return Ok(());
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let directory = self.directory.clone();
                let file = tokio::task::spawn_blocking(move || tempfile::tempfile_in(directory)).await;
                none.insert(tokio::fs::File::from_std(file.map_err(io::Error::other)??))
            }
        };
        file.write_all(&self.memory).await?;
        self.memory.clear();
        Ok(())
    }

    /// Ends the writing and gives a reader from the start.
    pub(super) async fn finish(mut self) -> io::Result<Box<dyn Read + Send>> {
        let Some(mut file) = self.file.take() else {
            return Ok(Box::new(io::Cursor::new(self.memory)));
        };
        file.write_all(&self.memory).await?;
        file.flush().await?;
        let mut file = file.into_std().await;
        file.rewind()?;
        Ok(Box::new(file))
    }
}
