"""“Export figure…”: format, size, theme and background of a figure of what is on view, with a sketch of what will come out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from e3viz.errors import UserError
from e3viz.export.figure import EXPORTERS, ON_PAPER, FigureOptions, pixels
from e3viz.gui.controls import Field
from e3viz.gui.export_form import cancel_and_save, form_layout, number_field, row_of, say
from e3viz.gui.settings import Settings
from e3viz.labs.fields import coerce
from e3viz.pictures.sheet import Paper, Sheet
from e3viz.pictures.style import THEMES

PRESETS = {
    "Screen, 1600 × 1200 px": (1600.0, 1200.0, "px", 192.0),
    "Slide, 1920 × 1080 px": (1920.0, 1080.0, "px", 144.0),
    "Single column, 86 × 65 mm": (86.0, 65.0, "mm", 600.0),
    "Double column, 178 × 110 mm": (178.0, 110.0, "mm", 600.0),
}
OWN = "Own size"
SCENE_WORDS = {"as shapes where they can be": "auto", "as shapes": "shapes", "as pictures": "pictures"}
SKETCH = 300
"""Largest side of the sketch, px."""
CALM = 250
"""Milliseconds after the last change before it is drawn anew."""


class ExportDialog(QDialog):
    """Asks how, then where; `export(path, options)` is called with the answers."""

    def __init__(
        self,
        sheet: Sheet,
        name: str,
        theme: str,
        export: Callable[[Path, FigureOptions], None],
        *,
        settings: Settings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("export")
        self.setWindowTitle("Export figure")
        self._sheet, self._name, self._export, self._settings = sheet, name, export, settings
        self._format, self._preset, self._theme, self._unit = QComboBox(), QComboBox(), QComboBox(), QComboBox()
        for suffix, exporter in EXPORTERS.items():
            if exporter.takes(sheet, FigureOptions()):
                self._format.addItem(f"{exporter.title} ({suffix})", suffix)
        self._presets = ({page_name(sheet.paper): (sheet.paper.width, sheet.paper.height, "mm", 600.0)} if sheet.paper else {}) | PRESETS
        self._preset.addItems([*self._presets, OWN])
        self._theme.addItems(list(THEMES))
        self._theme.setCurrentText(theme)
        self._unit.addItems(["px", "mm"])
        self._scenes = QComboBox()
        for words, scenes in SCENE_WORDS.items():
            self._scenes.addItem(words, scenes)
        self._width, self._height, self._dpi = (number_field(label) for label in ("Width", "Height", "Resolution"))
        self._transparent, self._title, self._legend = QCheckBox("Transparent background"), QCheckBox("Title"), QCheckBox("Legend")
        self._legend.setChecked(True)
        self._note, self._sketch = QLabel(), QLabel()
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(CALM)
        self._calm.timeout.connect(self._draw)
        self._lay_out()
        self._name_all()
        self._use_preset(next(iter(self._presets)))
        self._recall(settings.figure)
        if sheet.paper is not None:
            self._theme.setCurrentText("light")
            self._preset.setCurrentIndex(0)
            self._use_preset(self._preset.currentText())
        self._connect()
        self._changed()

    def options(self) -> FigureOptions:
        """What was chosen; raises UserError."""
        width, height, dpi = (coerce(field.text(), float, name) for field, name in self._numbers())
        return FigureOptions(
            width, height, self._unit.currentText(), dpi, THEMES[self._theme.currentText()], self._transparent.isChecked(),
            title=self._title.isChecked(), legend=self._legend.isChecked(), text=self._sheet.paper.text if self._sheet.paper else ON_PAPER,
            scenes=self._scenes.currentData(),
        )  # fmt: skip

    def save(self, path: Path) -> None:
        """Export with what was chosen, remember it, and close; a mistake is said and nothing closes."""
        try:
            options = self.options()
            _ = options.pixels
        except UserError as error:
            say(self._note, str(error), "bad")
            return
        suffix = self._format.currentData()
        self._settings.figure = self._choices()
        self._settings.figure_folder = path.parent
        self._export(path if path.suffix.lower() in EXPORTERS else path.with_name(path.name + suffix), options)
        self.accept()

    # ---- what was chosen --------------------------------------------------------------------------------------------------------

    def _choices(self) -> dict[str, Any]:
        texts = {name: box.currentText() for name, box in (("preset", self._preset), ("unit", self._unit), ("scenes", self._scenes))}
        numbers = {name.lower(): field.text() for field, name in self._numbers()}
        flags = {
            name: box.isChecked() for name, box in (("transparent", self._transparent), ("title", self._title), ("legend", self._legend))
        }
        return {"format": self._format.currentData(), **texts, **numbers, **flags}

    def _recall(self, choices: dict[str, Any]) -> None:
        self._format.setCurrentIndex(max(0, self._format.findData(choices.get("format"))))
        if choices.get("scenes") in SCENE_WORDS:
            self._scenes.setCurrentText(choices["scenes"])
        if choices.get("preset") in (*self._presets, OWN):
            self._preset.setCurrentText(choices["preset"])
            self._use_preset(choices["preset"])
        if choices.get("preset") == OWN and choices.get("unit") in ("px", "mm"):
            self._unit.setCurrentText(choices["unit"])
            for field, name in self._numbers():
                field.setText(str(choices.get(name.lower(), field.text())))
        for name, box in (("transparent", self._transparent), ("title", self._title), ("legend", self._legend)):
            if isinstance(choices.get(name), bool):
                box.setChecked(choices[name])

    def _numbers(self) -> tuple[tuple[Field, str], ...]:
        return (self._width, "Width"), (self._height, "Height"), (self._dpi, "Resolution")

    def _use_preset(self, name: str) -> None:
        if name in self._presets:
            width, height, unit, dpi = self._presets[name]
            self._unit.setCurrentText(unit)
            for field, value in ((self._width, width), (self._height, height), (self._dpi, dpi)):
                field.show_value(value)
                field.setText(f"{value:g}")

    # ---- what will come out -----------------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        suffix = self._format.currentData()
        vectors = suffix in (".svg", ".pdf")
        self._scenes.setEnabled(vectors)
        self._dpi.setEnabled(suffix == ".png" or (vectors and (self._unit.currentText() == "px" or self._scenes.currentData() != "shapes")))
        self._transparent.setEnabled(suffix not in (".glb", ".csv"))
        try:
            options = self.options()
            across, down = options.pixels
        except UserError as error:
            say(self._note, str(error), "bad")
            return
        points = f"{options.points[0]:,.0f} × {options.points[1]:,.0f} points"
        told = {
            ".png": f"{across:,} × {down:,} pixels",
            ".glb": "A 3D model, in Å; it has no size on paper.",
            ".csv": "Numbers, in the units of the axes.",
        }
        said = told.get(suffix, f"Vectors, {points}")
        say(self._note, said, "muted")
        self._calm.start()

    def _draw(self) -> None:
        # here and not in a thread: VTK stays on this one, and at this size a picture takes about a tenth of a second
        try:
            options = self.options()
            density = self.devicePixelRatioF()
            factor = SKETCH * density / max(options.points)
            width, height = (factor * side for side in options.points)
            image = pixels(self._sheet, replace(options, width=width, height=height, unit="px", dpi=96.0 * factor))
        except UserError as error:
            say(self._note, str(error), "bad")
            return
        sketch = QImage(image.tobytes(), image.shape[1], image.shape[0], 4 * image.shape[1], QImage.Format.Format_RGBA8888).copy()
        sketch.setDevicePixelRatio(density)
        self._sketch.setPixmap(QPixmap.fromImage(sketch))

    # ---- putting it together ----------------------------------------------------------------------------------------------------

    def _ask_where(self) -> None:
        suffix = self._format.currentData()
        start = str(self._settings.figure_folder / f"{self._name}{suffix}")
        name, _ = QFileDialog.getSaveFileName(self, "Export figure", start, f"{self._format.currentText()} (*{suffix})")
        if name:
            self.save(Path(name))

    def _own_size(self) -> None:
        self._preset.setCurrentText(OWN)

    def _connect(self) -> None:
        self._preset.currentTextChanged.connect(self._use_preset)
        for field, _ in self._numbers():
            field.textEdited.connect(self._own_size)
            field.textChanged.connect(self._changed)
        self._unit.activated.connect(self._own_size)
        for box in (self._format, self._unit, self._theme, self._scenes):
            box.currentTextChanged.connect(self._changed)
        for box in (self._transparent, self._title, self._legend):
            box.toggled.connect(self._changed)

    def _lay_out(self) -> None:
        form = form_layout()
        rows: tuple[tuple[str, QWidget | QHBoxLayout], ...] = (
            ("Format", self._format), ("For", self._preset), ("Size", row_of(self._width, QLabel("×"), self._height, self._unit)),
            ("Resolution", row_of(self._dpi, QLabel("dpi"))),
            ("3D in vectors", self._scenes), ("Theme", self._theme),
        )  # fmt: skip
        for label, row in rows:
            form.addRow(label, row)  # type: ignore[arg-type]
        left = QVBoxLayout()
        left.setSpacing(10)
        left.addLayout(form)
        for box in (self._transparent, self._title, self._legend):
            left.addWidget(box)
        left.addStretch(1)
        self._sketch.setFixedSize(SKETCH + 24, SKETCH + 24)
        self._sketch.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sketch.setProperty("look", "sketch")
        self._sketch.setAccessibleName("Sketch of the figure")
        self._note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._note.setWordWrap(True)
        self._note.setProperty("tone", "muted")
        right = QVBoxLayout()
        right.addWidget(self._sketch)
        right.addWidget(self._note)
        halves = QHBoxLayout()
        halves.setSpacing(24)
        halves.addLayout(left)
        halves.addLayout(right)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(14)
        column.addLayout(halves)
        column.addLayout(cancel_and_save("export", self.reject, self._ask_where, ("Close without exporting.", "Choose where, and export.")))

    def _name_all(self) -> None:
        tips = {
            "format": (self._format, "Which kind of file."), "preset": (self._preset, "What the figure is for."),
            "width": (self._width, "Width of the figure, in px or mm."), "height": (self._height, "Height of the figure, in px or mm."),
            "unit": (self._unit, "What width and height are measured in."), "resolution": (self._dpi, "Pixels per inch of a bitmap or an embedded picture."),
            "scenes": (self._scenes, "How a vector figure holds what is three-dimensional."),
            "theme": (self._theme, "Colours of the figure."), "transparent": (self._transparent, "Leave out the page behind the picture."),
            "title": (self._title, "Write title and subtitle over the picture."), "legend": (self._legend, "Draw the legend."),
        }  # fmt: skip
        for name, (widget, tip) in tips.items():
            widget.setObjectName(f"export.{name}")
            widget.setAccessibleName(name.capitalize())
            widget.setToolTip(tip)


def page_name(paper: Paper) -> str:
    """The preset of a page that has a size of its own."""
    return f"This page, {paper.width:g} × {paper.height:g} mm"
