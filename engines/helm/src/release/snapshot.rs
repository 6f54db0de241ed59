//! The JSON over which Flux computes the digest of a release, byte for byte (reference: its observation of a release).

use crate::json::{Object, write_list, write_text};

use super::Release;
use super::chart::write_metadata;
use super::encode::{write_hook, write_info, write_table};

impl Release {
    /// The observation of this release, without its test hooks and ended by a line break; `oci_digest` is that of the
    /// artifact the chart came from.
    pub fn observation(&self, oci_digest: &str) -> String {
        let mut text = String::new();
        let mut object = Object::begin(&mut text);
        write_text(object.field("name"), &self.name);
        object.field("version").push_str(&self.version.to_string());
        write_info(object.field("info"), &self.info);
        write_metadata(object.field("chartMetadata"), &self.chart.metadata);
        match self.config.as_ref().filter(|config| !config.is_empty()) {
            Some(config) => write_table(object.field("config"), config),
            None => object.field("config").push_str("null"),
        }
        write_text(object.field("manifest"), &self.manifest);
        let hooks: Vec<_> = self.hooks.iter().filter(|hook| !hook.is_test()).collect();
        match hooks.as_slice() {
            [] => object.field("hooks").push_str("null"),
            hooks => write_list(object.field("hooks"), hooks, |out, hook| write_hook(out, hook)),
        }
        write_text(object.field("namespace"), &self.namespace);
        object.text("ociDigest", oci_digest);
        object.end();
        text.push('\n');
        text
    }
}
