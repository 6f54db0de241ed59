//! What one process needs: wall time, processor time and peak memory, the least of several runs each.

use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4;

use crate::failure::Failure;

/// Runs are repeated this often, unless they take longer than that in sum.
const RUNS: usize = 5;
const LONG_ENOUGH: Duration = Duration::from_secs(5);

/// What a process needed at best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cost {
    /// From its start to its end.
    pub(super) wall: Duration,
    /// Time on processors, in user and kernel mode.
    pub(super) cpu: Duration,
    /// The largest resident size, in bytes; never less than that of this process when it started the other.
    pub(super) peak: u64,
}

/// Measures `PROGRAM build DIRECTORY` and returns what it printed.
pub(super) fn measure(program: &Path, directory: &Path) -> Result<(Cost, Vec<u8>), Failure> {
    let mut output = tempfile::tempfile().map_err(Failure::io("make a file"))?;
    let started = Instant::now();
    let mut best = once(program, directory, &output)?;
    for _ in 1..RUNS {
        if started.elapsed() > LONG_ENOUGH {
            break;
        }
        best = best.least(once(program, directory, &output)?);
    }
    let mut text = Vec::new();
    output.rewind().and_then(|()| output.read_to_end(&mut text)).map_err(Failure::io("read the output"))?;
    Ok((best, text))
}

fn once(program: &Path, directory: &Path, mut output: &File) -> Result<Cost, Failure> {
    let failed = || Failure::io(format!("run {}", program.display()));
    output.set_len(0).and_then(|()| output.rewind()).map_err(failed())?;
    let stdout = output.try_clone().map_err(failed())?;
    let started = Instant::now();
    let child =
        Command::new(program).arg("build").arg(directory).stdout(stdout).stderr(Stdio::null()).spawn();
    let ended = child.and_then(Wait4::wait4).map_err(failed())?;
    let wall = started.elapsed();
    if !ended.status.success() {
        return Err(Failure::Wrong(format!("{} refuses {}", program.display(), directory.display())));
    }
    Ok(Cost { wall, cpu: ended.rusage.utime + ended.rusage.stime, peak: ended.rusage.maxrss })
}

impl Cost {
    fn least(self, other: Self) -> Self {
        Self {
            wall: self.wall.min(other.wall),
            cpu: self.cpu.min(other.cpu),
            peak: self.peak.min(other.peak),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_measured_and_its_output_kept() {
        let (cost, output) = measure(Path::new("echo"), Path::new("x")).unwrap();
        assert_eq!(output, b"build x\n");
        assert!(cost.peak > 0 && cost.wall > Duration::ZERO);
        assert!(measure(Path::new("false"), Path::new("x")).is_err());
    }
}
