//! Renders templates with sprig's functions, line by line, to be compared with the original.
//!
//! A line of base64 in, a line out: `o` with the output or `e` with the error, as base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sluice_template::{Environment, Functions, Host, Limits, Map, MissingKey, Set, Value, sprig};
use std::io::{BufRead as _, Write as _};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

struct Machine;

impl Host for Machine {
    fn now(&self) -> (i64, u32) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        (since.as_secs() as i64, since.subsec_nanos())
    }

    fn random(&self, buffer: &mut [u8]) {
        let mut source = std::fs::File::open("/dev/urandom").expect("the machine has randomness");
        std::io::Read::read_exact(&mut source, buffer).expect("it does not end");
    }
}

fn render(functions: &Arc<Functions>, text: &[u8]) -> Result<Vec<u8>, String> {
    let mut set = Set::new(Arc::clone(functions));
    set.set_missing_key(MissingKey::Zero);
    set.parse("t", text).map_err(|error| error.to_string())?;
    let data = Value::Map([("nil", Value::Nil)].into_iter().collect::<Map>());
    let environment = Environment::new(&Machine, &(), Limits::default());
    set.render("t", &data, &environment).map_err(|error| error.to_string())
}

fn main() {
    let functions = Arc::new(sprig::add_to(Functions::new()));
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let text = STANDARD.decode(line.trim()).unwrap_or_default();
        let line = match render(&functions, &text) {
            Ok(output) => format!("o{}", STANDARD.encode(output)),
            Err(error) => format!("e{}", STANDARD.encode(error)),
        };
        if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}
