//! Leases under scripted answers.
