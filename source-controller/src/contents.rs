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

/// Where bytes come from: a numbered list of files.
pub(crate) trait Origin: Send + Sync {
    /// Makes a reader for the thread that asks.
    fn reader(&self) -> Box<dyn Blobs + '_>;
}

/// Reads files of one origin.
pub(crate) trait Blobs {
    /// Reads the whole file of this number.
    fn read(&mut self, number: usize) -> io::Result<Vec<u8>>;
}

/// One file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct File {
    /// Whether it may be executed.
    pub(crate) executable: bool,
    origin: usize,
    number: usize,
}

/// Files by path, in the order of an archive.
#[derive(Clone, Default)]
pub(crate) struct Contents {
    origins: Vec<Arc<dyn Origin>>,
    files: BTreeMap<PathBuf, File>,
}

/// Reads files of all origins of some contents.
pub(crate) struct Reader<'a>(Vec<Box<dyn Blobs + 'a>>);

/// A path that does not stay inside the source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("path '{}' does not stay inside the source", .0.display())]
pub(crate) struct IllegalPath(pub(crate) PathBuf);

impl std::fmt::Debug for Contents {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.files.keys()).finish()
    }
}

impl Reader<'_> {
    /// Reads the whole file.
    pub(crate) fn read(&mut self, file: &File) -> io::Result<Vec<u8>> {
        self.0[file.origin].read(file.number)
    }
}

impl Contents {
    /// Takes all files of an origin: the path of each with its number, and whether it may be executed.
    ///
    /// # Errors
    /// When a path is empty, absolute or has `..` in it.
    pub(crate) fn of_origin(
        origin: Arc<dyn Origin>,
        files: impl IntoIterator<Item = (usize, PathBuf, bool)>,
    ) -> Result<Self, IllegalPath> {
        let mut contents = Self { origins: vec![origin], files: BTreeMap::new() };
        for (number, path, executable) in files {
            contents.insert(path, File { executable, origin: 0, number })?;
        }
        Ok(contents)
    }

    /// Makes a reader for the thread that asks.
    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader(self.origins.iter().map(|origin| origin.reader()).collect())
    }

    fn insert(&mut self, path: PathBuf, file: File) -> Result<(), IllegalPath> {
        let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
        if !plain || path.as_os_str().is_empty() {
            return Err(IllegalPath(path));
        }
        self.files.insert(path, file);
        Ok(())
    }

    /// Puts the files below `from` of another source below `to`; what is there gives way, also where a file stands in
    /// the way of a directory.
    ///
    /// Returns how many files there were.
    pub(crate) fn graft(&mut self, other: &Self, from: &Path, to: &Path) -> Result<usize, IllegalPath> {
        let mut grafted = 0;
        let offset = self.origins.len();
        self.origins.extend(other.origins.iter().cloned());
        for (path, file) in &other.files {
            let Ok(rest) = path.strip_prefix(from) else { continue };
            let target = if rest.as_os_str().is_empty() {
                to.join(path.file_name().unwrap_or_default())
            } else {
                to.join(rest)
            };
            self.make_way(&target);
            self.insert(target, File { origin: file.origin + offset, ..*file })?;
            grafted += 1;
        }
        Ok(grafted)
    }

    fn make_way(&mut self, target: &Path) {
        for above in target.ancestors().skip(1) {
            self.files.remove(above);
        }
        // What lies below a path follows it directly in the order of paths.
        let after = (Bound::Excluded(target), Bound::Unbounded);
        let below = self.files.range::<Path, _>(after).take_while(|(path, _)| path.starts_with(target));
        for path in below.map(|(path, _)| path.clone()).collect::<Vec<_>>() {
            self.files.remove(&path);
        }
    }

    /// Iterates over the files in the order of an archive.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Path, &File)> {
        self.files.iter().map(|(path, file)| (path.as_path(), file))
    }

    /// Lists the files below a directory on disk; links and devices are left out.
    pub(crate) fn of_directory(root: &Path) -> io::Result<Self> {
        let mut files = Vec::new();
        let mut pending = vec![PathBuf::new()];
        while let Some(at) = pending.pop() {
            for entry in fs::read_dir(root.join(&at))? {
                let entry = entry?;
                let path = at.join(entry.file_name());
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    pending.push(path);
                } else if kind.is_file() {
                    files.push((files.len(), path, is_executable(&entry.metadata()?)));
                }
            }
        }
        let paths = files.iter().map(|(_, path, _)| root.join(path)).collect();
        Self::of_origin(Arc::new(Directory(paths)), files).map_err(io::Error::other)
    }
}

fn is_executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o111 != 0
}

/// Files on disk, by their place in a list.
struct Directory(Vec<PathBuf>);

impl Origin for Directory {
    fn reader(&self) -> Box<dyn Blobs + '_> {
        Box::new(Files(&self.0))
    }
}

struct Files<'a>(&'a [PathBuf]);

impl Blobs for Files<'_> {
    fn read(&mut self, number: usize) -> io::Result<Vec<u8>> {
        fs::read(&self.0[number])
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
    struct Memory(Vec<Vec<u8>>);

    impl Origin for Memory {
        fn reader(&self) -> Box<dyn Blobs + '_> {
            Box::new(Slices(&self.0))
        }
    }

    struct Slices<'a>(&'a [Vec<u8>]);

    impl Blobs for Slices<'_> {
        fn read(&mut self, number: usize) -> io::Result<Vec<u8>> {
            Ok(self.0[number].clone())
        }
    }

    pub(crate) fn contents(files: &[(&str, &str)]) -> Contents {
        let memory = Memory(files.iter().map(|(_, text)| text.as_bytes().to_vec()).collect());
        let numbered = files.iter().enumerate().map(|(number, (path, _))| (number, path.into(), false));
        Contents::of_origin(Arc::new(memory), numbered).unwrap()
    }

    fn listing(contents: &Contents) -> Vec<(String, String)> {
        let mut reader = contents.reader();
        let mut text = |file: &File| String::from_utf8(reader.read(file).unwrap()).unwrap();
        contents.iter().map(|(path, file)| (path.display().to_string(), text(file))).collect()
    }

    #[test]
    fn grafting() {
        let base = [("a/x", "base"), ("a/y", "base"), ("b", "base")];
        let other = [("d/x", "other"), ("d/e/z", "other"), ("f", "other")];
        for (from, to, expected) in [
            ("d", "a", vec![("a/e/z", "other"), ("a/x", "other"), ("a/y", "base"), ("b", "base")]),
            (
                "",
                "b",
                vec![
                    ("a/x", "base"),
                    ("a/y", "base"),
                    ("b/d/e/z", "other"),
                    ("b/d/x", "other"),
                    ("b/f", "other"),
                ],
            ),
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
        for (path, clean) in [
            ("a/b", Some("a/b")),
            ("./a", Some("a")),
            ("/a", Some("a")),
            ("", Some("")),
            ("a/../..", None),
            ("..", None),
        ] {
            assert_eq!(inside(path).ok(), clean.map(PathBuf::from), "{path}");
        }
        for path in ["", "/a", "../a", "a/../b"] {
            let origin = Arc::new(Memory(vec![Vec::new()]));
            assert!(Contents::of_origin(origin, [(0, path.into(), false)]).is_err(), "{path}");
        }
    }
}
