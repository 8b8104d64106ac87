"""A study under way in a process of its own: begun, asked to stop, and whether anybody works on it. Windows and terminals alike."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from e3viz.errors import FileError, UserError
from e3viz.training.lock import held
from e3viz.training.study import Study

STOP = "stop"
"""A file of this name in a study's folder asks whoever starts its runs to end; runs under way go on next time from where they stand."""

_begun: list[subprocess.Popen[bytes]] = []


def under_way(folder: Path) -> bool:
    """Whether a process starts runs of the study in a folder."""
    return held(folder / "lock")


def begin(study: Study, workers: int) -> None:
    """Run what is missing of a study, in a process that outlives whoever asked. Raises UserError if one does so already."""
    if under_way(study.folder):
        raise UserError(f"The study {study.folder.name} is being worked on already.", "Follow it here; stop it first to begin anew.")
    (study.folder / STOP).unlink(missing_ok=True)
    words = [
        sys.executable,
        "-m",
        "e3viz",
        "study",
        str(study.folder / "study.toml"),
        "--out",
        str(study.folder),
        "--workers",
        str(workers),
    ]
    _begun[:] = [one for one in _begun if one.poll() is None]  # those that end leave no zombies
    try:
        with (study.folder / "log.txt").open("ab") as log:
            _begun.append(subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True))
    except OSError as error:
        raise FileError(f"The study {study.folder.name} cannot be started: {error.strerror or error}.") from error


def ask_to_stop(folder: Path) -> None:
    """Whoever starts runs of this study ends soon. Raises UserError if nobody does."""
    if not under_way(folder):
        raise UserError("Nobody works on this study.", "Start it to go on.")
    try:
        (folder / STOP).touch()
    except OSError as error:
        raise FileError(f"The study {folder.name} cannot be asked to stop: {error.strerror or error}.") from error
