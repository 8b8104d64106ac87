"""Public data sets in the window: what each is, under which licence, how large; get it, stop, go on, or take the copy that a person has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QColor, QDesktopServices
from PySide6.QtWidgets import QDialog, QFileDialog, QFormLayout, QHBoxLayout, QLabel, QListWidget, QMenu, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from e3viz.atoms.public import PUBLIC, PublicSet, arrived, expected_checksum, get, here, place, take
from e3viz.errors import UserError
from e3viz.gui.cards import Bar
from e3viz.gui.work import Job

if TYPE_CHECKING:
    from e3viz.gui.main_window import MainWindow

_LEFT = 200


class PublicData(QDialog):
    """A list of data sets on the left, the chosen one on the right. Downloads go on when it is closed; the status bar shows them."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.setObjectName("public")
        self.setWindowTitle("Public data")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(900, 620)
        self._window, self._worker = window, window.worker
        self._problems: dict[str, str] = {}
        self._list = QListWidget()
        self._list.setFixedWidth(_LEFT)
        self._list.setObjectName("public.sets")
        self._list.setAccessibleName("Public data sets")
        self._list.addItems([one.name for one in PUBLIC])
        self._title, self._says, self._state, self._problem = QLabel(), QLabel(), QLabel(), QLabel()
        self._facts = {name: QLabel() for name in ("Licence", "Size", "Please cite", "Published at", "Files")}
        self._bar = Bar()
        self._bar.setObjectName("public.progress")
        self._buttons = {
            "get": self._button("get", "Download", "Get it from where it is published; what has arrived before is kept.", self._get),
            "stop": self._button("stop", "Stop", "Stop; what has arrived is kept.", self._stop),
            "take": self._button("take", "I have it…", "Take a copy that is on this machine already, if it is the published one.", None),
            "show": self._button("show", "Show in Structures", "Look at its frames.", self._show),
            "train": self._button("train", "Train on it", "Make it the data of a new run.", self._train),
            "folder": self._button("folder", "Open folder", "Show where it lies.", self._folder),
        }
        self._buttons["get"].setProperty("look", "primary")
        self._lay_out()
        self._list.currentRowChanged.connect(self.refresh)
        self._worker.changed.connect(self.refresh)
        self._list.setCurrentRow(0)

    @property
    def chosen(self) -> PublicSet:
        """The set on the right."""
        return PUBLIC[max(0, self._list.currentRow())]

    def choose(self, name: str) -> None:
        """Show another one."""
        self._list.setCurrentRow([one.name for one in PUBLIC].index(name))

    def refresh(self) -> None:
        """Show how everything stands."""
        for row, one in enumerate(PUBLIC):
            item = self._list.item(row)
            item.setText(f"{one.name}  ✓" if here(one) else f"{one.name}  …" if self._job(one) else one.name)
        one = self.chosen
        job, there, part = self._job(one), here(one), arrived(one)
        self._title.setText(one.name)
        self._says.setText(f"{one.says[0].upper()}{one.says[1:]}.")
        for name, text in (
            ("Licence", one.licence), ("Size", megabytes(one.size) if one.size else "not told before the download"),
            ("Please cite", one.reference), ("Published at", f'<a href="{one.source}">{one.source.removeprefix("https://")}</a>'),
            ("Files", checksums(one)),
        ):  # fmt: skip
            self._facts[name].setText(text)
        self._state.setText(standing(one, job, there, part))
        self._bar.setVisible(job is not None)
        self._bar.show_fraction((job.fraction if job else None) or 0.0, QColor(self._window.theme.theme.accent))
        problem = self._problems.get(one.name, "")
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem) and job is None)
        for name, on in (("get", not job and not there), ("stop", job is not None), ("take", not job and not there)):
            self._buttons[name].setVisible(on)
        self._buttons["get"].setText("Go on" if part else "Download")
        for name in ("show", "train"):
            self._buttons[name].setVisible(there and one.readable)
        self._buttons["folder"].setVisible(there)

    def get_chosen(self) -> None:
        """Download the chosen set in the background."""
        one = self.chosen
        self._run(one, lambda: get(one), f"getting {one.name}")

    def take_chosen(self, given: Path) -> None:
        """Copy the chosen set from a file or folder."""
        one = self.chosen
        self._run(one, lambda: take(one, given), f"copying {one.name}")

    def _run(self, one: PublicSet, work: Callable[[], Path], text: str) -> None:
        def failed(error: BaseException) -> None:
            if not isinstance(error, UserError):
                self._window.show_error(error)
                return
            self._problems[one.name] = str(error)
            self._again()

        self._problems.pop(one.name, None)
        self._worker.run(_key(one), work, lambda _: self._again(), failed, text)
        self.refresh()

    def _again(self) -> None:
        if isValid(self):  # closed meanwhile
            self.refresh()

    def _job(self, one: PublicSet) -> Job | None:
        return self._worker.job(_key(one))

    def _get(self) -> None:
        self.get_chosen()

    def _stop(self) -> None:
        self._worker.stop(_key(self.chosen))
        self.refresh()

    def _take_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, f"A copy of {self.chosen.name}")
        if name:
            self.take_chosen(Path(name))

    def _take_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, f"The folder with {self.chosen.name}")
        if name:
            self.take_chosen(Path(name))

    def _show(self) -> None:
        self._window.show_lab("structures")
        self._window.opening.open([self.chosen.training_path])
        self.close()

    def _train(self) -> None:
        window = self._window
        window.show_lab("training")
        state = replace(window.store.session.state("training"), data=str(self.chosen.training_path))
        window.store.set_state(state, f"train on {self.chosen.name}", "training")
        window.page.show_tab("New run")
        self.close()

    def _folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(place(self.chosen))))

    def _button(self, name: str, title: str, tip: str, do: Callable[[], None] | None) -> QPushButton:
        button = QPushButton(title)
        button.setObjectName(f"public.{name}")
        button.setAccessibleName(title.rstrip("…"))
        button.setToolTip(tip)
        if do is not None:
            button.clicked.connect(do)
        return button

    def _lay_out(self) -> None:
        menu = QMenu(self._buttons["take"])
        menu.setObjectName("public.take.menu")
        menu.addAction("A file…", self._take_file)
        menu.addAction("A folder…", self._take_folder)
        self._buttons["take"].setMenu(menu)
        self._title.setProperty("look", "title")
        self._problem.setProperty("tone", "bad")
        self._state.setProperty("tone", "muted")
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.setHorizontalSpacing(18)
        form.setVerticalSpacing(9)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, label in self._facts.items():
            heading = QLabel(name)
            heading.setProperty("tone", "muted")
            heading.setAlignment(Qt.AlignmentFlag.AlignTop)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
            label.setOpenExternalLinks(True)
            label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            form.addRow(heading, label)
        self._facts["Files"].setProperty("look", "mono")
        for label in (*self._facts.values(), self._says, self._problem, self._state):
            label.setWordWrap(True)
        right = QVBoxLayout()
        right.setSpacing(10)
        parts: tuple[QWidget, ...] = (self._title, self._says)
        for part in parts:
            right.addWidget(part)
        right.addSpacing(4)
        right.addLayout(form)
        right.addStretch(1)
        for part in (self._problem, self._state, self._bar):
            right.addWidget(part)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for button in self._buttons.values():
            row.addWidget(button)
        right.addLayout(row)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(16, 16, 18, 16)
        whole.setSpacing(18)
        whole.addWidget(self._list)
        whole.addLayout(right, 1)


def show_public_data(window: MainWindow) -> PublicData:
    """Open it, or bring the open one to the front."""
    open_one = window.findChild(PublicData, "public")
    dialog = open_one if isinstance(open_one, PublicData) else PublicData(window)
    dialog.refresh()
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
    return dialog


def megabytes(size: int) -> str:
    """As people read it: 1 066 MB."""
    return f"{size / 1e6:,.1f} MB".replace(",", "\u202f") if size < 100_000_000 else f"{size / 1e6:,.0f} MB".replace(",", "\u202f")


def checksums(one: PublicSet) -> str:
    """A line per file: its name and the beginning of its checksum, the published one where there is one."""
    lines = []
    for file in one.files:
        kind, _, digits = expected_checksum(place(one), file).partition(":")
        lines.append(f"{file.name}  {kind} {digits[:16]}…" if digits else f"{file.name}  checksum taken at the first download")
    return "\n".join(lines)


def standing(one: PublicSet, job: Job | None, there: bool, part: int) -> str:
    """Whether it is here, on its way, or how much of it."""
    if job is not None:
        return job.detail or "Asking for it…"
    if there:
        return f"It is on this machine, in {place(one)}."
    if part:
        return f"{megabytes(part)} of it have arrived."
    return "It is not on this machine."


def _key(one: PublicSet) -> str:
    return f"public.{one.name}.data"
