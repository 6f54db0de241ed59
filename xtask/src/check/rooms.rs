//! The rooms of the house as data: who may depend on whom, and what a room's code must not name.
//!
//! The table is the one in ARCHITECTURE.md; change both together.

/// A part of the repository with its own rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Rust types of the API.
    Crds,
    /// Pure libraries, bytes in and bytes out.
    Engines,
    /// What an object renders to; pure.
    Render,
    /// Directories of the machine as the engines' file trees.
    Files,
    /// Effects shared by controllers.
    Lib,
    /// One binary each; the command line is one of them.
    Controller,
    /// Tests and chores, which nothing else uses.
    Outside,
}

impl Room {
    /// The room that holds `path` (relative to the repository, `/`-separated).
    pub fn of(path: &str) -> Self {
        let first = path.split('/').next().unwrap_or_default();
        match first {
            "crds" => Self::Crds,
            "engines" => Self::Engines,
            "render" => Self::Render,
            "files" => Self::Files,
            "lib" => Self::Lib,
            "cli" => Self::Controller,
            name if name.ends_with("-controller") => Self::Controller,
            _ => Self::Outside,
        }
    }

    /// Whether code of this room may depend on a crate of `other`.
    pub fn may_use(self, other: Self) -> bool {
        match self {
            Self::Crds => false,
            Self::Engines | Self::Files => other == Self::Engines,
            Self::Render => matches!(other, Self::Crds | Self::Engines),
            Self::Lib => matches!(other, Self::Crds | Self::Lib),
            Self::Controller => {
                matches!(other, Self::Crds | Self::Engines | Self::Render | Self::Files | Self::Lib)
            }
            Self::Outside => true,
        }
    }

    /// Crates from the registry that this room must not depend on.
    pub fn refused_crates(self) -> &'static [&'static str] {
        const EFFECTS: &[&str] =
            &["tokio", "futures", "reqwest", "hyper", "axum", "rand", "tempfile", "tracing", "gix", "russh"];
        const EFFECTS_AND_KUBE: &[&str] = &[
            "tokio",
            "futures",
            "reqwest",
            "hyper",
            "axum",
            "rand",
            "tempfile",
            "tracing",
            "gix",
            "russh",
            "kube",
            "k8s-openapi",
        ];
        match self {
            Self::Crds | Self::Render => EFFECTS,
            Self::Engines | Self::Files => EFFECTS_AND_KUBE,
            _ => &[],
        }
    }

    /// Words that the room's sources must not hold outside tests.
    pub fn refused_words(self) -> &'static [&'static str] {
        const PURE: &[&str] = &[
            "std::fs",
            "std::net",
            "std::env",
            "std::process",
            "std::thread",
            "SystemTime",
            "Instant::now",
            "kube::Client",
            "kube::Api",
            "kube::api::Api",
            "async fn",
            "println!",
            "eprintln!",
        ];
        match self {
            Self::Crds | Self::Engines | Self::Render => PURE,
            Self::Files | Self::Lib | Self::Controller => &["println!", "eprintln!", "dbg!"],
            Self::Outside => &[],
        }
    }
}

/// Words that a file of this name must not hold, in whatever room it stands.
pub fn refused_in_file(path: &str) -> &'static [&'static str] {
    let name = path.rsplit('/').next().unwrap_or_default();
    match name {
        "decide.rs" | "report.rs" => {
            &["async ", ".await", "tracing::", "kube::Client", "kube::Api", "Utc::now", "Timestamp::now"]
        }
        _ => &[],
    }
}

/// Whether the environment may be read in this file: only where a process starts.
pub fn may_read_environment(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some("main.rs" | "args.rs" | "build.rs"))
        || path.starts_with("lib/runtime/src/args/")
        || Room::of(path) == Room::Outside
        || path.contains("/tests/")
        || path.contains("/examples/")
}
