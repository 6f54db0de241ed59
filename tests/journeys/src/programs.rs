//! Builds the controllers with cargo and finds their binaries.
//!
//! `SLUICE_PROGRAMS` names a directory with binaries that are used as they are.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use crate::Error;

/// The directory with ready binaries.
const PREBUILT: &str = "SLUICE_PROGRAMS";
const SOURCE: &str = "source-controller";
const KUSTOMIZE: &str = "kustomize-controller";

/// How the controllers are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Quickly, for tests and the demo.
    Debug,
    /// Optimised, for measurements.
    Release,
}

/// Where the controllers' binaries are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programs {
    /// The source-controller.
    pub source: PathBuf,
    /// The kustomize-controller.
    pub kustomize: PathBuf,
}

impl Programs {
    /// Builds both controllers; what is up to date is not built again. Cargo's progress goes to standard error.
    ///
    /// # Errors
    /// Cargo cannot be run, or the build fails.
    pub async fn build(profile: Profile) -> Result<Self, Error> {
        if let Some(directory) = env::var_os(PREBUILT).map(PathBuf::from) {
            return Ok(Self { source: directory.join(SOURCE), kustomize: directory.join(KUSTOMIZE) });
        }
        let output = command(profile).output().await.map_err(Error::io("run cargo"))?;
        if !output.status.success() {
            return Err(Error::Build(output.status));
        }
        let messages = String::from_utf8_lossy(&output.stdout);
        Ok(Self { source: find(&messages, SOURCE)?, kustomize: find(&messages, KUSTOMIZE)? })
    }
}

fn command(profile: Profile) -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
    command.args([
        "build",
        "--message-format=json-render-diagnostics",
        "--bins",
        "-p",
        SOURCE,
        "-p",
        KUSTOMIZE,
    ]);
    if profile == Profile::Release {
        command.arg("--release");
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).kill_on_drop(true);
    command
}

/// Finds the path of a program among cargo's messages, one JSON object a line.
fn find(messages: &str, name: &'static str) -> Result<PathBuf, Error> {
    let executable = |line: &str| {
        let message: Value = serde_json::from_str(line).ok()?;
        let ours = message["reason"] == "compiler-artifact" && message["target"]["name"] == name;
        message["executable"].as_str().filter(|_| ours).map(PathBuf::from)
    };
    messages.lines().find_map(executable).ok_or(Error::NoProgram(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_among_other_messages() {
        let messages = [
            r#"{"reason":"compiler-artifact","target":{"name":"source-controller"},"executable":null}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"other"},"executable":"/x/other"}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"source-controller"},"executable":"/x/source-controller"}"#,
            "not json",
        ]
        .join("\n");
        assert_eq!(find(&messages, SOURCE).unwrap(), Path::new("/x/source-controller"));
        assert!(matches!(find(&messages, KUSTOMIZE), Err(Error::NoProgram(KUSTOMIZE))));
    }
}
