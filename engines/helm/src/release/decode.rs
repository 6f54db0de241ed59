//! Records back into releases. Refuses what is no record, and what is larger than [`MAX_BYTES`] when unpacked.

use std::collections::BTreeMap;
use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::value::RawValue;
use serde_json::{Number, Value};
use thiserror::Error;

use crate::chart::{ChildAndParent, Dependency, ImportValues, Maintainer, Metadata};
use crate::hook::{Event, Execution, Hook};
use crate::values::Values;

use super::{ApplyMethod, Info, RecordedChart, Release, Status, Time};

/// The largest record, unpacked.
const MAX_BYTES: u64 = 256 << 20;

const GZIP: &[u8] = &[0x1f, 0x8b, 0x08];

/// Why a record cannot be read.
#[derive(Debug, Error)]
pub enum RecordError {
    /// It is not base64.
    #[error("the release record is not base64: {0}")]
    Base64(#[from] base64::DecodeError),
    /// It does not unpack.
    #[error("the release record does not unpack: {0}")]
    Gzip(#[from] std::io::Error),
    /// It is too large.
    #[error("the release record is larger than {MAX_BYTES} bytes when unpacked")]
    TooLarge,
    /// It is not the JSON of a release.
    #[error("the release record holds no release: {0}")]
    Json(#[from] serde_json::Error),
}

impl Release {
    /// Reads a record: base64 text of JSON, packed with gzip or not. Labels are not part of it.
    ///
    /// # Errors
    /// Says which step did not succeed.
    pub fn decode(record: &[u8]) -> Result<Self, RecordError> {
        let text: Vec<u8> = record.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
        let bytes = STANDARD.decode(text)?;
        if bytes.len() > GZIP.len() && bytes.starts_with(GZIP) {
            return Self::from_json(&unpack(&bytes)?);
        }
        Self::from_json(&bytes)
    }

    /// Reads the JSON of a release.
    ///
    /// # Errors
    /// What is wrong with the JSON.
    pub fn from_json(json: &[u8]) -> Result<Self, RecordError> {
        let record: ReleaseRecord = serde_json::from_slice(json)?;
        Ok(Self {
            name: record.name,
            info: record.info.into(),
            chart: recorded_chart(record.chart)?,
            config: record.config.map(with_fractions),
            manifest: record.manifest,
            hooks: record.hooks.into_iter().flatten().map(Hook::from).collect(),
            version: record.version,
            namespace: record.namespace,
            labels: BTreeMap::new(),
            apply_method: ApplyMethod::recorded(&record.apply_method),
        })
    }
}

fn unpack(bytes: &[u8]) -> Result<Vec<u8>, RecordError> {
    let mut unpacked = Vec::new();
    let size = MultiGzDecoder::new(bytes).take(MAX_BYTES + 1).read_to_end(&mut unpacked)?;
    if size as u64 > MAX_BYTES { Err(RecordError::TooLarge) } else { Ok(unpacked) }
}

fn recorded_chart(raw: Option<Box<RawValue>>) -> Result<RecordedChart, RecordError> {
    let Some(raw) = raw else { return Ok(RecordedChart::default()) };
    let chart: ChartRecord = serde_json::from_str(raw.get())?;
    Ok(RecordedChart { metadata: chart.metadata.into(), text: raw.get().to_owned() })
}

/// Numbers are 64-bit fractions, as Go reads them.
fn with_fractions(values: Values) -> Values {
    values.into_iter().map(|(key, value)| (key, with_fraction(value))).collect()
}

fn with_fraction(value: Value) -> Value {
    match value {
        Value::Number(number) => {
            number.as_f64().and_then(Number::from_f64).map_or(Value::Null, Value::Number)
        }
        Value::Array(items) => items.into_iter().map(with_fraction).collect(),
        Value::Object(table) => Value::Object(with_fractions(table)),
        other => other,
    }
}

// === the JSON ===

#[derive(Deserialize)]
struct ReleaseRecord {
    #[serde(default, deserialize_with = "or_default")]
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    info: InfoRecord,
    #[serde(default)]
    chart: Option<Box<RawValue>>,
    #[serde(default)]
    config: Option<Values>,
    #[serde(default, deserialize_with = "or_default")]
    manifest: String,
    #[serde(default, deserialize_with = "or_default")]
    hooks: Vec<Option<HookRecord>>,
    #[serde(default, deserialize_with = "or_default")]
    version: i64,
    #[serde(default, deserialize_with = "or_default")]
    namespace: String,
    #[serde(default, deserialize_with = "or_default")]
    apply_method: String,
}

#[derive(Default, Deserialize)]
struct InfoRecord {
    #[serde(default, deserialize_with = "moment")]
    first_deployed: Option<Time>,
    #[serde(default, deserialize_with = "moment")]
    last_deployed: Option<Time>,
    #[serde(default, deserialize_with = "moment")]
    deleted: Option<Time>,
    #[serde(default, deserialize_with = "or_default")]
    description: String,
    #[serde(default, deserialize_with = "or_default")]
    status: String,
    #[serde(default, deserialize_with = "or_default")]
    notes: String,
}

#[derive(Default, Deserialize)]
struct HookRecord {
    #[serde(default, deserialize_with = "or_default")]
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    kind: String,
    #[serde(default, deserialize_with = "or_default")]
    path: String,
    #[serde(default, deserialize_with = "or_default")]
    manifest: String,
    #[serde(default, deserialize_with = "or_default")]
    events: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    last_run: ExecutionRecord,
    #[serde(default, deserialize_with = "or_default")]
    weight: i64,
    #[serde(default, deserialize_with = "or_default")]
    delete_policies: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    output_log_policies: Vec<String>,
}

#[derive(Default, Deserialize)]
struct ExecutionRecord {
    #[serde(default, deserialize_with = "moment")]
    started_at: Option<Time>,
    #[serde(default, deserialize_with = "moment")]
    completed_at: Option<Time>,
    #[serde(default, deserialize_with = "or_default")]
    phase: String,
}

#[derive(Deserialize)]
struct ChartRecord {
    #[serde(default, deserialize_with = "or_default")]
    metadata: MetadataRecord,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct MetadataRecord {
    name: Option<String>,
    home: Option<String>,
    sources: Option<Vec<String>>,
    version: Option<String>,
    description: Option<String>,
    keywords: Option<Vec<String>>,
    maintainers: Option<Vec<Option<MaintainerRecord>>>,
    icon: Option<String>,
    api_version: Option<String>,
    condition: Option<String>,
    tags: Option<String>,
    app_version: Option<String>,
    deprecated: Option<bool>,
    annotations: Option<BTreeMap<String, Option<String>>>,
    kube_version: Option<String>,
    dependencies: Option<Vec<Option<DependencyRecord>>>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct MaintainerRecord {
    name: Option<String>,
    email: Option<String>,
    url: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct DependencyRecord {
    name: Option<String>,
    version: Option<String>,
    repository: Option<String>,
    condition: Option<String>,
    tags: Option<Vec<String>>,
    enabled: Option<bool>,
    import_values: Option<Vec<Value>>,
    alias: Option<String>,
}

/// Go leaves a field as it is where JSON says `null`.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A time; empty text and the year one are none.
fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Time>, D::Error> {
    match Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty()) {
        Some(text) => {
            text.parse().map(|time: Time| Some(time).filter(|it| !it.is_zero())).map_err(D::Error::custom)
        }
        None => Ok(None),
    }
}

impl From<InfoRecord> for Info {
    fn from(record: InfoRecord) -> Self {
        Self {
            first_deployed: record.first_deployed,
            last_deployed: record.last_deployed,
            deleted: record.deleted,
            description: record.description,
            status: Status::recorded(&record.status),
            notes: record.notes,
        }
    }
}

impl From<HookRecord> for Hook {
    fn from(record: HookRecord) -> Self {
        let ExecutionRecord { started_at, completed_at, phase } = record.last_run;
        Self {
            name: record.name,
            kind: record.kind,
            path: record.path,
            manifest: record.manifest,
            events: record.events.iter().map(|word| Event::recorded(word)).collect(),
            last_run: Execution { started_at, completed_at, phase },
            weight: record.weight,
            delete_policies: record.delete_policies,
            output_log_policies: record.output_log_policies,
        }
    }
}

impl From<MetadataRecord> for Metadata {
    fn from(record: MetadataRecord) -> Self {
        let annotations = |it: BTreeMap<String, Option<String>>| {
            it.into_iter().map(|(key, value)| (key, value.unwrap_or_default())).collect()
        };
        Self {
            name: record.name.unwrap_or_default(),
            home: record.home.unwrap_or_default(),
            sources: record.sources.unwrap_or_default(),
            version: record.version.unwrap_or_default(),
            description: record.description.unwrap_or_default(),
            keywords: record.keywords.unwrap_or_default(),
            maintainers: listed(record.maintainers),
            icon: record.icon.unwrap_or_default(),
            api_version: record.api_version.unwrap_or_default(),
            condition: record.condition.unwrap_or_default(),
            tags: record.tags.unwrap_or_default(),
            app_version: record.app_version.unwrap_or_default(),
            deprecated: record.deprecated.unwrap_or_default(),
            annotations: record.annotations.map(annotations),
            kube_version: record.kube_version.unwrap_or_default(),
            dependencies: record.dependencies.map(|it| listed(Some(it))),
            kind: record.kind.unwrap_or_default(),
        }
    }
}

fn listed<T, U: From<T>>(items: Option<Vec<Option<T>>>) -> Vec<U> {
    items.into_iter().flatten().flatten().map(U::from).collect()
}

impl From<MaintainerRecord> for Maintainer {
    fn from(record: MaintainerRecord) -> Self {
        Self {
            name: record.name.unwrap_or_default(),
            email: record.email.unwrap_or_default(),
            url: record.url.unwrap_or_default(),
        }
    }
}

impl From<DependencyRecord> for Dependency {
    fn from(record: DependencyRecord) -> Self {
        Self {
            name: record.name.unwrap_or_default(),
            version: record.version.unwrap_or_default(),
            repository: record.repository.unwrap_or_default(),
            condition: record.condition.unwrap_or_default(),
            tags: record.tags.unwrap_or_default(),
            enabled: record.enabled.unwrap_or_default(),
            import_values: record.import_values.unwrap_or_default().into_iter().map(import).collect(),
            alias: record.alias.unwrap_or_default(),
        }
    }
}

fn import(value: Value) -> ImportValues {
    let path = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    match (path("child"), path("parent"), value.as_object().map(serde_json::Map::len)) {
        (Some(child), Some(parent), Some(2)) => ImportValues::Resolved(ChildAndParent { child, parent }),
        _ => ImportValues::Written(with_fraction(value)),
    }
}
