//! How much of an inventory one revision may delete.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A number of objects, or a percentage of the inventory: `5` or `"20%"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PruneBudget {
    /// At most this many objects.
    Objects(u32),
    /// At most this many hundredths of the inventory.
    Percent(u8),
}

impl PruneBudget {
    /// Returns how many of so many objects may be deleted; parts of an object do not count.
    #[must_use]
    pub fn of(self, objects: usize) -> usize {
        match self {
            Self::Objects(most) => usize::try_from(most).unwrap_or(usize::MAX),
            Self::Percent(percent) => objects.saturating_mul(usize::from(percent)) / 100,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_suffix('%')?;
        let percent = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<u8>().ok())?;
        percent.filter(|percent| *percent <= 100).map(Self::Percent)
    }
}

impl fmt::Display for PruneBudget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Objects(most) => write!(formatter, "{most}"),
            Self::Percent(percent) => write!(formatter, "{percent}%"),
        }
    }
}

impl Serialize for PruneBudget {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Objects(most) => serializer.serialize_u32(*most),
            Self::Percent(_) => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for PruneBudget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(u32),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Number(most) => Ok(Self::Objects(most)),
            Written::Text(text) => Self::parse(&text)
                .ok_or_else(|| D::Error::custom("a prune budget is a number, or a percentage like 20%")),
        }
    }
}

impl JsonSchema for PruneBudget {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PruneBudget".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "x-kubernetes-int-or-string": true,
            "minimum": 0,
            "maximum": u32::MAX,
            "pattern": "^(100|[1-9]?[0-9])%$",
        })
    }
}
