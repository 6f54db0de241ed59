//! The original: its program, started for each build, or a server around its library, which answers many builds
//! without starting anew. What the server finds is asked of the program again before it counts.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What a build gave: the output, or the message of a refusal.
pub type Answer = Result<String, String>;

/// The program of kustomize 5.8.1.
#[derive(Clone, Debug)]
pub struct Program(pub PathBuf);

/// A process that reads one directory a line and answers `ok LENGTH` or `error LENGTH`, a line break, and the text.
#[derive(Debug)]
pub struct Server {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Program {
    /// Builds a directory.
    ///
    /// # Errors
    /// When the program can not be started.
    pub fn build(&self, directory: &Path) -> io::Result<Answer> {
        let run = Command::new(&self.0).arg("build").arg(directory).output()?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(if run.status.success() { Ok(text(&run.stdout)) } else { Err(text(&run.stderr)) })
    }
}

impl Server {
    /// Starts the server.
    ///
    /// # Errors
    /// When it can not be started.
    pub fn start(program: &Path) -> io::Result<Self> {
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let missing = || io::Error::other("the server has no pipes");
        let input = child.stdin.take().ok_or_else(missing)?;
        let output = BufReader::new(child.stdout.take().ok_or_else(missing)?);
        Ok(Self { child, input, output })
    }

    /// Builds a directory.
    ///
    /// # Errors
    /// When the server is gone or answers nonsense.
    pub fn build(&mut self, directory: &Path) -> io::Result<Answer> {
        writeln!(self.input, "{}", directory.display())?;
        self.input.flush()?;
        let mut head = String::new();
        self.output.read_line(&mut head)?;
        let nonsense = || io::Error::other(format!("the server said {head:?}"));
        let (word, length) = head.trim_end().split_once(' ').ok_or_else(nonsense)?;
        let mut body = vec![0; length.parse().map_err(|_| nonsense())?];
        self.output.read_exact(&mut body)?;
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(if word == "ok" { Ok(body) } else { Err(body) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A server that is gone already needs no end.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
