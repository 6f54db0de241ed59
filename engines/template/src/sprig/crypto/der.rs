//! DER, as much of it as certificates and keys are made of.
//!
//! Refused: lengths that are not the shortest, or that go beyond the text.

/// `SEQUENCE`
pub const SEQUENCE: u8 = 0x30;
/// `SET`
pub const SET: u8 = 0x31;
/// `BOOLEAN`
pub const BOOLEAN: u8 = 0x01;
/// `INTEGER`
pub const INTEGER: u8 = 0x02;
/// `BIT STRING`
pub const BIT_STRING: u8 = 0x03;
/// `OCTET STRING`
pub const OCTET_STRING: u8 = 0x04;
/// `NULL`
pub const NULL: u8 = 0x05;
/// `OBJECT IDENTIFIER`
pub const OBJECT_IDENTIFIER: u8 = 0x06;

/// Writes a value with its tag and length.
pub fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len();
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let bytes = length.to_be_bytes();
        let significant = &bytes[(length.leading_zeros() / 8) as usize..];
        out.push(0x80 | significant.len() as u8);
        out.extend_from_slice(significant);
    }
    out.extend_from_slice(content);
    out
}

/// Writes a sequence of values that are written already.
pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tagged(SEQUENCE, &parts.concat())
}

/// Writes a number that is not negative.
pub fn integer(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let mut content = bytes[start..].to_vec();
    if content.first().is_none_or(|first| first & 0x80 != 0) {
        content.insert(0, 0);
    }
    tagged(INTEGER, &content)
}

/// Writes whole bytes as a string of bits.
pub fn bit_string(bytes: &[u8]) -> Vec<u8> {
    tagged(BIT_STRING, &[&[0], bytes].concat())
}

/// Reads values one after the other.
#[derive(Clone, Copy)]
pub struct Reader<'t>(pub &'t [u8]);

/// A value with its tag.
#[derive(Clone, Copy)]
pub struct Item<'t> {
    /// The tag.
    pub tag: u8,
    /// What is inside.
    pub content: &'t [u8],
    /// The value with its tag and length.
    pub whole: &'t [u8],
}

impl<'t> Reader<'t> {
    /// The next value.
    pub fn next(&mut self) -> Option<Item<'t>> {
        let [tag, first, ..] = *self.0 else { return None };
        let (length, header) = if first < 0x80 {
            (usize::from(first), 2)
        } else {
            let count = usize::from(first & 0x7f);
            if !(1..=4).contains(&count) {
                return None;
            }
            let bytes = self.0.get(2..2 + count)?;
            let length = bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
            if bytes[0] == 0 || length < 0x80 {
                return None;
            }
            (length, 2 + count)
        };
        let whole = self.0.get(..header + length)?;
        self.0 = &self.0[header + length..];
        Some(Item { tag, content: &whole[header..], whole })
    }

    /// The next value, which must have a tag.
    pub fn expect(&mut self, tag: u8) -> Option<Item<'t>> {
        self.next().filter(|item| item.tag == tag)
    }

    /// The next value if it has a tag; nothing is read otherwise.
    pub fn optional(&mut self, tag: u8) -> Option<Item<'t>> {
        if self.0.first() == Some(&tag) { self.next() } else { None }
    }

    /// The bytes of a number that is not negative, without zeros before it.
    pub fn number(&mut self) -> Option<&'t [u8]> {
        let content = self.expect(INTEGER)?.content;
        let first = content.first()?;
        if first & 0x80 != 0 {
            return None;
        }
        let start = content.iter().position(|byte| *byte != 0).unwrap_or(content.len());
        Some(&content[start..])
    }

    /// Whether everything is read.
    pub fn is_done(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'t> Item<'t> {
    /// Reads what is inside.
    pub fn inside(&self) -> Reader<'t> {
        Reader(self.content)
    }
}
