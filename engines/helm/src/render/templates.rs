//! The templates of a chart and of those below it, parsed: shared between threads, rendered as often as wanted.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sluice_template::{Environment, Limits, Map, MissingKey, Set, Text, Type, Value};

use super::failure::Failure;
use super::scope::{Scopes, VALUES};
use super::{Input, Mode, RenderError};
use crate::chart::Chart;
use crate::functions::{Renderer, functions, without_no_value};
use crate::manifest::is_partial;

/// Parsed templates.
pub struct Templates {
    set: Arc<Set>,
    /// In the order in which they are parsed and rendered.
    files: Vec<TemplateFile>,
}

struct TemplateFile {
    /// As in `chart/charts/below/templates/x.yaml`.
    name: String,
    /// The chart it belongs to, as in `chart/charts/below`.
    chart: Arc<str>,
}

impl Templates {
    /// Parses all templates of a chart whose dependencies are resolved.
    ///
    /// # Errors
    /// The first template that does not parse.
    pub fn parse(chart: &Chart, mode: Mode, limits: &Limits) -> Result<Self, RenderError> {
        let mut texts: HashMap<String, (&Arc<str>, &[u8])> = HashMap::new();
        collect(chart, &mut texts);
        let mut files: Vec<_> = texts.into_iter().collect();
        // What lies deeper comes first, so that what lies higher may define it anew.
        files.sort_by(|(left, _), (right, _)| depth(right).cmp(&depth(left)).then_with(|| right.cmp(left)));
        let mut set = Set::new(functions());
        set.set_missing_key(if mode == Mode::Strict { MissingKey::Error } else { MissingKey::Zero });
        set.set_limits(limits.clone());
        for (name, (_, text)) in &files {
            set.parse(name, text).map_err(|error| failed(Failure::of_parsing(name, &error)))?;
        }
        let files =
            files.into_iter().map(|(name, (chart, _))| TemplateFile { name, chart: Arc::clone(chart) });
        Ok(Self { set: Arc::new(set), files: files.collect() })
    }

    /// Renders every file that is no partial.
    pub(super) fn render(
        &self,
        scopes: &Scopes,
        input: &Input<'_>,
    ) -> Result<BTreeMap<String, String>, RenderError> {
        let renderer = Renderer::new(Arc::clone(&self.set), input.mode == Mode::Lint);
        let environment = Environment::new(input.host, &renderer, input.limits.clone());
        let mut rendered = BTreeMap::new();
        for file in self.files.iter().filter(|file| !is_partial(&file.name)) {
            let Some(scope) = scopes.get(&*file.chart) else { continue };
            let failed = |error| failed(Failure::of_execution(&file.name, &error));
            scope.insert("Template", template_value(file)).map_err(failed)?;
            let data = Value::Map(scope.clone());
            let text = self.set.render(&file.name, &data, &environment).map_err(failed)?;
            let text = without_no_value(Text::from(text));
            rendered.insert(file.name.clone(), text.to_str().into_owned());
        }
        Ok(rendered)
    }
}

fn failed(failure: Failure) -> RenderError {
    RenderError::Template(Box::new(failure))
}

/// `.Template`
fn template_value(file: &TemplateFile) -> Value {
    let base = format!("{}/templates", file.chart);
    let entries = [("Name", Value::from(file.name.as_str())), ("BasePath", Value::from(base))];
    let entries = entries.map(|(name, value)| (Text::constant(name), value));
    Value::Map(Map::typed(Type::Named(&VALUES), entries.into()))
}

/// Of a library only partials count.
fn collect<'a>(chart: &'a Chart, texts: &mut HashMap<String, (&'a Arc<str>, &'a [u8])>) {
    for below in &chart.dependencies {
        collect(below, texts);
    }
    for file in &chart.content.templates {
        if !chart.is_library() || is_partial(&file.name) {
            let name = format!("{}/{}", chart.full_path, file.name);
            texts.insert(name, (&chart.full_path, &file.data));
        }
    }
}

fn depth(name: &str) -> usize {
    name.bytes().filter(|byte| *byte == b'/').count()
}
