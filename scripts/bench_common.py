"""What all benchmarks share: how they are called, how two sides take turns, and how a result is written.

Convention: `ours` and `peer` are medians in the unit that stands in `name`, `ratio` is ours / peer, `goal` says in words what is asked
for, and `ok` is whether it was reached (null where there is no goal, or where the peer cannot run here). `--json` writes one object per
line; what is said beside that goes to stderr.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / ".venv" / "bin" / "python"


@dataclass(frozen=True)
class Result:
    """One line of a benchmark."""

    name: str
    ours: float | None
    peer: float | None
    ratio: float | None
    goal: str
    ok: bool | None

    @classmethod
    def at_most(cls, name: str, ours: float | None, peer: float | None, ratio: float | None = None) -> Result:
        """Ours may take at most `ratio` times what the peer takes (no goal if None)."""
        found = ours / peer if ours is not None and peer else None
        reached = None if found is None or ratio is None else found <= ratio
        return cls(name, ours, peer, found, "" if ratio is None else f"ratio ≤ {ratio:g}", reached)

    @classmethod
    def below(cls, name: str, ours: float, limit: float) -> Result:
        """Ours may be at most `limit`, in the unit of `name`; there is no peer."""
        return cls(name, ours, None, None, f"≤ {limit:g}", ours <= limit)


def arguments(description: str) -> argparse.Namespace:
    """The options that every benchmark takes: quick (under a minute) and json."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer and smaller cases, in under a minute")
    parser.add_argument("--json", action="store_true", help="one JSON object per line: name, ours, peer, ratio, goal, ok")
    return parser.parse_args()


def set_up(*peers: str) -> None:
    """Makes sure that e3viz and these modules can be imported: if not, the locked extra `bench` is installed into .venv and this
    script starts again there."""
    missing = [name for name in ("e3viz", *peers) if importlib.util.find_spec(name) is None]
    if not missing:
        return
    if Path(sys.prefix) == PYTHON.parents[1] and os.environ.get("E3VIZ_BENCH_READY"):
        sys.exit(f"bench: {', '.join(missing)} cannot be imported although the extra “bench” is installed.")
    subprocess.run(["bash", str(ROOT / "scripts" / "setup.sh"), "bench"], check=True)
    os.environ["E3VIZ_BENCH_READY"] = "1"
    os.execv(PYTHON, [str(PYTHON), *sys.argv])


def in_turn(ours: Callable[[], float], peer: Callable[[], float] | None, times: int, *, warm: int = 1) -> tuple[float, float | None]:
    """The medians of both, measured alternately `times` times after `warm` runs of each that do not count."""
    mine: list[float] = []
    theirs: list[float] = []
    for turn in range(warm + times):
        mine.append(ours())
        if peer is not None:
            theirs.append(peer())
        say(f"run {turn + 1} of {warm + times}: ours {mine[-1]:.4g}" + (f", peer {theirs[-1]:.4g}" if theirs else ""))
    return statistics.median(mine[warm:]), statistics.median(theirs[warm:]) if theirs else None


def write(results: list[Result], *, as_json: bool) -> int:
    """Write the results; the exit status, 1 if a goal was missed."""
    if as_json:
        for result in results:
            print(json.dumps(asdict(result), ensure_ascii=False), flush=True)
    else:
        print(machine())
        width = max(len(result.name) for result in results)
        print(f"{'':<{width}}  {'ours':>10}  {'peer':>10}  {'ratio':>7}  goal")
        for r in results:
            verdict = {True: "reached", False: "MISSED", None: ""}[r.ok]
            print(f"{r.name:<{width}}  {_cell(r.ours):>10}  {_cell(r.peer):>10}  {_cell(r.ratio):>7}  {r.goal}  {verdict}".rstrip())
    return int(any(result.ok is False for result in results))


def say(text: str) -> None:
    """Something for the person who waits, not for the record."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def machine() -> str:
    """The machine in one line: numbers mean nothing without it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return f"{model}, {os.cpu_count()} cores, load {load:.1f}, Python {platform.python_version()}, {platform.system()}"


@contextmanager
def display() -> Iterator[None]:
    """A display for windows: a virtual one (Xvfb) of its own, so that both sides draw in software and nobody's screen flickers."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "2600x1500x24", "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen(command, pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writing)
    before = {name: os.environ.pop(name, None) for name in ("DISPLAY", "WAYLAND_DISPLAY")}
    try:
        with os.fdopen(reading) as pipe:
            os.environ["DISPLAY"] = f":{pipe.readline().strip()}"
        yield
    finally:
        server.terminate()
        server.wait()
        os.environ.pop("DISPLAY", None)
        os.environ.update({name: value for name, value in before.items() if value is not None})


def _cell(number: float | None) -> str:
    return "–" if number is None else f"{number:.4g}"
