//! Which change wakes whom.
//!
//! - A GitRepository whose generation, request or deletion changes wakes itself (the runtime sees to it).
//! - A new artifact wakes the GitRepositories of its namespace that include it.

use std::sync::Arc;

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
}
