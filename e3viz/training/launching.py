"""Starting the process of a run, from a window, a terminal or a study."""

from __future__ import annotations

import os
import subprocess
import sys

from e3viz.errors import FileError, UserError
from e3viz.training.priority import GIVES_WAY
from e3viz.training.run import Run

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS")

_started: list[subprocess.Popen[bytes]] = []
"""Kept so that those that end are taken note of, and leave no zombies behind."""


def launch(run: Run, *, detached: bool = True) -> subprocess.Popen[bytes]:
    """Begin or go on with a run in a process of its own. detached: it outlives whoever started it, and no Ctrl-C of theirs reaches it.

    Raises UserError if a process works on it already.
    """
    if run.alive():
        raise UserError(f"The run {run.folder.name} is being worked on already.", "Follow it with: e3viz runs --follow.")
    config = run.config()
    environment = os.environ | dict.fromkeys(_THREADS, str(config.threads)) | {"PYTHONUNBUFFERED": "1", GIVES_WAY: "1" if detached else ""}
    _started[:] = [one for one in _started if one.poll() is None]
    try:
        with run.path("log.txt").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "e3viz.training", str(run.folder.absolute())],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=detached,
                creationflags=0x00004208 if detached and sys.platform == "win32" else 0,  # detached, a group of its own, below normal
            )
    except OSError as error:
        raise FileError(f"The run {run.folder.name} cannot be started: {error.strerror or error}.") from error
    _started.append(process)
    return process
