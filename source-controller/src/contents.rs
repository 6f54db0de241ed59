//! The files of a source, wherever they are: each path says where its bytes come from, and they are read when packed.
//!
//! Only regular files are held; paths are relative and have no `..`, which is checked where they enter.

use std::{
    collections::BTreeMap,
    fs, io,
    ops::Bound,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

/// Reads files of one origin by a key of its own.
pub(crate) trait Blobs: Send + Sync {
    /// Reads the whole file.
    fn read(&self, key: &Path) -> io::Result<Vec<u8>>;
}

/// One file.
#[derive(Clone)]
pub(crate) struct File {
    /// Whether it may be executed.
    pub(crate) executable: bool,
    /// Where its bytes come from.
    pub(crate) origin: Arc<dyn Blobs>,
    /// What the origin knows it by.
    pub(crate) key: PathBuf,
}

/// Files by path, in the order of an archive.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contents(BTreeMap<PathBuf, File>);

/// A path that does not stay inside the source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("path '{}' does not stay inside the source", .0.display())]
pub(crate) struct IllegalPath(pub(crate) PathBuf);

impl std::fmt::Debug for File {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("File").field("key", &self.key).finish_non_exhaustive()
    }
}

impl File {
    /// Reads the whole file.
    pub(crate) fn read(&self) -> io::Result<Vec<u8>> {
        self.origin.read(&self.key)
    }
}

impl Contents {
    /// Adds a file, in place of what was at its path.
    ///
    /// # Errors
    /// When the path is empty, absolute or has `..` in it.
    pub(crate) fn insert(&mut self, path: PathBuf, file: File) -> Result<(), IllegalPath> {
        let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
        if !plain || path.as_os_str().is_empty() {
            return Err(IllegalPath(path));
        }
        self.0.insert(path, file);
        Ok(())
    }

    /// Puts the files below `from` of another source below `to`; what is there gives way, also where a file stands in
    /// the way of a directory.
    ///
    /// Returns how many files there were.
    pub(crate) fn graft(&mut self, other: &Self, from: &Path, to: &Path) -> Result<usize, IllegalPath> {
        let mut grafted = 0;
        for (path, file) in &other.0 {
            let Ok(rest) = path.strip_prefix(from) else { continue };
            let target = if rest.as_os_str().is_empty() {
                to.join(path.file_name().unwrap_or_default())
            } else {
                to.join(rest)
            };
            self.make_way(&target);
            self.insert(target, file.clone())?;
            grafted += 1;
        }
        Ok(grafted)
    }

    fn make_way(&mut self, target: &Path) {
        for above in target.ancestors().skip(1) {
            self.0.remove(above);
        }
        // What lies below a path follows it directly in the order of paths.
        let after = (Bound::Excluded(target), Bound::Unbounded);
        let below = self.0.range::<Path, _>(after).take_while(|(path, _)| path.starts_with(target));
        for path in below.map(|(path, _)| path.clone()).collect::<Vec<_>>() {
            self.0.remove(&path);
        }
    }

    /// Iterates over the files in the order of an archive.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Path, &File)> {
        self.0.iter().map(|(path, file)| (path.as_path(), file))
    }

    /// Lists the files below a directory on disk; links and devices are left out.
    pub(crate) fn of_directory(root: &Path) -> io::Result<Self> {
        let origin: Arc<dyn Blobs> = Arc::new(Directory(root.to_owned()));
        let mut contents = Self::default();
        let mut pending = vec![PathBuf::new()];
        while let Some(at) = pending.pop() {
            for entry in fs::read_dir(root.join(&at))? {
                let entry = entry?;
                let path = at.join(entry.file_name());
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    pending.push(path);
                } else if kind.is_file() {
                    let executable = is_executable(&entry.metadata()?);
                    let file = File { executable, origin: origin.clone(), key: path.clone() };
                    contents.0.insert(path, file);
                }
            }
        }
        Ok(contents)
    }
}

fn is_executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o111 != 0
}

/// Files on disk, by their path below a directory.
struct Directory(PathBuf);

impl Blobs for Directory {
    fn read(&self, key: &Path) -> io::Result<Vec<u8>> {
        fs::read(self.0.join(key))
    }
}

/// Reads a path of a spec as one inside a root: it may begin with `/` or `./`, and `..` is refused.
///
/// # Errors
/// When the path has `..` in it.
pub(crate) fn inside(path: &str) -> Result<PathBuf, IllegalPath> {
    let mut clean = PathBuf::new();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(name) => clean.push(name),
            Component::CurDir | Component::RootDir => {}
            Component::ParentDir | Component::Prefix(_) => return Err(IllegalPath(path.into())),
        }
    }
    Ok(clean)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Files in memory, for tests.
    pub(crate) struct Memory(pub(crate) BTreeMap<PathBuf, Vec<u8>>);

    impl Blobs for Memory {
        fn read(&self, key: &Path) -> io::Result<Vec<u8>> {
            self.0.get(key).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
        }
    }

    pub(crate) fn contents(files: &[(&str, &str)]) -> Contents {
        let bytes = files.iter().map(|(path, text)| (path.into(), text.as_bytes().to_vec())).collect();
        let origin: Arc<dyn Blobs> = Arc::new(Memory(bytes));
        let mut contents = Contents::default();
        for (path, _) in files {
            let file = File { executable: false, origin: origin.clone(), key: path.into() };
            contents.insert(path.into(), file).unwrap();
        }
        contents
    }

    fn listing(contents: &Contents) -> Vec<(String, String)> {
        let text = |file: &File| String::from_utf8(file.read().unwrap()).unwrap();
        contents.iter().map(|(path, file)| (path.display().to_string(), text(file))).collect()
    }

    #[test]
    fn grafting() {
        let base = [("a/x", "base"), ("a/y", "base"), ("b", "base")];
        let other = [("d/x", "other"), ("d/e/z", "other"), ("f", "other")];
        for (from, to, expected) in [
            ("d", "a", vec![("a/e/z", "other"), ("a/x", "other"), ("a/y", "base"), ("b", "base")]),
            ("", "b", vec![("a/x", "base"), ("a/y", "base"), ("b/d/e/z", "other"), ("b/d/x", "other"), ("b/f", "other")]),
            ("f", "c", vec![("a/x", "base"), ("a/y", "base"), ("b", "base"), ("c/f", "other")]),
            ("none", "c", vec![("a/x", "base"), ("a/y", "base"), ("b", "base")]),
        ] {
            let mut found = contents(&base);
            found.graft(&contents(&other), Path::new(from), Path::new(to)).unwrap();
            let expected: Vec<_> = expected.iter().map(|(p, t)| ((*p).to_owned(), (*t).to_owned())).collect();
            assert_eq!(listing(&found), expected, "{from} to {to}");
        }
    }

    #[test]
    fn a_file_gives_way_to_a_directory_and_the_reverse() {
        let mut found = contents(&[("a", "base"), ("b/c", "base")]);
        found.graft(&contents(&[("x", "other")]), Path::new(""), Path::new("a")).unwrap();
        assert_eq!(listing(&found), [("a/x".into(), "other".into()), ("b/c".into(), "base".into())]);
        found.graft(&contents(&[("b", "other")]), Path::new(""), Path::new("")).unwrap();
        assert_eq!(listing(&found), [("a/x".into(), "other".into()), ("b".into(), "other".into())]);
    }

    #[test]
    fn paths_stay_inside() {
        for (path, clean) in
            [("a/b", Some("a/b")), ("./a", Some("a")), ("/a", Some("a")), ("", Some("")), ("a/../..", None), ("..", None)]
        {
            assert_eq!(inside(path).ok(), clean.map(PathBuf::from), "{path}");
        }
        for path in ["", "/a", "../a", "a/../b"] {
            let file = contents(&[("x", "")]).0.into_values().next().unwrap();
            assert!(Contents::default().insert(path.into(), file).is_err(), "{path}");
        }
    }
}
