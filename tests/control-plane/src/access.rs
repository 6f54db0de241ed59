//! Ways to reach a control plane as somebody other than the administrator.

use k8s_openapi::api::authentication::v1::TokenRequest;
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::api::{Api, PostParams};
use kube::{Client, Config};

use crate::certificates::{AUTHORITY, Authority};
use crate::error::{Error, OnFile};
use crate::instance::blocking;
use crate::{ControlPlane, kubeconfig};

/// What somebody needs to reach a control plane.
#[derive(Clone)]
pub struct Access {
    /// The text of a kubeconfig, complete in itself.
    pub kubeconfig: String,
    /// The client configuration.
    pub config: Config,
    /// A client, bound to the runtime in which it was asked for.
    pub client: Client,
}

pub(crate) async fn user(plane: &ControlPlane, name: &str, group: Option<&str>) -> Result<Access, Error> {
    let folder = plane.logs().to_owned();
    let (server, name, group) = (server(plane), name.to_owned(), group.map(str::to_owned));
    let text = blocking(move || {
        let authority = Authority::open(&folder)?;
        let identity = authority.client(&name, group.as_deref())?;
        Ok(kubeconfig::with_certificate(&server, authority.certificate(), &identity))
    });
    access(text.await?).await
}

pub(crate) async fn service_account(
    plane: &ControlPlane,
    namespace: &str,
    name: &str,
) -> Result<Access, Error> {
    let accounts = Api::<ServiceAccount>::namespaced(plane.client(), namespace);
    let (params, request) = (PostParams::default(), TokenRequest::default());
    let answer = accounts.create_token_request(name, &params, &request).await?;
    let token = answer.status.and_then(|status| status.token).ok_or(Error::NoToken)?;
    access(kubeconfig::with_token(&server(plane), &authority(plane).await?, &token)).await
}

pub(crate) async fn anonymous(plane: &ControlPlane) -> Result<Access, Error> {
    access(kubeconfig::anonymous(&server(plane), &authority(plane).await?)).await
}

async fn access(kubeconfig: String) -> Result<Access, Error> {
    let config = kubeconfig::load(&kubeconfig).await?;
    let client = Client::try_from(config.clone())?;
    Ok(Access { kubeconfig, config, client })
}

async fn authority(plane: &ControlPlane) -> Result<String, Error> {
    let path = plane.logs().join(AUTHORITY);
    tokio::fs::read_to_string(&path).await.on("read", path)
}

fn server(plane: &ControlPlane) -> String {
    plane.config.cluster_url.to_string().trim_end_matches('/').to_owned()
}
