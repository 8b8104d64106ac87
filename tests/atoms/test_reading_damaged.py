"""The worst that fuzzing found or that somebody could mean ill with: each ends in a sentence or a structure, at once and in little memory.

`scripts/fuzz_readers.py` makes new ones by the thousand; a short run of it is part of these tests.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from e3viz.atoms.reading import load
from e3viz.errors import FileError

FOLDER = Path(__file__).parent / "damaged"
FILES = sorted(FOLDER.iterdir())
STRUCTURES = {"tail.xyz", "dump.long.dump", "vasprun.cut.xml"}  # sound before or beside what is wrong with them


@pytest.mark.parametrize("path", [p for p in FILES if p.name not in STRUCTURES], ids=lambda path: path.name)
def test_it_ends_in_one_sentence(path: Path) -> None:
    with pytest.raises(FileError) as caught:
        load(path)
    assert path.name in caught.value.message
    assert caught.value.message.endswith(".")
    assert caught.value.hint


@pytest.mark.parametrize("name", sorted(STRUCTURES))
def test_what_is_sound_is_shown(name: str) -> None:
    trajectory = load(FOLDER / name)
    assert len(trajectory) == 1
    for column in trajectory.columns():
        assert len(trajectory.column(column)) == 1


def test_none_needs_time_or_memory(checkout: Path) -> None:
    fuzzer = str(checkout / "scripts" / "fuzz_readers.py")
    paths = json.dumps([str(path) for path in FILES])
    ended = subprocess.run([sys.executable, fuzzer, "--batch"], input=paths, capture_output=True, text=True, timeout=60, check=True)
    ends = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [end["path"] for end in ends] == [str(path) for path in FILES]
    assert max(end["seconds"] for end in ends) < 5
    assert max(end["megabytes"] for end in ends) < 400
    assert {end["ended"] for end in ends} == {"structure", "sentence"}


def test_a_short_run_of_the_fuzzer_finds_nothing(checkout: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(checkout / "scripts" / "fuzz_readers.py"), "--count", "240", "--seed", "11", "--keep", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stdout
    assert "240 files" in ended.stdout
