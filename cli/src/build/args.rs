//! The arguments of `sluice build`: those of `kustomize build` 5.8.1, and what they mean to the engine.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::ArgAction;
use sluice_kustomize::{LoadRestriction, Options, Reorder};

use super::ignored::{Ignored, boolean};
use crate::failure::Failure;

/// What the original says of deprecated flags.
const REORDER: &str =
    "Flag --reorder has been deprecated, use the new 'sortOptions' field in kustomization.yaml instead.";
const MANAGED_BY_LABEL: &str = "Flag --enable-managedby-label has been deprecated, The flag `enable-managedby-label` has \
     been deprecated. Use the `managedByLabel` option in the `buildMetadata` field instead.";
/// Switches `--enable-managedby-label` on when it says `on`.
const MANAGED_BY_VARIABLE: &str = "KUSTOMIZE_ENABLE_MANAGEDBY_LABEL";

/// Build a kustomization as `kustomize build` does, or what the controller would apply for a Kustomization object.
#[derive(Debug, clap::Args)]
#[command(args_override_self = true)]
pub struct Arguments {
    /// The directory with the kustomization file; `.` when none is named.
    #[arg(value_name = "DIR")]
    directories: Vec<String>,
    /// Write to this file, or to a file for each resource in this directory, instead of stdout.
    #[arg(short, long, value_name = "FILE|DIR", allow_hyphen_values = true)]
    output: Option<OsString>,
    /// Which files may be read: LoadRestrictionsRootOnly (those in and below a kustomization's directory, the default)
    /// or LoadRestrictionsNone (any).
    #[arg(long, value_name = "RULE", allow_hyphen_values = true)]
    load_restrictor: Option<String>,
    /// The order where a kustomization names none: legacy or none. Deprecated: `sortOptions` in the kustomization says
    /// it better.
    #[arg(long, value_name = "ORDER", allow_hyphen_values = true)]
    reorder: Option<String>,
    /// Deprecated: `buildMetadata: [managedByLabel]` in the kustomization says it better.
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, value_parser = boolean,
          default_value_t = false, default_missing_value = "true", hide = true)]
    enable_managedby_label: bool,
    /// Render what the controller would apply for the Kustomization object in this file (`-` is stdin) instead.
    #[arg(short = 'k', long, value_name = "FILE", conflicts_with_all = ["directories", "load_restrictor", "reorder"])]
    pub kustomization: Option<PathBuf>,
    /// With -k: the directory that stands for the source, as the root of a repository would.
    #[arg(long, value_name = "DIR", default_value = ".", requires = "kustomization")]
    pub source: PathBuf,
    /// With -k: a file with ConfigMaps and Secrets that spec.postBuild.substituteFrom names; may be repeated.
    #[arg(long, value_name = "FILE", requires = "kustomization")]
    pub substitute_from: Vec<PathBuf>,
    /// With -k: take a variable that is not set and has no default for empty, as controllers with the feature gate
    /// StrictPostBuildSubstitutions=false do.
    #[arg(long, requires = "kustomization")]
    pub lenient_substitution: bool,
    /// With -k: the Kustomization's name or namespace/name, where the file holds several.
    #[arg(short, long, requires = "kustomization")]
    pub name: Option<String>,
    #[command(flatten)]
    ignored: Ignored,
}

impl Arguments {
    /// What the engine shall do.
    ///
    /// # Errors
    /// When a value is none of those that are known.
    pub fn options(&self) -> Result<Options, Failure> {
        Ok(Options {
            load_restriction: self.load_restriction()?,
            reorder: self.order()?,
            managed_by_label: self.enable_managedby_label || wants_managed_by_label(),
            ..Options::default()
        })
    }

    /// What to say about the flags themselves.
    pub fn warnings(&self) -> impl Iterator<Item = &'static str> {
        let used = [(self.reorder.is_some(), REORDER), (self.enable_managedby_label, MANAGED_BY_LABEL)];
        used.into_iter().filter(|(used, _)| *used).map(|(_, warning)| warning)
    }

    fn load_restriction(&self) -> Result<LoadRestriction, Failure> {
        match self.load_restrictor.as_deref().unwrap_or_default() {
            "" | "LoadRestrictionsRootOnly" => Ok(LoadRestriction::RootOnly),
            "LoadRestrictionsNone" => Ok(LoadRestriction::None),
            other => {
                Err(illegal("--load-restrictor", other, "LoadRestrictionsRootOnly or LoadRestrictionsNone"))
            }
        }
    }

    fn order(&self) -> Result<Reorder, Failure> {
        match self.reorder.as_deref() {
            None | Some("legacy") => Ok(Reorder::Legacy),
            Some("none") => Ok(Reorder::None),
            Some(other) => Err(illegal("--reorder", other, "legacy or none")),
        }
    }

    /// The directory to build.
    ///
    /// # Errors
    /// When several are named.
    pub fn directory(&self) -> Result<&str, Failure> {
        match self.directories.as_slice() {
            [] => Ok("."),
            [only] => Ok(only),
            [_, ..] => Err(Failure::Argument("name one directory with a kustomization file".to_owned())),
        }
    }

    /// The file or directory to write to, unless it is stdout.
    pub fn output(&self) -> Option<&Path> {
        self.output.as_deref().filter(|output| !output.is_empty()).map(Path::new)
    }
}

fn illegal(flag: &str, value: &str, expected: &str) -> Failure {
    Failure::Argument(format!("illegal value {value:?} of {flag}; expected {expected}"))
}

fn wants_managed_by_label() -> bool {
    std::env::var_os(MANAGED_BY_VARIABLE).is_some_and(|value| value == "on")
}
