//! The sample repository: what each commit changes.

use sluice_git_server::{Error, Repository};

/// The namespace of the sources and Kustomizations.
pub(super) const HOME: &str = "sluice-demo";
/// The namespace that the repository's objects are in.
pub(super) const SHOP: &str = "sluice-demo-shop";
/// The image that needs no registry of one's own, runs anywhere and does nothing.
pub(super) const IMAGE: &str = "registry.k8s.io/pause";

const BRANCH: &str = "main";

const NAMESPACE: &str = "\
apiVersion: v1
kind: Namespace
metadata:
  name: sluice-demo-shop
";

const ACCOUNT: &str = "\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: shop
  namespace: sluice-demo-shop
";

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      serviceAccountName: shop
      containers:
        - name: web
          image: registry.k8s.io/pause
          envFrom:
            - configMapRef: {name: greeting}
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports:
    - port: 80
      targetPort: 8080
";

const WORKER: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: worker
spec:
  replicas: 1
  selector:
    matchLabels: {app: worker}
  template:
    metadata:
      labels: {app: worker}
    spec:
      serviceAccountName: shop
      containers:
        - name: worker
          image: registry.k8s.io/pause
";

/// What the shop looks like after a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shop {
    /// The tag of the image.
    pub(super) tag: &'static str,
    /// What the ConfigMap says.
    pub(super) greeting: &'static str,
    /// How many replicas `web` has.
    pub(super) replicas: i32,
    /// Whether there is a Deployment `worker`.
    pub(super) worker: bool,
}

/// The shop as it opens.
pub(super) const OPENED: Shop = Shop { tag: "3.9", greeting: "Welcome", replicas: 1, worker: true };
/// The shop after its update.
pub(super) const UPDATED: Shop = Shop { tag: "3.10", greeting: "Welcome back", replicas: 3, worker: true };
/// The shop without its worker.
pub(super) const TRIMMED: Shop = Shop { worker: false, ..UPDATED };

/// Commits the shop as it opens; returns the revision an artifact of it has.
pub(super) fn open(repository: &Repository) -> Result<String, Error> {
    let kustomization = kustomization(&OPENED);
    let files = [
        ("infrastructure/namespace.yaml", Some(NAMESPACE)),
        ("infrastructure/account.yaml", Some(ACCOUNT)),
        ("apps/shop/web.yaml", Some(WEB)),
        ("apps/shop/worker.yaml", Some(WORKER)),
        ("apps/shop/kustomization.yaml", Some(kustomization.as_str())),
        ("README.md", Some("# The shop\n\nWhat is here is what runs.\n")),
    ];
    repository.commit(BRANCH, &files, "Open the shop").map(|hash| revision(&hash))
}

/// Commits the update; returns the revision.
pub(super) fn update(repository: &Repository) -> Result<String, Error> {
    let kustomization = kustomization(&UPDATED);
    let files = [("apps/shop/kustomization.yaml", Some(kustomization.as_str()))];
    repository.commit(BRANCH, &files, "Update the web shop").map(|hash| revision(&hash))
}

/// Commits the removal of the worker; returns the revision.
pub(super) fn trim(repository: &Repository) -> Result<String, Error> {
    let kustomization = kustomization(&TRIMMED);
    let files =
        [("apps/shop/kustomization.yaml", Some(kustomization.as_str())), ("apps/shop/worker.yaml", None)];
    repository.commit(BRANCH, &files, "Send the worker home").map(|hash| revision(&hash))
}

fn revision(hash: &str) -> String {
    format!("{BRANCH}@sha1:{hash}")
}

fn kustomization(shop: &Shop) -> String {
    let worker = if shop.worker { "  - worker.yaml\n" } else { "" };
    format!(
        "\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: {SHOP}
labels:
  - pairs:
      app.kubernetes.io/part-of: shop
resources:
  - web.yaml
{worker}images:
  - name: {IMAGE}
    newTag: \"{}\"
replicas:
  - name: web
    count: {}
configMapGenerator:
  - name: greeting
    literals:
      - text={}
",
        shop.tag, shop.replicas, shop.greeting
    )
}
