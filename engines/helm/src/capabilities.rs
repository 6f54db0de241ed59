//! What a chart may ask about the cluster and about Helm: `.Capabilities`. Refuses versions that are none.

mod known;

use std::any::Any;
use std::rc::Rc;

use sluice_template::{Kind, Method, Named, Object, Signature, Text, Type, Value};

use crate::functions::text;

/// What the cluster and Helm can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The version of Kubernetes.
    pub kube_version: KubeVersion,
    /// Groups and versions, such as `apps/v1`; with a cluster also kinds, such as `apps/v1/Deployment`.
    pub api_versions: Vec<String>,
    /// The version of Helm.
    pub helm_version: HelmVersion,
}

/// A version of Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeVersion {
    /// As it was given, with a `v`.
    pub version: String,
    /// The numbers alone, with a `v`; ranges are compared with it. Nothing where a cluster told the version.
    pub normalized: String,
    /// The first number.
    pub major: String,
    /// The second number.
    pub minor: String,
}

/// A version of Helm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelmVersion {
    /// Such as `v4.2`.
    pub version: String,
    /// The version of Go it was built with.
    pub go_version: String,
    /// The version of Kubernetes its client library belongs to.
    pub kube_client_version: String,
}

/// Why a text is no version of Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not parse {0:?} as version")]
pub struct KubeVersionError(String);

// === impl Capabilities ===

impl Default for Capabilities {
    /// What Helm 4.2 takes for given where there is no cluster.
    fn default() -> Self {
        let text = str::to_owned;
        let version = KubeVersion {
            version: text("v1.36.0"),
            normalized: text("v1.36.0"),
            major: text("1"),
            minor: text("36"),
        };
        let helm = HelmVersion {
            version: text("v4.2"),
            go_version: text("go1.26.8"),
            kube_client_version: text("v1.36"),
        };
        let api_versions = known::KNOWN.iter().copied().map(text).collect();
        Self { kube_version: version, api_versions, helm_version: helm }
    }
}

// === impl KubeVersion ===

impl KubeVersion {
    /// Reads a version as `--kube-version` takes it: numbers with anything behind them.
    ///
    /// # Errors
    /// When it does not begin with two numbers without leading zeros.
    pub fn parse(text: &str) -> Result<Self, KubeVersionError> {
        let invalid = || KubeVersionError(text.to_owned());
        let trimmed = text.trim();
        let numbers = trimmed.strip_prefix('v').unwrap_or(trimmed);
        let end = numbers.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(numbers.len());
        let parts: Vec<&str> = numbers[..end].split('.').take_while(|part| !part.is_empty()).collect();
        let is_number = |part: &&str| (*part == "0" || !part.starts_with('0')) && part.parse::<u64>().is_ok();
        if parts.len() < 2 || !parts.iter().all(is_number) {
            return Err(invalid());
        }
        let version = if text.starts_with('v') { text.to_owned() } else { format!("v{text}") };
        let normalized = format!("v{}", parts.join("."));
        Ok(Self { version, normalized, major: parts[0].to_owned(), minor: parts[1].to_owned() })
    }

    /// What ranges are compared with.
    pub fn comparable(&self) -> &str {
        if self.normalized.is_empty() { &self.version } else { &self.normalized }
    }
}

// === as templates see them ===

static CAPABILITIES: Named = Named { name: "common.Capabilities", kind: Kind::Struct, element: Type::Any };
static CAPABILITIES_TYPE: Type = Type::Named(&CAPABILITIES);
static KUBE_VERSION: Named = Named { name: "common.KubeVersion", kind: Kind::Struct, element: Type::Any };
static VERSION_SET: Named = Named { name: "common.VersionSet", kind: Kind::Slice, element: Type::String };
static BUILD_INFO: Named = Named { name: "version.BuildInfo", kind: Kind::Struct, element: Type::Any };

/// `.Capabilities`.
struct Capable(Rc<Capabilities>);

/// `.Capabilities.KubeVersion`.
struct Kubernetes(Rc<Capabilities>);

/// `.Capabilities.APIVersions`.
struct VersionSet(Rc<Capabilities>);

/// `.Capabilities.HelmVersion`.
struct BuildInfo(Rc<Capabilities>);

/// What templates see.
pub(crate) fn to_value(capabilities: &Capabilities) -> Value {
    Value::object(Capable(Rc::new(capabilities.clone())))
}

/// The fields of a value of these types by their names in JSON; nothing for other values.
pub(crate) fn json_fields(value: &Value) -> Option<Vec<(&'static str, Value)>> {
    let BuildInfo(capabilities) = value.downcast()?;
    let helm = &capabilities.helm_version;
    Some(vec![
        ("version", helm.version.as_str().into()),
        ("go_version", helm.go_version.as_str().into()),
        ("kube_client_version", helm.kube_client_version.as_str().into()),
    ])
}

impl Object for Capable {
    fn type_of(&self) -> Type {
        Type::Pointer(&CAPABILITIES_TYPE)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let shared = || Rc::clone(&self.0);
        vec![
            ("KubeVersion", Value::object(Kubernetes(shared()))),
            ("APIVersions", Value::object(VersionSet(shared()))),
            ("HelmVersion", Value::object(BuildInfo(shared()))),
        ]
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        static COPY: Method = Method {
            name: "Copy",
            signature: Signature::fixed(&[]),
            body: |_, receiver, _| Ok(receiver.clone()),
        };
        (name == COPY.name).then_some(&COPY)
    }
}

impl Object for Kubernetes {
    fn type_of(&self) -> Type {
        Type::Named(&KUBE_VERSION)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let version = &self.0.kube_version;
        vec![
            ("Version", version.version.as_str().into()),
            ("Major", version.major.as_str().into()),
            ("Minor", version.minor.as_str().into()),
        ]
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        static METHODS: [Method; 2] = [
            Method {
                name: "String",
                signature: Signature::fixed(&[]),
                body: |_, receiver, _| Ok(string(receiver)),
            },
            Method {
                name: "GitVersion",
                signature: Signature::fixed(&[]),
                body: |_, receiver, _| Ok(git_version(receiver)),
            },
        ];
        METHODS.iter().find(|method| method.name == name)
    }

    fn display(&self) -> Option<Text> {
        Some(self.0.kube_version.comparable().into())
    }
}

fn string(receiver: &Value) -> Value {
    receiver.downcast().map(|Kubernetes(it)| it.kube_version.comparable().into()).unwrap_or_default()
}

fn git_version(receiver: &Value) -> Value {
    receiver.downcast().map(|Kubernetes(it)| it.kube_version.version.as_str().into()).unwrap_or_default()
}

impl Object for VersionSet {
    fn type_of(&self) -> Type {
        Type::Named(&VERSION_SET)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        static HAS: Method = Method {
            name: "Has",
            signature: Signature::fixed(&[Type::String]),
            body: |_, receiver, arguments| Ok(has(receiver, arguments)),
        };
        (name == HAS.name).then_some(&HAS)
    }

    fn underlying(&self) -> Option<Value> {
        Some(Value::texts(self.0.api_versions.iter()))
    }

    fn is_true(&self) -> bool {
        !self.0.api_versions.is_empty()
    }
}

fn has(receiver: &Value, arguments: &[Value]) -> Value {
    let wanted = text(arguments, 0);
    let found = receiver.downcast().is_some_and(|VersionSet(capabilities)| {
        capabilities.api_versions.iter().any(|version| wanted == *version.as_str())
    });
    found.into()
}

impl Object for BuildInfo {
    fn type_of(&self) -> Type {
        Type::Named(&BUILD_INFO)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let helm = &self.0.helm_version;
        vec![
            ("Version", helm.version.as_str().into()),
            ("GitCommit", Value::constant("")),
            ("GitTreeState", Value::constant("")),
            ("GoVersion", helm.go_version.as_str().into()),
            ("KubeClientVersion", helm.kube_client_version.as_str().into()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::KubeVersion;

    #[test]
    fn versions() {
        for (text, expected) in [
            ("1.30", Some(("v1.30", "v1.30", "1", "30"))),
            ("v1.30.2", Some(("v1.30.2", "v1.30.2", "1", "30"))),
            ("1.30.2-gke.1+abc", Some(("v1.30.2-gke.1+abc", "v1.30.2", "1", "30"))),
            ("1.30+", Some(("v1.30+", "v1.30", "1", "30"))),
            ("1", None),
            ("1.030", None),
            ("x1.30", None),
            ("", None),
        ] {
            let found = KubeVersion::parse(text).ok();
            let found = found.as_ref().map(|it| (&*it.version, &*it.normalized, &*it.major, &*it.minor));
            assert_eq!(found, expected, "{text}");
        }
    }
}
