//! Command lines of `sluice build` end as those of `kustomize build` do: the same exit code, stdout and files.
//! `record.py` recorded the original's answers in `arguments.json` over the files in `tree/`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// Stands in texts for the place of the tree.
const ROOT: &str = "@ROOT@";

type Files = BTreeMap<PathBuf, Vec<u8>>;

#[test]
fn command_lines_end_as_those_of_the_original() {
    let text = include_str!("arguments.json");
    let entries: Vec<Value> = serde_json::from_str(text).unwrap();
    assert!(entries.len() > 100);
    let failures: Vec<String> = entries.iter().filter_map(|entry| check(entry).err()).collect();
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), entries.len(), failures.join("\n"));
}

fn check(entry: &Value) -> Result<(), String> {
    let room = tempfile::tempdir().expect("a directory");
    let root = fs::canonicalize(room.path()).expect("a tree that can be copied and read").join("tree");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tree"), &root, &root);
    let before = files(&root);
    let ended = run(entry, &root);
    let place = root.to_str().expect("a path of text");
    let shown = |content: &[u8]| String::from_utf8_lossy(content).replace(place, ROOT);
    let changed = files(&root).into_iter().filter(|(path, content)| before.get(path) != Some(content));
    let written: BTreeMap<String, String> = changed
        .map(|(path, content)| {
            (path.strip_prefix(&root).expect("a file of the tree").display().to_string(), shown(&content))
        })
        .collect();
    let found = serde_json::json!({
        "exit": ended.status.code(), "stdout": shown(&ended.stdout), "files": written,
    });
    let stderr = shown(&ended.stderr);
    for field in ["exit", "stdout", "files"] {
        if found[field] != entry[field] {
            return Err(format!("{entry}\n  {field} is {}\n  {stderr}", found[field]));
        }
    }
    if ended.status.success() == stderr.to_lowercase().contains("error") {
        return Err(format!("{entry}\n  stderr: {stderr}"));
    }
    Ok(())
}

fn run(entry: &Value, root: &Path) -> Output {
    let text = |value: &Value| {
        value.as_str().unwrap_or_default().replace(ROOT, root.to_str().expect("a path of text"))
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
    command.arg("build").args(entry["arguments"].as_array().expect("a list").iter().map(text));
    for (name, value) in entry["environment"].as_object().into_iter().flatten() {
        command.env(name, text(value));
    }
    command.current_dir(root.join(text(&entry["directory"])));
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("the program starts");
    // A program that reads nothing may be gone already.
    let _ = child.stdin.take().expect("a pipe").write_all(text(&entry["stdin"]).as_bytes());
    child.wait_with_output().expect("the program ends")
}

fn copy(from: &Path, to: &Path, root: &Path) {
    fs::create_dir_all(to).expect("a tree that can be copied and read");
    for entry in fs::read_dir(from).expect("a tree that can be copied and read") {
        let entry = entry.expect("a tree that can be copied and read");
        let (kind, target) =
            (entry.file_type().expect("a tree that can be copied and read"), to.join(entry.file_name()));
        if kind.is_symlink() {
            std::os::unix::fs::symlink(
                fs::read_link(entry.path()).expect("a tree that can be copied and read"),
                target,
            )
            .expect("a tree that can be copied and read");
        } else if kind.is_dir() {
            copy(&entry.path(), &target, root);
        } else {
            let text = fs::read_to_string(entry.path()).expect("a tree that can be copied and read");
            fs::write(target, text.replace(ROOT, root.to_str().expect("a path of text")))
                .expect("a tree that can be copied and read");
        }
    }
}

fn files(directory: &Path) -> Files {
    let mut found = Files::new();
    for entry in fs::read_dir(directory).expect("a tree that can be copied and read") {
        let entry = entry.expect("a tree that can be copied and read");
        let kind = entry.file_type().expect("a tree that can be copied and read");
        if kind.is_dir() {
            found.extend(files(&entry.path()));
        } else if kind.is_file() {
            found.insert(entry.path(), fs::read(entry.path()).expect("a tree that can be copied and read"));
        }
    }
    found
}
