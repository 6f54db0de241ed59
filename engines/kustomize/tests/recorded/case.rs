//! One case as a text file: its files and links as a tree, the flags of the build, and the answers.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use sluice_kustomize::{Entry, FileTree, LoadRestriction, MemoryTree, Options, Reorder, TreeError};

/// A case, read.
pub struct Case {
    /// What it shows.
    pub head: String,
    pub tree: Tree,
    pub options: Options,
    pub expected: String,
    /// Our text where the original refuses.
    pub refusal: String,
}

/// Files in memory, and links between them.
pub struct Tree {
    files: MemoryTree,
    /// Where a link leads, both from the root.
    links: BTreeMap<String, String>,
}

impl Case {
    /// Reads the parts, each behind a line `-- name --`.
    pub fn parse(text: &str) -> Self {
        let tree = Tree { files: MemoryTree::new(), links: BTreeMap::new() };
        let (head, expected, refusal) = Default::default();
        let mut case = Self { head, tree, options: Options::default(), expected, refusal };
        let mut name = None;
        let mut body = String::new();
        for line in text.split_inclusive('\n').chain(["-- end --\n"]) {
            match line.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --\n")) {
                None => body.push_str(line),
                Some(next) => {
                    case.part(name.replace(next), std::mem::take(&mut body));
                }
            }
        }
        case
    }

    fn part(&mut self, name: Option<&str>, body: String) {
        let binary = name.and_then(|name| name.strip_suffix(" (base64)"));
        match (name, name.and_then(|name| name.split_once(" -> ")), binary) {
            (None, ..) => self.head = body,
            (Some("args"), ..) => self.options = options(&body),
            (Some("expected"), ..) => self.expected = body,
            (Some("refusal"), ..) => self.refusal = body,
            (_, Some((link, target)), _) => {
                self.tree.links.insert(link.to_owned(), target.to_owned());
            }
            (_, _, Some(path)) => self.file(path, STANDARD.decode(body.trim()).expect("base64")),
            (Some(path), ..) => self.file(path, body),
        }
    }

    fn file(&mut self, path: &str, content: impl Into<Bytes>) {
        self.tree.files.insert(path, content).expect("a path inside");
    }

    /// The directory `app` where there is one, else the root.
    pub fn target(&self) -> &'static str {
        if self.tree.entry("app") == Ok(Some(Entry::Directory)) { "app" } else { "" }
    }
}

fn options(args: &str) -> Options {
    let mut options = Options::default();
    for arg in args.split_whitespace() {
        match arg {
            "--load-restrictor=LoadRestrictionsNone" => options.load_restriction = LoadRestriction::None,
            "--reorder=none" => options.reorder = Reorder::None,
            "--reorder=legacy" => options.reorder = Reorder::Legacy,
            _ => panic!("unknown flag {arg}"),
        }
    }
    options
}

impl Tree {
    fn follow(&self, path: &str) -> String {
        let mut path = path.to_owned();
        for (link, target) in &self.links {
            if let Some(rest) = path.strip_prefix(link.as_str())
                && (rest.is_empty() || rest.starts_with('/'))
            {
                path = format!("{target}{rest}");
            }
        }
        path
    }
}

impl FileTree for Tree {
    fn entry(&self, path: &str) -> Result<Option<Entry>, TreeError> {
        self.files.entry(&self.follow(path))
    }

    fn read(&self, path: &str) -> Result<Bytes, TreeError> {
        self.files.read(&self.follow(path))
    }

    fn list(&self, directory: &str) -> Result<Vec<String>, TreeError> {
        self.files.list(&self.follow(directory))
    }

    fn real_path(&self, path: &str) -> Result<String, TreeError> {
        Ok(self.follow(path))
    }
}
