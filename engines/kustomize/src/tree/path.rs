//! Paths as text: joined, cleaned, compared. Refuses to go above the root.

use super::TreeError;

/// Resolves `path`, written in `directory`, to a clean path of the tree.
pub(crate) fn join(directory: &str, path: &str) -> Result<String, TreeError> {
    let outside = || TreeError::Outside { path: path.to_owned() };
    if path.starts_with('/') {
        return Err(outside());
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or_else(outside)?;
            }
            _ => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

/// As [`join`] where the root is that of the machine: absolute paths begin there, and `..` stays there.
pub(crate) fn join_on_machine(directory: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let start = if path.starts_with('/') { "" } else { directory };
    for part in start.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// The last part of `path`.
pub(crate) fn base_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// Says whether `path` is `directory` or stands somewhere below it.
pub(crate) fn is_inside(path: &str, directory: &str) -> bool {
    directory.is_empty()
        || path == directory
        || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joining() {
        for (directory, path, expected) in [
            ("a/b", "c", Some("a/b/c")),
            ("a/b", "../c", Some("a/c")),
            ("a/b", "./../../c/.", Some("c")),
            ("a", "..", Some("")),
            ("a", "../..", None),
            ("a", "/etc/passwd", None),
        ] {
            assert_eq!(join(directory, path).ok().as_deref(), expected, "{directory} {path}");
        }
    }

    #[test]
    fn joining_on_the_machine() {
        for (directory, path, expected) in
            [("a/b", "../c", "a/c"), ("a/b", "/etc/./x", "etc/x"), ("a", "../../../c", "c"), ("a", "/..", "")]
        {
            assert_eq!(join_on_machine(directory, path), expected, "{directory} {path}");
        }
    }

    #[test]
    fn containment() {
        assert!(is_inside("a/b", "a"));
        assert!(is_inside("a", "a"));
        assert!(is_inside("a", ""));
        assert!(!is_inside("ab", "a"));
    }
}
