//! How `git` is started here: with an environment of its own, so that no configuration of the machine has a say.

use std::path::Path;

/// The variables every `git` process gets; all others are removed.
pub(crate) fn environment(home: &Path) -> Vec<(&'static str, std::ffi::OsString)> {
    vec![
        ("PATH", std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into())),
        ("HOME", home.as_os_str().to_owned()),
        ("GIT_CONFIG_NOSYSTEM", "1".into()),
        ("GIT_CONFIG_GLOBAL", "/dev/null".into()),
        ("GIT_TERMINAL_PROMPT", "0".into()),
        ("LC_ALL", "C".into()),
    ]
}

/// Prepares a blocking `git` process.
pub(crate) fn git(home: &Path) -> std::process::Command {
    let mut command = std::process::Command::new("git");
    command.env_clear().envs(environment(home));
    command
}

/// Prepares a `git` process that ends with its handle.
pub(crate) fn git_async(home: &Path) -> tokio::process::Command {
    let mut command = tokio::process::Command::new("git");
    command.env_clear().envs(environment(home)).kill_on_drop(true);
    command
}
