//! Shell patterns over the beginning of a text: `*` any text, `?` any character, `[a-z]` and `[^a-z]` one of some, `\`
//! before a character that is meant literally. One run over the text, whatever the pattern.

/// A pattern.
#[derive(Debug, PartialEq, Eq)]
pub struct Glob(Vec<Step>);

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Any,
    One,
    Letter(char),
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Glob {
    /// Reads a pattern; nothing where it is malformed, and so matches nothing.
    pub fn new(pattern: &str) -> Option<Self> {
        let mut steps = Vec::new();
        let mut letters = pattern.chars().peekable();
        while let Some(letter) = letters.next() {
            steps.push(match letter {
                '*' => Step::Any,
                '?' => Step::One,
                '\\' => Step::Letter(letters.next()?),
                '[' => class(&mut letters)?,
                letter => Step::Letter(letter),
            });
        }
        Some(Self(steps))
    }

    /// The bytes of the shortest beginning of `text` that matches and is not empty.
    pub fn shortest_prefix(&self, text: &str) -> Option<usize> {
        self.prefixes(text).next()
    }

    /// The bytes of the longest beginning of `text` that matches and is not empty.
    pub fn longest_prefix(&self, text: &str) -> Option<usize> {
        self.prefixes(text).last()
    }

    /// The lengths of all beginnings that match, shortest first.
    fn prefixes<'t>(&'t self, text: &'t str) -> impl Iterator<Item = usize> + 't {
        let mut reached = vec![false; self.0.len() + 1];
        reached[0] = true;
        self.pass_over(&mut reached);
        text.char_indices().filter_map(move |(at, letter)| {
            // From behind, so that a step that was just reached is not taken twice for one letter.
            for step in (0..self.0.len()).rev() {
                let here = reached[step];
                reached[step + 1] |= here && self.0[step] != Step::Any && self.0[step].takes(letter);
                reached[step] = here && self.0[step] == Step::Any;
            }
            self.pass_over(&mut reached);
            let matched = reached[self.0.len()];
            reached[self.0.len()] = false;
            matched.then_some(at + letter.len_utf8())
        })
    }

    /// `*` may be nothing: what is before it is behind it as well.
    fn pass_over(&self, reached: &mut [bool]) {
        for step in 0..self.0.len() {
            reached[step + 1] |= reached[step] && self.0[step] == Step::Any;
        }
    }
}

impl Step {
    fn takes(&self, letter: char) -> bool {
        match self {
            Self::Any | Self::One => true,
            Self::Letter(expected) => *expected == letter,
            Self::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (low..=high).contains(&&letter)) != *negated
            }
        }
    }
}

fn class(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Step> {
    let negated = letters.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    while ranges.is_empty() || letters.next_if_eq(&']').is_none() {
        let low = class_letter(letters)?;
        let high = if letters.next_if_eq(&'-').is_some() { class_letter(letters)? } else { low };
        ranges.push((low, high));
    }
    Some(Step::Class { negated, ranges })
}

fn class_letter(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<char> {
    match letters.next()? {
        '-' | ']' => None,
        '\\' => letters.next(),
        letter => Some(letter),
    }
}
