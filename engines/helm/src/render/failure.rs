//! Why templates do not parse or run: in Helm's words, and in ours, which name chart, file, line, column, action and the
//! path of the value at fault. What a chart's author says through `required` or `fail` comes first.

use std::fmt;

use sluice_template::Error;

use crate::functions::{MESSAGE_END, MESSAGE_START};

/// What went wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The text of Helm.
    pub helm: String,
    /// What happened, without the places.
    pub message: String,
    /// Whether the chart's author says so, through `required` or `fail`.
    pub is_said: bool,
    /// Whether a limit of ours ended the render.
    pub is_limit: bool,
    /// Where it happened, the file that was rendered first.
    pub places: Vec<Place>,
}

/// A place in a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name of the chart.
    pub chart: String,
    /// The file, as in `chart/templates/x.yaml`.
    pub file: String,
    /// From one.
    pub line: usize,
    /// From zero, as Go counts.
    pub column: usize,
    /// What was being done, such as `.Values.a | quote`; may be cut off.
    pub action: String,
    /// The path of the value that the action reads, such as `.Values.a`.
    pub value: Option<String>,
}

impl Failure {
    /// An error of parsing the file `name`.
    pub(super) fn of_parsing(name: &str, error: &Error) -> Self {
        let text = error.to_string();
        let tokens: Vec<&str> = text.split(": ").collect();
        let helm = match tokens.as_slice() {
            [_, location, .., message] => format!("parse error at ({location}): {message}"),
            [_, location] => format!("parse error at ({location}): {location}"),
            _ => format!("parse error in ({name}): {text}"),
        };
        let message = tokens.last().copied().unwrap_or_default().to_owned();
        let places = places(error);
        Self { helm, message, is_said: false, is_limit: error.is_limit(), places }
    }

    /// An error of running the file `name`.
    pub(super) fn of_execution(name: &str, error: &Error) -> Self {
        let text = error.to_string();
        let said = said(&text).map(str::to_owned);
        let message = said.clone().unwrap_or_else(|| error.root().to_string());
        let message = without_place(&message).to_owned();
        let helm = helm_text(name, error, &text, said.as_deref());
        Self { helm, message, is_said: said.is_some(), is_limit: error.is_limit(), places: places(error) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.message.trim_end())?;
        for place in &self.places {
            write!(out, "\n  at {place}")?;
        }
        if self.places.is_empty() { write!(out, "\n  {}", self.helm) } else { Ok(()) }
    }
}

impl std::error::Error for Failure {}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.file, self.line)?;
        if self.column > 0 || !self.action.is_empty() {
            write!(out, ":{}", self.column)?;
        }
        if !self.action.is_empty() {
            write!(out, " in <{}>", self.action)?;
        }
        if let Some(value) = &self.value {
            write!(out, ", value {value}")?;
        }
        write!(out, ", chart {}", self.chart)
    }
}

/// What stands between the marks that `required` and `fail` put around their messages.
fn said(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once(MESSAGE_START)?;
    Some(rest.rsplit_once(MESSAGE_END)?.0)
}

/// The message behind `template: …: executing … at <…>: `.
fn without_place(message: &str) -> &str {
    match message.strip_prefix("template: ") {
        Some(rest) => rest.split_once(">: ").map_or(rest, |(_, message)| message),
        None => message,
    }
}

/// Every place in the chain of causes; the same place is told once.
fn places(error: &Error) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    let chain = std::iter::successors(Some(error), |error| error.cause());
    for location in chain.filter_map(Error::location) {
        let place = Place {
            chart: chart_of(&location.template).to_owned(),
            file: location.template.clone(),
            line: location.line,
            column: location.column,
            action: location.action.clone(),
            value: value_path(&location.action),
        };
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

/// The chart that a file belongs to: the last directory above `templates` or `charts` that holds one.
fn chart_of(file: &str) -> &str {
    let inner = file.rsplit_once("/charts/").map_or(file, |(_, inner)| inner);
    inner.split('/').next().unwrap_or(inner)
}

/// The path of the first value that an action names.
fn value_path(action: &str) -> Option<String> {
    let start = action.find(".Values")?;
    let path = &action[start..];
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    let end = path.find(|c| !is_part(c)).unwrap_or(path.len());
    Some(path[..end].trim_end_matches('.').to_owned())
}

// === Helm's text ===

/// One entry of Helm's list of places.
#[derive(PartialEq, Eq)]
struct Traced {
    location: String,
    executing: String,
    message: String,
}

fn helm_text(name: &str, error: &Error, text: &str, said: Option<&str>) -> String {
    if error.location().is_none() {
        return text.to_owned();
    }
    let tokens: Vec<&str> = text.splitn(3, ": ").collect();
    let [_, location, rest] = tokens.as_slice() else {
        return format!("execution error in ({name}): {text}");
    };
    if let Some(said) = said.filter(|_| rest.contains(MESSAGE_START)) {
        return format!("execution error at ({location}): {said}");
    }
    let mut traced: Vec<Traced> = Vec::new();
    for error in std::iter::successors(Some(error), |error| error.cause()) {
        let Some(next) = trace(&error.to_string()) else { return text.to_owned() };
        if traced.last() != Some(&next) {
            traced.push(next);
        }
    }
    let lines: String = traced.iter().map(Traced::lines).collect();
    lines.trim().to_owned()
}

/// Takes one error's text apart, as Helm does.
fn trace(text: &str) -> Option<Traced> {
    let rest = text.strip_prefix("template: ")?;
    if rest.starts_with("no template ") {
        let (location, executing) = (String::new(), String::new());
        return Some(Traced { location, executing, message: text.to_owned() });
    }
    let one = |message: &str| message.split_once(" template:").map_or(message, |(one, _)| one).to_owned();
    if let Some((location, after)) = rest.split_once(": executing ")
        && let Some((function, after)) = after.strip_prefix('"').and_then(|after| after.split_once('"'))
        && let Some((at, message)) = after.strip_prefix(" at <").and_then(|after| after.split_once(">: "))
    {
        let executing = format!("executing \"{function}\" at <{at}>:");
        return Some(Traced { location: location.to_owned(), executing, message: one(message) });
    }
    let (location, message) = rest.rsplit_once(": ")?;
    Some(Traced { location: location.to_owned(), executing: String::new(), message: one(message) })
}

impl Traced {
    fn lines(&self) -> String {
        let mut lines = String::new();
        if !self.location.is_empty() {
            lines.push_str(&format!("{}\n  ", self.location));
        }
        if !self.executing.is_empty() {
            lines.push_str(&format!("{}\n    ", self.executing));
        }
        if !self.message.is_empty() {
            lines.push_str(&format!("{}\n", self.message));
        }
        lines
    }
}
