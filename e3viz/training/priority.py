"""Runs that work beside a person's windows give way to them, once they have shown their first epoch.

Linux shares cores out among sessions first (sched_autogroup), and a process's own niceness counts only within its session, which is why
`nice` alone protects nobody: the niceness of the session is set as well. On Windows a run is started below normal priority.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

GIVES_WAY = "E3VIZ_GIVES_WAY"
"""The variable by which whoever starts a process in a session of its own asks it to."""
NICENESS = 10
"""With it two runs on two cores leave a window nearly nine tenths of its frame rate, without it two thirds."""


def give_way() -> None:
    """Work when nobody else wants to, from now on, if that was asked for; only of a process with a session of its own."""
    if not os.environ.pop(GIVES_WAY, "") or not hasattr(os, "getsid") or os.getsid(0) != os.getpid():
        return
    with suppress(OSError):
        os.setpriority(os.PRIO_PGRP, 0, NICENESS)  # every thread: a network's have begun by now
    group = Path("/proc/self/autogroup")
    with suppress(OSError):
        if group.exists():
            group.write_text(str(NICENESS), encoding="ascii")
