//! Metadata as read, before it is known to be valid: entries of lists may be null. Validation cleans every text (spaces
//! become blanks, what cannot be printed goes) and refuses what Helm refuses, in its order and words.

use std::collections::{BTreeMap, HashSet};

use super::metadata::{Dependency, ImportValues, Lock, Maintainer, Metadata};
use sluice_template::characters::is_printable;

use crate::version::is_version;

/// Why a chart is not valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("validation: {0}")]
pub struct ValidationError(String);

#[derive(Clone, Debug, Default)]
pub(super) struct MetadataDraft {
    pub name: String,
    pub home: String,
    pub sources: Vec<String>,
    pub version: String,
    pub description: String,
    pub keywords: Vec<String>,
    pub maintainers: Vec<Option<Maintainer>>,
    pub icon: String,
    pub api_version: String,
    pub condition: String,
    pub tags: String,
    pub app_version: String,
    pub deprecated: bool,
    pub annotations: Option<BTreeMap<String, String>>,
    pub kube_version: String,
    pub dependencies: Option<Vec<Option<DependencyDraft>>>,
    pub kind: String,
}

#[derive(Clone, Debug, Default)]
pub(super) struct DependencyDraft {
    pub name: String,
    pub version: String,
    pub repository: String,
    pub condition: String,
    pub tags: Vec<String>,
    pub enabled: bool,
    pub import_values: Vec<Option<ImportValues>>,
    pub alias: String,
}

#[derive(Clone, Debug, Default)]
pub(super) struct LockDraft {
    pub generated: String,
    pub digest: String,
    pub dependencies: Option<Vec<Option<DependencyDraft>>>,
}

fn refuse<T>(message: impl Into<String>) -> Result<T, ValidationError> {
    Err(ValidationError(message.into()))
}

impl MetadataDraft {
    pub(super) fn validate(self) -> Result<Metadata, ValidationError> {
        let (name, version) = (clean(&self.name), self.version);
        check_identity(&self.api_version, &name, &version)?;
        if !matches!(self.kind.as_str(), "" | "application" | "library") {
            return refuse("chart.metadata.type must be application or library");
        }
        let maintainers = self.maintainers.into_iter().map(maintainer).collect::<Result<_, _>>()?;
        let dependencies = self.dependencies.map(dependencies).transpose()?;
        Ok(Metadata {
            name,
            home: clean(&self.home),
            sources: clean_all(&self.sources),
            version,
            description: clean(&self.description),
            keywords: clean_all(&self.keywords),
            maintainers,
            icon: clean(&self.icon),
            api_version: self.api_version,
            condition: clean(&self.condition),
            tags: clean(&self.tags),
            app_version: clean(&self.app_version),
            deprecated: self.deprecated,
            annotations: self.annotations,
            kube_version: clean(&self.kube_version),
            dependencies,
            kind: self.kind,
        })
    }
}

fn check_identity(api_version: &str, name: &str, version: &str) -> Result<(), ValidationError> {
    if api_version.is_empty() {
        return refuse("chart.metadata.apiVersion is required");
    }
    match name {
        "" => return refuse("chart.metadata.name is required"),
        "." | ".." => return refuse(format!("chart.metadata.name {name:?} is not allowed")),
        _ if name.contains('/') => return refuse(format!("chart.metadata.name {name:?} is invalid")),
        _ => {}
    }
    if version.is_empty() {
        return refuse("chart.metadata.version is required");
    }
    if !is_version(version) {
        return refuse(format!("chart.metadata.version {version:?} is invalid"));
    }
    Ok(())
}

fn maintainer(draft: Option<Maintainer>) -> Result<Maintainer, ValidationError> {
    let Some(draft) = draft else { return refuse("maintainers must not contain empty or null nodes") };
    Ok(Maintainer { name: clean(&draft.name), email: clean(&draft.email), url: clean(&draft.url) })
}

fn dependencies(drafts: Vec<Option<DependencyDraft>>) -> Result<Vec<Dependency>, ValidationError> {
    let mut names = HashSet::new();
    let mut found = Vec::new();
    for draft in drafts {
        let Some(draft) = draft else { return refuse("dependencies must not contain empty or null nodes") };
        let dependency = draft.clean();
        if !dependency.alias.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')) {
            return refuse(format!(
                "dependency {:?} has disallowed characters in the alias",
                dependency.name
            ));
        }
        let name = if dependency.alias.is_empty() { &dependency.name } else { &dependency.alias };
        if !names.insert(name.clone()) {
            return refuse(format!("more than one dependency with name or alias {name:?}"));
        }
        found.push(dependency);
    }
    Ok(found)
}

impl DependencyDraft {
    fn clean(self) -> Dependency {
        Dependency {
            name: clean(&self.name),
            version: clean(&self.version),
            repository: clean(&self.repository),
            condition: clean(&self.condition),
            tags: clean_all(&self.tags),
            enabled: self.enabled,
            import_values: self.import_values.into_iter().flatten().collect(),
            alias: self.alias,
        }
    }
}

impl LockDraft {
    pub(super) fn finish(self) -> Lock {
        let dependencies = self.dependencies.unwrap_or_default();
        Lock {
            generated: self.generated,
            digest: self.digest,
            dependencies: dependencies.into_iter().flatten().map(DependencyDraft::clean).collect(),
        }
    }
}

/// Makes every white space a blank and drops what Go's `unicode.IsPrint` refuses.
fn clean(text: &str) -> String {
    text.chars()
        .filter_map(|c| if c.is_whitespace() { Some(' ') } else { is_printable(c).then_some(c) })
        .collect()
}

fn clean_all(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| clean(text)).collect()
}
