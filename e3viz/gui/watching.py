"""Notices when the file on view is written anew by somebody else."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

CALM = 400
"""Milliseconds without another change before it is told: programs write a file in several goes."""


class FileWatch(QObject):
    """Follows one file. rewritten(Path): its time or size is another one than when it was last looked at, and it is there."""

    rewritten = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path: Path | None = None
        self._stamp: tuple[int, int] | None = None
        self._watcher: QFileSystemWatcher | None = None
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(CALM)
        self._calm.timeout.connect(self._look)

    def follow(self, path: Path | None) -> None:
        """Follow another file, or none."""
        if path == self._path:
            return
        self._path, self._stamp = path, _stamp(path)
        if self._watcher is None:
            if path is None:
                return
            self._watcher = QFileSystemWatcher(self)
            self._watcher.fileChanged.connect(lambda _: self._calm.start())
            self._watcher.directoryChanged.connect(lambda _: self._calm.start())
        watched = [*self._watcher.files(), *self._watcher.directories()]
        if watched:
            self._watcher.removePaths(watched)
        self._watch()

    def _watch(self) -> None:
        # the folder too: a file that is replaced by another of its name is not followed by its own watch
        if self._watcher is not None and self._path is not None:
            there = [str(p) for p in (self._path, self._path.parent) if p.exists()]
            if there:
                self._watcher.addPaths(there)

    def _look(self) -> None:
        stamp = _stamp(self._path)
        self._watch()
        if stamp is not None and stamp != self._stamp and self._path is not None:
            self._stamp = stamp
            self.rewritten.emit(self._path)


def _stamp(path: Path | None) -> tuple[int, int] | None:
    try:
        found = path.stat() if path is not None else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size) if found is not None else None
