//! What a control plane of one's own consists of.

use std::path::PathBuf;

/// The parts and habits of a control plane; the default is all of them, quick, without an audit log.
#[derive(Clone, Debug)]
pub struct Options {
    /// Runs kube-controller-manager; without it no Deployment makes Pods and no namespace is ever deleted.
    pub controller_manager: bool,
    /// Lifts the client limits of kube-controller-manager: with its own, 100 Deployments take 19 s.
    pub fast_controller_manager: bool,
    /// Runs kube-scheduler; without it Pods stay pending.
    pub scheduler: bool,
    /// Runs kwok with two fake nodes, whose Pods become ready at once or play what [`crate::PLAY`] says.
    pub kwok: bool,
    /// Where the API server writes who did what (level Metadata, JSON lines, one per request).
    pub audit_log: Option<PathBuf>,
    /// More arguments for kube-apiserver.
    pub api_server_flags: Vec<String>,
    /// More arguments for kube-controller-manager.
    pub controller_manager_flags: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            controller_manager: true,
            fast_controller_manager: true,
            scheduler: true,
            kwok: true,
            audit_log: None,
            api_server_flags: Vec::new(),
            controller_manager_flags: Vec::new(),
        }
    }
}
