//! Random templates and data: grown from a grammar, or from valid cases by small damage.

use serde_json::{Value as Json, json};

/// A small generator of random numbers (splitmix64); one seed gives one case.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    pub fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

const NAMES: &[&str] = &["a", "b", "c", "d", "Name", "Count", "x"];
const TEXTS: &[&str] = &[
    "", "a", "abc", "héllo", "x y", "%d", "%v %s", "1", "true", "<b>&\"'", "a\nb", "\t", "😀", "Z", "-5",
    "nil", "{{",
];
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "-1",
    "7",
    "10",
    "1.5",
    "-0.25",
    "1e3",
    "1e21",
    "1e-7",
    "0x1F",
    "0b11",
    "0o17",
    "017",
    "1_000",
    "'a'",
    "'\\n'",
    "1i",
    "2.5+1i",
    "9223372036854775807",
    "123456789.0",
    ".5",
    "3.",
    "0x1p-2",
    "100000",
    "255",
    "1e6",
];
const FUNCTIONS: &[(&str, usize)] = &[
    ("print", 3),
    ("println", 2),
    ("len", 1),
    ("index", 2),
    ("index", 3),
    ("slice", 2),
    ("slice", 3),
    ("eq", 2),
    ("eq", 3),
    ("ne", 2),
    ("lt", 2),
    ("le", 2),
    ("gt", 2),
    ("ge", 2),
    ("and", 2),
    ("or", 2),
    ("and", 3),
    ("or", 3),
    ("not", 1),
    ("html", 1),
    ("js", 1),
    ("urlquery", 1),
    ("pass", 1),
    ("nothing", 0),
    ("nilList", 0),
    ("nilDict", 0),
    ("listOf", 2),
    ("listOf", 0),
    ("dictOf", 2),
    ("stringsOf", 1),
    ("takeInt", 1),
    ("takeInt64", 1),
    ("takeUint8", 1),
    ("takeFloat", 1),
    ("takeComplex", 1),
    ("takeBool", 1),
    ("takeString", 1),
    ("takeList", 1),
    ("takeStrings", 1),
    ("takeDict", 1),
    ("takeAny", 1),
    ("takeMany", 2),
    ("fail", 1),
    ("call", 2),
];
const VERBS: &[&str] = &[
    "v", "v", "s", "d", "q", "x", "X", "T", "t", "f", "g", "e", "E", "G", "F", "b", "o", "O", "c", "U", "w",
    "z", "%", "!",
];
const FLAGS: &[&str] = &["", "", "", "+", "-", "#", "0", " ", "+#", "-0", "#0", "+ "];
const WIDTHS: &[&str] = &["", "", "", "1", "5", "12", "*", "[1]", "[2]", "[9]", "[2]*", "0", "08"];
const PRECISIONS: &[&str] = &["", "", "", ".", ".0", ".1", ".3", ".12", ".*", ".[1]*", ".[1]"];

/// A case from the grammar.
pub fn case(random: &mut Random) -> Json {
    let data = object(random, 3);
    let mut grammar = Grammar { random, variables: vec![], loops: 0, templates: vec![], defined: 0 };
    let template = grammar.block(3);
    let key = ["", "", "zero", "error", "default"][random.below(5)];
    let mut case = modest(json!({ "template": template, "data": data }));
    if !key.is_empty() {
        case["missingkey"] = key.into();
    }
    case
}

/// Where loops are, numbers are small: the original counts without end.
fn modest(case: Json) -> Json {
    let mut text = case.to_string();
    if !text.contains("range") {
        return case;
    }
    for (large, small) in
        [("9223372036854775807", "4"), ("18446744073709551615", "5"), ("128512", "6"), ("100000", "7")]
    {
        text = text.replace(large, small);
    }
    serde_json::from_str(&text).unwrap_or(case)
}

/// A valid case with small damage.
pub fn damaged(random: &mut Random, seeds: &[Json]) -> Json {
    let mut case = seeds[random.below(seeds.len())].clone();
    let mut text: Vec<char> = case["template"].as_str().unwrap_or_default().chars().collect();
    for _ in 0..=random.below(3) {
        damage(random, &mut text, seeds);
    }
    case["template"] = text.into_iter().collect::<String>().into();
    if random.one_in(4) {
        case["data"] = object(random, 3);
    }
    modest(case)
}

const PIECES: &[&str] = &[
    "{{",
    "}}",
    "{{-",
    "-}}",
    " ",
    "(",
    ")",
    "|",
    ".",
    "$",
    "\"",
    "`",
    "'",
    ":=",
    "=",
    ",",
    "{{end}}",
    "{{else}}",
    "{{if ",
    "{{range ",
    "{{with ",
    "{{define \"",
    "{{template \"",
    "{{block \"",
    "{{break}}",
    "{{continue}}",
    "nil",
    "true",
    "\n",
    "/*",
    "*/",
    "\\",
    "1",
    "0x",
    "e",
    "+",
    "-",
    "i",
    "_",
    "é",
    "%",
    "\u{0}",
    ".a",
    "$x",
    " | print",
    "\u{200b}",
    "{{else if ",
];

fn damage(random: &mut Random, text: &mut Vec<char>, seeds: &[Json]) {
    let at = random.below(text.len() + 1);
    let end = (at + 1 + random.below(6)).min(text.len());
    match random.below(5) {
        0 => drop(text.drain(at..end.max(at))),
        1 => drop(text.splice(at..at, random.pick(PIECES).chars())),
        2 => {
            let copy: Vec<char> = text[at..end.max(at)].to_vec();
            let place = random.below(text.len() + 1);
            text.splice(place..place, copy);
        }
        3 if at < text.len() => text[at] = random.pick(PIECES).chars().next().unwrap_or(' '),
        _ => {
            let other = seeds[random.below(seeds.len())]["template"].as_str().unwrap_or_default();
            let other: Vec<char> = other.chars().collect();
            let start = random.below(other.len() + 1);
            let stop = (start + random.below(20)).min(other.len());
            text.splice(at..at, other[start..stop].iter().copied());
        }
    }
}

/// A map of random values.
fn object(random: &mut Random, depth: usize) -> Json {
    let mut entries = serde_json::Map::new();
    for name in NAMES {
        if !random.one_in(4) {
            entries.insert((*name).to_owned(), value(random, depth));
        }
    }
    Json::Object(entries)
}

fn value(random: &mut Random, depth: usize) -> Json {
    let text = random.pick(TEXTS);
    match random.below(if depth == 0 { 12 } else { 18 }) {
        0 => Json::Null,
        1 => json!(true),
        2 => json!(false),
        3 | 4 => json!(random.below(20) as i64 - 5),
        5 => json!([1.5, -0.25, 1e21, 1e-7, 3.0, 123_456_789.0][random.below(6)]),
        6..=8 => json!(text),
        9 | 10 => special(random),
        11 => json!({ "$": "thing", "v": text }),
        12 | 13 => Json::Array((0..random.below(4)).map(|_| value(random, depth - 1)).collect()),
        _ => object(random, depth - 1),
    }
}

fn special(random: &mut Random) -> Json {
    match random.below(18) {
        0 => json!({ "$": "int8", "v": -3 }),
        1 => json!({ "$": "int64", "v": 1 }),
        2 => json!({ "$": "uint8", "v": 2 }),
        3 => json!({ "$": "uint64", "v": "18446744073709551615" }),
        4 => json!({ "$": "float32", "v": "0.1" }),
        5 => json!({ "$": "complex", "v": "1+2i" }),
        6 => json!({ "$": "bytes", "v": "aGn/AA==" }),
        7 => json!({ "$": "raw", "v": "Yf9i4oKs" }),
        8 => json!({ "$": "strings", "v": ["x", "y z"] }),
        9 => json!({ "$": "ints", "v": [3, 1, 2] }),
        10 => json!({ "$": "stringmap", "v": { "a": "q", "k": "" } }),
        11 => json!({ "$": "values", "v": { "a": 1, "b": { "c": 2 } } }),
        12 => json!({ "$": "nilmap" }),
        13 => json!({ "$": "nillist" }),
        14 => json!({ "$": "nilstrings" }),
        15 => json!({ "$": "float", "v": random.pick(&["+Inf", "-Inf", "NaN", "-0", "1e100", "4"]) }),
        16 => json!({ "$": "int32", "v": 128_512 }),
        _ => json!({ "$": "uint16", "v": 700 }),
    }
}

struct Grammar<'r> {
    random: &'r mut Random,
    variables: Vec<String>,
    loops: usize,
    templates: Vec<String>,
    defined: usize,
}

impl Grammar<'_> {
    fn block(&mut self, depth: usize) -> String {
        let visible = self.variables.len();
        let count = 1 + self.random.below(3);
        let text = (0..count).map(|_| self.statement(depth)).collect();
        self.variables.truncate(visible);
        text
    }

    fn open(&mut self) -> &'static str {
        if self.random.one_in(8) { "{{- " } else { "{{" }
    }

    fn close(&mut self) -> &'static str {
        if self.random.one_in(8) { " -}}" } else { "}}" }
    }

    fn action(&mut self, inner: &str) -> String {
        format!("{}{inner}{}", self.open(), self.close())
    }

    fn statement(&mut self, depth: usize) -> String {
        match self.random.below(if depth == 0 { 8 } else { 15 }) {
            0 | 1 => self.random.pick(&["text", " ", "\n", "é ", "\n  ", "}} {", "a\tb"]).to_owned(),
            2..=5 => {
                let pipe = self.pipe(2);
                self.action(&pipe)
            }
            6 => self.declaration(),
            7 => self.comment_or_jump(),
            8..=10 => self.branch(depth),
            11 | 12 => self.range(depth),
            13 => self.define(depth),
            _ => self.template(),
        }
    }

    fn declaration(&mut self) -> String {
        let pipe = self.pipe(2);
        if !self.variables.is_empty() && self.random.one_in(2) {
            let variable = self.variable();
            return self.action(&format!("{variable} = {pipe}"));
        }
        let name = format!("${}", self.random.pick(&["x", "y", "z", ""]));
        self.variables.push(name.clone());
        self.action(&format!("{name} := {pipe}"))
    }

    fn variable(&mut self) -> String {
        match self.variables.len() {
            0 => "$".to_owned(),
            count => self.variables[self.random.below(count)].clone(),
        }
    }

    fn comment_or_jump(&mut self) -> String {
        if self.loops > 0 && self.random.one_in(2) {
            let jump = self.random.pick(&["break", "continue"]);
            return self.action(jump);
        }
        self.random.pick(&["{{/* c */}}", "{{- /* c */ -}}", "{{/*\n*/ -}}", "{{print}}"]).to_owned()
    }

    fn branch(&mut self, depth: usize) -> String {
        let visible = self.variables.len();
        let keyword = self.random.pick(&["if", "with"]);
        let head = self.head();
        let body = self.block(depth - 1);
        let rest = match self.random.below(4) {
            0 => format!("{{{{else}}}}{}", self.block(depth - 1)),
            1 => {
                let pipe = self.pipe(1);
                format!("{{{{else {keyword} {pipe}}}}}{}", self.block(depth - 1))
            }
            _ => String::new(),
        };
        self.variables.truncate(visible);
        let open = self.action(&format!("{keyword} {head}"));
        format!("{open}{body}{rest}{}", self.action("end"))
    }

    fn head(&mut self) -> String {
        let pipe = self.pipe(1);
        if !self.random.one_in(4) {
            return pipe;
        }
        self.variables.push("$h".to_owned());
        format!("$h := {pipe}")
    }

    fn range(&mut self, depth: usize) -> String {
        let visible = self.variables.len();
        let pipe = match self.random.below(4) {
            0 => "listOf 1 2".to_owned(),
            1 => self.random.below(4).to_string(),
            _ => self.pipe(1),
        };
        let head = match self.random.below(4) {
            0 => "$i, $e := ",
            1 => "$e := ",
            _ => "",
        };
        self.variables
            .extend(head.split([',', ':', ' ']).filter(|name| name.starts_with('$')).map(str::to_owned));
        self.loops += 1;
        let body = self.block(depth - 1);
        self.loops -= 1;
        let rest = if self.random.one_in(3) {
            format!("{{{{else}}}}{}", self.block(depth - 1))
        } else {
            String::new()
        };
        self.variables.truncate(visible);
        let open = self.action(&format!("range {head}{pipe}"));
        format!("{open}{body}{rest}{}", self.action("end"))
    }

    /// A definition (at the top of a file only) or a block.
    fn define(&mut self, depth: usize) -> String {
        self.defined += 1;
        let name = format!("t{}", self.defined);
        let (variables, loops) = (std::mem::take(&mut self.variables), std::mem::take(&mut self.loops));
        let body = self.block(depth - 1);
        self.templates.push(name.clone());
        (self.variables, self.loops) = (variables, loops);
        if depth == 3 && self.random.one_in(2) {
            return format!("{{{{define \"{name}\"}}}}{body}{{{{end}}}}");
        }
        let pipe = self.pipe(1);
        format!("{{{{block \"{name}\" {pipe}}}}}{body}{{{{end}}}}")
    }

    fn template(&mut self) -> String {
        let name = match self.templates.len() {
            // The original recurses too deep to be waited for: only what is complete is called.
            0 => "missing".to_owned(),
            count => self.templates[self.random.below(count)].clone(),
        };
        let pipe = if self.random.one_in(3) { String::new() } else { format!(" {}", self.pipe(1)) };
        self.action(&format!("template \"{name}\"{pipe}"))
    }

    fn pipe(&mut self, depth: usize) -> String {
        let mut pipe = self.command(depth);
        while self.random.one_in(5) {
            let (function, count) = FUNCTIONS[self.random.below(FUNCTIONS.len())];
            let arguments: String =
                (1..count).map(|_| format!(" {}", self.operand(depth.saturating_sub(1)))).collect();
            pipe = format!("{pipe} | {function}{arguments}");
        }
        pipe
    }

    fn command(&mut self, depth: usize) -> String {
        match self.random.below(6) {
            0 | 1 => self.operand(depth),
            2 => self.printf(depth),
            3 => self.method(depth),
            _ => {
                let (function, count) = FUNCTIONS[self.random.below(FUNCTIONS.len())];
                let count = if self.random.one_in(12) { self.random.below(4) } else { count };
                let arguments: String =
                    (0..count).map(|_| format!(" {}", self.operand(depth.saturating_sub(1)))).collect();
                format!("{function}{arguments}")
            }
        }
    }

    fn printf(&mut self, depth: usize) -> String {
        let mut format = String::new();
        let mut arguments = String::new();
        for _ in 0..=self.random.below(2) {
            let (flags, width) = (self.random.pick(FLAGS), self.random.pick(WIDTHS));
            let (precision, verb) = (self.random.pick(PRECISIONS), self.random.pick(VERBS));
            format.push_str(&format!("%{flags}{width}{precision}{verb} "));
            if !self.random.one_in(10) {
                arguments = format!("{arguments} {}", self.operand(depth.saturating_sub(1)));
            }
        }
        format!("printf \"{format}\"{arguments}")
    }

    fn method(&mut self, depth: usize) -> String {
        let (method, count) = self.random.pick(&[
            &("Hello", 1),
            &("Sum", 2),
            &("Fail", 1),
            &("Self", 0),
            &("Nothing", 0),
            &("Name", 0),
            &("Count", 0),
        ]);
        let arguments: String =
            (0..*count).map(|_| format!(" {}", self.operand(depth.saturating_sub(1)))).collect();
        format!("{}.{method}{arguments}", self.fields())
    }

    fn fields(&mut self) -> String {
        (0..=self.random.below(3)).map(|_| format!(".{}", self.random.pick(NAMES))).collect()
    }

    fn operand(&mut self, depth: usize) -> String {
        match self.random.below(if depth == 0 { 10 } else { 12 }) {
            0 => ".".to_owned(),
            1 => self.random.pick(&["nil", "true", "false", "nothing", "nilList"]).to_owned(),
            2 | 3 => self.random.pick(NUMBERS).to_owned(),
            4 => quoted(self.random.pick(TEXTS)),
            5..=7 => self.fields(),
            8 => self.variable(),
            9 => format!("{}{}", self.variable(), self.fields()),
            10 => format!("({})", self.pipe(depth - 1)),
            _ => format!("({}){}", self.pipe(depth - 1), self.fields()),
        }
    }
}

fn quoted(text: &str) -> String {
    if text.contains('<') { format!("`{text}`") } else { format!("{text:?}") }
}
