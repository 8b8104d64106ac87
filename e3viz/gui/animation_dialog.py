"""“Export animation…”: format, size, pace and looks of the film of what the timeline shows, with what it will take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QFileDialog, QLabel, QVBoxLayout, QWidget

from e3viz.errors import UserError
from e3viz.export.animation import MOVIES, AnimationOptions
from e3viz.export.figure import FigureOptions
from e3viz.gui.controls import Field
from e3viz.gui.export_form import cancel_and_save, form_layout, number_field, row_of, say
from e3viz.gui.settings import Settings
from e3viz.labs.fields import coerce
from e3viz.pictures.style import THEMES

SIZES = {
    "1280 × 720 (HD)": (1280, 720),
    "1920 × 1080 (Full HD)": (1920, 1080),
    "3840 × 2160 (4K)": (3840, 2160),
    "1080 × 1080 (square)": (1080, 1080),
    "640 × 480 (small)": (640, 480),
}
OWN = "Own size"
FLAGS = {
    "fine": ("Fine edges (several times slower)", False, "Draw at twice the size and average."),
    "back": ("There and back", False, "The way back follows, for a film that is played in a loop."),
    "transparent": ("Transparent background", False, "Leave out the page, where the format can."),
    "title": ("Title", True, "Write title and subtitle over the picture."),
    "legend": ("Legend", True, "Draw legends and colour bars."),
}


class AnimationDialog(QDialog):
    """Asks how, then where; `export(path, options)` is called with the answers."""

    def __init__(
        self,
        name: str,
        seconds: float,
        theme: str,
        export: Callable[[Path, AnimationOptions], None],
        *,
        settings: Settings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("film")
        self.setWindowTitle("Export animation")
        self._name, self._export, self._settings = name, export, settings
        self._format, self._preset, self._theme = QComboBox(), QComboBox(), QComboBox()
        for suffix, movie in MOVIES.items():
            self._format.addItem(f"{movie.title} ({suffix})" if suffix else movie.title, suffix)
        self._preset.addItems([*SIZES, OWN])
        self._theme.addItems(list(THEMES))
        self._theme.setCurrentText(theme)
        self._width, self._height, self._fps, self._seconds = (
            number_field(label) for label in ("Width", "Height", "Frames a second", "Seconds")
        )
        self._flags = {key: QCheckBox(text) for key, (text, _, _) in FLAGS.items()}
        for key, (_, on, tip) in FLAGS.items():
            self._flags[key].setChecked(on)
            self._flags[key].setToolTip(tip)
        self._note = QLabel()
        self._note.setWordWrap(True)
        self._lay_out()
        self._use_preset(next(iter(SIZES)))
        self._fps.setText("30")
        self._recall(settings.film)
        self._seconds.setText(f"{seconds:g}")
        self._connect()
        self._changed()

    def options(self) -> AnimationOptions:
        """What was chosen; raises UserError."""
        numbers = [coerce(field.text(), float, label) for label, field in self._numbers().items()]
        width, height, fps, seconds = numbers
        on = {key: box.isChecked() for key, box in self._flags.items()}
        figure = FigureOptions(
            width, height, "px", 96.0 * max(1.0, height / 720.0), THEMES[self._theme.currentText()],
            on["transparent"] and MOVIES[self._format.currentData()].transparent, title=on["title"], legend=on["legend"],
        )  # fmt: skip
        return AnimationOptions(figure, fps, seconds, "fine" if on["fine"] else "normal", on["back"])

    def save(self, path: Path) -> None:
        """Film with what was chosen, remember it, and close; a mistake is said and nothing closes."""
        try:
            options = self.options()
            _ = options.figure.pixels
        except UserError as error:
            say(self._note, str(error), "bad")
            return
        suffix = self._format.currentData()
        self._settings.film = self._choices()
        self._settings.figure_folder = path.parent
        self._export(path if path.suffix.lower() == suffix else path.with_name(path.name + suffix), options)
        self.accept()

    def _choices(self) -> dict[str, Any]:
        numbers = {label: field.text() for label, field in self._numbers().items()}
        flags = {key: box.isChecked() for key, box in self._flags.items()}
        return {"format": self._format.currentData(), "preset": self._preset.currentText(), "numbers": numbers, "flags": flags}

    def _recall(self, choices: dict[str, Any]) -> None:
        self._format.setCurrentIndex(max(0, self._format.findData(choices.get("format"))))
        if choices.get("preset") in (*SIZES, OWN):
            self._preset.setCurrentText(choices["preset"])
            self._use_preset(choices["preset"])
        known = choices.get("numbers")
        for label, field in self._numbers().items():
            if isinstance(known, dict) and isinstance(known.get(label), str) and (self._preset.currentText() == OWN or field is self._fps):
                field.setText(known[label])
        flags = choices.get("flags")
        for key, box in self._flags.items():
            if isinstance(flags, dict) and isinstance(flags.get(key), bool):
                box.setChecked(flags[key])

    def _numbers(self) -> dict[str, Field]:
        return {"Width": self._width, "Height": self._height, "Frames a second": self._fps, "Seconds": self._seconds}

    def _use_preset(self, name: str) -> None:
        if name in SIZES:
            for field, value in zip((self._width, self._height), SIZES[name], strict=True):
                field.setText(str(value))

    def _changed(self) -> None:
        movie = MOVIES[self._format.currentData()]
        self._flags["transparent"].setEnabled(movie.transparent)
        try:
            options = self.options()
            across, down = options.figure.pixels
        except UserError as error:
            say(self._note, str(error), "bad")
            return
        say(self._note, f"{options.count:,} frames of {across:,} × {down:,} pixels", "muted")

    def _ask_where(self) -> None:
        suffix = self._format.currentData()
        start = str(self._settings.figure_folder / f"{self._name}{suffix}")
        kinds = f"{self._format.currentText()} (*{suffix})" if suffix else "A new folder (*)"
        name, _ = QFileDialog.getSaveFileName(self, "Export animation", start, kinds)
        if name:
            self.save(Path(name))

    def _own_size(self) -> None:
        self._preset.setCurrentText(OWN)

    def _connect(self) -> None:
        self._preset.currentTextChanged.connect(self._use_preset)
        for field in (self._width, self._height):
            field.textEdited.connect(self._own_size)
        for field in self._numbers().values():
            field.textChanged.connect(self._changed)
        for box in (self._format, self._theme):
            box.currentTextChanged.connect(self._changed)
        for flag in self._flags.values():
            flag.toggled.connect(self._changed)

    def _lay_out(self) -> None:
        form = form_layout()
        rows: tuple[tuple[str, str, str, tuple[QWidget, ...]], ...] = (
            ("Format", "format", "Which kind of file.", (self._format,)),
            ("For", "preset", "How large a frame is.", (self._preset,)),
            ("Size", "width", "Width and height of a frame, px.", (self._width, QLabel("×"), self._height, QLabel("px"))),
            ("Pace", "fps", "Frames a second.", (self._fps, QLabel("frames a second"))),
            ("Length", "seconds", "How long it lasts, s.", (self._seconds, QLabel("s"))),
            ("Theme", "theme", "Colours of the film.", (self._theme,)),
        )
        for label, name, tip, widgets in rows:
            widgets[0].setObjectName(f"film.{name}")
            widgets[0].setAccessibleName(label)
            widgets[0].setToolTip(tip)
            form.addRow(label, row_of(*widgets))
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(10)
        column.addLayout(form)
        for key, box in self._flags.items():
            box.setObjectName(f"film.{key}")
            column.addWidget(box)
        column.addWidget(self._note)
        column.addSpacing(6)
        column.addLayout(cancel_and_save("film", self.reject, self._ask_where, ("Close without a film.", "Choose where, and film it.")))
