//! Flags of `kustomize build` about what is never done here: programs, containers, Helm. They are taken and change
//! nothing, so that scripts go on working; a kustomization that needs one of them is refused when it is built.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};

/// Flags that stand alone or carry a boolean.
const SWITCHES: [&str; 7] = [
    "as-current-user",
    "enable-alpha-plugins",
    "enable-exec",
    "enable-helm",
    "helm-debug",
    "network",
    "stack-trace",
];

/// Flags with a value, and their short names.
const VALUES: [(&str, Option<char>); 6] = [
    ("env", Some('e')),
    ("helm-api-versions", None),
    ("helm-command", None),
    ("helm-kube-version", None),
    ("mount", None),
    ("network-name", None),
];

/// Takes the flags and remembers none of them.
#[derive(Clone, Copy, Debug)]
pub struct Ignored;

/// Parses what Go calls a boolean.
///
/// # Errors
/// When the text is none of its forms.
pub fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("expected true or false".to_owned()),
    }
}

impl Args for Ignored {
    fn augment_args(command: Command) -> Command {
        let switches = SWITCHES.map(|name| {
            let alone = Arg::new(name).long(name).action(ArgAction::Set).value_parser(boolean);
            alone.num_args(0..=1).require_equals(true).default_missing_value("true")
        });
        let values = VALUES.map(|(name, short)| {
            Arg::new(name).long(name).short(short).action(ArgAction::Append).allow_hyphen_values(true)
        });
        let hidden = switches.into_iter().chain(values).map(|flag| flag.hide(true));
        command.args(hidden)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Ignored {
    fn from_arg_matches(_: &ArgMatches) -> Result<Self, Error> {
        Ok(Self)
    }

    fn update_from_arg_matches(&mut self, _: &ArgMatches) -> Result<(), Error> {
        Ok(())
    }
}
