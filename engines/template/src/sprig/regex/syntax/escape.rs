//! What a backslash or a bracket starts: escapes, classes of characters, literal runs.

use super::super::class;
use super::{Parser, Step, check_utf8, fail, fold};
use regex_syntax::hir::{Class, ClassUnicode, Hir, Look};

impl Parser<'_> {
    pub(super) fn backslash(&mut self) -> Step<()> {
        let look = match self.rest().get(1) {
            Some(b'A') => Some(Look::Start),
            Some(b'z') => Some(Look::End),
            Some(b'b') => Some(Look::WordAscii),
            Some(b'B') => Some(Look::WordAsciiNegate),
            Some(b'C') => return fail("invalid escape sequence", &self.rest()[..2]),
            Some(b'Q') => return self.literal_run(),
            _ => None,
        };
        if let Some(look) = look {
            self.at += 2;
            self.look(look);
            return Ok(());
        }
        if let Some(class) = self.class_escape()? {
            self.push(Hir::class(Class::Unicode(class)));
            return Ok(());
        }
        let code = self.escape()?;
        self.literal(code);
        Ok(())
    }

    /// `\Q…\E`
    fn literal_run(&mut self) -> Step<()> {
        self.at += 2;
        let rest = self.rest();
        let length = rest.windows(2).position(|pair| pair == b"\\E");
        let end = self.at + length.unwrap_or(rest.len());
        let whole = self.whole;
        self.whole = &whole[..end];
        while self.at < end {
            let code = self.next_char()?;
            self.literal(code);
        }
        self.whole = whole;
        self.at = if length.is_some() { end + 2 } else { end };
        Ok(())
    }

    /// `\d`, `\W`, `\pL`, `\P{Greek}` and so on; nothing consumed when it is none of them.
    fn class_escape(&mut self) -> Step<Option<ClassUnicode>> {
        let rest = self.rest();
        let [b'\\', letter, ..] = rest else { return Ok(None) };
        if matches!(letter, b'p' | b'P') {
            return self.unicode_escape(*letter == b'P').map(Some);
        }
        let Some(class) = class::perl(letter.to_ascii_lowercase()) else { return Ok(None) };
        self.at += 2;
        Ok(Some(self.folded(class, letter.is_ascii_uppercase())))
    }

    fn unicode_escape(&mut self, is_negated: bool) -> Step<ClassUnicode> {
        let start = self.at;
        self.at += 2;
        if self.at == self.whole.len() {
            self.at = start;
            return fail("invalid character class range", &self.whole[start..]);
        }
        let first = self.next_char()?;
        let text = &self.whole[start..];
        let (name, length) = if first == u32::from('{') {
            let Some(end) = text.iter().position(|byte| *byte == b'}') else {
                check_utf8(text)?;
                return fail("invalid character class range", text);
            };
            check_utf8(&text[3..end])?;
            (&text[3..end], end + 1)
        } else {
            (&text[2..self.at - start], self.at - start)
        };
        let (name, is_inverted) = name.strip_prefix(b"^").map_or((name, false), |name| (name, true));
        let Some(class) = class::unicode(&String::from_utf8_lossy(name)) else {
            return fail("invalid character class range", &text[..length]);
        };
        self.at = start + length;
        Ok(self.folded(class, is_negated != is_inverted))
    }

    fn folded(&self, mut class: ClassUnicode, is_negated: bool) -> ClassUnicode {
        if self.flags.fold {
            fold(&mut class);
        }
        if is_negated {
            class.negate();
        }
        class
    }

    pub(super) fn bracket(&mut self) -> Step<()> {
        let whole = self.rest();
        self.at += 1;
        let is_negated = self.rest().first() == Some(&b'^');
        self.at += usize::from(is_negated);
        let mut class = ClassUnicode::empty();
        let mut is_first = true;
        while is_first || self.rest().first() != Some(&b']') {
            is_first = false;
            let part = self.bracket_part(whole)?;
            class.union(&part);
        }
        self.at += 1;
        if is_negated {
            class.negate();
        }
        self.push(Hir::class(Class::Unicode(class)));
        Ok(())
    }

    fn bracket_part(&mut self, whole: &[u8]) -> Step<ClassUnicode> {
        if let Some(class) = self.posix_name()? {
            return Ok(class);
        }
        if let Some(class) = self.class_escape()? {
            return Ok(class);
        }
        let start = self.at;
        let low = self.bracket_char(whole)?;
        let mut high = low;
        if matches!(self.rest(), [b'-', after, ..] if *after != b']') {
            self.at += 1;
            high = self.bracket_char(whole)?;
            if high < low {
                return fail("invalid character class range", &self.whole[start..self.at]);
            }
        }
        Ok(self.folded(class::range(low, high), false))
    }

    fn posix_name(&mut self) -> Step<Option<ClassUnicode>> {
        let rest = self.rest();
        if !rest.starts_with(b"[:") {
            return Ok(None);
        }
        let Some(length) = rest[2..].windows(2).position(|pair| pair == b":]") else { return Ok(None) };
        let name = &rest[2..2 + length];
        let (name, is_negated) = name.strip_prefix(b"^").map_or((name, false), |name| (name, true));
        let Some(class) = std::str::from_utf8(name).ok().and_then(class::posix) else {
            return fail("invalid character class range", &rest[..length + 4]);
        };
        self.at += length + 4;
        Ok(Some(self.folded(class, is_negated)))
    }

    fn bracket_char(&mut self, whole: &[u8]) -> Step<u32> {
        match self.rest().first() {
            None => fail("missing closing ]", whole),
            Some(b'\\') => self.escape(),
            Some(_) => self.next_char(),
        }
    }

    /// A single escaped character.
    fn escape(&mut self) -> Step<u32> {
        let start = self.at;
        self.at += 1;
        if self.rest().is_empty() {
            return fail("trailing backslash at end of expression", b"");
        }
        let code = self.next_char()?;
        let escaped = match u8::try_from(code).unwrap_or(0xFF) {
            // A single digit would be a reference to a group.
            b'1'..=b'7' if !matches!(self.rest().first(), Some(b'0'..=b'7')) => None,
            byte @ b'0'..=b'7' => Some(self.octal(byte)),
            b'x' => self.hexadecimal()?,
            b'a' => Some(0x07),
            b'f' => Some(0x0C),
            b'n' => Some(0x0A),
            b'r' => Some(0x0D),
            b't' => Some(0x09),
            b'v' => Some(0x0B),
            byte if byte.is_ascii() && !byte.is_ascii_alphanumeric() => Some(code),
            _ => None,
        };
        match escaped {
            Some(code) => Ok(code),
            None => fail("invalid escape sequence", &self.whole[start..self.at]),
        }
    }

    /// Up to three octal digits, the first of which is read already.
    fn octal(&mut self, first: u8) -> u32 {
        let mut code = u32::from(first - b'0');
        for _ in 1..3 {
            let Some(digit @ b'0'..=b'7') = self.rest().first() else { break };
            code = code * 8 + u32::from(digit - b'0');
            self.at += 1;
        }
        code
    }

    /// `FF` or `{10FFFF}`
    fn hexadecimal(&mut self) -> Step<Option<u32>> {
        if self.rest().is_empty() {
            return Ok(None);
        }
        let digit = |code: u32| char::from_u32(code).and_then(|char| char.to_digit(16));
        let first = self.next_char()?;
        if first != u32::from('{') {
            if self.rest().is_empty() {
                return Ok(None);
            }
            let second = self.next_char()?;
            return Ok(digit(first).zip(digit(second)).map(|(high, low)| high * 16 + low));
        }
        let (mut code, mut count) = (0, 0);
        while !self.rest().is_empty() {
            let next = self.next_char()?;
            if next == u32::from('}') {
                return Ok((count > 0).then_some(code));
            }
            let Some(digit) = digit(next) else { return Ok(None) };
            code = code * 16 + digit;
            if code > 0x10_FFFF {
                return Ok(None);
            }
            count += 1;
        }
        Ok(None)
    }

    /// The next character, which must be UTF-8.
    pub(super) fn next_char(&mut self) -> Step<u32> {
        let rest = self.rest();
        let head = &rest[..rest.len().min(4)];
        let chunk = head.utf8_chunks().next();
        let Some(char) = chunk.and_then(|chunk| chunk.valid().chars().next()) else {
            // Past the end, Go decodes the same broken character.
            return fail("invalid UTF-8", rest);
        };
        self.at += char.len_utf8();
        Ok(u32::from(char))
    }
}
