//! Builds the programs of the control plane from their Go modules.
//!
//! The user's Go decides where modules come from (GOPROXY, GOFLAGS, GOMODCACHE are theirs); what is built is
//! pinned by go.mod and go.sum. A build is complete or not there: it moves into place in one step.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{GO_MOD, GO_SUM, Program, go_version, kubernetes_version};
use crate::error::{Error, OnFile};
use crate::progress::say;

/// Changes when the way of building does, so that older results are not taken for new ones.
pub(super) const RECIPE: &str = "1: -trimpath -s -w, CGO_ENABLED=0";

/// The packages, in the order of [`Program::ALL`].
const PACKAGES: [&str; 5] = [
    "go.etcd.io/etcd/server/v3",
    "k8s.io/kubernetes/cmd/kube-apiserver",
    "k8s.io/kubernetes/cmd/kube-controller-manager",
    "k8s.io/kubernetes/cmd/kube-scheduler",
    "sigs.k8s.io/kwok/cmd/kwok",
];

/// How often to say that the build still runs.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many lines of Go's output an error shows.
const SHOWN: usize = 20;

/// Builds all programs into the folder, which is not complete yet. Blocks for minutes.
pub(super) fn build(folder: &Path) -> Result<(), Error> {
    let workshop = folder.with_added_extension("building");
    remove(&workshop)?;
    let programs = workshop.join("programs");
    fs::create_dir_all(&programs).on("create", &programs)?;
    for (name, text) in [("go.mod", GO_MOD), ("go.sum", GO_SUM)] {
        fs::write(workshop.join(name), text).on("write", workshop.join(name))?;
    }
    compile(&workshop, &programs)?;
    // Go names a program after its package, and etcd's is `server`.
    fs::rename(programs.join("server"), programs.join("etcd")).on("rename", programs.join("server"))?;
    remove(folder)?;
    fs::rename(&programs, folder).on("move into place", folder)?;
    remove(&workshop)
}

fn remove(folder: &Path) -> Result<(), Error> {
    if folder.exists() {
        fs::remove_dir_all(folder).on("remove", folder)?;
    }
    Ok(())
}

fn compile(workshop: &Path, programs: &Path) -> Result<(), Error> {
    let go = check_go(workshop)?;
    let (version, names) = (kubernetes_version(), names());
    say(&format!("building {names} (Kubernetes {version}) with {go}: once, for some minutes"));
    let mut build = go_command(workshop);
    build.args(["build", "-mod=readonly", "-trimpath", "-v", "-ldflags", &linker_flags(version), "-o"]);
    let running = build.arg(programs).args(PACKAGES).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    follow(running.map_err(no_go)?, programs)
}

/// Passes on how far the build is, and on failure what it said last.
fn follow(mut running: Child, programs: &Path) -> Result<(), Error> {
    let start = Instant::now();
    let (mut said, mut lines) = (start, Vec::new());
    let output = running.stderr.take().expect("standard error is piped by the caller");
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        if said.elapsed() > PATIENCE {
            said = Instant::now();
            say(&format!("{} s, {} packages, now {line}", start.elapsed().as_secs(), lines.len()));
        }
        lines.push(line);
    }
    if running.wait().on("build into", programs)?.success() {
        say(&format!("built in {} s", start.elapsed().as_secs()));
        return Ok(());
    }
    let output = lines[lines.len().saturating_sub(SHOWN)..].join("\n");
    Err(Error::Go { task: "build", needed: go_version().to_owned(), output })
}

/// Answers the version of Go, which may fetch a newer one of itself here, as the user has set it up.
fn check_go(workshop: &Path) -> Result<String, Error> {
    let answer = go_command(workshop).args(["env", "GOVERSION"]).output().map_err(no_go)?;
    if answer.status.success() {
        return Ok(String::from_utf8_lossy(&answer.stdout).trim().to_owned());
    }
    let output = String::from_utf8_lossy(&answer.stderr).into_owned();
    Err(Error::Go { task: "env", needed: go_version().to_owned(), output })
}

fn go_command(workshop: &Path) -> Command {
    let mut go = Command::new("go");
    go.current_dir(workshop).env("CGO_ENABLED", "0").env("GOWORK", "off").stdin(Stdio::null());
    go
}

/// Without these, discovery says v0.0.0-master.
fn linker_flags(version: &str) -> String {
    let package = "k8s.io/component-base/version";
    let mut parts = version.trim_start_matches('v').split('.');
    let (major, minor) = (parts.next().unwrap_or("0"), parts.next().unwrap_or("0"));
    format!(
        "-s -w -X {package}.gitVersion={version} -X {package}.gitMajor={major} -X {package}.gitMinor={minor}"
    )
}

fn no_go(source: std::io::Error) -> Error {
    Error::NoGo { needed: go_version().to_owned(), programs: names(), source }
}

fn names() -> String {
    Program::ALL.map(Program::name).join(", ")
}
