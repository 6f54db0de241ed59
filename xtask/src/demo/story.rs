//! The story: a commit becomes running objects, a second one rolls out, what a third removes is pruned.
//!
//! After each step a client of our own looks at the cluster, so that a status that merely claims success is found out.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Service, ServiceAccount};
use kube::api::{Api, ListParams, Patch, PatchParams};
use kube::core::GroupVersionKind;
use kube::{Resource, ResourceExt as _};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::board::{condition, short};
use super::observe::Snapshot;
use super::repository::{self, HOME, IMAGE, OPENED, SHOP, Shop, TRIMMED, UPDATED};
use super::screen::Screen;
use super::stage::Stage;
use crate::cluster::resource;
use crate::failure::Failure;

const KUSTOMIZATIONS: [&str; 2] = ["infrastructure", "shop"];

/// What must stay the same object through every commit.
#[derive(Debug, PartialEq, Eq)]
struct Identities {
    namespace: String,
    account: String,
    web: String,
    service: String,
}

/// Plays the story; stays after it unless `once`.
pub(super) async fn play(stage: &mut Stage, screen: &mut Screen, once: bool) -> Result<(), Failure> {
    let revision = repository::open(&stage.repository)?;
    screen.heading(&format!("1  A commit becomes running objects ({})", short(&revision)));
    declare(stage).await?;
    applied(stage, screen, &revision).await?;
    let first = verify(stage, &OPENED).await?;
    screen.line("   verified: every object is there, with the contents of the commit");

    let revision = repository::update(&stage.repository)?;
    screen.heading(&format!("2  A second commit rolls out ({})", short(&revision)));
    request(stage).await?;
    applied(stage, screen, &revision).await?;
    same(&first, &verify(stage, &UPDATED).await?)?;
    screen.line("   verified: new image, replicas and settings; every object is still the same one");

    let revision = repository::trim(&stage.repository)?;
    screen.heading(&format!("3  What a commit removes is pruned ({})", short(&revision)));
    request(stage).await?;
    applied(stage, screen, &revision).await?;
    same(&first, &verify(stage, &TRIMMED).await?)?;
    screen.line("   verified: the worker is gone, and nothing else");

    if once { Ok(()) } else { invite(stage, screen).await }
}

/// Creates the source and the two Kustomizations, as a user would.
async fn declare(stage: &Stage) -> Result<(), Failure> {
    let cluster = &stage.cluster;
    cluster.apply(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": HOME}})).await?;
    cluster
        .apply(json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "GitRepository",
            "metadata": {"name": "shop", "namespace": HOME},
            "spec": {"interval": "1m", "url": stage.git.url("shop"), "ref": {"branch": "main"}},
        }))
        .await?;
    for (name, path, depends_on) in [
        ("infrastructure", "./infrastructure", json!([])),
        ("shop", "./apps/shop", json!([{"name": "infrastructure"}])),
    ] {
        let mut spec = json!({
            "interval": "1m", "timeout": "2m", "prune": true, "wait": true, "path": path,
            "sourceRef": {"kind": "GitRepository", "name": "shop"},
        });
        if depends_on != json!([]) {
            spec["dependsOn"] = depends_on;
        }
        cluster
            .apply(json!({
                "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
                "kind": "Kustomization",
                "metadata": {"name": name, "namespace": HOME},
                "spec": spec,
            }))
            .await?;
    }
    Ok(())
}

/// Asks for a reconciliation now, as `flux reconcile source git shop` does.
async fn request(stage: &Stage) -> Result<(), Failure> {
    let kind = GroupVersionKind::gvk("source.toolkit.fluxcd.io", "v1", "GitRepository");
    let api = stage.cluster.api(&resource(&kind), Some(HOME));
    let now = jiff::Timestamp::now().to_string();
    let patch = json!({"metadata": {"annotations": {sluice_crds::meta::REQUESTED_AT: now}}});
    let patched = api.patch("shop", &PatchParams::default(), &Patch::Merge(patch)).await;
    patched.map(drop).map_err(Failure::kubernetes("request a reconciliation"))
}

/// Waits until everything is ready at the revision.
async fn applied(stage: &mut Stage, screen: &mut Screen, revision: &str) -> Result<(), Failure> {
    let what = format!("applying {}", short(revision));
    let finished = |snapshot: &Snapshot| {
        KUSTOMIZATIONS.iter().all(|name| is_applied(snapshot, name, revision)).then_some(())
    };
    stage.watch(screen, &what, finished).await
}

fn is_applied(snapshot: &Snapshot, name: &str, revision: &str) -> bool {
    snapshot.get("Kustomization", name).is_some_and(|kustomization| {
        kustomization.data["status"]["lastAppliedRevision"] == revision
            && condition(kustomization, "Ready").is_some_and(|(status, _)| status == "True")
    })
}

/// Checks that the cluster holds the shop, and exactly the shop.
async fn verify(stage: &Stage, shop: &Shop) -> Result<Identities, Failure> {
    let namespace: Namespace = fetch(Api::all(stage.cluster.client.clone()), SHOP).await?;
    let account: ServiceAccount = fetch(in_shop(stage), "shop").await?;
    let service: Service = fetch(in_shop(stage), "web").await?;
    let web: Deployment = fetch(in_shop(stage), "web").await?;
    verify_web(&web, shop)?;
    verify_settings(stage, &web, shop).await?;
    let deployments = names(in_shop::<Deployment>(stage)).await?;
    let expected: &[&str] = if shop.worker { &["web", "worker"] } else { &["web"] };
    equal("the Deployments", &deployments, &expected)?;
    Ok(Identities {
        namespace: namespace.uid().unwrap_or_default(),
        account: account.uid().unwrap_or_default(),
        web: web.uid().unwrap_or_default(),
        service: service.uid().unwrap_or_default(),
    })
}

fn verify_web(web: &Deployment, shop: &Shop) -> Result<(), Failure> {
    let spec = web.spec.clone().unwrap_or_default();
    equal("the replicas of web", &spec.replicas, &Some(shop.replicas))?;
    let ready = web.status.as_ref().and_then(|status| status.ready_replicas);
    equal("the ready replicas of web", &ready, &Some(shop.replicas))?;
    let image = container(web).and_then(|container| container.image).unwrap_or_default();
    equal("the image of web", &image, &format!("{IMAGE}:{}", shop.tag))
}

/// Checks the generated ConfigMap that the Deployment refers to, and that there is no older one.
async fn verify_settings(stage: &Stage, web: &Deployment, shop: &Shop) -> Result<(), Failure> {
    let sources = container(web).and_then(|container| container.env_from).unwrap_or_default();
    let name = sources.into_iter().find_map(|source| source.config_map_ref).map(|reference| reference.name);
    let name = name.unwrap_or_default();
    let settings: ConfigMap = fetch(in_shop(stage), &name).await?;
    let text = settings.data.unwrap_or_default().remove("text").unwrap_or_default();
    equal("the greeting", &text, &shop.greeting)?;
    let mut present = names(in_shop::<ConfigMap>(stage)).await?;
    present.retain(|name| name.starts_with("greeting"));
    equal("the generated ConfigMaps", &present, &[name])
}

fn container(web: &Deployment) -> Option<k8s_openapi::api::core::v1::Container> {
    web.spec.as_ref()?.template.spec.as_ref()?.containers.first().cloned()
}

fn same(before: &Identities, after: &Identities) -> Result<(), Failure> {
    equal("the identity of every object", after, before)
}

fn equal<A: PartialEq<B> + std::fmt::Debug, B: std::fmt::Debug>(
    what: &str,
    found: &A,
    expected: &B,
) -> Result<(), Failure> {
    if found == expected {
        return Ok(());
    }
    Err(Failure::Wrong(format!("{what} should be {expected:?} and is {found:?}")))
}

fn in_shop<K>(stage: &Stage) -> Api<K>
where
    K: Resource<DynamicType = (), Scope = kube::core::NamespaceResourceScope>,
{
    Api::namespaced(stage.cluster.client.clone(), SHOP)
}

async fn fetch<K>(api: Api<K>, name: &str) -> Result<K, Failure>
where
    K: Clone + std::fmt::Debug + DeserializeOwned + Resource<DynamicType = ()>,
{
    api.get(name).await.map_err(Failure::kubernetes(format!("read {}/{name}", K::kind(&()))))
}

async fn names<K>(api: Api<K>) -> Result<Vec<String>, Failure>
where
    K: Clone + std::fmt::Debug + DeserializeOwned + Resource<DynamicType = ()>,
{
    let listed = api.list(&ListParams::default()).await;
    let listed = listed.map_err(Failure::kubernetes(format!("list {}s", K::kind(&()))))?;
    Ok(listed.iter().map(kube::ResourceExt::name_any).collect())
}

/// Leaves the stage to the user until Ctrl-C.
async fn invite(stage: &mut Stage, screen: &mut Screen) -> Result<(), Failure> {
    let repository = stage.repository.path().display();
    let kubeconfig = stage.cluster.kubeconfig.display();
    let text = format!(
        "   export KUBECONFIG={kubeconfig}
   kubectl get gitrepositories,kustomizations -n {HOME}
   kubectl get all -n {SHOP}
   kubectl scale deployment/web -n {SHOP} --replicas=5    # corrected at once
   git clone -b main {repository} shop                    # edit, commit, git push, and then:
   kubectl annotate --overwrite gitrepository/shop -n {HOME} {}=\"$(date +%s)\"

   Ctrl-C ends it and removes everything.
",
        sluice_crds::meta::REQUESTED_AT
    );
    screen.heading("Yours to play with");
    screen.line(&text);
    stage.stay(screen).await
}
