//! The command lines of the programs, and the files they read.
//!
//! All paths are relative to the folder of the control plane, which is every program's working directory.

use std::fs;
use std::path::Path;

use crate::certificates::{AUTHORITY, Authority, write_token_key};
use crate::error::{Error, OnFile};
use crate::kubeconfig;
use crate::options::Options;
use crate::programs::Program;

/// The kubeconfig of a member of `system:masters`.
pub(crate) const ADMIN: &str = "admin.kubeconfig";

const SERVING: &str = "apiserver";
const TOKENS: &str = "tokens";
const STAGES: &str = "stages.yaml";
const AUDIT_POLICY: &str = "audit-policy.json";

/// etcd makes a socket of this name in its folder: no port to find, and no stranger can connect.
/// It insists on something that looks like a port.
const ETCD_CLIENTS: &str = "unix://etcd-clients:1";
const ETCD_PEERS: &str = "unix://etcd-peers:1";

/// Writes keys, certificates, kubeconfigs and configuration; only this user can read them.
pub(crate) fn write_files(folder: &Path, port: u16) -> Result<(), Error> {
    let authority = Authority::create(folder)?;
    authority.server()?.write(folder, SERVING)?;
    write_token_key(folder, TOKENS)?;
    let programs = [Program::ControllerManager, Program::Scheduler, Program::Kwok].map(Program::name);
    for name in programs.into_iter().chain(["admin"]) {
        // Members of system:masters, so that no role has to be kept in step; the name is for the audit log.
        let user = if name == "admin" { name.to_owned() } else { format!("system:{name}") };
        let identity = authority.client(&user, Some("system:masters"))?;
        let text = kubeconfig::with_certificate(&server(port), authority.certificate(), &identity);
        write(folder, &format!("{name}.kubeconfig"), &text)?;
    }
    write(folder, STAGES, include_str!("stages.yaml"))?;
    write(folder, AUDIT_POLICY, include_str!("audit-policy.json"))
}

/// Answers the address of the API server.
pub(crate) fn server(port: u16) -> String {
    format!("https://127.0.0.1:{port}")
}

/// Answers the arguments of a program.
pub(crate) fn arguments(program: Program, port: u16, options: &Options) -> Vec<String> {
    match program {
        Program::Etcd => etcd(),
        Program::ApiServer => api_server(port, options),
        Program::ControllerManager => controller_manager(options),
        Program::Scheduler => {
            vec![kubeconfig_flag(program), "--leader-elect=false".into(), "--secure-port=0".into()]
        }
        Program::Kwok => {
            vec![kubeconfig_flag(program), format!("--config={STAGES}"), "--manage-all-nodes=true".into()]
        }
    }
}

fn etcd() -> Vec<String> {
    vec![
        "--name=control-plane".into(),
        "--data-dir=etcd-data".into(),
        format!("--listen-client-urls={ETCD_CLIENTS}"),
        format!("--advertise-client-urls={ETCD_CLIENTS}"),
        format!("--listen-peer-urls={ETCD_PEERS}"),
        format!("--initial-advertise-peer-urls={ETCD_PEERS}"),
        format!("--initial-cluster=control-plane={ETCD_PEERS}"),
        // Nothing here is worth waiting for a disk.
        "--unsafe-no-fsync".into(),
        "--log-level=warn".into(),
    ]
}

fn api_server(port: u16, options: &Options) -> Vec<String> {
    let mut arguments = vec![
        format!("--etcd-servers={ETCD_CLIENTS}"),
        format!("--secure-port={port}"),
        "--bind-address=127.0.0.1".into(),
        "--advertise-address=127.0.0.1".into(),
        // A loopback address is no valid endpoint of the service `kubernetes`.
        "--endpoint-reconciler-type=none".into(),
        format!("--tls-cert-file={SERVING}.crt"),
        format!("--tls-private-key-file={SERVING}.key"),
        format!("--client-ca-file={AUTHORITY}"),
        "--authorization-mode=RBAC".into(),
        "--service-account-issuer=https://kubernetes.default.svc".into(),
        format!("--service-account-key-file={TOKENS}.pub"),
        format!("--service-account-signing-key-file={TOKENS}.key"),
        "--service-cluster-ip-range=10.96.0.0/16".into(),
        "--allow-privileged=true".into(),
        "--profiling=false".into(),
    ];
    if let Some(log) = &options.audit_log {
        arguments.push(format!("--audit-log-path={}", log.display()));
        arguments.push(format!("--audit-policy-file={AUDIT_POLICY}"));
    }
    arguments.extend(options.api_server_flags.iter().cloned());
    arguments
}

fn controller_manager(options: &Options) -> Vec<String> {
    let mut arguments = vec![
        kubeconfig_flag(Program::ControllerManager),
        format!("--service-account-private-key-file={TOKENS}.key"),
        format!("--root-ca-file={AUTHORITY}"),
        "--leader-elect=false".into(),
        "--secure-port=0".into(),
        // A fake node whose heartbeat is late because the machine is busy must not take its Pods down.
        "--node-monitor-grace-period=24h".into(),
    ];
    if options.fast_controller_manager {
        let fast = ["--kube-api-qps=1000", "--kube-api-burst=2000", "--concurrent-deployment-syncs=20"];
        arguments.extend(fast.map(str::to_owned));
    }
    arguments.extend(options.controller_manager_flags.iter().cloned());
    arguments
}

fn kubeconfig_flag(program: Program) -> String {
    format!("--kubeconfig={}.kubeconfig", program.name())
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), Error> {
    fs::write(folder.join(name), text).on("write", folder.join(name))
}
