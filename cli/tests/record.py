#!/usr/bin/env python3
"""Records what the original answers to the command lines in arguments.json.

usage: record.py KUSTOMIZE     (KUSTOMIZE is the binary of kustomize 5.8.1)

An entry holds the arguments after `build`, and where they matter environment, stdin and the working directory. Each
runs in a fresh copy of tree/, in which @ROOT@ is the place of the copy. Recorded are the exit code, stdout, and the files
that were made or changed. Answers hold the place of the copy as @ROOT@, too."""
import json, os, pathlib, shutil, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).parent

def files(root):
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file() and not p.is_symlink()}

def record(kustomize, entry, root):
    shutil.copytree(HERE / "tree", root, symlinks=True)
    for path, content in files(root).items():
        (root / path).write_bytes(content.replace(b"@ROOT@", str(root).encode()))
    before = files(root)
    environment = {**os.environ, **entry.get("environment", {})}
    arguments = [argument.replace("@ROOT@", str(root)) for argument in entry["arguments"]]
    run = subprocess.run([kustomize, "build", *arguments], cwd=root / entry.get("directory", "."), env=environment,
                         input=entry.get("stdin", "").encode(), capture_output=True)
    shown = lambda content: content.decode().replace(str(root), "@ROOT@")
    written = {path: shown(content) for path, content in files(root).items() if before.get(path) != content}
    entry.update(exit=run.returncode, stdout=shown(run.stdout), files=written)

if __name__ == "__main__":
    kustomize, path = str(pathlib.Path(sys.argv[1]).resolve()), HERE / "arguments.json"
    entries = json.loads(path.read_text())
    for entry in entries:
        with tempfile.TemporaryDirectory() as room:
            record(kustomize, entry, pathlib.Path(room).resolve() / "tree")
    lines = [json.dumps(entry, ensure_ascii=False) for entry in entries]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n")
