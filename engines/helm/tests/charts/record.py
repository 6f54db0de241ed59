#!/usr/bin/env python3
"""Records what the original makes of the charts in *.case.

usage: record.py HELM [NAME...]     (HELM is the binary of helm 4.2.4)
A case is a text file: what it shows, then files, each behind a line `-- path --`. `arguments` holds what follows
`helm template demo CHART`, one a line; files whose path begins with `../` stand beside the chart. `a.tgz!/b` is the file b
in the archive a, which holds it below `packed/`; a first file `packed!/` makes the whole chart an archive, with paths as they
stand. `stdout` and `stderr` are recorded; what every machine or moment would say in its own way is taken out."""
import io, pathlib, re, subprocess, sys, tarfile, tempfile

PRINT = '{"chart":{{ toJson .Chart }},"values":{{ toJson .Values }}}\n'


def parts(text):
    head, *rest = re.split(r"^-- (.*) --\n", text, flags=re.M)
    return head, list(zip(rest[::2], rest[1::2]))


def pack(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, body in files:
            info = tarfile.TarInfo(name)
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    return out.getvalue()


def content(body):
    """`PRINT` stands for the template that shows what a chart sees; escapes stand for bytes that are no text."""
    if body == "PRINT\n":
        body = PRINT
    if body.startswith("ESCAPED "):
        return body[len("ESCAPED "):-1].encode().decode("unicode_escape").encode("latin1")
    return body.encode()


def tree(files):
    """The files of a directory, inner archives packed."""
    found, packed = {}, {}
    for name, body in files:
        if "!/" in name:
            archive, inner = name.split("!/", 1)
            packed.setdefault(archive, []).append((inner, body))
        else:
            found[name] = content(body)
    for archive, inner in packed.items():
        found[archive] = pack([("packed/" + name, body) for name, body in tree(inner).items()])
    return found


def record(helm, case):
    head, files = parts(case.read_text())
    files = [(name, body) for name, body in files if name not in ("stdout", "stderr")]
    arguments = next((body.splitlines() for name, body in files if name == "arguments"), [])
    rest = [(name, body) for name, body in files if name != "arguments"]
    with tempfile.TemporaryDirectory() as root:
        chart = pathlib.Path(root, "chart")
        if rest and rest[0][0] == "packed!/":
            chart = pathlib.Path(root, "chart.tgz")
            chart.write_bytes(pack([(name, content(body)) for name, body in rest[1:]]))
        else:
            chart.mkdir()
            for name, body in tree(rest).items():
                path = pathlib.Path(chart, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(body)
        arguments = [argument.replace("../", root + "/") for argument in arguments]
        run = subprocess.run([helm, "template", "demo", chart, *arguments], cwd=root, capture_output=True, text=True)
        stderr = run.stderr.replace(root + "/", "")
    lines = [re.sub(r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d |^(time=\S+ )", "", line) for line in stderr.splitlines()]
    lines = [line for line in lines if line and "--debug" not in line and not line.startswith("level=INFO") and "chart dependencies processing failed\"" not in line]
    warnings = sorted({line for line in lines if "arning" in line.lower() or line.startswith("level=WARN") or "Skipping" in line})
    errors = [line for line in lines if line not in warnings]
    stderr = "".join(line + "\n" for line in warnings + errors)
    files = [*files, ("stdout", run.stdout), ("stderr", stderr)]
    case.write_text(head + "".join(f"-- {name} --\n{body}" for name, body in files))
    return run


if __name__ == "__main__":
    helm, names = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    for case in sorted(pathlib.Path(__file__).parent.glob("*.case")):
        if not names or case.stem in names:
            run = record(helm, case)
            print(case.stem, "error" if run.returncode else "ok")
