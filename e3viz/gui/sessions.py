"""Session files, and the autosaved one that is offered after a crash.

Every window autosaves to a file of its own in the data folder, named after its process, and removes it when it closes. A file whose
process is gone was left by a crash.
"""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from e3viz.errors import UserError
from e3viz.files import replacing
from e3viz.gui.settings import data_folder
from e3viz.gui.store import Store
from e3viz.labs.session import Session, as_json, load

SUFFIX = ".e3viz.json"
AUTOSAVE_AFTER = 1500


def save(session: Session, path: Path) -> None:
    """Write a session; raises FileError and leaves what was there."""
    with replacing(path) as part:
        part.write_text(as_json(session), encoding="utf-8")


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class Autosave(QObject):
    """Writes the session some time after it changed, and finds what a crashed window left."""

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._folder = data_folder() / "autosave"
        self._path = self._folder / f"{os.getpid()}-{id(self):x}{SUFFIX}"
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(AUTOSAVE_AFTER)
        self._timer.timeout.connect(self.write)
        store.changed.connect(lambda *_: self._timer.start())

    def write(self) -> None:
        """Write now. A disk that is full must not disturb anybody: the next change tries again."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            save(self._store.session, self._path)
        except (OSError, UserError):
            return

    def left_by_crash(self) -> tuple[Path, Session] | None:
        """The newest session that a window left without closing, or None; older ones and unreadable ones are removed."""
        found: tuple[Path, Session] | None = None
        orphans = sorted((p for p in self._folder.glob("*" + SUFFIX) if self._orphaned(p)), key=lambda p: p.stat().st_mtime)
        for path in reversed(orphans):
            if found is None:
                try:
                    found = path, load(path)
                    continue
                except UserError:
                    pass
            path.unlink(missing_ok=True)
        return found

    def close(self) -> None:
        """A window that closes properly leaves nothing."""
        self._timer.stop()
        self._path.unlink(missing_ok=True)

    def _orphaned(self, path: Path) -> bool:
        process = path.name.partition("-")[0]
        return path != self._path and process.isdigit() and not _alive(int(process))
