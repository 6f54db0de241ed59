//! What `Chart.yaml` and `Chart.lock` say, field by field. Templates see a field by the name it has in Helm,
//! which the comment of each gives.

use std::collections::BTreeMap;

use serde_json::Value;

/// The content of `Chart.yaml`, with the dependencies of `requirements.yaml` for charts of version 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// `Name`: the chart, or its alias below another.
    pub name: String,
    /// `Home`
    pub home: String,
    /// `Sources`
    pub sources: Vec<String>,
    /// `Version`
    pub version: String,
    /// `Description`
    pub description: String,
    /// `Keywords`
    pub keywords: Vec<String>,
    /// `Maintainers`
    pub maintainers: Vec<Maintainer>,
    /// `Icon`
    pub icon: String,
    /// `APIVersion`: `v1`, `v2` or `v3`.
    pub api_version: String,
    /// `Condition`
    pub condition: String,
    /// `Tags`
    pub tags: String,
    /// `AppVersion`
    pub app_version: String,
    /// `Deprecated`
    pub deprecated: bool,
    /// `Annotations`; nothing when the file has none.
    pub annotations: Option<BTreeMap<String, String>>,
    /// `KubeVersion`: a range of Kubernetes versions.
    pub kube_version: String,
    /// `Dependencies`; once resolved only those that are enabled. Nothing when the file has none.
    pub dependencies: Option<Vec<Dependency>>,
    /// `Type`: `application`, `library` or nothing.
    pub kind: String,
}

/// Someone who maintains a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Maintainer {
    /// `Name`
    pub name: String,
    /// `Email`
    pub email: String,
    /// `URL`
    pub url: String,
}

/// A chart that another one depends on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dependency {
    /// `Name`
    pub name: String,
    /// `Version`: a range.
    pub version: String,
    /// `Repository`
    pub repository: String,
    /// `Condition`: paths of values, separated by commas; the first that is there decides.
    pub condition: String,
    /// `Tags`
    pub tags: Vec<String>,
    /// `Enabled`
    pub enabled: bool,
    /// `ImportValues`
    pub import_values: Vec<ImportValues>,
    /// `Alias`
    pub alias: String,
}

/// Which values of a dependency its parent takes over.
#[derive(Clone, Debug, PartialEq)]
pub enum ImportValues {
    /// As written in the file.
    Written(Value),
    /// As resolved: both paths known.
    Resolved(ChildAndParent),
}

/// A path in the dependency's values and the path it gets in the parent's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildAndParent {
    /// `child`
    pub child: String,
    /// `parent`
    pub parent: String,
}

/// The content of `Chart.lock`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lock {
    /// When it was made, as written.
    pub generated: String,
    /// The digest of the dependencies it was made for.
    pub digest: String,
    /// The dependencies with the versions that were chosen.
    pub dependencies: Vec<Dependency>,
}
