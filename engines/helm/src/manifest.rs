//! Rendered text into manifests and hooks: parted at `---`, sorted by kind.
//! Refuses files whose parts are not YAML; what is wrong there names the file.

mod head;
mod order;

use std::collections::BTreeMap;

use thiserror::Error;

pub use head::Head;
pub use order::Order;

use crate::chart::Crd;
use crate::hook::{self, Hook};

/// One document of a rendered file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The file it came from, as in `chart/templates/x.yaml`.
    pub name: String,
    /// The text, spaces in front left out.
    pub content: String,
    /// What decides about it.
    pub head: Head,
}

/// The documents of all files.
#[derive(Clone, Debug, Default)]
pub struct Sorted {
    /// What runs at certain moments.
    pub hooks: Vec<Hook>,
    /// What the release consists of.
    pub manifests: Vec<Manifest>,
}

/// Why a rendered file holds no manifests.
#[derive(Clone, Debug, Error)]
#[error("YAML parse error on {file}: {message}")]
pub struct ManifestError {
    /// The file, as in `chart/templates/x.yaml`.
    pub file: String,
    /// What is wrong with it.
    pub message: String,
}

impl Sorted {
    /// Parts rendered files, in the order of their names, and sorts what they hold. Files whose name begins with `_`
    /// and files of white space count as empty; hooks for unknown events are left out.
    ///
    /// # Errors
    /// The first file that is not YAML.
    pub fn read(files: &BTreeMap<String, String>, order: Order) -> Result<Self, ManifestError> {
        let mut sorted = Self::default();
        for (file, text) in files {
            if is_partial(file) {
                continue;
            }
            for content in split(text) {
                sorted.take(file, content)?;
            }
        }
        sorted.hooks.sort_by(|left, right| order.compare(&left.kind, &right.kind));
        sorted.manifests.sort_by(|left, right| order.compare(&left.head.kind, &right.head.kind));
        Ok(sorted)
    }

    fn take(&mut self, file: &str, content: &str) -> Result<(), ManifestError> {
        let head = Head::read(content).map_err(|message| ManifestError { file: file.to_owned(), message })?;
        match head.annotations.get(hook::ANNOTATION) {
            Some(events) => self.hooks.extend(Hook::from_manifest(file, content, &head, events)),
            None => {
                let (name, content) = (file.to_owned(), content.to_owned());
                self.manifests.push(Manifest { name, content, head });
            }
        }
        Ok(())
    }
}

/// All definitions and manifests as one text, as Helm prints and records them.
pub fn stream(crds: &[Crd<'_>], manifests: &[Manifest]) -> String {
    let crds = crds.iter().map(|crd| source(&crd.full_path, &String::from_utf8_lossy(&crd.file.data)));
    crds.chain(manifests.iter().map(|manifest| source(&manifest.name, &manifest.content))).collect()
}

/// One document with the line that tells its file.
pub fn source(file: &str, content: &str) -> String {
    format!("---\n# Source: {file}\n{content}\n")
}

/// Whether a template of this name only serves others.
pub fn is_partial(file: &str) -> bool {
    file.rsplit('/').next().is_some_and(|base| base.starts_with('_'))
}

/// Parts a text at lines that begin with `---`; what follows on such a line belongs to the next part, white space in
/// front of a part does not, and parts of white space are left out.
pub fn split(text: &str) -> impl Iterator<Item = &str> {
    let text = text.trim_start();
    let mut rest = Some(text.strip_prefix("---").unwrap_or(text));
    let parts = std::iter::from_fn(move || {
        let here = rest?;
        let Some(at) = here.find("\n---") else { return rest.take() };
        rest = Some(&here[at + 4..]);
        Some(&here[..=at])
    });
    parts.map(str::trim_start).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        for (text, expected) in [
            ("", vec![]),
            (" \n---\n\n---\n", vec![]),
            ("a: 1\n---\nb: 2\n", vec!["a: 1\n", "b: 2\n"]),
            ("\n  \n---  \na: 1", vec!["a: 1"]),
            ("---a: 1\n--- b: 2", vec!["a: 1\n", "b: 2"]),
            ("----a", vec!["-a"]),
            ("------a", vec!["---a"]),
            ("a: |\n  ---\n  b\n", vec!["a: |\n  ---\n  b\n"]),
            ("a: 1\r\n---\r\nb: 2\r\n", vec!["a: 1\r\n", "b: 2\r\n"]),
            ("# note\n---\n# other\n", vec!["# note\n", "# other\n"]),
        ] {
            assert_eq!(split(text).collect::<Vec<_>>(), expected, "{text:?}");
        }
    }

    #[test]
    fn files() {
        let files = [
            ("c/templates/b.yaml", "kind: Service\n---\nkind: Namespace\n"),
            ("c/templates/a.yaml", "kind: Service\nmetadata: {name: first}\n"),
            ("c/templates/_x.yaml", ": : :"),
            ("c/templates/h.yaml", "kind: Job\nmetadata: {annotations: {helm.sh/hook: 'pre-install, TEST'}}"),
            (
                "c/templates/u.yaml",
                "kind: Job\nmetadata: {annotations: {helm.sh/hook: 'pre-install,crd-install'}}",
            ),
        ];
        let files = files.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
        let sorted = Sorted::read(&files, Order::Install).expect("manifests");
        let names: Vec<_> =
            sorted.manifests.iter().map(|it| format!("{} {}", it.name, it.head.kind)).collect();
        assert_eq!(
            names,
            ["c/templates/b.yaml Namespace", "c/templates/a.yaml Service", "c/templates/b.yaml Service"]
        );
        assert_eq!(sorted.hooks.len(), 1);
        assert_eq!(sorted.hooks[0].path, "c/templates/h.yaml");
    }

    #[test]
    fn what_is_no_yaml_names_its_file() {
        let files = [("c/templates/a.yaml".to_owned(), "a: b: c".to_owned())].into();
        let error = Sorted::read(&files, Order::Install).expect_err("no YAML").to_string();
        assert!(error.starts_with("YAML parse error on c/templates/a.yaml: line 1, column "), "{error}");
    }
}
