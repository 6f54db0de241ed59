//! The files of one commit, read straight from the object database.
//!
//! Symbolic links and submodules are left out. A tree is somebody else's text: names that lead elsewhere, twice the same
//! name, too many entries or too deep a nesting fail the whole of it.

use std::fmt;
use std::sync::Arc;

use gix_hash::ObjectId;
use gix_object::{Exists as _, FindExt as _};
use gix_odb::Store;

use super::error::{GitError, one_line};
use super::mirror::Generation;
use super::mirrors::Limits;
use super::remote::Remote;

/// A commit and the list of its files; the contents are read with [`Snapshot::reader`].
pub struct Snapshot {
    hash: ObjectId,
    subject: String,
    seconds: i64,
    entries: Vec<TreeEntry>,
    store: Arc<Store>,
    remote: Remote,
    file_limit: usize,
    /// Keeps the objects on disk.
    generation: Arc<Generation>,
}

/// A file or directory of a [`Snapshot`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// The path from the root of the tree, with `/` between its parts.
    pub path: String,
    /// What it is.
    pub kind: TreeEntryKind,
    hash: ObjectId,
}

/// What a [`TreeEntry`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TreeEntryKind {
    /// A directory.
    Directory,
    /// A regular file.
    File {
        /// Whether it is executable.
        executable: bool,
    },
}

/// Reads files of one [`Snapshot`]; made anew for every thread that reads.
pub struct Reader<'a> {
    snapshot: &'a Snapshot,
    objects: Objects,
    buffer: Vec<u8>,
}

type Objects = gix_odb::HandleArc;

/// The longest path, in bytes; no archive of ours holds a longer one.
const PATH_LIMIT: usize = 4096;

impl Snapshot {
    /// Lists a commit; blocks.
    pub(super) fn open(
        remote: &Remote,
        generation: &Arc<Generation>,
        hash: ObjectId,
        limits: &Limits,
    ) -> Result<Self, GitError> {
        let store = generation.store(limits).map_err(|error| remote.mirror_error(error))?;
        let objects = objects(&store);
        let mut buffer = Vec::new();
        let commit = objects.find_commit(&hash, &mut buffer).map_err(|error| remote.damaged(error))?;
        let subject = one_line(&commit.message().summary().to_string());
        let seconds = commit.time().map(|time| time.seconds).unwrap_or_default();
        let root = commit.tree();
        let mut walk = Walk { remote, objects: &objects, limits, seen: 0, entries: Vec::new() };
        walk.directory(root, "", 0)?;
        let entries = walk.entries;
        Ok(Self {
            hash,
            subject,
            seconds,
            entries,
            store,
            remote: remote.clone(),
            file_limit: limits.file_bytes,
            generation: Arc::clone(generation),
        })
    }

    /// The first line of the commit message.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// When the commit was made, in seconds since 1970.
    pub fn seconds(&self) -> i64 {
        self.seconds
    }

    /// Every directory and file in lexical order of the parts of their paths, a directory before what is in it.
    pub fn entries(&self) -> &[TreeEntry] {
        &self.entries
    }

    /// Makes a reader of contents.
    pub fn reader(&self) -> Reader<'_> {
        Reader { snapshot: self, objects: objects(&self.store), buffer: Vec::new() }
    }
}

impl Reader<'_> {
    /// Reads a file; blocks.
    ///
    /// # Errors
    /// When the file is larger than the limit, or its object damaged; a damaged mirror is started anew by the next fetch.
    pub fn read(&mut self, entry: &TreeEntry) -> Result<&[u8], GitError> {
        let snapshot = self.snapshot;
        let header = gix_object::FindHeader::try_header(&self.objects, &entry.hash);
        let header =
            header.ok().flatten().ok_or_else(|| snapshot.damaged(format!("'{}' is missing", entry.path)))?;
        if header.size > snapshot.file_limit as u64 {
            let (path, limit) = (&entry.path, snapshot.file_limit);
            return Err(snapshot.remote.oversized(format!("'{path}' is larger than {limit} bytes")));
        }
        match self.objects.find_blob(&entry.hash, &mut self.buffer) {
            Ok(blob) => Ok(blob.data),
            Err(error) => Err(snapshot.damaged(error)),
        }
    }
}

impl Snapshot {
    fn damaged(&self, detail: impl fmt::Display) -> GitError {
        self.generation.distrust();
        self.remote.damaged(detail)
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("Snapshot");
        debug.field("remote", &self.remote).field("hash", &self.hash).finish_non_exhaustive()
    }
}

fn objects(store: &Arc<Store>) -> Objects {
    store.to_cache_arc()
}

struct Walk<'a> {
    remote: &'a Remote,
    objects: &'a Objects,
    limits: &'a Limits,
    /// What was looked at, links and submodules included: a tree may be listed many times over.
    seen: usize,
    entries: Vec<TreeEntry>,
}

/// What of an entry is needed after its tree is read.
struct Child {
    name: String,
    kind: TreeEntryKind,
    hash: ObjectId,
}

impl Walk<'_> {
    fn directory(&mut self, tree: ObjectId, path: &str, depth: usize) -> Result<(), GitError> {
        if depth > self.limits.depth {
            return Err(self.remote.oversized(format!("directories nest deeper than {}", self.limits.depth)));
        }
        for child in self.children(tree, path)? {
            let path = if path.is_empty() { child.name } else { format!("{path}/{}", child.name) };
            self.entries.push(TreeEntry { path: path.clone(), kind: child.kind, hash: child.hash });
            if child.kind == TreeEntryKind::Directory {
                self.directory(child.hash, &path, depth + 1)?;
            } else if !self.objects.exists(&child.hash) {
                return Err(self.remote.damaged(format!("'{path}' is missing")));
            }
        }
        Ok(())
    }

    /// Counts an entry with a name of this length below `path`.
    fn count(&mut self, path: &str, name: usize) -> Result<(), GitError> {
        let limit = self.limits.entries;
        self.seen += 1;
        if self.seen > limit {
            return Err(self.remote.oversized(format!("there are more than {limit} files and directories")));
        }
        if path.len() + 1 + name > PATH_LIMIT {
            return Err(self.remote.oversized(format!("a path is longer than {PATH_LIMIT} bytes")));
        }
        Ok(())
    }

    /// The entries of one tree that are files and directories, by name.
    fn children(&mut self, tree: ObjectId, path: &str) -> Result<Vec<Child>, GitError> {
        let mut buffer = Vec::new();
        let iterator = self.objects.find_tree_iter(&tree, &mut buffer);
        let mut children = Vec::new();
        for entry in iterator.map_err(|error| self.remote.damaged(error))? {
            let entry = entry.map_err(|error| self.remote.damaged(error))?;
            self.count(path, entry.filename.len())?;
            let name = self.name(entry.filename, path)?;
            if let Some(kind) = kind(entry.mode.kind()) {
                children.push(Child { name, kind, hash: entry.oid.to_owned() });
            }
        }
        children.sort_unstable_by(|left, right| left.name.cmp(&right.name));
        match children.windows(2).find(|pair| pair[0].name == pair[1].name) {
            Some(pair) => Err(self.unsafe_path(path, pair[0].name.as_bytes(), "is there twice")),
            None => Ok(children),
        }
    }

    fn name(&self, name: &[u8], path: &str) -> Result<String, GitError> {
        let bad = name.is_empty() || name == b"." || name == b".." || name.eq_ignore_ascii_case(b".git");
        if bad || name.iter().any(|byte| matches!(byte, 0 | b'/')) {
            return Err(self.unsafe_path(path, name, "is no name of a file"));
        }
        String::from_utf8(name.to_vec()).map_err(|_| self.unsafe_path(path, name, "is not UTF-8"))
    }

    fn unsafe_path(&self, path: &str, name: &[u8], why: &str) -> GitError {
        let name = String::from_utf8_lossy(name);
        let detail = format!("'{}' in '/{}' {why}", name.escape_debug(), path.escape_debug());
        GitError::UnsafePath { url: self.remote.to_string(), detail }
    }
}

fn kind(kind: gix_object::tree::EntryKind) -> Option<TreeEntryKind> {
    use gix_object::tree::EntryKind;
    match kind {
        EntryKind::Tree => Some(TreeEntryKind::Directory),
        EntryKind::Blob => Some(TreeEntryKind::File { executable: false }),
        EntryKind::BlobExecutable => Some(TreeEntryKind::File { executable: true }),
        EntryKind::Link | EntryKind::Commit => None,
    }
}
