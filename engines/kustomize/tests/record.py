#!/usr/bin/env python3
"""Records what the original answers to the cases in cases/.

usage: record.py KUSTOMIZE [NAME...]     (KUSTOMIZE is the binary of kustomize 5.8.1)
A case is a text file: what it shows, then files, each behind a line `-- path --`. The last part is called `expected`, and
holds the original's output, or `error` alone when the original refuses. The target is the directory `app`, else the root."""
import pathlib, re, subprocess, sys, tempfile

def parts(text):
    head, *rest = re.split(r"^-- (.*) --\n", text, flags=re.M)
    return head, list(zip(rest[::2], rest[1::2]))

def record(kustomize, case):
    head, files = parts(case.read_text())
    files = [(name, body) for name, body in files if name != "expected"]
    with tempfile.TemporaryDirectory() as root:
        for name, body in files:
            path = pathlib.Path(root, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body)
        target = "app" if pathlib.Path(root, "app").is_dir() else "."
        run = subprocess.run([kustomize, "build", target], cwd=root, capture_output=True, text=True)
    expected = run.stdout if run.returncode == 0 else "error\n"
    case.write_text(head + "".join(f"-- {name} --\n{body}" for name, body in files) + f"-- expected --\n{expected}")
    return run

if __name__ == "__main__":
    kustomize, names = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    for case in sorted(pathlib.Path(__file__).parent.glob("cases/*.case")):
        if not names or case.stem in names:
            run = record(kustomize, case)
            print(case.stem, "error" if run.returncode else "ok")
