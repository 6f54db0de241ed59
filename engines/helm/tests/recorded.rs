//! Every case in `cases/` renders to what the real helm answered, byte for byte; `record.py` records the answers.
//! Errors are compared in Helm's words, but for those of its YAML reader, whose words are not ours.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use sluice_helm::capabilities::{Capabilities, KubeVersion};
use sluice_helm::chart::{Chart, MemoryDirectory};
use sluice_helm::dependencies;
use sluice_helm::ignore::pattern_matches;
use sluice_helm::manifest::{Order, Sorted, source, split, stream};
use sluice_helm::render::{Input, Mode, ReleaseOptions, RenderError, render};
use sluice_helm::values::Values;
use sluice_template::Limits;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    templates: Map<String, Value>,
    #[serde(default)]
    files: Map<String, Value>,
    #[serde(default)]
    values: Map<String, Value>,
    #[serde(default)]
    chart: Map<String, Value>,
    #[serde(default)]
    flags: Vec<String>,
    out: Option<String>,
    error: Option<String>,
}

/// What the flags of a case say.
#[derive(Default)]
struct Flags {
    kube_version: Option<String>,
    api_versions: Vec<String>,
    namespace: Option<String>,
    show_only: Vec<String>,
    is_upgrade: bool,
    include_crds: bool,
    skip_tests: bool,
    no_hooks: bool,
}

fn flags(case: &Case) -> Flags {
    let mut flags = Flags::default();
    let mut rest = case.flags.iter();
    while let Some(flag) = rest.next() {
        let mut value = || rest.next().expect("a value").clone();
        match flag.as_str() {
            "--kube-version" => flags.kube_version = Some(value()),
            "--api-versions" | "-a" => flags.api_versions.extend(value().split(',').map(str::to_owned)),
            "-n" => flags.namespace = Some(value()),
            "--show-only" | "-s" => flags.show_only.push(value()),
            "--is-upgrade" => flags.is_upgrade = true,
            "--include-crds" => flags.include_crds = true,
            "--skip-tests" => flags.skip_tests = true,
            "--no-hooks" => flags.no_hooks = true,
            other => panic!("a flag nobody reads: {other}"),
        }
    }
    flags
}

fn chart(case: &Case) -> Chart {
    let mut metadata = json!({"apiVersion": "v2", "name": "c", "version": "0.1.0"});
    metadata.as_object_mut().expect("an object").extend(case.chart.clone());
    let text = |(name, text): (&String, &Value)| (name.clone(), text.as_str().expect("text").to_owned());
    let files = [
        ("Chart.yaml".to_owned(), metadata.to_string()),
        ("values.yaml".to_owned(), Value::Object(case.values.clone()).to_string()),
    ];
    let files = files.into_iter().chain(case.files.iter().chain(&case.templates).map(text));
    Chart::from_directory(&files.collect::<MemoryDirectory>()).expect("a chart").chart
}

fn run(case: &Case) -> Result<String, String> {
    let flags = flags(case);
    let chart = chart(case);
    dependencies::check(&chart).map_err(|error| error.to_string())?;
    let mut capabilities = Capabilities::default();
    if let Some(version) = &flags.kube_version {
        capabilities.kube_version = KubeVersion::parse(version).expect("a version");
    }
    capabilities.api_versions.extend(flags.api_versions.iter().cloned());
    let release = ReleaseOptions {
        name: "rel".to_owned(),
        namespace: flags.namespace.clone().unwrap_or_else(|| "default".to_owned()),
        revision: 1,
        is_upgrade: flags.is_upgrade,
    };
    let rendered = render(&Input {
        chart: &chart,
        values: &Values::new(),
        release: &release,
        capabilities: &capabilities,
        host: &(),
        mode: Mode::Normal,
        skip_schema: false,
        subchart_notes: false,
        limits: Limits::default(),
        cache: None,
    })
    .map_err(|error| match error {
        RenderError::Template(failure) if failure.is_limit => "a limit".to_owned(),
        RenderError::Template(failure) => failure.helm,
        other => other.to_string(),
    })?;
    let sorted = Sorted::read(&rendered.files, Order::Install).map_err(|error| error.to_string())?;
    shown(&flags, &rendered.chart, &sorted)
}

fn shown(flags: &Flags, chart: &Chart, sorted: &Sorted) -> Result<String, String> {
    let crds = if flags.include_crds { chart.crds() } else { Vec::new() };
    let mut text = format!("{}\n", stream(&crds, &sorted.manifests).trim());
    for hook in sorted.hooks.iter().filter(|hook| !(flags.no_hooks || flags.skip_tests && hook.is_test())) {
        text.push_str(&source(&hook.path, &hook.manifest));
    }
    if flags.show_only.is_empty() {
        return Ok(text);
    }
    let mut found = String::new();
    for path in &flags.show_only {
        let of_path = |part: &&str| {
            let name = part.lines().next().and_then(|line| line.strip_prefix("# Source: c/"));
            name.is_some_and(|name| pattern_matches(path, name))
        };
        let parts: Vec<&str> = split(&text).filter(of_path).collect();
        if parts.is_empty() {
            return Err(format!("could not find template {path} in chart"));
        }
        found.extend(parts.iter().map(|part| format!("---\n{part}\n")));
    }
    Ok(found)
}

fn check(case: &Case) -> Result<(), String> {
    let found = run(case);
    let is_same = match (&found, &case.out, &case.error) {
        (Ok(found), Some(expected), None) => found == expected,
        (Err(found), None, Some(expected)) => {
            let yaml = "YAML parse error on ";
            found == expected || found == "a limit" || found.starts_with(yaml) && expected.starts_with(yaml)
        }
        _ => false,
    };
    if is_same {
        Ok(())
    } else {
        Err(format!("{:?}\nfound {found:?}\nnot   {:?}{:?}", case.templates, case.out, case.error))
    }
}

#[test]
fn every_case_renders_as_the_original_does() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut failures = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(directory).expect("the cases") {
        let path = entry.expect("a file").path();
        let text = std::fs::read_to_string(&path).expect("a file");
        let cases: Vec<Case> = serde_json::from_str(&text).expect("cases");
        count += cases.len();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        failures
            .extend(cases.iter().filter_map(|case| check(case).err()).map(|why| format!("{name}: {why}")));
    }
    assert!(count > 100);
    assert!(failures.is_empty(), "{} of {count}:\n{}", failures.len(), failures.join("\n\n"));
}
