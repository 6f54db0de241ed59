//! The cluster that the demo and the benchmark work on: an embedded control plane, or one the user names.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::try_join_all;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, ListParams, Patch, PatchParams, PostParams, WatchEvent, WatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::{DynamicObject, GroupVersionKind};
use kube::discovery::ApiResource;
use kube::runtime::{conditions, wait::await_condition};
use kube::{Client, Config, ResourceExt as _};
use serde_json::Value;
use sluice_control_plane::{ControlPlane, Options};

use crate::failure::Failure;

/// Who we are in managedFields.
pub const MANAGER: &str = "sluice-xtask";
const DEFINED_WITHIN: Duration = Duration::from_secs(60);

/// A cluster, and the means to use it.
pub struct Cluster {
    /// A client of the administrator.
    pub client: Client,
    /// A kubeconfig for other programs.
    pub kubeconfig: PathBuf,
    /// The control plane, if it is ours.
    pub plane: Option<ControlPlane>,
}

impl Cluster {
    /// Starts a control plane of our own.
    ///
    /// # Errors
    /// It cannot be built or started.
    pub async fn embedded(options: Options) -> Result<Self, Failure> {
        let plane = ControlPlane::start(options).await?;
        let (client, kubeconfig) = (plane.client(), plane.kubeconfig().to_owned());
        Ok(Self { client, kubeconfig, plane: Some(plane) })
    }

    /// Uses the cluster of a context in the user's kubeconfig; a copy of it with that context alone is written to
    /// `directory` for the controllers.
    ///
    /// # Errors
    /// There is no such context, or the cluster runs Flux or Sluice already.
    pub async fn named(context: &str, directory: &Path) -> Result<Self, Failure> {
        let mut kubeconfig = Kubeconfig::read()?;
        kubeconfig.current_context = Some(context.to_owned());
        let path = directory.join("kubeconfig");
        let text = serde_json::to_string(&kubeconfig).map_err(|e| Failure::Wrong(e.to_string()))?;
        crate::private::write(&path, &text)?;
        let chosen = KubeConfigOptions { context: Some(context.to_owned()), ..KubeConfigOptions::default() };
        let config = Config::from_custom_kubeconfig(kubeconfig, &chosen).await?;
        let client = Client::try_from(config).map_err(Failure::kubernetes("make a client"))?;
        refuse_controllers(&client).await?;
        Ok(Self { client, kubeconfig: path, plane: None })
    }

    /// Returns the version of the API server.
    ///
    /// # Errors
    /// The API server does not answer.
    pub async fn version(&self) -> Result<String, Failure> {
        let version = self.client.apiserver_version().await;
        version.map(|version| version.git_version).map_err(Failure::kubernetes("reach the API server"))
    }

    /// Creates the definitions of our kinds that are missing; returns the names of those created.
    ///
    /// # Errors
    /// One is refused or not served within a minute.
    pub async fn define_kinds(&self) -> Result<Vec<String>, Failure> {
        let api = Api::<CustomResourceDefinition>::all(self.client.clone());
        let created =
            try_join_all(sluice_crds::all().into_iter().map(|definition| define(api.clone(), definition)));
        Ok(created.await?.into_iter().flatten().collect())
    }

    /// Returns an API of objects that are known only at run time.
    pub fn api(&self, resource: &ApiResource, namespace: Option<&str>) -> Api<DynamicObject> {
        match namespace {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, resource),
            None => Api::all_with(self.client.clone(), resource),
        }
    }

    /// Applies an object, given as the manifest a user would write.
    ///
    /// # Errors
    /// The API server refuses it.
    pub async fn apply(&self, manifest: Value) -> Result<DynamicObject, Failure> {
        let object: DynamicObject =
            serde_json::from_value(manifest).map_err(|e| Failure::Wrong(e.to_string()))?;
        let (types, name) = (object.types.clone().unwrap_or_default(), object.name_any());
        let kind = GroupVersionKind::try_from(&types).map_err(|e| Failure::Wrong(e.to_string()))?;
        let api = self.api(&resource(&kind), object.metadata.namespace.as_deref());
        let applied = api.patch(&name, &PatchParams::apply(MANAGER), &Patch::Apply(&object)).await;
        applied.map_err(Failure::kubernetes(format!("apply {}/{name}", types.kind)))
    }
}

/// Returns how a kind that follows the usual spelling is reached.
pub fn resource(kind: &GroupVersionKind) -> ApiResource {
    let lower = kind.kind.to_lowercase();
    let plural = match lower.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{lower}s"),
    };
    ApiResource::from_gvk_with_plural(kind, &plural)
}

async fn define(
    api: Api<CustomResourceDefinition>,
    definition: CustomResourceDefinition,
) -> Result<Option<String>, Failure> {
    let name = definition.name_any();
    let created = match api.create(&PostParams::default(), &definition).await {
        Ok(_) => true,
        Err(kube::Error::Api(status)) if status.is_already_exists() => false,
        Err(error) => return Err(Failure::kubernetes(format!("create the definition {name}"))(error)),
    };
    let client = api.clone().into_client();
    let served = async {
        let established = await_condition(api, &name, conditions::is_crd_established()).await;
        established.map_err(|e| Failure::Wrong(format!("cannot watch the definition {name}: {e}")))?;
        if created {
            watchable(client, &definition).await.map_err(Failure::kubernetes(format!("watch {name}")))?;
        }
        Ok(created.then(|| name.clone()))
    };
    tokio::time::timeout(DEFINED_WITHIN, served).await.unwrap_or_else(|_| {
        let state = "its definition is not established".to_owned();
        Err(Failure::Late { what: format!("serving {name}"), after: DEFINED_WITHIN, state })
    })
}

/// Waits until a watch of a new kind lasts: the API server ends the first ones ("too old resource version") while it sets
/// the kind's cache up, and a controller that starts in that moment would know nothing for a second.
async fn watchable(client: Client, definition: &CustomResourceDefinition) -> kube::Result<()> {
    let names = &definition.spec.names;
    let version = definition.spec.versions.iter().find(|version| version.storage);
    let version = version.map(|version| version.name.as_str()).unwrap_or_default();
    let kind = GroupVersionKind::gvk(&definition.spec.group, version, &names.kind);
    let api =
        Api::<DynamicObject>::all_with(client, &ApiResource::from_gvk_with_plural(&kind, &names.plural));
    loop {
        let from =
            api.list_metadata(&ListParams::default()).await?.metadata.resource_version.unwrap_or_default();
        let events = api.watch_metadata(&WatchParams::default().timeout(1), &from).await?.boxed();
        let broken = |event| matches!(event, Err(_) | Ok(WatchEvent::Error(_)));
        if !events.any(|event| async { broken(event) }).await {
            return Ok(());
        }
    }
}

/// Two controllers for one object would undo each other's work without end.
async fn refuse_controllers(client: &Client) -> Result<(), Failure> {
    let deployments = Api::<Deployment>::all(client.clone()).list(&ListParams::default()).await;
    let deployments = deployments.map_err(Failure::kubernetes("look for running controllers"))?;
    let ours = ["source-controller", "kustomize-controller"];
    match deployments.iter().find(|deployment| ours.contains(&deployment.name_any().as_str())) {
        None => Ok(()),
        Some(found) => Err(Failure::Wrong(format!(
            "this cluster already runs {} in {}, which would act on the demo's objects as well",
            found.name_any(),
            found.namespace().unwrap_or_default()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_are_those_of_the_api() {
        for (kind, plural) in [
            ("GitRepository", "gitrepositories"),
            ("Kustomization", "kustomizations"),
            ("ConfigMap", "configmaps"),
            ("Deployment", "deployments"),
        ] {
            assert_eq!(resource(&GroupVersionKind::gvk("g", "v1", kind)).plural, plural);
        }
    }
}
