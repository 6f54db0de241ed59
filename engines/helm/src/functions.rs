//! The functions that Helm adds to those of sprig, and those it changes.
//!
//! What they need of a render stands in [`Renderer`]. Refuses: recursion beyond Helm's limit, looking up hosts.

mod json;
mod toml;
mod written;
mod yaml;

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use sluice_template::{Call, Error, Function, Functions, Set, Text, Type, Value, sprig};

pub(crate) use written::value_of;
pub(crate) use yaml::to_yaml;

/// How often a template may be included while it is being included.
const MAX_INCLUSIONS: usize = 1000;

/// Between these, an error's text holds what a chart's author says to whoever installs it.
pub(crate) const MESSAGE_START: &str = "HELM_ERR_START";
/// The end of [`MESSAGE_START`].
pub(crate) const MESSAGE_END: &str = "HELM_ERR_END";

/// The name under which `tpl` runs its text.
const TPL_NAME: &str = "gotpl";

/// What functions share while one chart is rendered.
pub(crate) struct Renderer {
    /// The templates that are running, those of nested `tpl` last.
    sets: RefCell<Vec<Arc<Set>>>,
    /// How often each template is being included.
    included: RefCell<HashMap<String, usize>>,
    /// Whether missing values are let through.
    lint: bool,
}

impl Renderer {
    pub(crate) fn new(set: Arc<Set>, lint: bool) -> Self {
        Self { sets: RefCell::new(vec![set]), included: RefCell::default(), lint }
    }
}

/// All functions of Helm's templates.
pub(crate) fn functions() -> Arc<Functions> {
    static FUNCTIONS: OnceLock<Arc<Functions>> = OnceLock::new();
    let make = || {
        let functions = sprig::add_to(Functions::new()).without(&["env", "expandenv"]);
        Arc::new(functions.with(TEMPLATES).with(yaml::FUNCTIONS).with(json::FUNCTIONS).with(toml::FUNCTIONS))
    };
    FUNCTIONS.get_or_init(make).clone()
}

const ANY: Type = Type::Any;
const TEXT: Type = Type::String;

const TEMPLATES: &[Function] = &[
    Function::fixed("include", &[TEXT, ANY], include),
    Function::fixed("tpl", &[TEXT, ANY], tpl),
    Function::fixed("required", &[TEXT, ANY], required),
    Function::fixed("fail", &[TEXT], fail),
    Function::fixed("lookup", &[TEXT, TEXT, TEXT, TEXT], lookup),
    Function::fixed("getHostByName", &[TEXT], |_, _| Ok(Value::Text(Text::EMPTY))),
];

fn renderer<'a>(call: &Call<'a>) -> Result<&'a Renderer, Error> {
    call.state().ok_or_else(|| Error::message("not implemented"))
}

/// The text of an argument that the signature says is text.
pub(crate) fn text(arguments: &[Value], index: usize) -> Text {
    arguments.get(index).and_then(Value::as_text).unwrap_or_default()
}

fn include(call: &Call<'_>, arguments: &[Value]) -> Result<Value, Error> {
    let (name, data) = (text(arguments, 0).to_str().into_owned(), &arguments[1]);
    let renderer = renderer(call)?;
    if call.set().get(&name).is_none() {
        let quoted = sluice_template::format::quote(&name);
        let message = format!("template: no template {quoted} associated with template {TPL_NAME:?}");
        return Err(Error::message(message));
    }
    let before = {
        let mut included = renderer.included.borrow_mut();
        let count = included.entry(name.clone()).or_default();
        *count += 1;
        *count - 1
    };
    if before > MAX_INCLUSIONS {
        let message =
            format!("rendering template has a nested reference name: {name}: unable to execute template");
        return Err(Error::message(message));
    }
    let rendered = call.render(call.set(), &name, data);
    if let Some(count) = renderer.included.borrow_mut().get_mut(&name) {
        *count = count.saturating_sub(1);
    }
    rendered.map(Value::Text)
}

/// Runs a text as a template. What it defines is seen by itself and by what it calls, and by nobody else.
fn tpl(call: &Call<'_>, arguments: &[Value]) -> Result<Value, Error> {
    let (template, data) = (text(arguments, 0), &arguments[1]);
    let renderer = renderer(call)?;
    if !template.as_bytes().windows(2).any(|pair| pair == b"{{") {
        return Ok(Value::Text(without_no_value(template)));
    }
    let quoted = || sluice_template::format::quote(&template.to_str());
    let Some(parent) = renderer.sets.borrow().last().cloned() else {
        return Err(Error::message("not implemented"));
    };
    call.budget().produce(template.len())?;
    let mut child = Set::child(&parent);
    child
        .parse_anew(TPL_NAME, template.as_bytes())
        .map_err(|cause| Error::prefix(format!("cannot parse template {}: ", quoted()), cause))?;
    let child = Arc::new(child);
    renderer.sets.borrow_mut().push(Arc::clone(&child));
    let rendered = call.render(&child, TPL_NAME, data);
    renderer.sets.borrow_mut().pop();
    let prefix =
        |cause| Error::prefix(format!("error during tpl function execution for {}: ", quoted()), cause);
    Ok(Value::Text(without_no_value(rendered.map_err(prefix)?)))
}

/// Takes out what missing values leave.
pub(crate) fn without_no_value(rendered: Text) -> Text {
    const NO_VALUE: &[u8] = b"<no value>";
    let bytes = rendered.as_bytes();
    let is_there = |at: usize| bytes[at..].starts_with(NO_VALUE);
    if !bytes.iter().enumerate().any(|(at, byte)| *byte == b'<' && is_there(at)) {
        return rendered;
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'<' && is_there(at) {
            at += NO_VALUE.len();
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    Text::from(out)
}

fn required(call: &Call<'_>, arguments: &[Value]) -> Result<Value, Error> {
    let value = &arguments[1];
    // Only text itself counts, not a type made of it.
    let is_missing = match value {
        Value::Nil => true,
        Value::Text(text) => text.is_empty(),
        _ => false,
    };
    match is_missing {
        false => Ok(value.clone()),
        true if renderer(call)?.lint => Ok(Value::Text(Text::EMPTY)),
        true => Err(said(&text(arguments, 0))),
    }
}

fn fail(call: &Call<'_>, arguments: &[Value]) -> Result<Value, Error> {
    if renderer(call)?.lint { Ok(Value::Text(Text::EMPTY)) } else { Err(said(&text(arguments, 0))) }
}

fn said(message: &Text) -> Error {
    Error::message(format!("{MESSAGE_START}{message}{MESSAGE_END}"))
}

fn lookup(call: &Call<'_>, arguments: &[Value]) -> Result<Value, Error> {
    let text = |index| text(arguments, index).to_str().into_owned();
    call.host().lookup(&text(0), &text(1), &text(2), &text(3))
}
