//! However a control plane ends, nothing of it is left running, and nothing is left lying for long.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a failing step of a test is its failure")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, ListParams};
use sluice_control_plane::{ControlPlane, Error, Options};

const DEADLINE: Duration = Duration::from_secs(30);

/// The least there is: etcd and the API server.
fn least() -> Options {
    Options { controller_manager: false, scheduler: false, kwok: false, ..Options::default() }
}

/// Answers the processes that work in the folder: supervisor, guards and programs, with their command lines.
fn processes(folder: &Path) -> Vec<(String, String)> {
    let all = fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    let there = all.filter(|process| {
        // The kernel adds a note to the name of a removed folder.
        fs::read_link(process.join("cwd"))
            .is_ok_and(|cwd| cwd.to_string_lossy().starts_with(folder.to_str().unwrap()))
    });
    there
        .map(|process| {
            let command = fs::read(process.join("cmdline")).unwrap_or_default();
            let pid = process.file_name().unwrap().to_string_lossy().into_owned();
            (pid, String::from_utf8_lossy(&command).replace('\0', " "))
        })
        .collect()
}

fn kill(pid: &str) {
    assert!(Command::new("kill").args(["-KILL", pid]).status().unwrap().success());
}

/// Processes of others cannot be waited for, only looked at.
async fn until_none_is_left(folder: &Path) {
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    let gone = async {
        while !processes(folder).is_empty() {
            pace.tick().await;
        }
    };
    let waited = tokio::time::timeout(DEADLINE, gone).await;
    assert!(waited.is_ok(), "still running: {:?}", processes(folder));
}

async fn until_removed(folder: &Path) {
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    let gone = async {
        while folder.exists() {
            pace.tick().await;
        }
    };
    assert!(tokio::time::timeout(DEADLINE, gone).await.is_ok(), "{} is still there", folder.display());
}

#[tokio::test]
async fn a_killed_holder_leaves_nothing() {
    let mut holder = Command::new(env!("CARGO_BIN_EXE_control-plane"))
        .arg("own")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let folder = PathBuf::from(line.trim()).parent().unwrap().to_owned();
    // The supervisor, and five programs behind their guards.
    assert_eq!(processes(&folder).len(), 11, "{:?}", processes(&folder));
    holder.kill().unwrap();
    holder.wait().unwrap();
    until_none_is_left(&folder).await;
    until_removed(&folder).await;
}

#[tokio::test]
async fn a_killed_supervisor_leaves_no_process_and_the_next_start_removes_its_folder() {
    let control_plane = ControlPlane::start(least()).await.unwrap();
    let folder = control_plane.logs().to_owned();
    let running = processes(&folder);
    assert_eq!(running.len(), 5, "{running:?}");
    let supervisor = running.iter().find(|(_, command)| command.contains(" supervise ")).unwrap();
    kill(&supervisor.0);
    until_none_is_left(&folder).await;
    let next = ControlPlane::start(least()).await.unwrap();
    assert!(!folder.exists());
    next.stop().await;
}

#[tokio::test]
async fn stopping_leaves_nothing_and_dropping_neither() {
    let control_plane = ControlPlane::start(least()).await.unwrap();
    let folder = control_plane.logs().to_owned();
    control_plane.stop().await;
    assert!(!folder.exists());
    assert_eq!(processes(&folder), []);

    let control_plane = ControlPlane::start(least()).await.unwrap();
    let folder = control_plane.logs().to_owned();
    drop(control_plane);
    until_none_is_left(&folder).await;
    until_removed(&folder).await;
}

#[tokio::test]
async fn a_program_that_ends_by_itself_is_reported() {
    let options = Options { api_server_flags: vec!["--no-such-flag".to_owned()], ..least() };
    match ControlPlane::start(options).await {
        Err(Error::Gone(why)) => {
            assert!(why.contains("kube-apiserver") && why.contains("no-such-flag"), "{why}");
        }
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("it started"),
    }
}

#[tokio::test]
async fn the_audit_log_says_who_did_what() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("audit.log");
    let options = Options { audit_log: Some(log.clone()), ..least() };
    let control_plane = ControlPlane::start(options).await.unwrap();
    Api::<Namespace>::all(control_plane.client()).list(&ListParams::default()).await.unwrap();
    control_plane.stop().await;
    let text = fs::read_to_string(log).unwrap();
    let wanted = |line: &str| line.contains(r#""username":"admin""#) && line.contains("/api/v1/namespaces");
    assert!(text.lines().any(wanted), "{text}");
}
