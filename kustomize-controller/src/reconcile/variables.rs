//! Reads the variables for post-build substitution (reference 04.5), under the identity of the Kustomization.
//!
//! What Secrets hold stays in memory and out of every message.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::Api;
use kube::{Client, Resource, ResourceExt};
use serde::de::DeserializeOwned;
use sluice_crds::applier::ValuesSourceKind;
use sluice_crds::kustomize::{Kustomization, SubstituteReference};
use sluice_render::substitution::{InvalidName, Variables};
use thiserror::Error;

use super::tenant::Fleet;

/// Variables that could not be read.
#[derive(Debug, Error)]
pub enum VariablesError {
    /// There is no such object.
    #[error("spec.postBuild.substituteFrom: {0} not found")]
    Missing(String),
    /// The object could not be read.
    #[error("spec.postBuild.substituteFrom: {0} could not be read: {1}")]
    Read(String, #[source] kube::Error),
    /// Something is not the name of a variable.
    #[error("spec.postBuild: {0}")]
    Name(#[from] InvalidName),
    /// The identity of the Kustomization cannot be assumed.
    #[error(transparent)]
    Tenant(#[from] super::tenant::TenantError),
}

/// The variables of `object`; none where it does not ask for substitution.
///
/// # Errors
/// A reference that is not optional leads to nothing, or a name is not that of a variable.
pub async fn read(
    fleet: &Fleet,
    object: &Kustomization,
    strict: bool,
) -> Result<Arc<Variables>, VariablesError> {
    let Some(post_build) = &object.spec.post_build else { return Ok(Arc::default()) };
    let mut held = Vec::with_capacity(post_build.substitute_from.len());
    if !post_build.substitute_from.is_empty() {
        let client = fleet.tenant(object)?.cluster.client().clone();
        let namespace = object.namespace().unwrap_or_default();
        for reference in &post_build.substitute_from {
            held.extend(read_one(&client, &namespace, reference).await?);
        }
    }
    Ok(Arc::new(Variables::compose(post_build, &held, strict)?))
}

async fn read_one(
    client: &Client,
    namespace: &str,
    reference: &SubstituteReference,
) -> Result<Option<BTreeMap<String, String>>, VariablesError> {
    let held = match reference.kind {
        ValuesSourceKind::ConfigMap => {
            let found: Option<ConfigMap> = find(client, namespace, reference).await?;
            found.map(|found| found.data.unwrap_or_default())
        }
        ValuesSourceKind::Secret => {
            let found: Option<Secret> = find(client, namespace, reference).await?;
            found.map(|found| {
                found.data.into_iter().flatten().map(|(name, value)| (name, text(&value.0))).collect()
            })
        }
    };
    if held.is_none() && !reference.optional {
        return Err(VariablesError::Missing(name(reference)));
    }
    Ok(held)
}

async fn find<K>(
    client: &Client,
    namespace: &str,
    reference: &SubstituteReference,
) -> Result<Option<K>, VariablesError>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned,
{
    let api: Api<K> = Api::namespaced(client.clone(), namespace);
    api.get_opt(&reference.name).await.map_err(|error| VariablesError::Read(name(reference), error))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn name(reference: &SubstituteReference) -> String {
    format!("{}/{}", reference.kind, reference.name)
}
