//! The parts that fake Pods play.

/// The annotation of a Pod (template) that says which part it plays, see [`Play`].
pub const PLAY: &str = "sluice.dev/play";

/// The annotation that says how long [`Play::Slow`] takes, such as `3s` or `500ms`.
pub const PLAY_DELAY: &str = "sluice.dev/play-delay";

/// A part for a fake Pod; without one it is ready at once, or complete if it belongs to a Job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Play {
    /// Its containers end with an error again and again: CrashLoopBackOff.
    Crash,
    /// Its images cannot be pulled: ImagePullBackOff.
    PullError,
    /// It becomes ready late: after what [`PLAY_DELAY`] says, or ten seconds.
    Slow,
    /// As a Pod of a Job it fails; elsewhere it is ready as usual.
    Fail,
    /// Nothing ever happens to it: it stays pending on its node.
    Never,
}

impl Play {
    /// Answers the value of the annotation.
    #[must_use]
    pub fn value(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::PullError => "pull-error",
            Self::Slow => "slow",
            Self::Fail => "fail",
            Self::Never => "never",
        }
    }
}
