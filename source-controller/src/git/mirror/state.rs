//! The file that tells what is whole in a mirror. What cannot be read counts as empty, and the mirror is fetched anew.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use gix_hash::{Kind, ObjectId};

/// So many commits are remembered; older ones would hardly save a server work.
const COMMIT_LIMIT: usize = 16;

const FIRST_LINE: &str = "sluice mirror 1";

/// A commit whose tree is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::git) struct Whole {
    /// The commit.
    pub(in crate::git) hash: ObjectId,
    /// Whether all commits before it are whole too.
    pub(in crate::git) history: bool,
}

/// What is in a mirror.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    pub(super) kind: Option<Kind>,
    generation: u64,
    /// Oldest first.
    pub(super) whole: Vec<Whole>,
}

impl State {
    pub(super) fn load(directory: &Path) -> Self {
        let text = std::fs::read_to_string(directory.join("state")).unwrap_or_default();
        Self::parse(&text).unwrap_or_default()
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        (lines.next()? == FIRST_LINE).then_some(())?;
        let mut state = Self::default();
        for line in lines {
            let (key, value) = line.split_once(' ')?;
            match key {
                "kind" => state.kind = Some(value.parse().ok()?),
                "generation" => state.generation = value.parse().ok()?,
                "commit" | "history" => {
                    let hash = ObjectId::from_hex(value.as_bytes()).ok()?;
                    state.whole.push(Whole { hash, history: key == "history" });
                }
                _ => return None,
            }
        }
        Some(state)
    }

    fn print(&self) -> String {
        let mut text = format!("{FIRST_LINE}\ngeneration {}\n", self.generation);
        if let Some(kind) = self.kind {
            text.push_str(&format!("kind {kind}\n"));
        }
        for whole in &self.whole {
            let key = if whole.history { "history" } else { "commit" };
            text.push_str(&format!("{key} {}\n", whole.hash));
        }
        text
    }

    /// Replaces the file at once, so that a kill leaves the old one or the new one.
    pub(super) fn save(&self, directory: &Path) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(self.print().as_bytes())?;
        file.persist(directory.join("state")).map(drop).map_err(|error| error.error)
    }

    /// Starts over in the next directory.
    pub(super) fn next(&mut self, kind: Kind) {
        *self = Self { kind: Some(kind), generation: self.generation + 1, whole: Vec::new() };
    }

    pub(super) fn add(&mut self, whole: impl IntoIterator<Item = Whole>) {
        for new in whole {
            self.whole.retain(|old| old.hash != new.hash);
            self.whole.push(new);
        }
        let surplus = self.whole.len().saturating_sub(COMMIT_LIMIT);
        self.whole.drain(..surplus);
    }

    /// The directory of the present generation.
    pub(super) fn objects(&self, mirror: &Path) -> PathBuf {
        mirror.join(format!("objects-{}", self.generation))
    }
}

#[cfg(test)]
mod tests {
    use gix_hash::{Kind, ObjectId};

    use super::{State, Whole};

    fn whole(digit: char, history: bool) -> Whole {
        let hash = ObjectId::from_hex(digit.to_string().repeat(40).as_bytes()).expect("a hash");
        Whole { hash, history }
    }

    #[test]
    fn what_is_printed_is_parsed() {
        let mut state = State::default();
        state.next(Kind::Sha1);
        state.add([whole('a', false), whole('b', true), whole('a', false)]);
        assert_eq!(state.whole, [whole('b', true), whole('a', false)]);
        assert_eq!(State::parse(&state.print()), Some(state));
    }

    #[test]
    fn what_is_damaged_is_empty() {
        for text in
            ["", "sluice mirror 2\n", "sluice mirror 1\ncommit xyz\n", "sluice mirror 1\ngeneration -1\n"]
        {
            assert_eq!(State::parse(text), None, "{text:?}");
        }
    }
}
