//! The controller against a scripted API server.
