"""Writing never loses what was there before."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from e3viz.errors import FileError
from e3viz.files import replacing


def test_a_file_is_written_with_the_usual_permissions_and_its_suffix(odd_folder: Path) -> None:
    target = odd_folder / "picture.png"
    with replacing(target) as part:
        assert part.parent == odd_folder and part.suffix == ".png" and part != target
        part.write_bytes(b"new")
        assert not target.exists()
    assert target.read_bytes() == b"new"
    umask = os.umask(0)
    os.umask(umask)
    assert target.stat().st_mode & 0o777 == 0o666 & ~umask
    assert list(odd_folder.iterdir()) == [target]


@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "No space left on device"), ValueError("a defect"), KeyboardInterrupt()])
def test_after_a_failure_the_old_file_is_whole_and_nothing_is_left_beside_it(tmp_path: Path, failure: BaseException) -> None:
    target = tmp_path / "kept.svg"
    target.write_text("old")
    expected = FileError if isinstance(failure, OSError) else type(failure)
    with pytest.raises(expected) as raised, replacing(target) as part:
        part.write_text("half of the n")
        raise failure
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
    if isinstance(raised.value, FileError):
        assert "kept.svg could not be written: No space left on device." in str(raised.value)


def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    """A child may write files of 4 kB at most; the larger one does not fit and the old one stays."""
    pytest.importorskip("resource")
    target = tmp_path / "kept.bin"
    target.write_bytes(b"old")
    child = f"""
import resource, signal
from pathlib import Path
from e3viz.errors import FileError
from e3viz.files import replacing
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    with replacing(Path({str(target)!r})) as part:
        part.write_bytes(bytes(100_000))
except FileError as error:
    print(error)
"""
    said = subprocess.run([sys.executable, "-c", child], capture_output=True, text=True, check=True).stdout
    assert said.startswith("kept.bin could not be written: File too large.")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"a\.png could not be written: No such file or directory\."), replacing(tmp_path / "no" / "a.png"):
        raise AssertionError("the block is not entered")
