//! Who may read over HTTP.

use base64::Engine as _;

/// What the HTTP server asks of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Everybody may read.
    Open,
    /// A user name and a password are asked for.
    Basic {
        /// The user name.
        username: String,
        /// The password.
        password: String,
    },
    /// A bearer token is asked for.
    Bearer(String),
}

impl Access {
    /// Asks for this user name and password.
    pub fn basic(username: &str, password: &str) -> Self {
        Self::Basic { username: username.into(), password: password.into() }
    }

    /// Whether an `Authorization` header satisfies this.
    pub(crate) fn admits(&self, authorization: Option<&str>) -> bool {
        match self.expected() {
            None => true,
            Some(expected) => authorization == Some(expected.as_str()),
        }
    }

    /// The `WWW-Authenticate` challenge of a refusal.
    pub(crate) fn challenge(&self) -> &'static str {
        match self {
            Self::Bearer(_) => "Bearer realm=\"git\"",
            Self::Open | Self::Basic { .. } => "Basic realm=\"git\"",
        }
    }

    fn expected(&self) -> Option<String> {
        match self {
            Self::Open => None,
            Self::Basic { username, password } => {
                let pair = base64::engine::general_purpose::STANDARD.encode(format!("{username}:{password}"));
                Some(format!("Basic {pair}"))
            }
            Self::Bearer(token) => Some(format!("Bearer {token}")),
        }
    }
}
