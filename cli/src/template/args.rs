//! The flags of `sluice template`, which are those of `helm template`. Flags that say how to install are taken and have no
//! effect, as there; flags that need a network, a cluster or another program are refused.

use std::path::PathBuf;

use clap::{ArgAction, Args};

use crate::failure::Failure;

/// Renders a Helm chart as `helm template` does.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The name of the release (`release-name` if there is none) and the chart: a directory or a .tgz file
    #[arg(value_name = "[NAME] CHART", required_unless_present = "helm_release")]
    pub names: Vec<String>,
    /// Renders what the controller would install for the HelmRelease in this file
    #[arg(short = 'k', long, value_name = "FILE", requires = "chart", conflicts_with = "names")]
    pub helm_release: Option<PathBuf>,
    /// With -k: the chart, a directory or a .tgz file
    #[arg(long, value_name = "CHART", requires = "helm_release")]
    pub chart: Option<PathBuf>,
    /// With -k: files with the ConfigMaps and Secrets that values are taken from
    #[arg(long, value_name = "FILE", requires = "helm_release")]
    pub values_from: Vec<PathBuf>,
    /// The namespace of the release
    #[arg(short, long, env = "HELM_NAMESPACE", default_value = "default")]
    pub namespace: String,
    /// Files with values, the later ones over the earlier; - is stdin
    #[arg(short = 'f', long, value_name = "FILE", value_delimiter = ',')]
    pub values: Vec<String>,
    /// Sets values: a.b=1,c={x,y}
    #[arg(long, value_name = "VALUES")]
    pub set: Vec<String>,
    /// Sets values, all of them text
    #[arg(long, value_name = "VALUES")]
    pub set_string: Vec<String>,
    /// Sets values to the content of files: a=path
    #[arg(long, value_name = "VALUES")]
    pub set_file: Vec<String>,
    /// Sets values written in JSON: a={"b":1} or {"a":1}
    #[arg(long, value_name = "VALUES")]
    pub set_json: Vec<String>,
    /// Sets a value to all that follows the equals sign
    #[arg(long, value_name = "VALUE")]
    pub set_literal: Vec<String>,
    /// What the cluster knows besides the usual: batch/v1, or batch/v1/Job
    #[arg(short, long, value_name = "VERSIONS", value_delimiter = ',')]
    pub api_versions: Vec<String>,
    /// The version of Kubernetes
    #[arg(long, value_name = "VERSION")]
    pub kube_version: Option<String>,
    /// Prints what lies in crds/ too
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", action = ArgAction::Set)]
    pub include_crds: bool,
    /// Prints only what these templates gave, which are paths in the chart and may hold * and ?
    #[arg(short, long, value_name = "TEMPLATE")]
    pub show_only: Vec<String>,
    /// Leaves tests out
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", action = ArgAction::Set)]
    pub skip_tests: bool,
    /// Leaves hooks out
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", action = ArgAction::Set)]
    pub no_hooks: bool,
    /// Renders as for an upgrade
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", action = ArgAction::Set)]
    pub is_upgrade: bool,
    /// Writes files into a directory instead of printing
    #[arg(long, value_name = "DIRECTORY")]
    pub output_dir: Option<PathBuf>,
    /// With --output-dir: writes below a directory with the release's name
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", action = ArgAction::Set)]
    pub release_name: bool,
    /// Refuses a name on the command line
    #[arg(short, long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", action = ArgAction::Set)]
    pub generate_name: bool,
    /// A template for the name of the release
    #[arg(long, value_name = "TEMPLATE", default_value = "")]
    pub name_template: String,
    /// Leaves values.schema.json aside
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", action = ArgAction::Set)]
    pub skip_schema_validation: bool,
    #[command(flatten)]
    refused: Refused,
    #[command(flatten)]
    ignored: Ignored,
}

/// What is refused.
#[derive(Debug, Args)]
struct Refused {
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", action = ArgAction::Set)]
    validate: bool,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "client")]
    dry_run: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", action = ArgAction::Set)]
    dependency_update: bool,
    #[arg(long, hide = true)]
    post_renderer: Option<String>,
    #[arg(long, hide = true)]
    post_renderer_args: Vec<String>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", action = ArgAction::Set)]
    enable_dns: bool,
    #[arg(long, hide = true)]
    repo: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", action = ArgAction::Set)]
    verify: bool,
}

/// What says how to install, or where to fetch from.
#[derive(Debug, Args)]
struct Ignored {
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    create_namespace: Option<Option<String>>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    force: Option<Option<String>>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    force_replace: Option<Option<String>>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    force_conflicts: Option<Option<String>>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    server_side: Option<Option<String>>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    replace: Option<Option<String>>,
    #[arg(long, hide = true)]
    timeout: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    wait: Option<Option<String>>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    wait_for_jobs: Option<Option<String>>,
    #[arg(long, hide = true)]
    description: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    devel: Option<Option<String>>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    disable_openapi_validation: Option<Option<String>>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    rollback_on_failure: Option<Option<String>>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    atomic: Option<Option<String>>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    skip_crds: Option<Option<String>>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    render_subchart_notes: Option<Option<String>>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    hide_notes: Option<Option<String>>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    take_ownership: Option<Option<String>>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    debug: Option<Option<String>>,
    #[arg(short, long, hide = true)]
    labels: Vec<String>,
    #[arg(long, hide = true)]
    version: Option<String>,
    #[arg(long, hide = true)]
    kube_context: Option<String>,
    #[arg(long, hide = true)]
    kubeconfig: Option<String>,
}

impl Arguments {
    /// Refuses what this command does not do.
    pub fn check(&self) -> Result<(), Failure> {
        let refused = &self.refused;
        let dry_run = refused.dry_run.as_deref().unwrap_or("client");
        let reasons = [
            (refused.validate, "--validate asks a cluster, which this command does not do"),
            (dry_run == "server", "--dry-run=server asks a cluster, which this command does not do"),
            (
                !matches!(dry_run, "client" | "server" | "true" | "unset"),
                "invalid dry-run value. Must be \"server\" or \"client\"",
            ),
            (
                refused.dependency_update,
                "--dependency-update fetches charts, which this command does not do; place them in charts/ first",
            ),
            (
                refused.post_renderer.is_some(),
                "--post-renderer starts a program, which this command does not do",
            ),
            (
                !refused.post_renderer_args.is_empty(),
                "--post-renderer-args starts a program, which this command does not do",
            ),
            (refused.enable_dns, "--enable-dns asks the network, which this command does not do"),
            (refused.repo.is_some(), "--repo fetches a chart, which this command does not do"),
            (refused.verify, "--verify is not known to this command; verify the chart before"),
        ];
        match reasons.iter().find(|(is_given, _)| *is_given) {
            Some((_, reason)) => Err(Failure::Argument((*reason).to_owned())),
            None => Ok(()),
        }
    }
}
