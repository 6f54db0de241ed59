//! Charts that know their parents and may be held by several of them, as Helm has them while it resolves dependencies: two
//! aliases of one chart share what is below it, and a chart further down keeps the path of the parent it knew last.

use std::sync::Arc;

use crate::chart::{Chart, Content, Metadata};
use crate::limits::MAX_ALIASED_CHARTS;
use crate::values::Values;

/// A chart in the tree.
pub(super) type Id = usize;

#[derive(Clone, Debug)]
struct Node {
    /// Which metadata it has; copies of a chart may share them.
    metadata: usize,
    values: Arc<Values>,
    content: Arc<Content>,
    parent: Option<Id>,
    below: Vec<Id>,
}

#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    metadata: Vec<Arc<Metadata>>,
    /// How many charts were read.
    read: usize,
}

impl Tree {
    pub(super) const ROOT: Id = 0;

    pub(super) fn new(chart: &Chart) -> Self {
        let mut tree = Self::default();
        tree.add(chart, None);
        tree.read = tree.nodes.len();
        tree
    }

    fn add(&mut self, chart: &Chart, parent: Option<Id>) -> Id {
        let id = self.nodes.len();
        self.metadata.push(chart.metadata.clone());
        self.nodes.push(Node {
            metadata: self.metadata.len() - 1,
            values: chart.values.clone(),
            content: chart.content.clone(),
            parent,
            below: Vec::new(),
        });
        let below = chart.dependencies.iter().map(|below| self.add(below, Some(id))).collect();
        self.nodes[id].below = below;
        id
    }

    pub(super) fn metadata(&self, id: Id) -> &Metadata {
        &self.metadata[self.nodes[id].metadata]
    }

    pub(super) fn metadata_mut(&mut self, id: Id) -> &mut Metadata {
        Arc::make_mut(&mut self.metadata[self.nodes[id].metadata])
    }

    pub(super) fn below(&self, id: Id) -> Vec<Id> {
        self.nodes[id].below.clone()
    }

    pub(super) fn set_below(&mut self, id: Id, below: Vec<Id>) {
        for inner in &below {
            self.nodes[*inner].parent = Some(id);
        }
        self.nodes[id].below = below;
    }

    pub(super) fn set_values(&mut self, id: Id, values: Values) {
        self.nodes[id].values = Arc::new(values);
    }

    /// Copies a chart with metadata of its own; the charts right below are copied too, those further down are shared.
    /// Nothing when aliases make too many charts.
    pub(super) fn copy(&mut self, id: Id) -> Option<Id> {
        if self.nodes.len() > self.read + MAX_ALIASED_CHARTS {
            return None;
        }
        let metadata = self.metadata[self.nodes[id].metadata].clone();
        self.metadata.push(metadata);
        let copied = self.copy_node(id);
        self.nodes[copied].metadata = self.metadata.len() - 1;
        let below = self.below(id).into_iter().map(|inner| self.copy_node(inner)).collect();
        self.set_below(copied, below);
        Some(copied)
    }

    fn copy_node(&mut self, id: Id) -> Id {
        self.nodes.push(self.nodes[id].clone());
        self.nodes.len() - 1
    }

    /// The chart as others see it.
    pub(super) fn chart(&self, id: Id) -> Chart {
        let node = &self.nodes[id];
        Chart {
            metadata: self.metadata[node.metadata].clone(),
            values: node.values.clone(),
            dependencies: node.below.iter().map(|below| self.chart(*below)).collect(),
            full_path: Arc::from(self.full_path(id)),
            content: node.content.clone(),
        }
    }

    fn full_path(&self, id: Id) -> String {
        let name = &self.metadata(id).name;
        match self.nodes[id].parent {
            Some(parent) => format!("{}/charts/{name}", self.full_path(parent)),
            None => name.clone(),
        }
    }
}
