//! Label selectors as Kubernetes writes them: `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1`.

use std::collections::BTreeMap;

use crate::error::{BuildError, Result, invalid};

/// What all must hold.
#[derive(Debug, Default)]
pub(crate) struct Requirements {
    all: Vec<Requirement>,
}

#[derive(Debug)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Exists,
    Missing,
    In(Vec<String>),
    NotIn(Vec<String>),
    Above(i64),
    Below(i64),
}

impl Requirements {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let mut parser = Parser { rest: text.trim(), whole: text };
        let mut all = Vec::new();
        while !parser.rest.is_empty() {
            all.push(parser.requirement()?);
            if !parser.rest.is_empty() {
                parser.expect(",")?;
                if parser.rest.is_empty() {
                    return Err(parser.fail("something behind ','"));
                }
            }
        }
        Ok(Self { all })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(crate) fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.all.iter().all(|requirement| {
            let value = labels.get(&requirement.key);
            let number = || value.and_then(|value| value.parse::<i64>().ok());
            match &requirement.test {
                Test::Exists => value.is_some(),
                Test::Missing => value.is_none(),
                Test::In(values) => value.is_some_and(|value| values.contains(value)),
                Test::NotIn(values) => value.is_none_or(|value| !values.contains(value)),
                Test::Above(limit) => number().is_some_and(|value| value > *limit),
                Test::Below(limit) => number().is_some_and(|value| value < *limit),
            }
        })
    }
}

struct Parser<'t> {
    rest: &'t str,
    whole: &'t str,
}

impl<'t> Parser<'t> {
    fn fail(&self, expected: &str) -> BuildError {
        invalid(format!("bad selector {:?}: expected {expected} before {:?}", self.whole, self.rest))
    }

    fn take(&mut self, sign: &str) -> bool {
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, sign: &str) -> Result<()> {
        if self.take(sign) { Ok(()) } else { Err(self.fail(&format!("{sign:?}"))) }
    }

    fn word(&mut self) -> &'t str {
        let end =
            self.rest.find(|c: char| c.is_whitespace() || "=!(),<>".contains(c)).unwrap_or(self.rest.len());
        let word = &self.rest[..end];
        self.rest = self.rest[end..].trim_start();
        word
    }

    fn key(&mut self) -> Result<String> {
        let key = self.word();
        if is_key(key) { Ok(key.to_owned()) } else { Err(self.fail("a key")) }
    }

    fn value(&mut self) -> Result<String> {
        let value = self.word();
        let valid = value.is_empty() || is_name(value);
        if valid { Ok(value.to_owned()) } else { Err(self.fail("a value that a label may have")) }
    }

    fn requirement(&mut self) -> Result<Requirement> {
        if self.take("!") {
            return Ok(Requirement { key: self.key()?, test: Test::Missing });
        }
        let key = self.key()?;
        let test = if self.rest.is_empty() || self.rest.starts_with(',') {
            Test::Exists
        } else if self.take("==") || self.take("=") {
            Test::In(vec![self.value()?])
        } else if self.take("!=") {
            Test::NotIn(vec![self.value()?])
        } else if self.take(">") {
            Test::Above(self.number()?)
        } else if self.take("<") {
            Test::Below(self.number()?)
        } else {
            match self.word() {
                "in" => Test::In(self.values()?),
                "notin" => Test::NotIn(self.values()?),
                _ => return Err(self.fail("an operator")),
            }
        };
        Ok(Requirement { key, test })
    }

    fn number(&mut self) -> Result<i64> {
        self.word().parse().map_err(|_| self.fail("a whole number"))
    }

    fn values(&mut self) -> Result<Vec<String>> {
        self.expect("(")?;
        let mut values = vec![self.value()?];
        while self.take(",") {
            values.push(self.value()?);
        }
        self.expect(")")?;
        Ok(values)
    }
}

/// A name, perhaps behind a domain and a slash.
fn is_key(key: &str) -> bool {
    match key.split_once('/') {
        Some((domain, name)) => is_domain(domain) && is_name(name),
        None => is_name(key),
    }
}

fn is_name(text: &str) -> bool {
    const LONGEST: usize = 63;
    let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    text.len() <= LONGEST
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(inner)
}

fn is_domain(text: &str) -> bool {
    const LONGEST: usize = 253;
    let part =
        |part: &str| is_name(part) && !part.contains('_') && !part.contains(|c: char| c.is_ascii_uppercase());
    text.len() <= LONGEST && text.split('.').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors() {
        let labels = [("a", "b"), ("n", "5")].map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        for (text, expected) in [
            ("", Some(true)),
            ("a=b", Some(true)),
            ("a == b, n>4", Some(true)),
            ("a!=b", Some(false)),
            ("x!=b", Some(true)),
            ("a in (c, b)", Some(true)),
            ("a notin (b)", Some(false)),
            ("!x,a", Some(true)),
            ("n<5", Some(false)),
            ("a=b,", None),
            ("a b", None),
            ("a in b", None),
        ] {
            let found = Requirements::parse(text).ok().map(|requirements| requirements.matches(&labels));
            assert_eq!(found, expected, "{text}");
        }
    }
}
