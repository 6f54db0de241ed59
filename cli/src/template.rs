//! `sluice template`: what `helm template` prints for a chart of this machine, and with `-k` what the controller would install
//! for a HelmRelease. Fetches nothing, asks no cluster and starts no
//! program; what would need that is refused.

use std::path::Path;

use sluice_helm::capabilities::{Capabilities, KubeVersion};
use sluice_helm::manifest::{Order, Sorted};
use sluice_helm::render::{Input, Mode, ReleaseOptions, Rendered, render};
use sluice_helm::{dependencies, values::Values};
use sluice_template::Limits;

use crate::failure::Failure;

mod args;
mod chart;
mod files;
mod machine;
mod name;
mod object;
mod show;
mod values;

pub use args::Arguments;
use machine::Machine;

/// Renders what `arguments` name and writes it where they say.
///
/// # Errors
/// The first step that does not succeed; nothing is written in part.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    arguments.check()?;
    if let Some(file) = &arguments.helm_release {
        let (chart, sorted) = object::rendered(arguments, file)?;
        return show::print(arguments, &chart, &sorted);
    }
    let (name, place) = name::name_and_chart(arguments)?;
    let given = values::read(arguments)?;
    let chart = chart::load(Path::new(&place))?;
    dependencies::check(&chart).map_err(|error| Failure::Argument(error.to_string()))?;
    let capabilities = capabilities(arguments)?;
    let release = ReleaseOptions {
        name,
        namespace: arguments.namespace.clone(),
        revision: 1,
        is_upgrade: arguments.is_upgrade,
    };
    let rendered = rendered(arguments, &chart, &given, &capabilities, &release)?;
    let sorted = Sorted::read(&rendered.files, Order::Install).map_err(|error| {
        Failure::Argument(format!("{error}\n\nUse --debug flag to render out invalid YAML"))
    })?;
    match &arguments.output_dir {
        Some(directory) => files::write(arguments, directory, &release.name, &rendered.chart, &sorted),
        None => show::print(arguments, &rendered.chart, &sorted),
    }
}

fn rendered(
    arguments: &Arguments,
    chart: &sluice_helm::chart::Chart,
    values: &Values,
    capabilities: &Capabilities,
    release: &ReleaseOptions,
) -> Result<Rendered, Failure> {
    let machine = Machine;
    let input = Input {
        chart,
        values,
        release,
        capabilities,
        host: &machine,
        mode: Mode::Normal,
        skip_schema: arguments.skip_schema_validation,
        subchart_notes: false,
        limits: Limits::default(),
        cache: None,
    };
    let rendered = render(&input).map_err(|error| Failure::Argument(error.to_string()))?;
    warn(&rendered.warnings);
    Ok(rendered)
}

/// Tells what Helm would warn of.
fn warn(warnings: &[String]) {
    use std::io::Write as _;
    let mut stderr = std::io::stderr().lock();
    for warning in warnings {
        // Where nobody listens, there is nobody to tell.
        let _ = writeln!(stderr, "warning: {warning}");
    }
}

fn capabilities(arguments: &Arguments) -> Result<Capabilities, Failure> {
    let mut capabilities = Capabilities::default();
    if let Some(version) = arguments.kube_version.as_deref().filter(|version| !version.is_empty()) {
        let invalid = |error| Failure::Argument(format!("invalid kube version '{version}': {error}"));
        capabilities.kube_version = KubeVersion::parse(version).map_err(invalid)?;
    }
    capabilities.api_versions.extend(arguments.api_versions.iter().cloned());
    Ok(capabilities)
}
