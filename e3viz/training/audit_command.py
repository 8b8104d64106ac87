"""The subcommand `audit`: whether a potential is what it says to be, for people and for their continuous integration."""

from __future__ import annotations

import argparse
from pathlib import Path

from e3viz.arguments import TRUST, Command, Parser, existing, text
from e3viz.errors import FileError, UserError
from e3viz.terminal import progress


def _audit_arguments(parser: Parser) -> None:
    add = parser.add_argument
    add("model", metavar="MODEL", type=text, help="the potential: an .e3p file, .snapcoeff, .mtp, a model of MACE or NequIP, .toml")
    add("file", metavar="FILE", type=text, help="structures to audit it on; a handful is enough")
    add("--frames", metavar="N,N,…", type=text, default="0", help="which frames of the file; the first if not given")
    add("--precision", metavar="P", type=text, default="", help="float32 or float64 alone; both if not given")
    add("--trust", action="store_true", help=TRUST)
    add("--json", action="store_true", help="every number as JSON on standard output")
    add("-o", "--output", metavar="REPORT", type=Path, help="also write a report: .html (one file) or .json")


def _audit(asked: argparse.Namespace) -> int:
    from e3viz.atoms.reading import load
    from e3viz.potentials.audit import audit
    from e3viz.potentials.audit.html import write
    from e3viz.potentials.audit.running import PRECISIONS
    from e3viz.potentials.opening import open_potential

    model, file = existing(asked.model), existing(asked.file)
    output = asked.output.expanduser() if asked.output else None
    if output is not None and (output.suffix.lower() not in (".html", ".json") or not output.parent.is_dir()):
        raise FileError(f"A report cannot be written as “{output.name}”.", "Name an .html or .json file in a folder that is there.")
    if asked.precision and asked.precision not in PRECISIONS:
        raise UserError(f"“{asked.precision}” is no precision.", "Choose float32 or float64.")
    with progress():
        frames = load(file)
        chosen = [frames[number] for number in _numbers(asked.frames)]
        said = audit(open_potential(model, trusting=asked.trust), chosen, precisions=(asked.precision,) if asked.precision else PRECISIONS)
    if output is not None:
        write(said, output, f"{model.name} on {file.name}")
    if asked.json:
        import json

        print(json.dumps(said.table(), indent=1, ensure_ascii=False))
        return int(not said.passed)
    print(f"{model.name}: {'passed' if said.passed else 'FAILED'}, {len(said.findings)} numbers in {said.seconds:.1f} s")
    for sentence in (*said.verdicts, *said.notes):
        print(f"  {sentence}")
    for precision in dict.fromkeys(one.precision for one in said.findings):
        for test in dict.fromkeys(one.test for one in said.findings if one.precision == precision):
            worst = said.worst(test, precision)
            assert worst is not None
            mark = "" if worst.passed else "  FAILED"
            print(f"  {precision}  {test:<13} {worst.error:8.1e} of {worst.tolerance:.0e}  {worst.quantity}{mark}")
    return int(not said.passed)


def _numbers(written: str) -> list[int]:
    try:
        return [int(part) for part in written.split(",")]
    except ValueError:
        raise UserError(f"“{written}” names no frames.", "Write for example --frames 0,10,20.") from None


AUDIT = Command(
    "audit",
    "test a potential: equivariance of every layer, forces, cutoff, conservation",
    _audit_arguments,
    _audit,
    (
        "e3viz audit model.e3p structures.extxyz",
        "e3viz audit model.e3p crystal.cif --precision float64 -o report.html",
        "e3viz audit model.e3p run.extxyz --frames 0,50,100 --json",
    ),
)
