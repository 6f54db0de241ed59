//! Text with references into parts. The grammar is that of Flux's substitution: a subset of the shell's, with its own
//! idea of where an operand ends. A lone `$` is text, `$$` is one `$`.

/// Text with references, as it was read.
#[derive(Debug, PartialEq, Eq)]
pub struct Template {
    pub parts: Vec<Part>,
}

/// A piece of a template.
#[derive(Debug, PartialEq, Eq)]
pub enum Part {
    Text(String),
    Reference(Reference),
}

/// `${name…}`.
#[derive(Debug, PartialEq, Eq)]
pub struct Reference {
    pub name: String,
    pub function: Function,
    pub operands: Vec<Part>,
    /// The byte at which it begins.
    pub at: usize,
}

/// What is done with the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Value,
    Length,
    /// Any of `-`, `=`, `+`, `?`, with or without a colon: the value, or the operands where it is empty.
    Default,
    LowerFirst,
    Lower,
    UpperFirst,
    Upper,
    Slice,
    TrimShortestPrefix,
    TrimLongestPrefix,
    TrimShortestSuffix,
    TrimLongestSuffix,
    ReplaceFirst,
    ReplaceAll,
    ReplacePrefix,
    ReplaceSuffix,
}

/// A reference that cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The byte at which the reference begins.
    pub at: usize,
    /// The variable, as far as its name was read.
    pub variable: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

/// How deep references may stand in operands of others.
const MAX_DEPTH: usize = 32;

const NO_NAME: &str = "`${` is not followed by the name of a variable";
const UNCLOSED: &str = "the name is not followed by `}` or a function";
const NO_OPERAND: &str = "an operand is missing";
const BAD: &str = "bad substitution";
const TOO_DEEP: &str = "references are nested too deeply";

impl Template {
    /// Reads `text`.
    ///
    /// # Errors
    /// The first reference that cannot be read.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let mut parser = Parser { text, at: 0 };
        let mut parts = Vec::new();
        let mut plain = String::new();
        while let Some(found) = parser.rest().find('$') {
            plain.push_str(&parser.rest()[..found]);
            parser.at += found;
            if parser.eat("${") {
                if !plain.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                }
                parts.push(Part::Reference(parser.reference(0)?));
                continue;
            }
            plain.push('$');
            parser.at += if parser.rest().starts_with("$$") { 2 } else { 1 };
        }
        plain.push_str(parser.rest());
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self { parts })
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

/// Why a reference ends early, before it is known which one.
type Problem = &'static str;

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.at += expected.len();
        }
        found
    }

    /// Reads a reference whose `${` has been taken.
    fn reference(&mut self, depth: usize) -> Result<Reference, Unreadable> {
        let at = self.at - 2;
        let counts = self.eat("#");
        let name = self.name();
        let unreadable = |problem| Unreadable { at, variable: name.clone(), problem };
        if depth > MAX_DEPTH {
            return Err(unreadable(TOO_DEEP));
        }
        if name.is_empty() {
            return Err(unreadable(NO_NAME));
        }
        let mut operands = Vec::new();
        let function = if counts {
            self.close().map_err(unreadable)?;
            Function::Length
        } else {
            self.function(&mut operands, depth).map_err(|error| error.named(&unreadable))?
        };
        Ok(Reference { name, function, operands, at })
    }

    fn name(&mut self) -> String {
        let rest = self.rest();
        let end = rest.find(|next: char| next != '_' && !next.is_alphanumeric()).unwrap_or(rest.len());
        self.at += end;
        rest[..end].to_owned()
    }

    fn close(&mut self) -> Result<(), Problem> {
        if self.eat("}") { Ok(()) } else { Err(BAD) }
    }

    /// Reads what follows the name, the closing brace included.
    fn function(&mut self, operands: &mut Vec<Part>, depth: usize) -> Result<Function, Trouble> {
        match self.peek() {
            Some('}') => {
                self.close()?;
                Ok(Function::Value)
            }
            Some('-' | '=') => self.default(1, operands, depth),
            Some(':') => match self.rest()[1..].chars().next() {
                Some('-' | '=' | '?' | '+') => self.default(2, operands, depth),
                _ => self.slice(operands, depth),
            },
            Some(',' | '^') => Ok(self.case()?),
            Some('/') => self.replace(operands, depth),
            Some('#' | '%') => self.trim(operands, depth),
            _ => Err(UNCLOSED.into()),
        }
    }

    fn default(
        &mut self,
        operator: usize,
        operands: &mut Vec<Part>,
        depth: usize,
    ) -> Result<Function, Trouble> {
        self.at += operator;
        while !self.eat("}") {
            operands.push(self.operand(&['}'], false, depth)?);
        }
        Ok(Function::Default)
    }

    fn slice(&mut self, operands: &mut Vec<Part>, depth: usize) -> Result<Function, Trouble> {
        self.eat(":");
        operands.push(self.operand(&[':', '}'], false, depth)?);
        if self.eat("}") {
            return Ok(Function::Slice);
        }
        if !self.eat(":") {
            return Err(BAD.into());
        }
        while self.eat(":") {}
        operands.push(self.operand(&['}'], false, depth)?);
        self.close()?;
        Ok(Function::Slice)
    }

    fn case(&mut self) -> Result<Function, Problem> {
        let rest = self.rest();
        let operator = &rest[..rest.find(|next| next != ',' && next != '^').unwrap_or(rest.len()).min(2)];
        self.at += operator.len();
        self.close()?;
        Ok(match operator {
            "," => Function::LowerFirst,
            ",," => Function::Lower,
            "^" => Function::UpperFirst,
            "^^" => Function::Upper,
            // A mixture is none of them and leaves the value as it is.
            _ => Function::Default,
        })
    }

    fn trim(&mut self, operands: &mut Vec<Part>, depth: usize) -> Result<Function, Trouble> {
        let functions = [
            ("##", Function::TrimLongestPrefix),
            ("#", Function::TrimShortestPrefix),
            ("%%", Function::TrimLongestSuffix),
            ("%", Function::TrimShortestSuffix),
        ];
        let found = functions.into_iter().find(|(operator, _)| self.eat(operator));
        let (_, function) = found.ok_or(BAD)?;
        operands.push(self.operand(&['}'], false, depth)?);
        self.close()?;
        Ok(function)
    }

    /// The pattern ends at the next `/`, even behind a `}`.
    fn replace(&mut self, operands: &mut Vec<Part>, depth: usize) -> Result<Function, Trouble> {
        let functions = [
            ("//", Function::ReplaceAll),
            ("/#", Function::ReplacePrefix),
            ("/%", Function::ReplaceSuffix),
            ("/", Function::ReplaceFirst),
        ];
        let found = functions.into_iter().find(|(operator, _)| self.eat(operator));
        let (_, function) = found.ok_or(BAD)?;
        operands.push(self.operand(&['/'], true, depth)?);
        if !self.eat("/") {
            return Err(BAD.into());
        }
        while self.eat("/") {}
        if !self.eat("}") {
            operands.push(self.operand(&['}'], true, depth)?);
            self.close()?;
        }
        Ok(function)
    }

    /// A reference, or text up to one of `ends` or the next reference; `\/`, `\\` and `$$` stand for one character
    /// where `escapes` are.
    fn operand(&mut self, ends: &[char], escapes: bool, depth: usize) -> Result<Part, Trouble> {
        if self.eat("${") {
            return Ok(Part::Reference(self.reference(depth + 1)?));
        }
        let mut text = String::new();
        while let Some(next) = self.peek() {
            let escaped = escapes && ["$$", "\\/", "\\\\"].iter().any(|pair| self.rest().starts_with(pair));
            if escaped {
                text.push_str(&self.rest()[1..2]);
                self.at += 2;
                continue;
            }
            if ends.contains(&next) || self.rest().starts_with("${") {
                break;
            }
            text.push(next);
            self.at += next.len_utf8();
        }
        if text.is_empty() { Err(NO_OPERAND.into()) } else { Ok(Part::Text(text)) }
    }
}

/// What is wrong with this reference, or with one in its operands.
enum Trouble {
    Here(Problem),
    Within(Unreadable),
}

impl Trouble {
    fn named(self, here: &impl Fn(Problem) -> Unreadable) -> Unreadable {
        match self {
            Self::Here(problem) => here(problem),
            Self::Within(unreadable) => unreadable,
        }
    }
}

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Self {
        Self::Here(problem)
    }
}

impl From<Unreadable> for Trouble {
    fn from(unreadable: Unreadable) -> Self {
        Self::Within(unreadable)
    }
}
