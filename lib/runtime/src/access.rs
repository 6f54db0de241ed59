//! Clients that act as a tenant's service account. There is no way back to the controller's own rights: without a
//! namespace and an account there is no client.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use kube::Client;
use thiserror::Error;

/// How many clients are kept; beyond it all are dropped and made again when needed.
const KEPT: usize = 512;

/// An impersonated client that could not be made.
#[derive(Debug, Error)]
pub enum AccessError {
    /// The service account's name is empty or not a valid name.
    #[error("service account name '{0}' is not valid")]
    Account(String),
    /// The namespace's name is empty or not a valid name.
    #[error("namespace '{0}' of the service account is not valid")]
    Namespace(String),
    /// The client could not be configured.
    #[error("client for the service account could not be made")]
    Client(#[source] Box<kube::Error>),
}

/// Makes and keeps impersonating clients; cheap to clone.
#[derive(Clone)]
pub struct Impersonator {
    config: Arc<kube::Config>,
    clients: Arc<Mutex<HashMap<String, Client>>>,
}

impl Impersonator {
    /// Prepares clients for the cluster that `config` points at.
    #[must_use]
    pub fn new(config: kube::Config) -> Self {
        Self { config: Arc::new(config), clients: Arc::default() }
    }

    /// Returns a client that acts as the service account.
    ///
    /// The API server decides what the account may do; one that does not exist has no rights of its own.
    ///
    /// # Errors
    /// When a name is not valid or the client cannot be configured.
    pub fn client(&self, namespace: &str, account: &str) -> Result<Client, AccessError> {
        let user = user(namespace, account)?;
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&user) {
            return Ok(client.clone());
        }
        let mut config = self.config.as_ref().clone();
        config.auth_info.impersonate = Some(user.clone());
        config.auth_info.impersonate_groups = None;
        let client = Client::try_from(config).map_err(|error| AccessError::Client(Box::new(error)))?;
        if clients.len() >= KEPT {
            clients.clear();
        }
        clients.insert(user, client.clone());
        Ok(client)
    }
}

/// Returns the user name of a service account; the API server derives its groups.
fn user(namespace: &str, account: &str) -> Result<String, AccessError> {
    if !is_name(namespace) || namespace.contains('.') {
        return Err(AccessError::Namespace(namespace.to_owned()));
    }
    if !is_name(account) {
        return Err(AccessError::Account(account.to_owned()));
    }
    Ok(format!("system:serviceaccount:{namespace}:{account}"))
}

/// Checks for a DNS subdomain, so that no name can contain a `:` and mean another user.
fn is_name(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.len() <= 253 && edge(bytes.first()) && edge(bytes.last()) && bytes.iter().copied().all(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_named_in_full_or_refused() {
        for (namespace, account, expected) in [
            ("team-a", "deployer", Some("system:serviceaccount:team-a:deployer")),
            ("team-a", "a.b", Some("system:serviceaccount:team-a:a.b")),
            ("team-a", "", None),
            ("", "deployer", None),
            ("team-a", "kube-system:admin", None),
            ("team-a:x", "y", None),
            ("a.b", "y", None),
            ("team-a", "-x", None),
        ] {
            assert_eq!(user(namespace, account).ok().as_deref(), expected, "{namespace}/{account}");
        }
    }
}
