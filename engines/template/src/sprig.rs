//! The sprig function library as Helm exposes it: one table per family of functions.
//!
//! Refuses: what reads the environment or the network (`env`, `expandenv`, `getHostByName`).

#![expect(
    clippy::unnecessary_wraps,
    reason = "functions in tables have one type, whether they can fail or not"
)]

mod argument;
mod character;
mod crypto;
mod date;
mod defaults;
mod dict;
mod equality;
pub mod json;
mod list;
mod math;
mod network;
mod number;
mod paths;
mod random;
mod reflection;
pub mod regex;
pub mod semver;
mod strings;
mod text;
mod url;

use crate::Functions;

pub use equality::deep_equal;
use strings::{decode_base64, encode_base64};

/// Adds all functions of the library.
#[must_use]
pub fn add_to(functions: Functions) -> Functions {
    let tables = [
        crypto::FUNCTIONS,
        date::FUNCTIONS,
        defaults::FUNCTIONS,
        dict::FUNCTIONS,
        json::FUNCTIONS,
        list::FUNCTIONS,
        math::FUNCTIONS,
        network::FUNCTIONS,
        paths::FUNCTIONS,
        reflection::FUNCTIONS,
        regex::FUNCTIONS,
        semver::FUNCTIONS,
        strings::FUNCTIONS,
        url::FUNCTIONS,
    ];
    tables.into_iter().fold(functions, Functions::with)
}
