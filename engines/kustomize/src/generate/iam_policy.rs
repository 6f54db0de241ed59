//! The `IAMPolicyGenerator`: a ServiceAccount bound to one of Google's cloud. Refuses other clouds.

use sluice_yaml::Node;

use crate::error::{Result, invalid};
use crate::record::record;
use crate::resource::Resource;

record! {
    /// The configuration.
    struct IamPolicy {
        cloud: String = "cloud",
        kubernetes: KubernetesAccount = "kubernetesService",
        account: CloudAccount = "serviceAccount",
    }

    /// The ServiceAccount in the cluster.
    struct KubernetesAccount {
        name: String = "name",
        namespace: String = "namespace",
    }

    /// The account of the cloud.
    struct CloudAccount {
        name: String = "name",
        project: String = "projectId",
    }
}

impl IamPolicy {
    pub(crate) fn generate(&self) -> Result<Resource> {
        if self.cloud != "gke" {
            return Err(invalid(format!("cloud provider {} not supported yet", self.cloud)).field("cloud"));
        }
        let mut node = Node::mapping();
        if let Some(root) = node.as_mapping_mut() {
            root.set("apiVersion", Node::string("v1"));
            root.set("kind", Node::string("ServiceAccount"));
        }
        let mut resource = Resource::new(node);
        let account = format!("{}@{}.iam.gserviceaccount.com", self.account.name, self.account.project);
        resource.set_annotations(&[("iam.gke.io/gcp-service-account".to_owned(), account)].into());
        resource.set_name(&self.kubernetes.name);
        if !self.kubernetes.namespace.is_empty() {
            resource.set_namespace(&self.kubernetes.namespace);
        }
        Ok(resource)
    }
}
