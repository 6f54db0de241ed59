//! How much a chart and those inside it may still take. Helm bounds each archive alone; this bounds them together, so that
//! packed charts in packed charts end in an error instead of filling the memory.

use crate::limits::{MAX_CHART_DEPTH, MAX_CHARTS, MAX_FILES, MAX_TREE_SIZE};

/// What is left for one chart with all that it holds.
#[derive(Debug)]
pub(super) struct Budget {
    bytes: usize,
    files: usize,
    charts: usize,
    depth: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: MAX_TREE_SIZE, files: MAX_FILES, charts: MAX_CHARTS, depth: MAX_CHART_DEPTH }
    }
}

impl Budget {
    pub(super) fn file(&mut self, size: usize) -> Result<(), &'static str> {
        self.bytes = self.bytes.checked_sub(size).ok_or("holds charts that are too large together")?;
        self.files = self.files.checked_sub(1).ok_or("has too many files")?;
        Ok(())
    }

    /// Goes one chart deeper.
    pub(super) fn enter(&mut self) -> Result<(), &'static str> {
        self.charts = self.charts.checked_sub(1).ok_or("holds too many charts")?;
        self.depth = self.depth.checked_sub(1).ok_or("holds charts too deeply")?;
        Ok(())
    }

    /// Comes back from one.
    pub(super) fn leave(&mut self) {
        self.depth += 1;
    }
}
