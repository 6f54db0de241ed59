#!/usr/bin/env python3
"""Records what the real helm answers for every case in cases/: `record.py HELM`.

A case has templates, and may have files, values, flags, and fields of Chart.yaml; the answer is `out`, or `error` without the
word Error in front and without what is said about flags behind it."""
import json, pathlib, subprocess, sys, tempfile

helm = sys.argv[1]
for path in sorted((pathlib.Path(__file__).parent / "cases").glob("*.json")):
    cases = json.loads(path.read_text())
    for case in cases:
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory)
            chart = {"apiVersion": "v2", "name": "c", "version": "0.1.0", **case.get("chart", {})}
            files = {"Chart.yaml": json.dumps(chart), "values.yaml": json.dumps(case.get("values", {}))}
            for name, text in {**files, **case.get("files", {}), **case["templates"]}.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_bytes(text.encode())
            done = subprocess.run([helm, "template", "rel", directory, *case.get("flags", [])], capture_output=True)
        case.pop("out", None), case.pop("error", None)
        if done.returncode:
            lines = [line for line in done.stderr.decode().split("\n") if not line.startswith("level=")]
            text = "\n".join(lines).removeprefix("Error: ").split("\n\nUse --debug")[0]
            case["error"] = text.rstrip("\n")
        else:
            case["out"] = done.stdout.decode()
    path.write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n")
