//! Parsed templates that are kept: by the digest of the chart, and by which of the charts below take part.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::templates::Templates;
use super::{Input, Mode, RenderError};
use crate::chart::Chart;

/// Templates of the charts that were rendered last.
pub struct TemplateCache {
    capacity: usize,
    entries: Mutex<VecDeque<(Key, Arc<Templates>)>>,
}

#[derive(PartialEq, Eq)]
struct Key {
    digest: String,
    is_strict: bool,
    /// The paths of all charts that take part.
    charts: Vec<Arc<str>>,
}

impl TemplateCache {
    /// Makes a cache for the templates of this many charts.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, entries: Mutex::default() }
    }

    /// The templates of a chart of this digest, parsed if they are not there.
    pub(super) fn get(
        &self,
        chart: &Chart,
        digest: &str,
        input: &Input<'_>,
    ) -> Result<Arc<Templates>, RenderError> {
        let mut charts = Vec::new();
        collect(chart, &mut charts);
        let key = Key { digest: digest.to_owned(), is_strict: input.mode == Mode::Strict, charts };
        if let Some(found) = self.take(&key) {
            self.put(key, &found);
            return Ok(found);
        }
        let templates = Arc::new(Templates::parse(chart, input.mode, &input.limits)?);
        self.put(key, &templates);
        Ok(templates)
    }

    fn take(&self, key: &Key) -> Option<Arc<Templates>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let at = entries.iter().position(|(found, _)| found == key)?;
        entries.remove(at).map(|(_, templates)| templates)
    }

    fn put(&self, key: Key, templates: &Arc<Templates>) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.push_front((key, Arc::clone(templates)));
        entries.truncate(self.capacity);
    }
}

fn collect(chart: &Chart, paths: &mut Vec<Arc<str>>) {
    paths.push(Arc::clone(&chart.full_path));
    for below in &chart.dependencies {
        collect(below, paths);
    }
}
