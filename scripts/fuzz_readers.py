#!/usr/bin/env python
"""Damages real files of every format and reads them: each must end in a structure or in one sentence.

    scripts/fuzz_readers.py --count 2000 --seed 1 [--keep FOLDER] [--only NAME]

Files are read in processes of their own, a batch each. A file fails if reading it raises anything but a FileError of one sentence, crashes
the process, takes longer than 10 s or brings the process above 1 GB. Failing files are kept. Exit status 1 if there were any.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import selectors
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SECONDS, MEGABYTES, BATCH = 10.0, 1024, 100

_NUMBER = re.compile(rb"[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?")
_INTEGER = re.compile(rb"(?<![\d.])\d+(?![\d.])")
_SYMBOL = re.compile(rb"\b(?:Na|Cl|O|H)\b")
ODD_NUMBERS = (b"nan", b"inf", b"-inf", b"1e400", b"0", b"-1", b"1e30", b"", b"*" * 8, b"1.0.0", b"0x1F", b"9" * 400, b"1_000")
ODD_COUNTS = (b"0", b"-5", b"999999999999", b"2147483648", b"1000000000", b"99999999", b"7", b"3.5", b"nan")


def _place(chance: random.Random, data: bytes, pattern: re.Pattern[bytes], new: bytes) -> bytes:
    found = list(pattern.finditer(data))
    if not found:
        return data
    here = chance.choice(found[:8] if chance.random() < 0.5 else found)
    return data[: here.start()] + new + data[here.end() :]


def _flip(chance: random.Random, data: bytes) -> bytes:
    damaged = bytearray(data)
    for _ in range(chance.choice((1, 3, 30, 300))):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def _piece(chance: random.Random, data: bytes) -> tuple[int, int]:
    start = chance.randrange(len(data))
    return start, min(len(data), start + chance.randrange(1, max(2, len(data) // 4)))


def _without(chance: random.Random, data: bytes) -> bytes:
    start, stop = _piece(chance, data)
    return data[:start] + data[stop:]


def _twice(chance: random.Random, data: bytes) -> bytes:
    start, stop = _piece(chance, data)
    return data[:stop] + data[start:]


def _lines(chance: random.Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    chance.shuffle(lines) if chance.random() < 0.2 else lines.pop(chance.randrange(len(lines)))
    return b"\n".join(lines)


def _zeros(chance: random.Random, data: bytes) -> bytes:
    """A stretch of numbers that are all zero: atoms on one point, cells without volume."""
    start, stop = _piece(chance, data)
    return data[:start] + _NUMBER.sub(b"0.0", data[start:stop]) + data[stop:]


def _noise(chance: random.Random, data: bytes) -> bytes:
    start = chance.randrange(len(data))
    return data[:start] + chance.randbytes(chance.choice((1, 8, 200))) + data[start:]


MUTATIONS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    lambda chance, data: data[: chance.randrange(len(data)) + 1],
    _flip,
    lambda chance, data: _place(chance, data, _NUMBER, chance.choice(ODD_NUMBERS)),
    lambda chance, data: _place(chance, data, _INTEGER, chance.choice(ODD_COUNTS)),
    lambda chance, data: _place(chance, data, _SYMBOL, chance.choice((b"Qq", b"", b"Xx9", b"\xc3\x85", b"Z" * 300, b"0"))),
    _without,
    _twice,
    _lines,
    _zeros,
    _noise,
    lambda chance, data: data.decode("latin-1").encode(chance.choice(("utf-16", "utf-8-sig", "utf-32"))),
    lambda chance, data: data.replace(b"\n", chance.choice((b"\r\n", b"\r", b"", b" "))),
    lambda chance, data: data + data,
    lambda chance, data: gzip.compress(data)[: chance.randrange(20, 2000)],
    lambda chance, data: data[chance.randrange(len(data)) :],
)


def damaged(chance: random.Random, path: Path, names: list[str]) -> tuple[str, bytes]:
    """A name and contents: mostly one mutation, sometimes several; sometimes under the name of another format."""
    data = path.read_bytes()
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        if data:
            data = chance.choice(MUTATIONS)(chance, data)
    name = chance.choice(names) if chance.random() < 0.05 else path.name
    return name + (".gz" if chance.random() < 0.03 else ""), data


def peak_megabytes() -> int:
    """The most memory this process has held. Not `ru_maxrss` where there is better: Linux hands that of the parent down to it."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) // 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used // (1 << 20 if sys.platform == "darwin" else 1024)


def read_batch(paths: list[str]) -> None:
    """In a process of its own: reads each file and says how it ended, one line of JSON each."""
    import resource

    from e3viz.atoms.reading import clear_cache, load
    from e3viz.errors import FileError

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (16 << 30, 16 << 30))  # so that a mistake does not take the machine along
    for path in paths:
        began = time.monotonic()
        try:
            trajectory = load(path)
            for structure in trajectory:
                if not len(structure) or not (abs(structure.positions) < 1e9).all():
                    raise AssertionError("a structure that is none")
            for name in trajectory.columns():
                if len(trajectory.column(name)) != len(trajectory):
                    raise AssertionError("a column of the wrong length")
            ended = "structure"
        except FileError as error:
            good = error.message.endswith(".") and "\n" not in error.message and len(error.message) < 400 and error.message.count(". ") < 2
            ended = "sentence" if good else f"no sentence: {error.message!r}"
            said = str(error)
        except Exception as error:  # whatever else there is, is what is being looked for
            ended = f"{type(error).__name__}: {error}"[:300]
        line = {"path": path, "ended": ended, "seconds": time.monotonic() - began, "megabytes": peak_megabytes()}
        print(json.dumps(line | ({"said": said} if ended == "sentence" else {})), flush=True)
        clear_cache()


def run(paths: list[Path]) -> list[dict[str, object]]:
    """The ends of all files, in batches; a batch goes on in a new process after a file that killed or hung its own."""
    ends: list[dict[str, object]] = []
    left = [str(path) for path in paths]
    while left:
        batch, given = left[:BATCH], len(ends)
        command = [sys.executable, str(Path(__file__).resolve()), "--batch"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            assert process.stdin and process.stdout
            process.stdin.write(json.dumps(batch))
            process.stdin.close()
            selector = selectors.DefaultSelector()
            selector.register(process.stdout, selectors.EVENT_READ)
            verdict = "the process died"
            while len(ends) - given < len(batch):
                if not selector.select(timeout=3 * SECONDS):
                    verdict = f"it hung for {3 * SECONDS:.0f} s"
                    break
                line = process.stdout.readline()
                if not line:
                    break
                ends.append(json.loads(line))
            process.kill()
        if len(ends) - given < len(batch):
            ends.append({"path": batch[len(ends) - given], "ended": verdict, "seconds": 0.0, "megabytes": 0})
        left = left[len(ends) - given :]
    return ends


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--count", type=int, default=2000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", default="", help="name of the one file of the corpus to damage")
    options.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "e3viz-fuzz", help="where failing files are put")
    options.add_argument("--sentences", action="store_true", help="print every different sentence")
    options.add_argument("--batch", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.batch:
        read_batch(json.load(sys.stdin))
        return 0
    sys.path[:0] = [str(ROOT / "tests")]
    from atoms.made_files import corpus

    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory(prefix="e3viz-fuzz-") as name:
        folder = Path(name)
        (folder / "sound").mkdir()
        sound = [path for path in corpus(folder / "sound") if given.only in ("", path.name)]
        names, paths = [path.name for path in sound], []
        for index in range(given.count):
            (folder / f"{index}").mkdir()
            file, data = damaged(chance, sound[index % len(sound)], names)
            paths.append(folder / f"{index}" / file)
            paths[-1].write_bytes(data)
        ends = run(paths)
        failing = [end for end in ends if _failed(end)]
        for end in failing:
            path = Path(str(end["path"]))
            given.keep.mkdir(parents=True, exist_ok=True)
            (given.keep / f"{given.seed}-{path.parent.name}-{path.name}").write_bytes(path.read_bytes())
            print(f"{path.parent.name}/{path.name}: {end['ended']}, {end['seconds']:.1f} s, {end['megabytes']} MB")
        if given.sentences:
            print("\n".join(sorted({re.sub(r"\d+", "#", str(end["said"])) for end in ends if "said" in end})))
        tally = Counter(str(end["ended"]) if not _failed(end) else "failed" for end in ends)
        slowest, largest = max(ends, key=lambda end: end["seconds"]), max(int(str(end["megabytes"])) for end in ends)  # type: ignore[arg-type, return-value]
        print(
            f"{len(ends)} files: {dict(tally)}; slowest {slowest['seconds']:.2f} s ({Path(str(slowest['path'])).name}), most {largest} MB"
        )
    return 1 if failing else 0


def _failed(end: dict[str, object]) -> bool:
    return end["ended"] not in ("structure", "sentence") or float(str(end["seconds"])) > SECONDS or int(str(end["megabytes"])) > MEGABYTES


if __name__ == "__main__":
    sys.exit(main())
