"""The status bar: facts of what is on view, and work that goes on, with its progress and a way to stop it."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from e3viz.gui.labels import ElidedLabel
from e3viz.gui.work import Worker


class StatusBar(QFrame):
    """Facts on the left, the oldest running job on the right."""

    def __init__(self, worker: Worker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "bar")
        self.setFixedHeight(29)
        self._worker = worker
        self._key = ""
        self._facts = ElidedLabel()
        self._facts.setProperty("tone", "muted")
        self._facts.setAccessibleName("Facts")
        self._job = QLabel()
        self._job.setProperty("tone", "muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(120)
        self._bar.setAccessibleName("Progress")
        self._stop = QPushButton("✕")
        self._stop.setProperty("look", "flat")
        self._stop.setObjectName("status.cancel")
        self._stop.setAccessibleName("Cancel the running task")
        self._stop.setToolTip("Cancel the running task.")
        self._stop.clicked.connect(lambda: worker.stop(self._key))
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 10, 0)
        row.setSpacing(10)
        row.addWidget(self._facts, 1)
        for widget in (self._job, self._bar, self._stop):
            row.addWidget(widget)
        worker.changed.connect(self._show_jobs)
        self._show_jobs()

    def say(self, text: str) -> None:
        """Show the facts of what is on view."""
        self._facts.setText(text)

    def _show_jobs(self) -> None:
        jobs = [job for job in self._worker.visible() if job.text or job.detail]
        for widget in (self._job, self._bar, self._stop):
            widget.setVisible(bool(jobs))
        if not jobs:
            return
        job = jobs[0]
        self._key = job.key
        more = f" (and {len(jobs) - 1} more)" if len(jobs) > 1 else ""
        self._job.setText((job.detail or job.text) + more)
        if job.fraction is None:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, 1000)
            self._bar.setValue(round(job.fraction * 1000))
