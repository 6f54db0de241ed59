//! The sinks under scripted answers.
