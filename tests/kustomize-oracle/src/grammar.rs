//! Makes kustomizations at random: every field, in combination, mostly such that the original builds them.

mod generators;
mod overlay;
mod patches;
mod paths;
mod plugins;
mod replacements;
mod resources;
mod words;
mod write;

use sluice_yaml::Node;

use crate::case::Case;
use crate::chance::Chance;

/// What was made so far.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) chance: Chance,
    pub(crate) case: Case,
    /// Resources that were written, as patches and replacements aim at them.
    pub(crate) known: Vec<Node>,
    /// Kinds and names of what was generated.
    pub(crate) made: Vec<(&'static str, String)>,
    /// How wild texts are: some cases keep to plain ones, so that other rules show.
    pub(crate) wild: bool,
    /// Numbers that keep names of files apart.
    pub(crate) count: usize,
}

/// The case of a seed.
pub fn case(seed: u64) -> Case {
    let mut chance = Chance::new(seed);
    let wild = chance.one_in(3);
    let mut world =
        World { chance, case: Case::default(), known: Vec::new(), made: Vec::new(), wild, count: 0 };
    overlay::all(&mut world);
    world.case
}

impl World {
    /// Adds a file whose name nothing else has, and says its name.
    pub(crate) fn file(&mut self, directory: &str, stem: &str, body: String) -> String {
        self.count += 1;
        let name = format!("{stem}{}.yaml", self.count);
        self.case.files.insert(format!("{directory}/{name}"), body);
        name
    }

    /// Any resource that was made, when there is one.
    pub(crate) fn any_known(&mut self) -> Option<Node> {
        let at = self.chance.index(&self.known)?;
        Some(self.known[at].clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_case_and_other_seeds_others() {
        assert_eq!(case(3), case(3));
        assert_ne!(case(3), case(4));
        assert!((0..50).all(|seed| case(seed).files.contains_key("app/kustomization.yaml")));
    }
}
