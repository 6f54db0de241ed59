//! Kills a process when the one that started it is gone, however it ended.
//!
//! The guard is a shell that waits for the end of a pipe we hold; the kernel closes it with us.

use std::io;
use std::process::Stdio;

use tokio::process::{Child, Command};

/// Keeps a process from outliving this one.
pub(crate) struct Guard {
    shell: Child,
}

impl Guard {
    /// Guards the child with this id; the guard is released as soon as the child was waited for, as its id is free then.
    pub(crate) fn new(process: u32) -> io::Result<Self> {
        let shell = Command::new("/bin/sh")
            .args(["-c", "read -r _; kill -9 \"$1\"", "guard", &process.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // An interrupt from the terminal is for us; the guard must see it through.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        Ok(Self { shell })
    }

    /// Ends the guard, which then kills nothing.
    pub(crate) async fn release(mut self) -> io::Result<()> {
        self.shell.kill().await
    }
}
