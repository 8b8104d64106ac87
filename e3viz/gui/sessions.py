"""Session files, the autosaved one that is offered after a crash, and the last one.

Every window autosaves to a file of its own in the data folder and holds a lock beside it. A window that closes turns its file into the
last session, which can be gone on with. A file whose lock is free was left by a crash: the lock knows process, host and start of the
machine, so another process that happens to have the same number does not hide it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QTimer

from e3viz.errors import UserError
from e3viz.files import replacing
from e3viz.gui.settings import data_folder
from e3viz.gui.store import Store
from e3viz.labs.session import Session, as_json, load

SUFFIX = ".e3viz.json"
LOCK = ".lock"
AUTOSAVE_AFTER = 1500
LAST = "last" + SUFFIX


def save(session: Session, path: Path) -> None:
    """Write a session; raises FileError and leaves what was there."""
    with replacing(path) as part:
        part.write_text(as_json(session), encoding="utf-8")


def last_session() -> Path | None:
    """The session of the window that closed last, None if there is none."""
    path = data_folder() / LAST
    return path if path.is_file() else None


def remove(path: Path) -> None:
    """Remove a session that is not wanted any more; where that is not allowed, it stays."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


class Autosave(QObject):
    """Writes the session some time after it changed, and finds what a crashed window left."""

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._folder = data_folder() / "autosave"
        self._path = self._folder / f"{os.getpid()}-{id(self):x}{SUFFIX}"
        self._lock: QLockFile | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(AUTOSAVE_AFTER)
        self._timer.timeout.connect(self.write)
        store.changed.connect(lambda *_: self._timer.start())

    def write(self) -> None:
        """Write now. A disk that is full must not disturb anybody: the next change tries again."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if self._lock is None:
                self._lock = _lock(self._path)
                self._lock.tryLock(0)
            save(self._store.session, self._path)
        except (OSError, UserError):
            return

    def left_by_crash(self) -> tuple[Path, Session] | None:
        """The newest session that a window left without closing, or None; older ones and unreadable ones are removed."""
        found: tuple[Path, Session] | None = None
        left = [path for path in self._folder.glob("*" + SUFFIX) if path != self._path and _free(path)]
        for path in sorted(left, key=_changed, reverse=True):
            if found is None:
                try:
                    found = path, load(path)
                    continue
                except UserError:
                    pass
            remove(path)
        return found

    def close(self) -> None:
        """A window that closes properly leaves nothing but the last session, if anything was done in it."""
        self._timer.stop()
        if self._lock is None and not self._store.undo_text:
            return
        with suppress(OSError, UserError):  # nobody may be kept from closing the window
            data_folder().mkdir(parents=True, exist_ok=True)
            save(self._store.session, data_folder() / LAST)
        remove(self._path)
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None


def _lock(path: Path) -> QLockFile:
    lock = QLockFile(str(path) + LOCK)
    lock.setStaleLockTime(0)  # a window may stay open for days: only the end of its process frees its lock
    return lock


def _free(path: Path) -> bool:
    """Whether no window holds this file any more."""
    lock = _lock(path)
    if not lock.tryLock(0):
        return False
    lock.unlock()
    return True


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
