//! Feeds charts, settings and schemas grown from the recorded cases to the engine until the count is met or something panics:
//! `fuzz SEED COUNT`. Run it under a memory cap (`ulimit -v`). The last input of a crash is in the file `fuzz.last`, if
//! the environment variable SLUICE_FUZZ_KEEP is set.

use std::path::Path;

use sluice_helm::chart::{Chart, File, Loaded, MemoryDirectory};
use sluice_helm::ignore::Rules;
use sluice_helm::values::{Values, coalesce_tables, coalesce_values, overlay, read_values};
use sluice_helm::{dependencies, schema, strvals, version};

/// What inputs are spiced with.
const WORDS: &[&str] = &[
    "null",
    "true",
    "{}",
    "[]",
    "[",
    "]",
    "{",
    "}",
    "*a",
    "&a ",
    "<<: *a",
    "- ",
    ": ",
    "\n",
    "\t",
    "  ",
    "~",
    "1e9",
    "-1",
    "99999999999",
    "..",
    "/",
    "!",
    "**",
    "*",
    "?",
    "\\",
    ",",
    "=",
    ".",
    "[0]",
    "[65536]",
    "[-1]",
    "name",
    "version",
    "alias",
    "condition",
    "tags",
    "import-values",
    "child",
    "parent",
    "exports",
    "dependencies",
    "global",
    "charts/",
    "templates/",
    "$ref",
    "#",
    "#/",
    "$defs",
    "$id",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "properties",
    "items",
    "pattern",
    "(a*)*",
    "\"$ref\":\"#\"",
    "if",
    "then",
    "unevaluatedProperties",
    "$dynamicRef",
    "enum",
    "const",
    "---\n",
    "\u{feff}",
    "é",
];

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

type Case = Vec<(String, Vec<u8>)>;

fn cases() -> Vec<Case> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charts");
    let entries = std::fs::read_dir(directory).expect("the cases").flatten().map(|entry| entry.path());
    let paths = entries.filter(|path| path.extension().is_some_and(|extension| extension == "case"));
    let mut paths: Vec<_> = paths.collect();
    paths.sort();
    paths.iter().map(|path| parts(&std::fs::read_to_string(path).expect("a case"))).collect()
}

fn parts(text: &str) -> Case {
    let mut files: Case = Vec::new();
    for line in text.split_inclusive('\n') {
        match line.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --\n")) {
            Some(name) => files.push((name.replace("!/", "/"), Vec::new())),
            None => {
                if let Some((_, body)) = files.last_mut() {
                    body.extend_from_slice(line.as_bytes());
                }
            }
        }
    }
    files.retain(|(name, _)| name != "stdout" && name != "stderr");
    files
}

fn grow(random: &mut Random, body: &mut Vec<u8>, other: &[u8]) {
    let at = random.below(body.len() + 1);
    match random.below(7) {
        0 => {
            if let Some(byte) = body.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        1 => {
            let end = (at + random.below(12)).min(body.len());
            body.drain(at..end);
        }
        2 => {
            let end = (at + random.below(40)).min(body.len());
            let again = body[at..end].to_vec();
            let most = if random.below(50) == 0 { 300 } else { 3 };
            for _ in 0..=random.below(most) {
                body.splice(at..at, again.iter().copied());
            }
        }
        3 => {
            let from = random.below(other.len() + 1);
            let end = (from + random.below(60)).min(other.len());
            body.splice(at..at, other[from..end].iter().copied());
        }
        _ => {
            let word = WORDS[random.below(WORDS.len())];
            body.splice(at..at, word.bytes());
        }
    }
}

fn use_chart(loaded: &Loaded, values: &Values) -> usize {
    let chart = &loaded.chart;
    let _ = dependencies::check(chart);
    let _ = chart.crds();
    let Ok(resolved) = dependencies::resolve(chart, values) else { return 1 };
    let Ok(coalesced) = coalesce_values(&resolved.chart, values) else { return 1 };
    let checked = schema::check(&resolved.chart, &coalesced.values);
    usize::from(checked.result.is_ok()) + 1
}

fn settings(case: &Case, values: &mut Values) {
    let Some((_, body)) = case.iter().find(|(name, _)| name == "arguments") else { return };
    for line in String::from_utf8_lossy(body).lines() {
        let text = line.split_once('=').map_or(line, |(_, text)| text);
        let _ = strvals::set(values, text);
        let _ = strvals::set_string(&mut values.clone(), text);
        let _ = strvals::set_json(&mut values.clone(), text);
        let _ = strvals::set_literal(&mut values.clone(), text);
        let _ = strvals::set_at(&mut values.clone(), "a.b", text, text.len().is_multiple_of(2));
    }
}

fn run(case: &Case, random: &mut Random) -> usize {
    let mut values = Values::new();
    settings(case, &mut values);
    for (name, body) in case {
        match name.rsplit('/').next() {
            Some(".helmignore") => {
                if let Ok(rules) = Rules::parse(body) {
                    let _ = case.iter().filter(|(path, _)| rules.ignores(path, random.below(2) == 0)).count();
                }
            }
            Some("values.yaml") => {
                if let Ok(above) = read_values(body) {
                    let _ = coalesce_tables(&values, &above);
                    overlay(&mut values, above);
                }
            }
            _ => {}
        }
        let _ = version::is_compatible(&String::from_utf8_lossy(body), "1.2.3");
    }
    let loaded = match random.below(8) {
        0 => Chart::from_archive(&pack(case, random)),
        1 => Chart::from_files(
            case.iter()
                .map(|(name, body)| File { name: name.clone(), data: body.clone().into(), modified: None })
                .collect(),
        ),
        _ => Chart::from_directory(&case.iter().cloned().collect::<MemoryDirectory>()),
    };
    loaded.map_or(0, |loaded| use_chart(&loaded, &values))
}

fn pack(case: &Case, random: &mut Random) -> Vec<u8> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    for (name, body) in case {
        let mut header = tar::Header::new_gnu();
        header.set_size(body.len() as u64);
        header.set_cksum();
        let _ = tar.append_data(&mut header, format!("p/{name}"), body.as_slice());
    }
    let mut packed = tar.into_inner().and_then(flate2::write::GzEncoder::finish).unwrap_or_default();
    if random.below(2) == 0 {
        grow(random, &mut packed, &[]);
    }
    packed
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>().unwrap_or(1));
    let mut random = Random(arguments.next().unwrap_or(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let count = arguments.next().unwrap_or(10_000);
    let keep = std::env::var_os("SLUICE_FUZZ_KEEP").is_some();
    let corpus = cases();
    let (mut loaded, mut valid) = (0_u64, 0_u64);
    for _ in 0..count {
        let mut case = corpus[random.below(corpus.len())].clone();
        let other = &corpus[random.below(corpus.len())];
        for _ in 0..=random.below(4) {
            let spice = other[random.below(other.len())].1.clone();
            let file = random.below(case.len());
            if random.below(12) == 0 {
                let mut name = std::mem::take(&mut case[file].0).into_bytes();
                grow(&mut random, &mut name, &[]);
                case[file].0 = String::from_utf8_lossy(&name).into_owned();
            } else {
                grow(&mut random, &mut case[file].1, &spice);
            }
        }
        if keep {
            let _ = std::fs::write("fuzz.last", format!("{case:?}"));
        }
        let reached = run(&case, &mut random);
        loaded += u64::from(reached > 0);
        valid += u64::from(reached > 1);
    }
    println!("{count} executions, {loaded} charts read, {valid} with values that fit");
}
