//! A small tree of files, as text in one file: a head line, then each file behind `-- path --`. It is the format of the
//! engine's recorded cases.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use sluice_kustomize::MemoryTree;

/// The directory that is built.
pub const TARGET: &str = "app";

/// Files by path; the target is [`TARGET`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Case {
    /// What each file holds.
    pub files: BTreeMap<String, String>,
}

impl Case {
    /// Reads the text form; the part called `expected` is left out.
    pub fn parse(text: &str) -> Self {
        let mut files = BTreeMap::new();
        let mut current: Option<(String, String)> = None;
        for line in text.split_inclusive('\n') {
            if let Some(path) = line.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --\n")) {
                files.extend(current.replace((path.to_owned(), String::new())));
            } else if let Some((_, body)) = &mut current {
                body.push_str(line);
            }
        }
        files.extend(current);
        files.remove("expected");
        Self { files }
    }

    /// The text form under a head line.
    pub fn to_text(&self, head: &str) -> String {
        let mut text = format!("{head}\n");
        for (path, body) in &self.files {
            let end = if body.is_empty() || body.ends_with('\n') { "" } else { "\n" };
            text.push_str(&format!("-- {path} --\n{body}{end}"));
        }
        text
    }

    /// The directory to build: [`TARGET`] where there is one, else the root.
    pub fn target(&self) -> &'static str {
        if self.files.keys().any(|path| path.starts_with("app/")) { TARGET } else { "" }
    }

    /// The files as the engine takes them.
    pub fn tree(&self) -> MemoryTree {
        self.files.iter().map(|(path, body)| (path.as_str(), body.clone())).collect()
    }

    /// Writes all files below a directory, which is emptied before.
    ///
    /// # Errors
    /// When a file can not be written.
    pub fn write(&self, root: &Path) -> io::Result<()> {
        if root.exists() {
            std::fs::remove_dir_all(root)?;
        }
        for (path, body) in &self.files {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap_or(root))?;
            std::fs::write(path, body)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let case = Case::parse("head\n-- app/a --\nx: 1\n-- b --\ny\n-- expected --\nz\n");
        assert_eq!(case.files.keys().collect::<Vec<_>>(), ["app/a", "b"]);
        assert_eq!(case.target(), "app");
        assert_eq!(Case::parse(&case.to_text("other")), case);
    }
}
