//! One execution of the crash fuzzer: a text or a case grown from a valid one, given to the engine. What counts is that
//! it comes back at all; the answer says how far the input got.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use sluice_kustomize::{Limits, MemoryTree, Options, build};
use sluice_yaml::{parse_chunks, parse_documents, to_yaml};

use crate::case::Case;
use crate::chance::Chance;
use crate::grammar;
use crate::mutate::mutate;

/// What an execution gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The changed text is YAML.
    pub parsed: bool,
    /// The build gave resources; always false where nothing was built.
    pub built: bool,
    /// A build was tried.
    pub is_build: bool,
    /// The engine panicked.
    pub panicked: bool,
}

/// Valid inputs, from which others grow.
#[derive(Debug)]
pub struct Seeds {
    cases: Vec<Case>,
    texts: Vec<String>,
}

impl Seeds {
    /// Reads every recorded case of a directory, and adds some of the grammar.
    pub fn new(directory: &Path, of_grammar: u64) -> Self {
        let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
        let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        let recorded = paths.iter().filter_map(|path| std::fs::read_to_string(path).ok());
        let mut cases: Vec<Case> = recorded.map(|text| Case::parse(&text)).collect();
        cases.extend((0..of_grammar).map(grammar::case));
        cases.retain(|case| case.files.values().map(String::len).sum::<usize>() < 8_000);
        let texts = cases.iter().flat_map(|case| case.files.values().cloned()).collect();
        Self { cases, texts }
    }

    /// The number of cases.
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    /// Says whether there are none.
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// One execution, determined by its number.
    pub fn run(&self, number: u64) -> Outcome {
        let mut chance = Chance::new(number);
        let input = self.input(&mut chance);
        let run = catch_unwind(AssertUnwindSafe(|| input.run()));
        run.unwrap_or(Outcome { panicked: true, ..Outcome::default() })
    }

    /// The input of one execution, for a look at it.
    pub fn show(&self, number: u64) -> String {
        match self.input(&mut Chance::new(number)) {
            Input::Text(text) => text,
            Input::Case(case, _) => case.to_text("input"),
        }
    }

    fn input(&self, chance: &mut Chance) -> Input {
        match chance.below(10) {
            0..=4 => {
                let at = chance.below(self.texts.len());
                Input::Text(mutate(chance, &self.texts[at], &self.texts))
            }
            5 => self.whole_case(chance),
            _ => small_build(chance, &self.texts),
        }
    }

    /// A case with one file changed.
    fn whole_case(&self, chance: &mut Chance) -> Input {
        let mut case = self.cases[chance.below(self.cases.len())].clone();
        let paths: Vec<String> = case.files.keys().cloned().collect();
        let path = &paths[chance.below(paths.len())];
        let text = mutate(chance, &case.files[path], &self.texts);
        case.files.insert(path.clone(), text.clone());
        Input::Case(case, text)
    }
}

enum Input {
    Text(String),
    /// A case, and the text of it that was changed.
    Case(Case, String),
}

impl Input {
    fn run(&self) -> Outcome {
        match self {
            Self::Text(text) => Outcome { parsed: read_and_write(text), ..Outcome::default() },
            Self::Case(case, text) => {
                let parsed = parse_documents(text.as_bytes()).is_ok();
                let limits = Limits { depth: 20, ..Limits::default() };
                let options = Options { limits, ..Options::default() };
                let tree: MemoryTree = case.tree();
                let built = match build(&tree, case.target(), &options) {
                    Ok(built) => !built.to_yaml().is_empty(),
                    Err(errors) => errors.to_string().is_empty(),
                };
                Outcome { parsed, built, is_build: true, panicked: false }
            }
        }
    }
}

/// Reads a text in both ways, and writes what was read; what was written reads as the same.
fn read_and_write(text: &str) -> bool {
    let parsed = parse_documents(text.as_bytes());
    for document in parsed.iter().flatten() {
        if let Ok(json) = document.to_json() {
            drop(to_yaml(&json));
        }
    }
    for document in parse_chunks(text.as_bytes()).iter().flatten() {
        if let Ok(json) = document.node.to_json() {
            drop(to_yaml(&json));
        }
    }
    parsed.is_ok()
}

const RESOURCES: [&str; 4] = [
    "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\n  labels: {app: a}\nspec:\n  template:\n    spec:\n      containers:\n      - name: c\n        image: nginx:1\n        ports:\n        - containerPort: 80\n          protocol: TCP\n        env:\n        - {name: A, value: b}\n      volumes:\n      - name: v\n        configMap: {name: m}\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m\n  annotations: {a.b/c: d}\ndata:\n  conf: |\n    a: 1\n    b: [1, 2]\n  j: '{\"x\": {\"y\": 1}}'\n",
    "apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: t\n  finalizers: [x]\nspec:\n  list: [a, b]\n  items:\n  - name: q\n    v: 1\n  deep: {er: {still: [1, {k: v}]}}\n",
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata:\n  name: r\nsubjects:\n- kind: ServiceAccount\n  name: default\n  namespace: n\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: m}\n",
];

const OVERLAYS: [&str; 7] = [
    "patches:\n- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: a}\n    spec:\n      template:\n        spec:\n          containers:\n          - name: c\n            ports:\n            - containerPort: 80\n              $patch: delete\n            - containerPort: 81\n          - $patch: replace\n",
    "patches:\n- target: {kind: '.*', name: 'a|t|m'}\n  patch: |-\n    - {op: copy, from: /metadata, path: /spec}\n    - {op: add, path: /spec/x, value: [1]}\n    - {op: move, from: /spec/x, path: /metadata/y}\n",
    "replacements:\n- source: {kind: Thing, name: t, fieldPath: spec.deep.er}\n  targets:\n  - select: {kind: Deployment}\n    fieldPaths:\n    - spec.template.spec.containers.[name=c].env.[name=A].value\n    - spec.template.spec.volumes.0.configMap\n    options: {create: true}\n",
    "replacements:\n- source: {kind: Thing, name: t, fieldPath: 'spec.items.[name=q].v'}\n  targets:\n  - select: {kind: ConfigMap}\n    fieldPaths: [data.j.x.y, 'metadata.annotations.[a.b/c]']\n    options: {delimiter: '-', index: 1}\n",
    "namePrefix: p-\nnamespace: ns\nlabels:\n- pairs: {a: b}\n  includeSelectors: true\nimages:\n- {name: nginx, newTag: v2}\nreplicas:\n- {name: a, count: 3}\nconfigMapGenerator:\n- name: g\n  literals: [a=b, 'c=\"d\"']\n",
    "vars:\n- name: V\n  objref: {apiVersion: v1, kind: ConfigMap, name: m}\n  fieldref: {fieldPath: data.conf}\ntransformers:\n- |-\n  apiVersion: builtin\n  kind: ValueAddTransformer\n  metadata: {name: x}\n  value: v\n  targets:\n  - {selector: {kind: Thing}, fieldPath: spec/new}\n",
    "patchesStrategicMerge:\n- |-\n  apiVersion: example.com/v1\n  kind: Thing\n  metadata: {name: t}\n  spec:\n    list: null\n    items: [{name: q, $patch: delete}]\n    deep: {er: null, $retainKeys: [x]}\n",
];

/// A kustomization with few resources, one part of it changed.
fn small_build(chance: &mut Chance, texts: &[String]) -> Input {
    let mut case = Case::default();
    let count = if chance.one_in(4) { 1 + chance.below(RESOURCES.len()) } else { RESOURCES.len() };
    let mut resources = RESOURCES[..count].join("---\n");
    let mut overlay = format!("resources: [r.yaml]\n{}", chance.pick(&OVERLAYS));
    let changed = if chance.one_in(3) { &mut resources } else { &mut overlay };
    *changed = mutate(chance, changed, texts);
    let text = changed.clone();
    case.files.insert("r.yaml".to_owned(), resources);
    case.files.insert("kustomization.yaml".to_owned(), overlay);
    Input::Case(case, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_overlay_builds_before_it_is_changed() {
        for overlay in OVERLAYS {
            let mut case = Case::default();
            case.files.insert("r.yaml".to_owned(), RESOURCES.join("---\n"));
            case.files.insert("kustomization.yaml".to_owned(), format!("resources: [r.yaml]\n{overlay}"));
            let built = build(&case.tree(), "", &Options::default());
            assert!(built.is_ok(), "{overlay}\n{}", built.err().map(|e| e.to_string()).unwrap_or_default());
        }
    }
}
