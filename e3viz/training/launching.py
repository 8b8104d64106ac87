"""Starting the process of a run, from a window, a terminal or a study."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from e3viz.errors import FileError, UserError
from e3viz.training.run import Run

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS")

NICENESS = 10
"""With it two runs on two cores leave a window nine tenths of its frame rate, without it two thirds."""

_started: list[subprocess.Popen[bytes]] = []
"""Kept so that those that end are taken note of, and leave no zombies behind."""


def launch(run: Run, *, detached: bool = True) -> subprocess.Popen[bytes]:
    """Begin or go on with a run in a process of its own. detached: it outlives whoever started it, and no Ctrl-C of theirs reaches it.

    Raises UserError if a process works on it already.
    """
    if run.alive():
        raise UserError(f"The run {run.folder.name} is being worked on already.", "Follow it with: e3viz runs --follow.")
    config = run.config()
    environment = os.environ | dict.fromkeys(_THREADS, str(config.threads)) | {"PYTHONUNBUFFERED": "1"}
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
    if detached:
        _give_way(process.pid)
    return process


def _give_way(pid: int) -> None:
    """Let a run work when nobody else wants to, so that windows stay smooth. Linux shares cores out among sessions first (sched_autogroup),
    and a process's own niceness counts only within its session: that of the session is set, too."""
    with suppress(OSError, AttributeError):  # gone already, or Windows, where it was started so
        os.setpriority(os.PRIO_PROCESS, pid, NICENESS)
    with suppress(OSError):
        group = Path(f"/proc/{pid}/autogroup")
        if group.exists():
            group.write_text(str(NICENESS), encoding="ascii")
