#!/usr/bin/env python3
"""How long it takes from the command to a window that has drawn the structure and answers, beside `ase gui`.

Both programs are started as a person starts them, in turn, on one virtual display, with the same file: the trajectory of 1,197 frames that
e3viz opens at first start, and a file of one structure. Ours reports the moment at which
the file's first 3D picture stands on the screen and the event loop has answered after it, ASE's the moment at which Tk has drawn its
window and has nothing left to do; both in seconds since the system started the process. The first run of each does not count.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import bench_common as bench

GOAL = 0.5

SINCE_START = """
import os, time
from pathlib import Path

def since_start():
    ticks = float(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks
"""
ASE = (
    SINCE_START
    + """
import json, sys, tkinter

def drawn(n=0):
    root = tkinter._get_default_root()
    root.update()
    root.after_idle(lambda: (print(json.dumps({"seconds": since_start()}), flush=True), os._exit(0)))
    root.update()

tkinter.mainloop = drawn
from ase.cli.main import main
main(args=["gui", sys.argv[1]])
"""
)


def e3viz(file: Path) -> float:
    """Seconds from the start of our process to its drawn window."""
    report = started([sys.executable, "-m", "e3viz", "--time-to-first-picture", str(file)])
    if report["heavy"]:
        sys.exit(f"bench: the window imported {', '.join(report['heavy'])} on its way to the first picture.")
    return float(report["seconds"])


def ase_gui(file: Path) -> float:
    """Seconds from the start of ASE's process to its drawn window."""
    return float(started([sys.executable, "-c", ASE, str(file)])["seconds"])


def started(command: list[str]) -> dict[str, Any]:
    """What a program reports of its own start. Its output goes to files: ASE's plot of many frames is a process that outlives it."""
    with tempfile.TemporaryDirectory() as home:
        settings = dict.fromkeys(("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"), home)
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # both sides warm
        said, wrong = Path(home) / "said", Path(home) / "wrong"
        with said.open("w") as out, wrong.open("w") as err:
            process = subprocess.Popen(command, stdout=out, stderr=err, env=kept | settings, start_new_session=True)
            status = process.wait(120)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        if status:
            sys.exit(f"bench: {' '.join(command[:3])} failed:\n{wrong.read_text()}")
        report: dict[str, Any] = json.loads(next(line for line in said.read_text().splitlines() if line.startswith('{"seconds"')))
    return report


def has_tk() -> bool:
    """Whether this interpreter can open ASE's window."""
    return subprocess.run([sys.executable, "-c", "import tkinter"], capture_output=True, check=False).returncode == 0


def main() -> int:
    asked = bench.arguments(__doc__ or "")
    bench.set_up("ase")
    from e3viz.resources import SAMPLE

    peer = has_tk()
    if not peer:
        bench.say("this Python has no tkinter (on Debian: apt-get install python3-tk), so ASE's window cannot be timed here.")
    results = []
    with tempfile.TemporaryDirectory() as folder, bench.display():
        lines = SAMPLE.read_text(encoding="utf-8").splitlines(keepends=True)
        one = Path(folder) / "ethanol.extxyz"
        one.write_text("".join(lines[: int(lines[0]) + 2]), encoding="utf-8")
        times = 2 if asked.quick else 7
        for what, file in (("the bundled trajectory", SAMPLE), ("one structure", one)):
            ours, theirs = bench.in_turn(lambda file=file: e3viz(file), (lambda file=file: ase_gui(file)) if peer else None, times)
            results.append(bench.Result.at_most(f"start-up with {what} to the first 3D picture (s)", ours, theirs, GOAL))
    return bench.write(results, as_json=asked.json)


if __name__ == "__main__":
    sys.exit(main())
