//! GitRepository: an artifact from a commit of a Git repository, with the artifacts it includes.

use std::{path::Path, sync::Arc};

use kube::{Api, Client, ResourceExt};
use sluice_artifact::{fetch::Fetcher, storage::Storage};
use sluice_crds::{
    Artifact,
    meta::reason,
    source::{GitRepository, GitRepositoryInclude, GitRepositoryRef, GitRepositoryStatus},
};
use sluice_runtime::{
    causes,
    controller::{Objects, Waker},
};

mod credentials;
mod include;
mod snapshot;
mod support;

use super::{Desired, Fetched, Kind, Outdated, Recorded};
use crate::{
    failure::{Failure, Then},
    git::{GitError, Mirrors, Reference, ReferenceFields, Remote, RemoteOptions, Resolved, SshAlgorithms},
    secrets::Secrets,
    watch,
};
use credentials::Credentials;
use include::Include;

/// What GitRepositories are reconciled with.
pub(crate) struct GitRepositories {
    /// Reads repositories of other shards.
    pub(crate) client: Client,
    /// Reads Secrets.
    pub(crate) secrets: Secrets,
    /// All GitRepositories of this shard.
    pub(crate) objects: Objects<GitRepository>,
    /// Wakes GitRepositories.
    pub(crate) waker: Waker<GitRepository>,
    /// The mirrors of remote repositories.
    pub(crate) mirrors: Arc<Mirrors>,
    /// Where included artifacts are.
    pub(crate) storage: Storage,
    /// Fetches included artifacts of other shards.
    pub(crate) fetcher: Fetcher,
    /// The SSH algorithms that may be used.
    pub(crate) algorithms: SshAlgorithms,
    /// Whether other repositories may belong to another shard, so that they must be asked for.
    pub(crate) sharded: bool,
}

/// What resolving and fetching need.
pub(crate) struct Prepared {
    remote: Remote,
    reference: Reference,
    namespace: String,
    ignore: Option<String>,
    includes: Vec<Include>,
}

/// What an artifact is made from apart from the commit.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Inputs {
    ignore: Option<String>,
    include: Vec<GitRepositoryInclude>,
    included: Vec<Artifact>,
}

impl Kind for GitRepositories {
    type Object = GitRepository;
    type Status = GitRepositoryStatus;
    type Prepared = Prepared;
    type Inputs = Inputs;
    type Resolved = Resolved;

    fn desired(object: &GitRepository) -> Desired {
        Desired { interval: object.spec.interval.std(), suspend: object.spec.suspend }
    }

    fn recorded(object: &GitRepository) -> Recorded {
        let status = object.status.clone().unwrap_or_default();
        Recorded {
            observed_generation: status.observed_generation,
            conditions: status.conditions,
            last_handled: status.last_handled_reconcile_at,
            artifact: status.artifact,
        }
    }

    fn made_from(object: &GitRepository) -> Inputs {
        let status = object.status.clone().unwrap_or_default();
        Inputs {
            ignore: status.observed_ignore,
            include: status.observed_include,
            included: status.included_artifacts,
        }
    }

    fn status(recorded: Recorded, inputs: Inputs) -> GitRepositoryStatus {
        GitRepositoryStatus {
            observed_generation: recorded.observed_generation,
            conditions: recorded.conditions,
            last_handled_reconcile_at: recorded.last_handled,
            artifact: recorded.artifact,
            observed_ignore: inputs.ignore,
            observed_include: inputs.include,
            included_artifacts: inputs.included,
            ..GitRepositoryStatus::default()
        }
    }

    fn outdated(made_from: &Inputs, wanted: &Inputs) -> Option<Outdated> {
        let because = |reason, message: &str| Some(Outdated { reason, message: message.to_owned() });
        let identity = |all: &[Artifact]| -> Vec<(String, String)> {
            all.iter().map(|artifact| (artifact.revision.clone(), artifact.digest.clone())).collect()
        };
        if made_from.ignore != wanted.ignore {
            return because(reason::NEW_REVISION, "spec.ignore has changed");
        }
        if made_from.include != wanted.include {
            return because(reason::INCLUDE_CHANGE, "spec.include has changed");
        }
        if identity(&made_from.included) != identity(&wanted.included) {
            return because(reason::INCLUDE_CHANGE, "included artifacts have changed");
        }
        None
    }

    async fn prepare(&self, object: &GitRepository) -> Result<(Prepared, Inputs), Failure> {
        let spec = &object.spec;
        support::check(spec)?;
        let namespace = object.namespace().unwrap_or_default();
        let credentials = self.credentials(object, &namespace).await?;
        let options = RemoteOptions {
            auth: credentials.auth,
            certificate_authority: credentials.authority,
            timeout: spec.timeout.std(),
            algorithms: self.algorithms.clone(),
        };
        let remote = Remote::new(&spec.url, options)?;
        let includes = self.includes(object, &namespace).await?;
        let inputs = Inputs {
            ignore: spec.ignore.clone(),
            include: spec.include.clone(),
            included: includes.iter().map(|include| include.artifact.clone()).collect(),
        };
        let reference = reference(spec.reference.as_ref());
        Ok((Prepared { remote, reference, namespace, ignore: spec.ignore.clone(), includes }, inputs))
    }

    async fn resolve(&self, prepared: &Prepared) -> Result<Resolved, Failure> {
        Ok(self.mirrors.resolve(&prepared.remote, &prepared.reference).await?)
    }

    fn revision(resolved: &Resolved) -> String {
        resolved.revision()
    }

    async fn fetch(&self, prepared: &Prepared, resolved: &Resolved, work: &Path) -> Result<Fetched, Failure> {
        let (mut contents, subject) = snapshot::fetch(&self.mirrors, &prepared.remote, resolved).await?;
        let source = include::Source {
            storage: &self.storage,
            fetcher: &self.fetcher,
            namespace: &prepared.namespace,
        };
        for (index, include) in prepared.includes.iter().enumerate() {
            include::add(&mut contents, include, &source, work.join(index.to_string())).await?;
        }
        Ok(Fetched { contents, name: resolved.hash.clone(), title: format!("commit '{subject}'") })
    }

    fn ignore(prepared: &Prepared) -> Option<&str> {
        prepared.ignore.as_deref()
    }

    fn published(&self, object: &GitRepository) {
        for includer in watch::includers(&self.objects.all(), object) {
            self.waker.wake(includer);
        }
    }
}

impl GitRepositories {
    /// Reads the Secret, if one is named.
    async fn credentials(&self, object: &GitRepository, namespace: &str) -> Result<Credentials, Failure> {
        let Some(reference) = &object.spec.secret_ref else { return Ok(Credentials::default()) };
        let wrong = |what: &str| {
            let message = format!("failed to get secret '{namespace}/{}': {what}", reference.name);
            Failure::fetch(reason::AUTHENTICATION_FAILED, message)
        };
        let found = self.secrets.read(namespace, &reference.name).await;
        let data = found.map_err(|error| wrong(&causes(&error)))?.ok_or_else(|| wrong("not found"))?;
        credentials::read(&object.spec.url, &data)
    }

    /// Finds the artifacts to include; where there are shards, those unknown here are asked for.
    async fn includes(&self, object: &GitRepository, namespace: &str) -> Result<Vec<Include>, Failure> {
        let wanted = &object.spec.include;
        let mut foreign = Vec::new();
        if self.sharded {
            let api: Api<GitRepository> = Api::namespaced(self.client.clone(), namespace);
            for include in wanted {
                if self.objects.find(namespace, &include.repository.name).is_none() {
                    let found = api.get_opt(&include.repository.name).await;
                    foreign
                        .extend(found.map_err(|error| Failure::include(reason::NOT_FOUND, causes(&error)))?);
                }
            }
        }
        include::find(&object.name_any(), wanted, |name| {
            let known = self.objects.find(namespace, name).map(|found| found.as_ref().clone());
            known.or_else(|| foreign.iter().find(|found| found.name_any() == name).cloned())
        })
    }
}

fn reference(fields: Option<&GitRepositoryRef>) -> Reference {
    let Some(fields) = fields else { return Reference::choose(&ReferenceFields::default()) };
    Reference::choose(&ReferenceFields {
        branch: fields.branch.as_deref(),
        tag: fields.tag.as_deref(),
        semver: fields.semver.as_deref(),
        name: fields.name.as_deref(),
        commit: fields.commit.as_deref(),
    })
}

impl From<GitError> for Failure {
    fn from(error: GitError) -> Self {
        let failure = Self::fetch(error.reason(), causes(&error));
        if error.is_permanent() { failure.then(Then::Stall) } else { failure }
    }
}
