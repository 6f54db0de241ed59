//! `sluice template -k`: what the controller would install for a HelmRelease, with files that stand for the ConfigMaps and
//! Secrets it takes values from. Refuses a chart that is fetched: it has to lie in a directory.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sluice_crds::applier::ValuesSourceKind;
use sluice_crds::helm::HelmRelease;
use sluice_helm::chart::Chart;
use sluice_helm::manifest::Sorted;
use sluice_render::helm_release::{Inputs, ValuesData, compose, render};
use sluice_template::Limits;

use crate::failure::Failure;

use super::machine::Machine;
use super::{Arguments, capabilities, chart, warn};

const GROUP: &str = "helm.toolkit.fluxcd.io";
const VERSION: &str = "helm.toolkit.fluxcd.io/v2";
/// Where an object lands that names no namespace.
const NAMESPACE: &str = "default";

/// Data by kind, namespace and name.
type Sources = BTreeMap<(ValuesSourceKind, String, String), ValuesData>;

/// Renders the HelmRelease in the file `path`.
pub(super) fn rendered(arguments: &Arguments, path: &Path) -> Result<(Chart, Sorted), Failure> {
    let Some(place) = &arguments.chart else {
        return Err(Failure::Argument(
            "-k needs --chart: the directory or .tgz file of the chart".to_owned(),
        ));
    };
    let release = read_release(path)?;
    let namespace = release.metadata.namespace.clone().unwrap_or_default();
    let sources = read_sources(&arguments.values_from)?;
    let find = |kind, name: &str| sources.get(&(kind, namespace.clone(), name.to_owned())).cloned();
    let values =
        compose(&release.spec, &namespace, &find).map_err(|error| Failure::Argument(error.to_string()))?;
    let chart = chart::load(place)?;
    sluice_helm::dependencies::check(&chart).map_err(|error| Failure::Argument(error.to_string()))?;
    let capabilities = capabilities(arguments)?;
    let rendered = render(&Inputs {
        release: &release,
        chart: &chart,
        values: &values,
        capabilities: &capabilities,
        host: &Machine,
        revision: 1,
        is_upgrade: arguments.is_upgrade,
        limits: Limits::default(),
        cache: None,
    })
    .map_err(|error| Failure::Argument(error.to_string()))?;
    warn(&rendered.warnings);
    Ok((rendered.chart, rendered.sorted))
}

fn read_release(path: &Path) -> Result<HelmRelease, Failure> {
    let shown = path.display();
    let is_release = |object: &Value| {
        let group = object["apiVersion"].as_str().and_then(|version| version.split_once('/'));
        group.is_some_and(|(group, _)| group == GROUP) && object["kind"] == "HelmRelease"
    };
    let mut found: Vec<Value> = objects(path)?.into_iter().filter(is_release).collect();
    let problem = match found.len() {
        0 => format!("{shown}: no object of kind HelmRelease in {GROUP}"),
        1 if found[0]["apiVersion"] != VERSION => format!("{shown}: the HelmRelease is not of {VERSION}"),
        1 => String::new(),
        _ => format!("{shown}: several HelmReleases"),
    };
    let Some(mut object) = found.pop().filter(|_| problem.is_empty()) else {
        return Err(Failure::Argument(problem));
    };
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.entry("namespace").or_insert_with(|| NAMESPACE.into());
    }
    serde_json::from_value(object)
        .map_err(|error| Failure::Argument(format!("{shown}: HelmRelease: {error}")))
}

fn objects(path: &Path) -> Result<Vec<Value>, Failure> {
    let shown = path.display().to_string();
    let bytes = fs::read(path).map_err(|source| Failure::File { path: shown.clone(), source })?;
    let invalid = |error: String| Failure::Argument(format!("{shown}: {error}"));
    let documents = sluice_yaml::parse_documents(&bytes).map_err(|error| invalid(error.to_string()))?;
    documents.iter().map(|document| document.to_json().map_err(|error| invalid(error.to_string()))).collect()
}

/// Reads every ConfigMap and Secret of the files.
fn read_sources(paths: &[std::path::PathBuf]) -> Result<Sources, Failure> {
    let mut sources = Sources::new();
    for path in paths {
        for object in objects(path)? {
            let kind = match object["kind"].as_str() {
                Some("ConfigMap") => ValuesSourceKind::ConfigMap,
                Some("Secret") => ValuesSourceKind::Secret,
                _ => continue,
            };
            let text = |field: &str| object["metadata"][field].as_str();
            let namespace = text("namespace").unwrap_or(NAMESPACE).to_owned();
            let name = text("name").unwrap_or_default().to_owned();
            let data = data(&object, kind).ok_or_else(|| {
                Failure::Argument(format!(
                    "{}: {name} holds data that is not text or not base64",
                    path.display()
                ))
            })?;
            sources.insert((kind, namespace, name), data);
        }
    }
    Ok(sources)
}

/// What an object holds, decoded; nothing when it cannot be.
fn data(object: &Value, kind: ValuesSourceKind) -> Option<ValuesData> {
    let mut data = ValuesData::new();
    for (key, value) in object["data"].as_object().into_iter().flatten() {
        let text = value.as_str()?;
        let is_encoded = kind == ValuesSourceKind::Secret;
        let bytes = if is_encoded { STANDARD.decode(text).ok()? } else { text.as_bytes().to_vec() };
        data.insert(key.clone(), bytes);
    }
    for (field, is_encoded) in [("stringData", false), ("binaryData", true)] {
        for (key, value) in object[field].as_object().into_iter().flatten() {
            let text = value.as_str()?;
            let bytes = if is_encoded { STANDARD.decode(text).ok()? } else { text.as_bytes().to_vec() };
            data.insert(key.clone(), bytes);
        }
    }
    Some(data)
}
