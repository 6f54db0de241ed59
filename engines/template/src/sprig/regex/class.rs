//! Named sets of characters: Perl's, POSIX's (both ASCII, as in Go) and Unicode's categories and scripts.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange, HirKind};

/// The scripts that Go's regular expressions know; those with several words in their names are not among them.
const SCRIPTS: &str = "\
     Adlam Ahom Arabic Armenian Avestan Balinese Bamum Batak Bengali Bhaiksuki Bopomofo Brahmi Braille \
     Buginese Buhid Carian Chakma Cham Cherokee Chorasmian Common Coptic Cuneiform Cypriot Cyrillic \
     Deseret Devanagari Dogra Duployan Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek \
     Gujarati Gurmukhi Han Hangul Hanunoo Hatran Hebrew Hiragana Inherited Javanese Kaithi Kannada \
     Katakana Kawi Kharoshthi Khmer Khojki Khudawadi Lao Latin Lepcha Limbu Lisu Lycian Lydian Mahajani \
     Makasar Malayalam Mandaic Manichaean Marchen Medefaidrin Miao Modi Mongolian Mro Multani Myanmar \
     Nabataean Nandinagari Newa Nko Nushu Ogham Oriya Osage Osmanya Palmyrene Phoenician Rejang Runic \
     Samaritan Saurashtra Sharada Shavian Siddham Sinhala Sogdian Soyombo Sundanese Syriac Tagalog \
     Tagbanwa Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Toto Ugaritic Vai \
     Vithkuqi Wancho Yezidi Yi \
";

/// The categories by their letters.
const CATEGORIES: &str = "C Cc Cf Cn Co Cs L Lc Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S \
      Sc Sk Sm So Z Zl Zp Zs";

/// The categories by their long names, without underscores.
const LONG_CATEGORIES: &str = "Casedletter=LC Closepunctuation=Pe Combiningmark=M Connectorpunctuation=Pc \
      Control=Cc Currencysymbol=Sc Dashpunctuation=Pd Decimalnumber=Nd Enclosingmark=Me Finalpunctuation=Pf \
      Format=Cf Initialpunctuation=Pi Letter=L Letternumber=Nl Lineseparator=Zl Lowercaseletter=Ll Mark=M \
      Mathsymbol=Sm Modifierletter=Lm Modifiersymbol=Sk Nonspacingmark=Mn Number=N Openpunctuation=Ps Other=C \
      Otherletter=Lo Othernumber=No Otherpunctuation=Po Othersymbol=So Paragraphseparator=Zp Privateuse=Co \
      Punctuation=P Separator=Z Spaceseparator=Zs Spacingmark=Mc Surrogate=Cs Symbol=S Titlecaseletter=Lt \
      Unassigned=Cn Uppercaseletter=Lu Cntrl=Cc Digit=Nd Punct=P";

/// The characters from `low` to `high`, given as code points; surrogates are left out.
pub fn range(low: u32, high: u32) -> ClassUnicode {
    let low = char::from_u32(low).unwrap_or('\u{E000}');
    let high = char::from_u32(high).unwrap_or('\u{D7FF}');
    let ranges = if low <= high { vec![ClassUnicodeRange::new(low, high)] } else { Vec::new() };
    ClassUnicode::new(ranges)
}

/// A set from the first and last characters of its ranges.
fn ascii(pairs: &str) -> ClassUnicode {
    let mut chars = pairs.chars();
    let mut ranges = Vec::new();
    while let (Some(low), Some(high)) = (chars.next(), chars.next()) {
        ranges.push(ClassUnicodeRange::new(low, high));
    }
    ClassUnicode::new(ranges)
}

/// `\d`, `\s`, `\w` by their lower-case letter.
pub fn perl(letter: u8) -> Option<ClassUnicode> {
    match letter {
        b'd' => Some(ascii("09")),
        b's' => Some(ascii("\t\n\x0c\r  ")),
        b'w' => Some(ascii("09AZ__az")),
        _ => None,
    }
}

/// The set of `[:NAME:]`.
pub fn posix(name: &str) -> Option<ClassUnicode> {
    let pairs = match name {
        "alnum" => "09AZaz",
        "alpha" => "AZaz",
        "ascii" => "\0\x7f",
        "blank" => "\t\t  ",
        "cntrl" => "\0\x1f\x7f\x7f",
        "digit" => "09",
        "graph" => "!~",
        "lower" => "az",
        "print" => " ~",
        "punct" => "!/:@[`{~",
        "space" => "\t\r  ",
        "upper" => "AZ",
        "word" => "09AZ__az",
        "xdigit" => "09AFaf",
        _ => return None,
    };
    Some(ascii(pairs))
}

/// The set of `\p{NAME}`; names are compared without regard to case, spaces, hyphens and underscores.
pub fn unicode(name: &str) -> Option<ClassUnicode> {
    let name = canonical(name);
    let name = name.as_str();
    let long = LONG_CATEGORIES.split(' ').filter_map(|pair| pair.split_once('='));
    let mut long = long.filter_map(|(long, short)| (long == name).then_some(short));
    if matches!(name, "Any" | "Assigned" | "Ascii" | "Lc") || CATEGORIES.split(' ').any(|known| known == name)
    {
        return lookup(name);
    }
    if SCRIPTS.split(' ').any(|known| known == name) {
        return lookup(&format!("sc={name}"));
    }
    lookup(long.next()?)
}

/// Go's spelling: the first letter large, the others small, nothing between words.
fn canonical(name: &str) -> String {
    let mut letters = name.chars().filter(|letter| !matches!(letter, '_' | '-' | ' '));
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters.map(|letter| letter.to_ascii_lowercase())).collect()
}

fn lookup(name: &str) -> Option<ClassUnicode> {
    // Surrogates are no characters, so that nothing matches them.
    if name == "Cs" {
        return Some(ClassUnicode::empty());
    }
    let parsed = regex_syntax::Parser::new().parse(&format!("\\p{{{name}}}")).ok()?;
    match parsed.into_kind() {
        HirKind::Class(regex_syntax::hir::Class::Unicode(class)) => Some(class),
        _ => None,
    }
}
