//! The flags of the source-controller: those all controllers share, and its own with Flux's names and defaults.

use std::{path::PathBuf, time::Duration};

use clap::Parser;
use sluice_artifact::digest::Algorithm;
use sluice_runtime::args::{CommonArgs, duration};

/// The feature gates of this controller, with their defaults.
pub(crate) const GATES: &[(&str, bool)] =
    &[("CacheSecretsAndConfigMaps", false), ("ObjectLevelWorkloadIdentity", false)];

/// How many reconciles work on disk at once unless a flag says otherwise.
const CONCURRENT: usize = 2;

/// The command line.
#[derive(Parser, Clone, Debug)]
#[command(name = "source-controller", version, about = "Publishes sources as artifacts")]
pub(crate) struct Args {
    /// The flags every controller takes.
    #[command(flatten)]
    pub(crate) common: CommonArgs,
    /// Where artifacts are kept, how they are served and for how long.
    #[command(flatten)]
    pub(crate) storage: StorageArgs,
    /// The SSH key exchange algorithms to offer, most preferred first.
    #[arg(long, value_delimiter = ',')]
    pub(crate) ssh_kex_algos: Vec<String>,
    /// The SSH host key algorithms to accept, most preferred first.
    #[arg(long, value_delimiter = ',')]
    pub(crate) ssh_hostkey_algos: Vec<String>,
    /// Accepted for compatibility: the account for cloud identities, which are not served yet.
    #[arg(long, default_value = "")]
    pub(crate) default_service_account: String,
    /// Flags of kinds that are not served yet.
    #[command(flatten)]
    pub(crate) helm: HelmArgs,
}

/// Where artifacts are kept, how they are served and for how long.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct StorageArgs {
    /// The directory that artifacts are kept in.
    #[arg(long, env = "STORAGE_PATH", default_value = "/data")]
    pub(crate) storage_path: PathBuf,
    /// The address the file server binds to.
    #[arg(long, env = "STORAGE_ADDRESS", default_value = ":9090")]
    pub(crate) storage_addr: String,
    /// The host in artifact URLs; derived from the storage address when empty.
    #[arg(long, env = "STORAGE_ADV_ADDR", default_value = "")]
    pub(crate) storage_adv_addr: String,
    /// How long an artifact that is no longer current is kept.
    #[arg(long, default_value = "60s", value_parser = duration)]
    pub(crate) artifact_retention_ttl: Duration,
    /// How many artifacts of an object are kept, the current one included.
    #[arg(long, default_value_t = 2)]
    pub(crate) artifact_retention_records: usize,
    /// The algorithm of artifact digests.
    #[arg(long, default_value = "sha256")]
    pub(crate) artifact_digest_algo: Algorithm,
}

/// Flags of the Helm kinds: accepted, so that manifests start, and without effect until those kinds are served.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct HelmArgs {
    /// The largest repository index, in bytes.
    #[arg(long, default_value_t = 50 << 20)]
    pub(crate) helm_index_max_size: u64,
    /// The largest chart, in bytes.
    #[arg(long, default_value_t = 10 << 20)]
    pub(crate) helm_chart_max_size: u64,
    /// The largest file in a chart, in bytes.
    #[arg(long, default_value_t = 5 << 20)]
    pub(crate) helm_chart_file_max_size: u64,
    /// How many indexes are cached.
    #[arg(long, default_value_t = 0)]
    pub(crate) helm_cache_max_size: usize,
    /// How long an index stays cached.
    #[arg(long, default_value = "15m", value_parser = duration)]
    pub(crate) helm_cache_ttl: Duration,
    /// How often the cache is cleaned.
    #[arg(long, default_value = "1m", value_parser = duration)]
    pub(crate) helm_cache_purge_interval: Duration,
}

impl Args {
    /// Returns how many reconciles work on disk at once; those that wait for a server are not counted.
    pub(crate) fn concurrent(&self) -> usize {
        self.common.concurrent.unwrap_or(CONCURRENT).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_of_the_install_manifests_parse() {
        let args = Args::try_parse_from([
            "source-controller",
            "--events-addr=http://notification-controller.flux-system.svc.cluster.local./",
            "--watch-all-namespaces=true",
            "--log-level=info",
            "--log-encoding=json",
            "--enable-leader-election",
            "--storage-path=/data",
            "--storage-adv-addr=source-controller.flux-system.svc.cluster.local.",
            "--storage-adv-addr=shard.flux-system.svc.cluster.local.",
            "--artifact-digest-algo=sha512",
            "--feature-gates=ObjectLevelWorkloadIdentity=false",
            "--ssh-hostkey-algos=ssh-ed25519,rsa-sha2-512",
            "--helm-cache-ttl=10m",
        ])
        .unwrap();
        assert_eq!(args.storage.storage_adv_addr, "shard.flux-system.svc.cluster.local.");
        assert_eq!(args.storage.artifact_digest_algo, Algorithm::Sha512);
        assert_eq!(args.ssh_hostkey_algos, ["ssh-ed25519", "rsa-sha2-512"]);
        assert_eq!((args.concurrent(), args.storage.artifact_retention_records), (2, 2));
    }
}
