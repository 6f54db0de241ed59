#!/usr/bin/env python3
"""Records what the original answers to the cases in cases/.

usage: record.py KUSTOMIZE [NAME...]     (KUSTOMIZE is the binary of kustomize 5.8.1)

A case is one text file. Its head says which rule it guards; parts follow, each behind a line `-- name --`:
  PATH               a file
  PATH (base64)      a file that is no text
  PATH -> TARGET     a symbolic link, both from the root; without a body
  args               flags of the build
  expected           the output of the original, or `error` alone when it refuses
  refusal            how ours refuses then; SLUICE_RECORD_REFUSALS=1 cargo test --test recorded writes it
The target of the build is the directory `app`, else the root."""
import base64, os, pathlib, re, subprocess, sys, tempfile

def parts(text):
    head, *rest = re.split(r"^-- (.*) --\n", text, flags=re.M)
    return head, list(zip(rest[::2], rest[1::2]))

def put(root, name, body):
    link, _, target = name.partition(" -> ")
    path = pathlib.Path(root, link.removesuffix(" (base64)"))
    path.parent.mkdir(parents=True, exist_ok=True)
    if target:
        path.symlink_to(os.path.relpath(pathlib.Path(root, target), path.parent))
    else:
        path.write_bytes(base64.b64decode(body) if name.endswith(" (base64)") else body.encode())

def record(kustomize, case):
    head, files = parts(case.read_bytes().decode())
    answers = {name: body for name, body in files if name in ("expected", "refusal")}
    files = [(name, body) for name, body in files if name not in answers]
    with tempfile.TemporaryDirectory() as root:
        for name, body in files:
            if name != "args":
                put(root, name, body)
        target = "app" if pathlib.Path(root, "app").is_dir() else "."
        run = subprocess.run([kustomize, "build", target, *dict(files).get("args", "").split()], cwd=root, capture_output=True)
    answers["expected"] = "error\n" if run.returncode else run.stdout.decode()
    if not run.returncode:
        answers.pop("refusal", None)
    text = head + "".join(f"-- {name} --\n{body}" for name, body in files + list(answers.items()))
    case.write_bytes(text.encode())
    return run

if __name__ == "__main__":
    kustomize, names = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    for case in sorted(pathlib.Path(__file__).parent.glob("cases/*.case")):
        if not names or case.stem in names:
            run = record(kustomize, case)
            print(case.stem, run.stderr.decode(errors="replace").strip().splitlines()[-1] if run.returncode else "ok")
