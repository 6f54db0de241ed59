//! A case of the oracle, and what our engine answers to it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use sluice_template::{Environment, Error, Functions, Limits, MissingKey, Set, sprig};

use crate::data;

/// What came out: the output, or the error's text.
pub type Answer = Result<Vec<u8>, String>;

/// Returns the answer that the oracle gave.
pub fn recorded(case: &Json) -> Answer {
    if let Some(error) = case["error"].as_str() {
        return Err(error.to_owned());
    }
    match case["bytes"].as_str() {
        Some(bytes) => Ok(STANDARD.decode(bytes).expect("the oracle writes base64")),
        None => Ok(case["output"].as_str().unwrap_or_default().as_bytes().to_vec()),
    }
}

/// Returns our own answer, or a broken limit.
pub fn ours(case: &Json, limits: &Limits) -> Result<Answer, Error> {
    let text = |key: &str| case[key].as_str().unwrap_or_default();
    let name = if text("name").is_empty() { "t" } else { text("name") };
    let mut set = Set::new(functions(case["sprig"] == true));
    set.set_limits(limits.clone());
    set.set_missing_key(match text("missingkey") {
        "zero" => MissingKey::Zero,
        "error" => MissingKey::Error,
        _ => MissingKey::Invalid,
    });
    set.set_delimiters(text("left"), text("right"));
    let answer = parse(&mut set, case, name).and_then(|()| {
        let environment = Environment::new(&(), &(), limits.clone());
        set.render(name, &data::decode(&case["data"]), &environment)
    });
    match answer {
        Ok(output) => Ok(Ok(output)),
        Err(error) if error.is_limit() => Err(error),
        Err(error) => Ok(Err(error.to_string())),
    }
}

fn parse(set: &mut Set, case: &Json, name: &str) -> Result<(), Error> {
    for more in case["more"].as_array().into_iter().flatten() {
        let part = |index: usize| more[index].as_str().unwrap_or_default();
        set.parse(part(0), part(1).as_bytes())?;
    }
    set.parse(name, case["template"].as_str().unwrap_or_default().as_bytes())
}

fn functions(with_sprig: bool) -> Arc<Functions> {
    thread_local! {
        static PLAIN: Arc<Functions> = Arc::new(Functions::new().with(&data::FUNCTIONS));
        static ALL: Arc<Functions> = Arc::new(sprig::add_to(Functions::new().with(&data::FUNCTIONS)));
    }
    if with_sprig { ALL.with(Arc::clone) } else { PLAIN.with(Arc::clone) }
}
