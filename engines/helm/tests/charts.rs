//! Charts as the real helm read them: what each chart of a tree sees in its templates, what is refused, and what is warned of,
//! recorded by `charts/record.py`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sluice_helm::chart::{Chart, Dependency, ImportValues, LoadError, Loaded, MemoryDirectory, Metadata};
use sluice_helm::values::{Values, coalesce_values, overlay, read_values};
use sluice_helm::{dependencies, schema, strvals};

#[test]
fn recorded_charts() {
    let wanted = std::env::var("SLUICE_ROW").ok();
    let mut wrong = Vec::new();
    let mut count = 0;
    for path in cases() {
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
        if wanted.as_ref().is_some_and(|wanted| *wanted != name) {
            continue;
        }
        count += 1;
        let case = Case::read(&path);
        let found = case.run().shown();
        if found != case.expected() {
            wrong.push(format!("{name}:\n{}", case.expected().difference(&found)));
        }
    }
    assert!(wrong.is_empty(), "{} of {count}\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 0, "cases were read");
}

fn cases() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charts");
    let entries = std::fs::read_dir(directory).expect("the cases");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a case").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "case"));
    paths.sort();
    paths
}

/// What a run shows: for each chart what it sees, the error, the warnings.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    seen: BTreeMap<String, Value>,
    error: String,
    warnings: BTreeSet<String>,
}

impl Outcome {
    /// For people: what differs, line by line.
    fn difference(&self, found: &Self) -> String {
        let mut lines = Vec::new();
        for path in self.seen.keys().chain(found.seen.keys()).collect::<BTreeSet<_>>() {
            let (expected, found) = (self.seen.get(path), found.seen.get(path));
            for part in ["chart", "values"] {
                let of =
                    |seen: Option<&Value>| seen.map_or("nothing".to_owned(), |seen| seen[part].to_string());
                if of(expected) != of(found) {
                    lines.push(format!(
                        "  {path} {part} expected {}\n  {path} {part} found    {}",
                        of(expected),
                        of(found)
                    ));
                }
            }
        }
        if self.error != found.error {
            lines.push(format!("  expected {}\n  found    {}", self.error, found.error));
        }
        if self.warnings != found.warnings {
            lines.push(format!("  expected {:?}\n  found    {:?}", self.warnings, found.warnings));
        }
        lines.join("\n")
    }

    /// Without what the original shows only to those who ask for more.
    fn shown(mut self) -> Self {
        self.warnings.retain(|warning| warning.starts_with("level=WARN"));
        self
    }
}

struct Case {
    files: Vec<(String, String)>,
}

impl Case {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).expect("a case");
        let mut files: Vec<(String, String)> = Vec::new();
        for line in text.split_inclusive('\n') {
            match line.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --\n")) {
                Some(name) => files.push((name.to_owned(), String::new())),
                None => {
                    if let Some((_, body)) = files.last_mut() {
                        body.push_str(line);
                    }
                }
            }
        }
        Self { files }
    }

    fn part(&self, name: &str) -> &str {
        self.files.iter().find(|(path, _)| path == name).map_or("", |(_, body)| body)
    }

    fn expected(&self) -> Outcome {
        let mut outcome = Outcome::default();
        let mut source = String::new();
        for line in self.part("stdout").lines() {
            if let Some(path) = line.strip_prefix("# Source: ") {
                source = path.trim_end_matches("/templates/out.yaml").to_owned();
            } else if line.starts_with('{') {
                let seen = serde_json::from_str(line).expect("what a chart sees");
                outcome.seen.insert(source.clone(), seen);
            }
        }
        let mut error = Vec::new();
        for line in self.part("stderr").lines() {
            let warns = line.to_lowercase().contains("warning")
                || line.starts_with("level=WARN")
                || line.contains("Skipping");
            if warns {
                outcome.warnings.insert(line.to_owned());
            } else {
                error.push(line);
            }
        }
        outcome.error = error.join("\n");
        outcome
    }

    fn run(&self) -> Outcome {
        let mut outcome = Outcome::default();
        if let Err(error) = self.fill(&mut outcome) {
            outcome.error = format!("Error: {error}").trim_end().to_owned();
        }
        outcome
    }

    fn fill(&self, outcome: &mut Outcome) -> Result<(), String> {
        let values = self.values()?;
        let loaded = self.chart()?;
        outcome.warnings.extend(loaded.warnings.iter().cloned());
        dependencies::check(&loaded.chart).map_err(|error| error.to_string())?;
        if loaded.chart.metadata.deprecated {
            outcome.warnings.insert("level=WARN msg=\"this chart is deprecated\"".to_owned());
        }
        let resolved = dependencies::resolve(&loaded.chart, &values);
        let resolved = resolved.map_err(|error| format!("chart dependencies processing failed: {error}"))?;
        outcome.warnings.extend(resolved.warnings);
        let coalesced = coalesce_values(&resolved.chart, &values).map_err(|error| error.to_string())?;
        outcome.warnings.extend(coalesced.warnings);
        let checked = schema::check(&resolved.chart, &coalesced.values);
        outcome.warnings.extend(checked.warnings);
        checked.result.map_err(|error| error.to_string())?;
        see(&resolved.chart, &coalesced.values, true, &mut outcome.seen);
        Ok(())
    }

    fn chart(&self) -> Result<Loaded, String> {
        let files: Vec<_> = self
            .files
            .iter()
            .filter(|(name, _)| {
                !matches!(name.as_str(), "arguments" | "stdout" | "stderr") && !name.starts_with("../")
            })
            .cloned()
            .collect();
        if files.first().is_some_and(|(name, _)| name == "packed!/") {
            let files: Vec<_> = files[1..].iter().map(|(name, body)| (name.clone(), content(body))).collect();
            return Chart::from_archive(&pack(&files)).map_err(|error| match error {
                LoadError::Archive(_) => "unable to load chart archive".to_owned(),
                error => error.to_string(),
            });
        }
        let directory: MemoryDirectory = tree(&files).into_iter().collect();
        Chart::from_directory(&directory).map_err(|error| match error {
            LoadError::NotDetected => {
                "unable to detect chart at chart/Chart.yaml: open chart/Chart.yaml: no such file or directory"
                    .to_owned()
            }
            error => error.to_string(),
        })
    }

    /// Values as the command line puts them together.
    fn values(&self) -> Result<Values, String> {
        let arguments: Vec<&str> = self.part("arguments").lines().collect();
        let given = |flag: &str| -> Vec<&str> {
            arguments.iter().filter_map(|argument| argument.strip_prefix(flag)?.strip_prefix('=')).collect()
        };
        let mut values = Values::new();
        for path in given("--values") {
            let file = content(self.part(path));
            let name = path.trim_start_matches("../");
            overlay(
                &mut values,
                read_values(&file).map_err(|error| format!("failed to parse {name}: {error}"))?,
            );
        }
        let failed = |flag: &str, error: strvals::SetError| format!("failed parsing {flag} {error}");
        for text in given("--set-json") {
            strvals::set_json(&mut values, text).map_err(|error| failed("--set-json", error))?;
        }
        for text in given("--set") {
            strvals::set(&mut values, text).map_err(|error| failed("--set data:", error))?;
        }
        for text in given("--set-string") {
            strvals::set_string(&mut values, text).map_err(|error| failed("--set-string data:", error))?;
        }
        for text in given("--set-file") {
            let mut read = |path: &str| match self.files.iter().find(|(name, _)| name == path) {
                Some((_, body)) => Ok(body.clone()),
                None => Err(format!("open {}: no such file or directory", path.trim_start_matches("../"))),
            };
            strvals::set_file(&mut values, text, &mut read)
                .map_err(|error| failed("--set-file data:", error))?;
        }
        for text in given("--set-literal") {
            strvals::set_literal(&mut values, text).map_err(|error| failed("--set-literal data:", error))?;
        }
        Ok(values)
    }
}

/// What each chart sees, down the tree; library charts render nothing.
fn see(chart: &Chart, values: &Values, is_root: bool, seen: &mut BTreeMap<String, Value>) {
    let printed = chart.content.templates.iter().any(|file| file.name == "templates/out.yaml");
    if printed && !chart.is_library() {
        let shown = json!({"chart": metadata(&chart.metadata, is_root), "values": fractions(&Value::Object(values.clone()))});
        seen.insert(chart.full_path.to_string(), shown);
    }
    for below in &chart.dependencies {
        let empty = Values::new();
        let inner = values.get(below.name()).and_then(Value::as_object).unwrap_or(&empty);
        see(below, inner, false, seen);
    }
}

/// Numbers as JSON shows them, whatever their kind.
fn fractions(value: &Value) -> Value {
    match value {
        Value::Number(number)
            if number.as_f64().is_some_and(|value| value.fract() == 0.0 && value.abs() < 1e17) =>
        {
            json!(number.as_f64().map(|value| value as i64))
        }
        Value::Array(items) => items.iter().map(fractions).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), fractions(value))).collect(),
        other => other.clone(),
    }
}

fn metadata(metadata: &Metadata, is_root: bool) -> Value {
    let maintainers: Vec<_> = metadata
        .maintainers
        .iter()
        .map(|maintainer| json!({"Name": maintainer.name, "Email": maintainer.email, "URL": maintainer.url}))
        .collect();
    let dependencies: Vec<_> = metadata.dependencies.iter().flatten().map(dependency).collect();
    json!({
        "Name": metadata.name, "Home": metadata.home, "Sources": metadata.sources, "Version": metadata.version,
        "Description": metadata.description, "Keywords": metadata.keywords, "Maintainers": maintainers,
        "Icon": metadata.icon, "APIVersion": metadata.api_version, "Condition": metadata.condition,
        "Tags": metadata.tags, "AppVersion": metadata.app_version, "Deprecated": metadata.deprecated,
        "Annotations": metadata.annotations, "KubeVersion": metadata.kube_version,
        "Dependencies": dependencies, "Type": metadata.kind, "IsRoot": is_root,
    })
}

fn dependency(dependency: &Dependency) -> Value {
    let imports: Vec<Value> = dependency
        .import_values
        .iter()
        .map(|import| match import {
            ImportValues::Written(written) => written.clone(),
            ImportValues::Resolved(paths) => json!({"child": paths.child, "parent": paths.parent}),
        })
        .collect();
    json!({
        "Name": dependency.name, "Version": dependency.version, "Repository": dependency.repository,
        "Condition": dependency.condition, "Tags": dependency.tags, "Enabled": dependency.enabled,
        "ImportValues": imports, "Alias": dependency.alias,
    })
}

// === files ===

fn tree(files: &[(String, String)]) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut packed: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for (name, body) in files {
        match name.split_once("!/") {
            Some((archive, inner)) => {
                packed.entry(archive.to_owned()).or_default().push((inner.to_owned(), body.clone()));
            }
            None => {
                found.insert(name.clone(), content(body));
            }
        }
    }
    for (archive, inner) in packed {
        let inner: Vec<_> =
            tree(&inner).into_iter().map(|(name, body)| (format!("packed/{name}"), body)).collect();
        found.insert(archive, pack(&inner));
    }
    found
}

fn pack(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    for (name, body) in files {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().expect("a header of this kind").name[..name.len()]
            .copy_from_slice(name.as_bytes());
        header.set_size(body.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append(&header, body.as_slice()).expect("memory");
    }
    tar.into_inner().and_then(flate2::write::GzEncoder::finish).expect("memory")
}

fn content(body: &str) -> Vec<u8> {
    if body == "PRINT\n" {
        return b"{\"chart\":{{ toJson .Chart }},\"values\":{{ toJson .Values }}}\n".to_vec();
    }
    match body.strip_prefix("ESCAPED ") {
        Some(escaped) => unescape(escaped.trim_end_matches('\n')),
        None => body.as_bytes().to_vec(),
    }
}

/// `\n`, `\t`, `\\` and `\xff`.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(b'n') => bytes.push(b'\n'),
            Some(b't') => bytes.push(b'\t'),
            Some(b'r') => bytes.push(b'\r'),
            Some(b'x') => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                let digits = std::str::from_utf8(&digits).expect("digits");
                bytes.push(u8::from_str_radix(digits, 16).expect("digits"));
            }
            other => bytes.extend(other),
        }
    }
    bytes
}
