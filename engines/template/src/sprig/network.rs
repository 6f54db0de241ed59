//! Names of hosts, which are refused: a render asks no network.

use super::argument::TEXT;
use crate::{Error, Function};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[Function::fixed("getHostByName", &[TEXT], |_, _| {
    // What Go says of a name without addresses: it draws one of none.
    Err(Error::message("invalid argument to Intn"))
})];
