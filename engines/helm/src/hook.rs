//! Hooks: manifests that run at certain moments of a release, as their annotations say.
//! Refuses nothing; a hook for an event that nobody knows is none.

use std::fmt;

use crate::manifest::Head;
use crate::release::Time;

/// The annotation that makes a hook of a manifest: its events, separated by commas.
pub const ANNOTATION: &str = "helm.sh/hook";
/// The annotation with the weight; a lower one runs first.
pub const WEIGHT_ANNOTATION: &str = "helm.sh/hook-weight";
/// The annotation that says when the hook's object is deleted.
pub const DELETE_ANNOTATION: &str = "helm.sh/hook-delete-policy";
/// The annotation that says when the logs of the hook's containers are shown.
pub const OUTPUT_LOG_ANNOTATION: &str = "helm.sh/hook-output-log-policy";

/// A manifest that runs at certain moments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hook {
    /// The name of the object.
    pub name: String,
    /// The kind of the object.
    pub kind: String,
    /// The file it came from, as in `chart/templates/x.yaml`.
    pub path: String,
    /// The text.
    pub manifest: String,
    /// When it runs.
    pub events: Vec<Event>,
    /// How the last run went.
    pub last_run: Execution,
    /// A lower one runs first.
    pub weight: i64,
    /// When its object is deleted, such as `before-hook-creation`.
    pub delete_policies: Vec<String>,
    /// When its logs are shown, such as `hook-failed`.
    pub output_log_policies: Vec<String>,
}

/// A moment at which hooks run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// Before objects are created.
    PreInstall,
    /// After objects were created.
    PostInstall,
    /// Before objects are deleted.
    PreDelete,
    /// After objects were deleted.
    PostDelete,
    /// Before objects are changed.
    PreUpgrade,
    /// After objects were changed.
    PostUpgrade,
    /// Before objects are taken back to an earlier revision.
    PreRollback,
    /// After objects were taken back to an earlier revision.
    PostRollback,
    /// When the release is tested.
    Test,
    /// One that only a record knows.
    Other(String),
}

/// How a run of a hook went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Execution {
    /// When it began.
    pub started_at: Option<Time>,
    /// When it ended.
    pub completed_at: Option<Time>,
    /// `Unknown`, `Running`, `Succeeded` or `Failed`; nothing when it never ran.
    pub phase: String,
}

// === impl Hook ===

impl Hook {
    /// Makes a hook of a manifest; none when one of its events is unknown.
    pub(crate) fn from_manifest(path: &str, manifest: &str, head: &Head, events: &str) -> Option<Self> {
        let events = words(events).map(|word| Event::parse(&word)).collect::<Option<Vec<_>>>()?;
        let annotation = |name: &str| head.annotations.get(name);
        let policies = |name: &str| annotation(name).map(|text| words(text).collect()).unwrap_or_default();
        Some(Self {
            name: head.name.clone(),
            kind: head.kind.clone(),
            path: path.to_owned(),
            manifest: manifest.to_owned(),
            events,
            last_run: Execution::default(),
            weight: annotation(WEIGHT_ANNOTATION).and_then(|text| text.parse().ok()).unwrap_or(0),
            delete_policies: policies(DELETE_ANNOTATION),
            output_log_policies: policies(OUTPUT_LOG_ANNOTATION),
        })
    }

    /// Whether it runs when the release is tested.
    pub fn is_test(&self) -> bool {
        self.events.contains(&Event::Test)
    }
}

/// The hooks that run at a moment, in the order they run: by weight, then by name.
pub fn runs_at<'a>(hooks: &'a [Hook], event: &Event) -> Vec<&'a Hook> {
    let mut found: Vec<&Hook> = hooks.iter().filter(|hook| hook.events.contains(event)).collect();
    found.sort_by(|left, right| left.weight.cmp(&right.weight).then_with(|| left.name.cmp(&right.name)));
    found
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(',').map(|word| word.trim().to_lowercase())
}

// === impl Event ===

impl Event {
    /// Reads the word of an annotation; `test-success` is the old word for `test`.
    fn parse(word: &str) -> Option<Self> {
        match Self::recorded(word) {
            Self::Other(word) if word == "test-success" => Some(Self::Test),
            Self::Other(_) => None,
            known => Some(known),
        }
    }

    /// Reads the word of a release record, which may hold any.
    pub fn recorded(word: &str) -> Self {
        match word {
            "pre-install" => Self::PreInstall,
            "post-install" => Self::PostInstall,
            "pre-delete" => Self::PreDelete,
            "post-delete" => Self::PostDelete,
            "pre-upgrade" => Self::PreUpgrade,
            "post-upgrade" => Self::PostUpgrade,
            "pre-rollback" => Self::PreRollback,
            "post-rollback" => Self::PostRollback,
            "test" => Self::Test,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The word that stands for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::PreInstall => "pre-install",
            Self::PostInstall => "post-install",
            Self::PreDelete => "pre-delete",
            Self::PostDelete => "post-delete",
            Self::PreUpgrade => "pre-upgrade",
            Self::PostUpgrade => "post-upgrade",
            Self::PreRollback => "pre-rollback",
            Self::PostRollback => "post-rollback",
            Self::Test => "test",
            Self::Other(word) => word,
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hook(annotations: &[(&str, &str)]) -> Option<Hook> {
        let annotations = annotations.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let head = Head { annotations: annotations.collect(), ..Head::default() };
        Hook::from_manifest("p", "m", &head, head.annotations.get(ANNOTATION)?)
    }

    #[test]
    fn annotations_say_what_a_hook_does() {
        let found = hook(&[
            (ANNOTATION, " Post-Install,test-success"),
            (WEIGHT_ANNOTATION, "-5"),
            (DELETE_ANNOTATION, "hook-succeeded, Before-Hook-Creation"),
            (OUTPUT_LOG_ANNOTATION, "hook-failed"),
        ])
        .expect("a hook");
        assert_eq!(found.events, [Event::PostInstall, Event::Test]);
        assert_eq!(found.weight, -5);
        assert_eq!(found.delete_policies, ["hook-succeeded", "before-hook-creation"]);
        assert_eq!(found.output_log_policies, ["hook-failed"]);
        assert!(found.is_test());
    }

    #[test]
    fn what_cannot_be_read() {
        for (events, weight, expected) in [
            ("crd-install", "0", None),
            ("pre-install,nonsense", "0", None),
            ("", "0", None),
            ("pre-install", "1.5", Some(0)),
            ("pre-install", "+3", Some(3)),
            ("pre-install", "99999999999999999999", Some(0)),
        ] {
            let found = hook(&[(ANNOTATION, events), (WEIGHT_ANNOTATION, weight)]);
            assert_eq!(found.map(|hook| hook.weight), expected, "{events} {weight}");
        }
    }

    #[test]
    fn hooks_run_by_weight_and_name() {
        let make = |name: &str, weight, event| Hook {
            name: name.to_owned(),
            weight,
            events: vec![event],
            ..Hook::default()
        };
        let hooks = [
            make("b", 1, Event::Test),
            make("c", -1, Event::Test),
            make("a", 1, Event::Test),
            make("d", 0, Event::PreInstall),
        ];
        let names: Vec<_> = runs_at(&hooks, &Event::Test).iter().map(|hook| hook.name.clone()).collect();
        assert_eq!(names, ["c", "a", "b"]);
    }
}
