//! docs/flags.md: the flags of every controller, as their command lines define them.
//!
//! The files that define them are compiled into this program, so that a table needs no controller to be built.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::{Arg, Command, CommandFactory};

use super::table;

#[path = "../../../kustomize-controller/src/args.rs"]
mod kustomize_controller;
#[expect(dead_code, reason = "only the definition is looked at")]
#[path = "../../../source-controller/src/args.rs"]
mod source_controller;

const INTRODUCTION: &str = "\
# Flags

Names, defaults and environment variables are those of Flux 2.9. A flag that is given twice counts as given last, except
`--feature-gates`, whose values add up.
";

/// One line of a table; equal lines of different controllers are one.
#[derive(Clone, PartialEq, Eq)]
struct Flag {
    name: String,
    default: String,
    environment: String,
    meaning: String,
}

/// Returns the file by its path from the root of the repository.
pub(super) fn files() -> BTreeMap<PathBuf, String> {
    let controllers = [
        ("kustomize-controller", flags(&kustomize_controller::Args::command())),
        ("source-controller", flags(&source_controller::Args::command())),
    ];
    BTreeMap::from([(Path::new("docs").join("flags.md"), document(&controllers))])
}

fn document(controllers: &[(&str, Vec<Flag>)]) -> String {
    let everywhere = |flag: &Flag| controllers.iter().all(|(_, flags)| flags.contains(flag));
    let shared =
        controllers.first().map_or(&[][..], |(_, flags)| flags).iter().filter(|flag| everywhere(flag));
    let mut text = format!("{INTRODUCTION}\n## All controllers\n\n{}", rows(shared));
    for (controller, flags) in controllers {
        let own = flags.iter().filter(|flag| !everywhere(flag));
        text.push_str(&format!("\n## {controller}\n\n{}", rows(own)));
    }
    text
}

fn rows<'a>(flags: impl Iterator<Item = &'a Flag>) -> String {
    let rows = flags.map(|flag| [&*flag.name, &*flag.default, &*flag.environment, &*flag.meaning]);
    table::write(["flag", "default", "environment", "meaning"], rows)
}

fn flags(command: &Command) -> Vec<Flag> {
    let mut flags: Vec<_> =
        command.get_arguments().filter(|argument| !argument.is_hide_set()).filter_map(flag).collect();
    flags.sort_by(|a, b| a.name.cmp(&b.name));
    flags
}

fn flag(argument: &Arg) -> Option<Flag> {
    let defaults: Vec<_> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    Some(Flag {
        name: table::code(&format!("--{}", argument.get_long()?)),
        default: table::code(&defaults.join(",")),
        environment: argument.get_env().map(|name| table::code(&name.to_string_lossy())).unwrap_or_default(),
        meaning: argument.get_help().map(ToString::to_string).unwrap_or_default(),
    })
}
