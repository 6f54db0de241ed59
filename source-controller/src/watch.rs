//! Which change wakes whom.
//!
//! - A GitRepository whose generation, request or deletion changes wakes itself (the runtime sees to it).
//! - A new artifact wakes the GitRepositories of its namespace that include it.
//! - A Secret that changes after it was used wakes the GitRepositories of its namespace that refer to it.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Secret;
use kube::ResourceExt;
use sluice_crds::source::GitRepository;
use sluice_runtime::ObjectRef;

/// Returns the repositories that include `changed`. Pure.
pub(crate) fn includers(
    all: &[Arc<GitRepository>],
    changed: &GitRepository,
) -> Vec<ObjectRef<GitRepository>> {
    let name = changed.name_any();
    all.iter()
        .filter(|other| other.namespace() == changed.namespace())
        .filter(|other| other.spec.include.iter().any(|include| include.repository.name == name))
        .map(|other| ObjectRef::from_obj(other.as_ref()))
        .collect()
}

/// Returns the repositories that refer to the Secret. Pure.
pub(crate) fn readers(
    all: &[Arc<GitRepository>],
    secret: &ObjectRef<Secret>,
) -> Vec<ObjectRef<GitRepository>> {
    all.iter()
        .filter(|object| object.namespace() == secret.namespace)
        .filter(|object| object.spec.secret_ref.as_ref().is_some_and(|found| found.name == secret.name))
        .map(|object| ObjectRef::from_obj(object.as_ref()))
        .collect()
}

#[cfg(test)]
mod tests {
    use sluice_crds::{
        meta::LocalObjectReference,
        source::{GitRepositoryInclude, GitRepositorySpec},
    };

    use super::*;

    fn repository(namespace: &str, name: &str, includes: &[&str]) -> Arc<GitRepository> {
        let include = |name: &&str| GitRepositoryInclude {
            repository: LocalObjectReference { name: (*name).to_owned() },
            ..GitRepositoryInclude::default()
        };
        let spec =
            GitRepositorySpec { include: includes.iter().map(include).collect(), ..Default::default() };
        let mut repository = GitRepository::new(name, spec);
        repository.metadata.namespace = Some(namespace.into());
        Arc::new(repository)
    }

    #[test]
    fn includers_of_the_same_namespace_are_woken() {
        let all = [
            repository("n", "lib", &[]),
            repository("n", "app", &["other", "lib"]),
            repository("n", "alone", &[]),
            repository("m", "stranger", &["lib"]),
        ];
        let woken: Vec<_> = includers(&all, &all[0]).into_iter().map(|object| object.name).collect();
        assert_eq!(woken, ["app"]);
    }

    #[test]
    fn readers_of_a_secret_are_those_of_its_namespace() {
        let reading = |namespace, name, secret: &str| {
            let mut object = repository(namespace, name, &[]).as_ref().clone();
            object.spec.secret_ref = Some(LocalObjectReference { name: secret.to_owned() });
            Arc::new(object)
        };
        let all = [
            reading("n", "app", "login"),
            reading("n", "other", "key"),
            reading("m", "stranger", "login"),
            repository("n", "open", &[]),
        ];
        let woken = readers(&all, &ObjectRef::new("login").within("n"));
        assert_eq!(woken.into_iter().map(|object| object.name).collect::<Vec<_>>(), ["app"]);
    }
}
