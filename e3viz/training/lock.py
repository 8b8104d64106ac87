"""Who works in a run's folder: a lock that the system lets go of when its process ends, however it ends."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import BinaryIO

from e3viz.errors import UserError

_PATIENCE = 3.0


class Lock:
    """Held by one process at a time, from `take` to `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stream: BinaryIO | None = None

    def take(self) -> None:
        """Raises UserError if another process holds it. Readers that look whether it is held may delay it for a moment."""
        stream = self.path.open("ab")
        until = time.monotonic() + _PATIENCE
        while not _try(stream, shared=False):
            if time.monotonic() > until:
                stream.close()
                raise UserError(f"The run in {self.path.parent.name} is being worked on by another process.", "Stop that one first.")
            time.sleep(0.05)
        self._stream = stream

    def release(self) -> None:
        """Let another process have it."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None


def held(path: Path) -> bool:
    """Whether some process holds the lock now."""
    try:
        with path.open("rb") as stream:
            return not _try(stream, shared=True)
    except OSError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _try(stream: BinaryIO, *, shared: bool) -> bool:
        try:
            stream.seek(0)
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
            if shared:
                msvcrt.locking(stream.fileno(), msvcrt.LK_UNLCK, 1)
        except OSError:
            return False
        return True

else:
    import errno
    import fcntl

    def _try(stream: BinaryIO, *, shared: bool) -> bool:
        try:
            fcntl.flock(stream.fileno(), (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError as error:
            # a file system without locks cannot say no
            return error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)
        return True
