//! The node tree: scalars with tag and style, sequences, mappings in written order, each with its position.

/// A position in the source, both counted from one; zero where a node was not read from text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Line, from one.
    pub line: u32,
    /// Column, from one.
    pub column: u32,
}

/// A value with the place it was read from.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it holds.
    pub value: Value,
    /// Where it began.
    pub mark: Mark,
    /// A number that other nodes of the same tree may carry too, which then stand for one and the same value; zero
    /// for nodes of their own. Setting a value in its place keeps it.
    pub shared: u32,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A leaf.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values in written order.
    Mapping(Mapping),
}

/// A leaf: its text after unescaping, its type, and how it was written.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// The text.
    pub text: String,
    /// The type, resolved with YAML 1.2 rules when nothing else was written.
    pub tag: Tag,
    /// How it was written.
    pub style: Style,
}

/// The type of a scalar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tag {
    /// `null`.
    Null,
    /// A truth value.
    Bool,
    /// A whole number.
    Int,
    /// A fraction.
    Float,
    /// Text.
    Str,
    /// A date or a time.
    Timestamp,
    /// Base64 text.
    Binary,
    /// The key `<<`.
    Merge,
    /// None: the text and the quoting say what it is.
    Unset,
    /// Anything else, as written.
    Other(String),
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// Without quotes, inside of brackets or braces.
    PlainInFlow,
    /// Without quotes, behind an explicit tag.
    Tagged,
    /// In single quotes.
    Single,
    /// In double quotes.
    Double,
    /// A `|` block.
    Literal,
    /// A `>` block.
    Folded,
}

/// Keys and values in written order.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    entries: Vec<(Node, Node)>,
}

// === impl Node ===

/// Equality looks at the values alone, not at positions.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl From<Value> for Node {
    fn from(value: Value) -> Self {
        Self { value, mark: Mark::default(), shared: 0 }
    }
}

impl Node {
    /// A text node that stays text whatever it looks like; quoted only where YAML 1.1 would not read text.
    pub fn string(text: impl Into<String>) -> Self {
        let text = text.into();
        let style = if crate::reads_as_other_than_string(&text) { Style::Double } else { Style::Plain };
        Value::Scalar(Scalar { text, tag: Tag::Str, style }).into()
    }

    /// A node without type and quotes, which is whatever its text looks like when it is written.
    pub fn bare(text: impl Into<String>) -> Self {
        Value::Scalar(Scalar { text: text.into(), tag: Tag::Unset, style: Style::Plain }).into()
    }

    /// A key as an edit writes it: without quotes, so that it is no text when it looks like a number.
    fn key(text: &str) -> Self {
        let tag = crate::resolve_1_2(text).tag();
        Value::Scalar(Scalar { text: text.to_owned(), tag, style: Style::Plain }).into()
    }

    /// A node as if `text` had been written without quotes.
    pub fn plain(text: impl Into<String>) -> Self {
        let text = text.into();
        let tag = crate::resolve_1_2(&text).tag();
        Value::Scalar(Scalar { text, tag, style: Style::Plain }).into()
    }

    /// A node without a type of its own, as an edit of the text leaves it: quoted where YAML 1.1 would not read
    /// text, and otherwise whatever YAML 1.2 reads.
    pub fn untyped(text: impl Into<String>) -> Self {
        let text = text.into();
        let quoted = !text.is_empty() && crate::reads_as_other_than_string(&text);
        let style = if quoted { Style::Double } else { Style::Plain };
        Value::Scalar(Scalar { text, tag: Tag::Unset, style }).into()
    }

    /// `null`.
    pub fn null() -> Self {
        let text = "null".to_owned();
        Value::Scalar(Scalar { text, tag: Tag::Null, style: Style::Plain }).into()
    }

    /// An empty mapping.
    pub fn mapping() -> Self {
        Value::Mapping(Mapping::default()).into()
    }

    /// An empty sequence.
    pub fn sequence() -> Self {
        Value::Sequence(Vec::new()).into()
    }

    /// The mapping, when it is one.
    pub fn as_mapping(&self) -> Option<&Mapping> {
        match &self.value {
            Value::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// The mapping, when it is one.
    pub fn as_mapping_mut(&mut self) -> Option<&mut Mapping> {
        match &mut self.value {
            Value::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// The list, when it is one.
    pub fn as_sequence(&self) -> Option<&Vec<Node>> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The list, when it is one.
    pub fn as_sequence_mut(&mut self) -> Option<&mut Vec<Node>> {
        match &mut self.value {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The scalar, when it is one.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The scalar, when it is one.
    pub fn as_scalar_mut(&mut self) -> Option<&mut Scalar> {
        match &mut self.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text of any scalar, whatever its type.
    pub fn text(&self) -> Option<&str> {
        self.as_scalar().map(|scalar| scalar.text.as_str())
    }

    /// The text of a scalar that is text, or would be read as text.
    pub fn as_str(&self) -> Option<&str> {
        let reads_as_text = |scalar: &&Scalar| match scalar.tag {
            Tag::Str => true,
            Tag::Unset => {
                scalar.style.is_quoted() || crate::resolve_1_2(&scalar.text) == crate::Resolved::Str
            }
            _ => false,
        };
        self.as_scalar().filter(reads_as_text).map(|scalar| scalar.text.as_str())
    }

    /// Says whether it is `null`.
    pub fn is_null(&self) -> bool {
        self.as_scalar().is_some_and(|scalar| scalar.tag == Tag::Null)
    }

    /// Says whether it is `null`, `{}` or `[]`.
    pub fn is_null_or_empty(&self) -> bool {
        match &self.value {
            Value::Scalar(scalar) => scalar.tag == Tag::Null,
            Value::Sequence(items) => items.is_empty(),
            Value::Mapping(mapping) => mapping.is_empty(),
        }
    }

    /// The value under `key`, when this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_mapping()?.get(key)
    }

    /// The value under `key`, when this is a mapping that has it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.as_mapping_mut()?.get_mut(key)
    }

    /// The value at the end of a chain of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Forgets where all of it was read, for a value that goes to another place.
    pub fn forget_marks(&mut self) {
        self.mark = Mark::default();
        match &mut self.value {
            Value::Scalar(_) => {}
            Value::Sequence(items) => items.iter_mut().for_each(Self::forget_marks),
            Value::Mapping(mapping) => mapping.entries.iter_mut().for_each(|(key, value)| {
                key.forget_marks();
                value.forget_marks();
            }),
        }
    }

    /// How deep it is nested; a scalar has depth one.
    pub fn depth(&self) -> usize {
        1 + match &self.value {
            Value::Scalar(_) => 0,
            Value::Sequence(items) => items.iter().map(Self::depth).max().unwrap_or(0),
            Value::Mapping(mapping) => mapping.iter().map(|(_, value)| value.depth()).max().unwrap_or(0),
        }
    }

    /// How many nodes it is made of, keys and itself among them.
    pub fn count(&self) -> usize {
        1 + match &self.value {
            Value::Scalar(_) => 0,
            Value::Sequence(items) => items.iter().map(Self::count).sum(),
            Value::Mapping(mapping) => mapping.iter().map(|(key, value)| key.count() + value.count()).sum(),
        }
    }

    /// What kind of node it is, for messages.
    pub fn kind_name(&self) -> &'static str {
        match &self.value {
            Value::Scalar(scalar) if scalar.tag == Tag::Null => "null",
            Value::Scalar(_) => "scalar",
            Value::Sequence(_) => "list",
            Value::Mapping(_) => "mapping",
        }
    }
}

// === impl Scalar ===

impl Scalar {
    /// Says whether it is text, or would be taken for text.
    pub fn is_text(&self) -> bool {
        matches!(self.tag, Tag::Str | Tag::Unset)
    }
}

// === impl Style ===

impl Style {
    /// Says whether nothing but the text says what it is.
    pub fn is_plain(self) -> bool {
        matches!(self, Self::Plain | Self::PlainInFlow)
    }

    /// Says whether the writing alone makes it text.
    pub fn is_quoted(self) -> bool {
        matches!(self, Self::Single | Self::Double | Self::Literal | Self::Folded)
    }
}

/// Equality looks at type and text; two ways to write the same are equal.
impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.tag == other.tag && self.text == other.text
    }
}

// === impl Tag ===

impl Tag {
    /// The short form, such as `!!int`.
    pub fn name(&self) -> &str {
        match self {
            Self::Null => "!!null",
            Self::Bool => "!!bool",
            Self::Int => "!!int",
            Self::Float => "!!float",
            Self::Str => "!!str",
            Self::Timestamp => "!!timestamp",
            Self::Binary => "!!binary",
            Self::Merge => "!!merge",
            Self::Unset => "",
            Self::Other(name) => name,
        }
    }
}

// === impl Mapping ===

/// Equality does not look at the order of keys.
impl PartialEq for Mapping {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.iter().all(|(key, value)| key.text().and_then(|key| other.get(key)) == Some(value))
    }
}

impl Mapping {
    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Says whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All entries in written order.
    pub fn iter(&self) -> impl Iterator<Item = (&Node, &Node)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// All entries in written order, values changeable.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Node, &mut Node)> {
        self.entries.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// All keys that are scalars, in written order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter_map(|(key, _)| key.text())
    }

    /// All values in written order.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Node> {
        self.entries.iter_mut().map(|(_, value)| value)
    }

    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    /// The key itself, as it is written.
    pub fn key(&self, key: &str) -> Option<&Node> {
        self.entries.iter().find(|(name, _)| name.text() == Some(key)).map(|(name, _)| name)
    }

    /// The value under `key`.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries.iter_mut().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    /// Says whether `key` is there.
    pub fn contains(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Replaces the value under `key` in its place, or adds it at the end.
    pub fn set(&mut self, key: &str, value: Node) {
        self.set_entry(Node::key(key), value);
    }

    /// Replaces the value under the key's text in its place, or adds the pair at the end.
    pub fn set_entry(&mut self, key: Node, value: Node) {
        match key.text().and_then(|name| self.get_mut(name)) {
            Some(old) => *old = Node { shared: old.shared, ..value },
            None => self.entries.push((key, value)),
        }
    }

    /// The value under `key`, added by `make` when it is not there.
    pub fn entry(&mut self, key: &str, make: impl FnOnce() -> Node) -> &mut Node {
        let index = match self.entries.iter().position(|(name, _)| name.text() == Some(key)) {
            Some(index) => index,
            None => {
                self.entries.push((Node::key(key), make()));
                self.entries.len() - 1
            }
        };
        &mut self.entries[index].1
    }

    /// Adds a pair at the end without looking for one of the same key.
    pub fn push(&mut self, key: Node, value: Node) {
        self.entries.push((key, value));
    }

    /// Takes `key` out.
    pub fn remove(&mut self, key: &str) -> Option<Node> {
        let index = self.entries.iter().position(|(name, _)| name.text() == Some(key))?;
        Some(self.entries.remove(index).1)
    }

    /// Keeps what `keep` says.
    pub fn retain(&mut self, mut keep: impl FnMut(&Node, &mut Node) -> bool) {
        self.entries.retain_mut(|(key, value)| keep(key, value));
    }
}

impl IntoIterator for Mapping {
    type Item = (Node, Node);
    type IntoIter = std::vec::IntoIter<(Node, Node)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl FromIterator<(Node, Node)> for Mapping {
    fn from_iter<T: IntoIterator<Item = (Node, Node)>>(iter: T) -> Self {
        Self { entries: iter.into_iter().collect() }
    }
}
