//! Names and texts, few enough to meet each other and odd enough to show how they are read and written.

use sluice_yaml::Node;

use super::World;

const NAMES: [&str; 8] = ["web", "db", "app-1", "cache", "a", "b", "web-cfg", "sec"];
const ODD_NAMES: [&str; 6] = ["true", "123", "0x1f", "1e3", "null", "a.b"];
const NAMESPACES: [&str; 5] = ["", "", "prod", "dev", "default"];
const KEYS: [&str; 7] = ["app", "tier", "env", "app.kubernetes.io/name", "x", "on", "y"];
const VALUES: [&str; 8] = ["web", "db", "prod", "v1", "one two", "x=y", "1.2.3", "a/b"];

/// Scalars as they may be written, each valid on one line anywhere but inside of brackets.
const PLAIN: [&str; 60] = [
    "yes",
    "no",
    "on",
    "off",
    "y",
    "n",
    "Yes",
    "True",
    "TRUE",
    "true",
    "false",
    "null",
    "~",
    "Null",
    "0777",
    "0o17",
    "0x1F",
    "0b101",
    "1e3",
    "1E3",
    "1.0",
    "1.",
    ".5",
    "-0",
    "+1",
    "1_000",
    "12345678901234567890",
    "123456789012345678901234567890",
    "9223372036854775807",
    "-9223372036854775808",
    "1.5e300",
    "1e400",
    ".inf",
    ".nan",
    "2020-01-01",
    "2020-01-01T00:00:00Z",
    "1:30",
    "190:20:30",
    "08",
    "0.1",
    "1.10",
    "=",
    "<<",
    "100m",
    "1Gi",
    "'single'",
    "\"double\"",
    "\"tab\\there\"",
    "\"uni\\u00e9\"",
    "'it''s'",
    "\"\"",
    "''",
    "!!str 12",
    "!!int \"3\"",
    "\"yes\"",
    "'0777'",
    "\"1e3\"",
    "a#b",
    "\"a: b\"",
    "'- x'",
];

pub(crate) fn name(world: &mut World) -> &'static str {
    if world.wild && world.chance.one_in(12) {
        world.chance.pick(&ODD_NAMES)
    } else {
        world.chance.pick(&NAMES)
    }
}

pub(crate) fn namespace(world: &mut World) -> &'static str {
    world.chance.pick(&NAMESPACES)
}

pub(crate) fn key(world: &mut World) -> &'static str {
    let known = if world.wild { KEYS.len() } else { 5 };
    KEYS[world.chance.below(known)]
}

pub(crate) fn value(world: &mut World) -> &'static str {
    world.chance.pick(&VALUES)
}

/// A scalar as text of YAML.
pub(crate) fn plain(world: &mut World) -> &'static str {
    world.chance.pick(&PLAIN)
}

/// A scalar that is text when written with care.
pub(crate) fn text(world: &mut World) -> String {
    const LONG: &str =
        "a long line of many words that goes on and on until it has to be folded by whoever writes it down";
    match world.chance.below(if world.wild { 14 } else { 4 }) {
        0..=3 => value(world).to_owned(),
        4 => "one\ntwo\n".to_owned(),
        5 => "one\n  two\n\nthree".to_owned(),
        6 => LONG.to_owned(),
        7 => format!("{LONG}: {LONG}\n"),
        8 => " lead and trail ".to_owned(),
        9 => "tab\tand \"quotes\" and 'those'".to_owned(),
        10 => "é ü \u{1f600} \u{a0}".to_owned(),
        11 => "# no comment".to_owned(),
        12 => "\n\nx\n".to_owned(),
        _ => "trailing \nspace\n\n".to_owned(),
    }
}

/// A scalar node: mostly text, sometimes whatever the plain forms give.
pub(crate) fn scalar(world: &mut World) -> Node {
    let odds = if world.wild { 2 } else { 5 };
    if world.chance.one_in(odds) {
        let written =
            if world.wild { plain(world) } else { world.chance.pick(&["1", "true", "80", "1.5", "x"]) };
        read(written)
    } else {
        Node::string(text(world))
    }
}

/// A node from YAML that is known to be valid.
pub(crate) fn read(text: &str) -> Node {
    let documents = sluice_yaml::parse_documents(text.as_bytes()).unwrap_or_default();
    documents.into_iter().next().map_or_else(Node::null, |document| document.node)
}
