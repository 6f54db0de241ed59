//! Log lines with the keys that dashboards for Flux read: level, ts, msg, controller, controllerKind, name, namespace.

use std::io::{IsTerminal as _, Write as _};

use serde_json::{Map, Value, json};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    span,
};
use tracing_subscriber::{
    EnvFilter, Layer,
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use crate::{
    args::{LogEncoding, LogLevel},
    causes,
};

/// Installs the process's logger; later calls change nothing.
pub(super) fn start(level: LogLevel, encoding: LogEncoding) {
    let registry = tracing_subscriber::registry().with(filter(level));
    // It fails only where a logger exists already, as in tests.
    let _ = match encoding {
        LogEncoding::Json => registry.with(Lines).try_init(),
        LogEncoding::Console => {
            let colours = std::io::stderr().is_terminal();
            let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(colours);
            registry.with(lines).try_init()
        }
    };
    // A panic is one line like any other; where it was is all that helps.
    std::panic::set_hook(Box::new(|panic| tracing::error!(error = %panic, "panic")));
}

/// Our own crates log at the asked level, libraries only what is wrong, unless everything is asked for.
fn filter(level: LogLevel) -> EnvFilter {
    EnvFilter::new(match level {
        LogLevel::Trace => "trace,h2=info,hyper=info,rustls=info,tower=info",
        LogLevel::Debug => "debug,h2=info,hyper=info,hyper_util=info,rustls=info,tower=info,kube_client=info",
        LogLevel::Info => "info,kube_runtime=error,kube_client=error",
        LogLevel::Error => "error",
    })
}

/// Writes each event as one JSON object.
struct Lines;

/// The fields of a span, kept for the events inside it.
struct Fields(Map<String, Value>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Lines {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        let mut fields = Map::new();
        attributes.record(&mut Collect(&mut fields));
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(Fields(fields));
        }
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(Fields(fields)) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(&mut Collect(fields));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = Map::new();
        line.insert("level".into(), level_name(*event.metadata().level()).into());
        line.insert("ts".into(), timestamp().into());
        for span in context.event_scope(event).into_iter().flatten().collect::<Vec<_>>().iter().rev() {
            if let Some(Fields(fields)) = span.extensions().get::<Fields>() {
                line.extend(fields.clone());
            }
        }
        event.record(&mut Collect(&mut line));
        add_object(&mut line);
        line.entry("logger").or_insert_with(|| event.metadata().target().into());
        // A log that cannot be written has nowhere to say so.
        let _ = writeln!(std::io::stderr().lock(), "{}", Value::Object(line));
    }
}

/// Adds `"<Kind>": {name, namespace}`, as controller-runtime does.
fn add_object(line: &mut Map<String, Value>) {
    let Some(Value::String(kind)) = line.get("controllerKind").cloned() else { return };
    let object = json!({ "name": line.get("name"), "namespace": line.get("namespace") });
    line.insert(kind, object);
}

fn timestamp() -> String {
    format!("{:.3}", jiff::Timestamp::now())
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::TRACE => "trace",
        Level::DEBUG => "debug",
        Level::INFO => "info",
        Level::WARN => "warn",
        Level::ERROR => "error",
    }
}

/// Collects fields into JSON; the message is called `msg`, errors carry their causes.
struct Collect<'a>(&'a mut Map<String, Value>);

impl Collect<'_> {
    fn put(&mut self, field: &Field, value: Value) {
        let name = if field.name() == "message" { "msg" } else { field.name() };
        self.0.insert(name.to_owned(), value);
    }
}

impl Visit for Collect<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.put(field, causes(value).into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_carry_the_object() {
        let mut line = Map::new();
        line.insert("controllerKind".into(), "GitRepository".into());
        line.insert("name".into(), "a".into());
        line.insert("namespace".into(), "n".into());
        add_object(&mut line);
        assert_eq!(line["GitRepository"], json!({ "name": "a", "namespace": "n" }));
    }
}
