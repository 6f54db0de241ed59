//! Hostile templates: every one ends, in an error, without a panic, within its limits.

use std::rc::Rc;
use std::sync::Arc;

use sluice_template::{Environment, Error, Function, Functions, Limits, Map, Object, Set, Type, Value};

static FUNCTIONS: [Function; 4] = [
    Function::variadic("listOf", &[Type::Any], |_, arguments| Ok(Value::list(arguments.to_vec()))),
    Function::fixed("put", &[Type::DICT, Type::String, Type::Any], |_, arguments| {
        let [Value::Map(map), Value::Text(key), value] = arguments else { return Ok(Value::Nil) };
        map.insert(key.clone(), value.clone())?;
        Ok(arguments[0].clone())
    }),
    Function::fixed("include", &[Type::String, Type::Any], |call, arguments| {
        let name = arguments[0].as_text().unwrap_or_default();
        call.render(call.set(), &name.to_str(), &arguments[1]).map(Value::Text)
    }),
    Function::fixed("dictOf", &[], |_, _| Ok(Value::Map(Map::empty()))),
];

fn render(text: &str, limits: Limits) -> Result<Vec<u8>, Error> {
    let mut set = Set::new(Arc::new(Functions::new().with(&FUNCTIONS)));
    set.set_limits(limits.clone());
    set.parse("t", text.as_bytes())?;
    set.render("t", &Value::Nil, &Environment::new(&(), &(), limits))
}

/// Small limits, so that the tests are quick.
fn small() -> Limits {
    Limits { steps: 2_000_000, output: 1 << 20, produced: 8 << 20, ..Limits::default() }
}

#[test]
fn every_hostile_template_ends_at_a_limit() {
    let nested = |open: &str, close: &str| format!("{}1{}", open.repeat(5000), close.repeat(5000));
    let cases = [
        ("template recursion", "{{define \"x\"}}{{template \"x\"}}{{end}}{{template \"x\"}}".to_owned()),
        ("include recursion", "{{define \"x\"}}{{include \"x\" .}}{{end}}{{include \"x\" .}}".to_owned()),
        (
            "forked recursion",
            "{{define \"x\"}}{{template \"x\"}}{{template \"x\"}}{{end}}{{template \"x\"}}".to_owned(),
        ),
        ("a long count", "{{range 9223372036854775807}}{{end}}".to_owned()),
        (
            "loops in loops",
            "{{range 100000}}{{range 100000}}{{range 100000}}x{{end}}{{end}}{{end}}".to_owned(),
        ),
        (
            "much output",
            "{{range 10000000}}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa{{end}}".to_owned(),
        ),
        ("wide padding", "{{range 1000}}{{printf \"%1000000d\" 1}}{{end}}".to_owned()),
        ("wide padding, unused", "{{range 1000}}{{$x := printf \"%1000000d\" 1}}{{end}}".to_owned()),
        ("doubled text", "{{$x := \"aaaaaaaa\"}}{{range 60}}{{$x = print $x $x}}{{end}}".to_owned()),
        (
            "doubled list, printed",
            "{{$x := listOf 1}}{{range 60}}{{$x = listOf $x $x}}{{end}}{{$x}}".to_owned(),
        ),
        (
            "deep list, printed",
            "{{$x := listOf 1}}{{range 100000}}{{$x = listOf $x}}{{end}}{{$x}}".to_owned(),
        ),
        ("a map in itself, printed", "{{$x := dictOf}}{{$y := put $x \"a\" $x}}{{$x}}".to_owned()),
        (
            "a map in itself, quoted",
            "{{$x := dictOf}}{{$y := put $x \"a\" $x}}{{printf \"%q\" $x}}".to_owned(),
        ),
        ("deep parentheses", format!("{{{{{}}}}}", nested("(", ")"))),
        ("deep branches", nested("{{if 1}}", "{{end}}")),
        ("deep alternatives", format!("{{{{if 0}}}}{}{{{{end}}}}", "{{else if 0}}".repeat(5000))),
        ("deep blocks", nested("{{block \"x\" .}}", "{{end}}")),
    ];
    for (name, text) in cases {
        match render(&text, small()) {
            Err(error) => assert!(error.is_limit(), "{name}: {error}"),
            Ok(output) => panic!("{name}: {} bytes", output.len()),
        }
    }
}

#[test]
fn deep_values_are_dropped_without_a_deep_stack() {
    let text = "{{$x := listOf 1}}{{range 200000}}{{$x = listOf $x}}{{end}}{{len $x}}";
    assert_eq!(render(text, small()).map_err(|error| error.to_string()), Ok(b"1".to_vec()));
}

#[test]
fn what_the_limits_allow_works_on_a_small_stack() {
    let depth = Limits::default().depth - 2;
    let text = format!(
        "{{{{define \"x\"}}}}{{{{if .}}}}{{{{with slice . 1}}}}{{{{include \"x\" .}}}}{{{{end}}}}{{{{end}}}}.{{{{end}}}}{{{{template \"x\" {:?}}}}}",
        "a".repeat(depth)
    );
    let thread = std::thread::Builder::new().stack_size(1 << 20);
    let output =
        thread.spawn(move || render(&text, small()).map(|output| output.len()).map_err(|e| e.to_string()));
    let output =
        output.map(std::thread::JoinHandle::join).expect("the thread starts").expect("it does not overflow");
    assert_eq!(output, Ok(depth));
}

/// Data that is told when it is dropped.
struct Guarded(#[expect(dead_code, reason = "it is held, not read")] Rc<()>);

impl Object for Guarded {
    fn type_of(&self) -> Type {
        Type::BYTE
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

#[test]
fn what_a_map_holds_that_holds_itself_is_freed_with_the_environment() {
    let text = "{{$x := dictOf}}{{$l := listOf $x}}{{$y := put $x \"self\" $l}}{{$y := put $x \"data\" .}}";
    let mut set = Set::new(Arc::new(Functions::new().with(&FUNCTIONS)));
    set.parse("t", text.as_bytes()).expect("it parses");
    let guard = Rc::new(());
    let environment = Environment::new(&(), &(), Limits::default());
    set.render("t", &Value::object(Guarded(Rc::clone(&guard))), &environment).expect("it renders");
    assert_eq!(Rc::strong_count(&guard), 2, "the map still holds it");
    drop(environment);
    assert_eq!(Rc::strong_count(&guard), 1, "the map is gone");
}
