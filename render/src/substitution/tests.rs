//! Substitution next to what Flux's own makes of the same text (`tests/substitution` records it), and on objects.

use serde_json::{Value, json};

use super::{Mistake, Mode, Variables};

const RECORDED: &str = include_str!("../../tests/substitution/recorded.tsv");

/// As in the recording program.
const VARIABLES: [(&str, &str); 11] = [
    ("V", "Hello/World.tar.gz"),
    ("EMPTY", ""),
    ("A", "a"),
    ("N", "2"),
    ("NEG", "-3"),
    ("UNI", "éàü"),
    ("P", "a/b/a/b"),
    ("STAR", "*"),
    ("DOLLAR", "$A ${A}"),
    ("L", "lower"),
    ("U", "UPPER"),
];

fn variables(strict: bool, values: &[(&str, &str)]) -> Variables {
    let mut variables = Variables::new(Mode { strict, always: false });
    for (name, value) in values {
        variables.set(name, value).unwrap();
    }
    variables
}

fn unquoted(text: &str) -> String {
    serde_json::from_str(text).unwrap()
}

#[test]
fn text_is_substituted_as_flux_does() {
    let mut wrong = Vec::new();
    for line in RECORDED.lines() {
        let [template, strict, expected] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let found = variables(strict == "true", &VARIABLES).expand(&unquoted(template)).ok();
        // The one that is accepted here alone.
        let expected = if template == "\"${V-d}\"" {
            Some("Hello/World.tar.gz".to_owned())
        } else {
            Some(expected).filter(|text| *text != "error").map(unquoted)
        };
        if found != expected {
            wrong.push(format!("{template} strict {strict}: {found:?}, expected {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn mistakes(object: &Value, values: &[(&str, &str)]) -> Vec<String> {
    let mut substituted = object.clone();
    let found = variables(true, values).substitute(&mut substituted).unwrap_err();
    assert_eq!(substituted, *object, "an object is substituted wholly or not at all");
    found.iter().map(Mistake::to_string).collect()
}

#[test]
fn values_may_turn_into_what_they_look_like() {
    let mut object = json!({
        "kind": "Deployment", "metadata": { "name": "web", "annotations": { "quoted": "${QUOTED}" } },
        "spec": { "replicas": "${COUNT}", "paused": "${PAUSED}", "host": "${HOST}.example.org", "${KEY}": 1 },
    });
    let values = [("COUNT", "3"), ("PAUSED", "on"), ("HOST", "a\nb"), ("KEY", "key"), ("QUOTED", "\"3\"")];
    variables(true, &values).substitute(&mut object).unwrap();
    assert_eq!(
        object,
        json!({
            "kind": "Deployment", "metadata": { "name": "web", "annotations": { "quoted": "3" } },
            "spec": { "replicas": 3, "paused": true, "host": "ab.example.org", "key": 1 },
        })
    );
}

#[test]
fn mistakes_name_field_and_variable_and_no_value() {
    let object = json!({
        "kind": "ConfigMap", "metadata": { "name": "${NAME}" },
        "data": { "plain": "${SECRET}", "script": "#!/bin/sh\necho ${ONE} ${TWO}\n${ONE}\n" },
    });
    assert_eq!(
        mistakes(&object, &[("SECRET", "12345")]),
        [
            "data.script: variable ${ONE} is not set",
            "data.script: variable ${TWO} is not set",
            "data.script: variable ${ONE} is not set",
            "metadata.name: variable ${NAME} is not set",
        ]
    );
    let all = [("SECRET", "12345"), ("NAME", "n"), ("ONE", "1"), ("TWO", "2")];
    assert_eq!(
        mistakes(&object, &all),
        [
            "data.plain: `${SECRET}` is read as a number with its variables replaced: give the variable a value in quotes"
        ]
    );
    let spoilt = mistakes(&object, &[("SECRET", "s: - {"), ("NAME", "n"), ("ONE", "1"), ("TWO", "2")]);
    assert_eq!(
        spoilt,
        ["data.plain: is no longer readable as YAML with its variables replaced: put the value in quotes"]
    );
    let script = json!({ "kind": "ConfigMap", "data": { "script": "a\necho ${NAME[0]}\n" } });
    assert_eq!(
        mistakes(&script, &[("A", "b")]),
        [
            "data.script: ${NAME…: the name is not followed by `}` or a function; write `$${` where no variable is meant"
        ]
    );
}

#[test]
fn objects_and_kustomizations_may_opt_out() {
    let object =
        |metadata: Value| json!({ "kind": "ConfigMap", "metadata": metadata, "data": { "a": "${A:-x}" } });
    let off = json!({ "kustomize.toolkit.fluxcd.io/substitute": "disabled" });
    let always = Variables::new(Mode { strict: true, always: true });
    for (variables, metadata, expected) in [
        (variables(true, &[("A", "b")]), json!({}), "b"),
        (variables(true, &[("B", "b")]), json!({}), "x"),
        (variables(true, &[]), json!({}), "${A:-x}"),
        (always, json!({}), "x"),
        (variables(true, &[("A", "b")]), json!({ "labels": off }), "${A:-x}"),
        (variables(true, &[("A", "b")]), json!({ "annotations": off }), "${A:-x}"),
    ] {
        let mut object = object(metadata);
        variables.substitute(&mut object).unwrap();
        assert_eq!(object["data"]["a"], expected);
    }
}

#[test]
fn names_are_those_of_a_shell() {
    let mut variables = Variables::new(Mode::default());
    for (name, valid) in
        [("a", true), ("_A1", true), ("", false), ("1a", false), ("a-b", false), ("é", false)]
    {
        assert_eq!(variables.set(name, "x").is_ok(), valid, "{name}");
    }
}

#[test]
fn hostile_text_ends_soon() {
    let many = [("A", "a".repeat(1 << 20)), ("B", "b".to_owned())];
    let values: Vec<_> = many.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let check = |text: &str, expected: &str| {
        let found = variables(true, &values).expand(text).unwrap_err();
        assert!(found[0].message.contains(expected), "{}: {found:?}", &text[..40]);
    };
    check(&"${A}".repeat(100), "grows beyond");
    check(&"${A//a/${A}}".repeat(2), "grows beyond");
    check(&"${B:-".repeat(10_000), "nested too deeply");
    check(&format!("${{A##{}c}}", "*a".repeat(1000)), "too long");
}

#[test]
fn values_stay_out_of_debug_output() {
    assert_eq!(format!("{:?}", variables(true, &[("A", "s3cret")])), "{\"A\"}");
}
