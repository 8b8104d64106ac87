"""“Export figure…”: format, size, theme and background of a figure of what is on view."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from e3viz.errors import UserError
from e3viz.export.figure import EXPORTERS, FigureOptions
from e3viz.gui.controls import Field
from e3viz.labs.fields import coerce
from e3viz.pictures.sheet import Sheet
from e3viz.pictures.style import THEMES

PRESETS = {
    "Screen, 1600 × 1200 px": (1600.0, 1200.0, "px", 192.0),
    "Slide, 1920 × 1080 px": (1920.0, 1080.0, "px", 144.0),
    "Single column, 86 × 65 mm": (86.0, 65.0, "mm", 600.0),
    "Double column, 178 × 110 mm": (178.0, 110.0, "mm", 600.0),
}


class ExportDialog(QDialog):
    """Asks how, then where; `export(path, options)` is called with the answers."""

    def __init__(
        self, sheet: Sheet, name: str, theme: str, export: Callable[[Path, FigureOptions], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("export")
        self.setWindowTitle("Export figure")
        self._sheet, self._name, self._export = sheet, name, export
        self._format, self._preset, self._theme = QComboBox(), QComboBox(), QComboBox()
        for suffix, exporter in EXPORTERS.items():
            if exporter.takes(sheet, FigureOptions()):
                self._format.addItem(f"{exporter.title} ({suffix})", suffix)
        self._preset.addItems([*PRESETS, "Own size"])
        self._theme.addItems(list(THEMES))
        self._theme.setCurrentText(theme)
        self._width, self._height, self._dpi = (self._number(label) for label in ("Width", "Height", "Resolution"))
        self._unit = QComboBox()
        self._unit.addItems(["px", "mm"])
        self._transparent, self._title, self._legend = QCheckBox("Transparent background"), QCheckBox("Title"), QCheckBox("Legend")
        self._title.setChecked(False)
        self._legend.setChecked(True)
        self._note = QLabel()
        self._note.setProperty("tone", "muted")
        self._lay_out()
        self._name_all()
        self._preset.currentTextChanged.connect(self._use_preset)
        self._use_preset(next(iter(PRESETS)))

    def options(self) -> FigureOptions:
        """What was chosen; raises UserError."""
        width, height, dpi = (coerce(field.text(), float, name) for field, name in self._numbers())
        return FigureOptions(
            width, height, self._unit.currentText(), dpi, THEMES[self._theme.currentText()], self._transparent.isChecked(),
            title=self._title.isChecked(), legend=self._legend.isChecked(),
        )  # fmt: skip

    def _numbers(self) -> tuple[tuple[Field, str], ...]:
        return (self._width, "Width"), (self._height, "Height"), (self._dpi, "Resolution")

    def _number(self, label: str) -> Field:
        field = Field(lambda text: coerce(text, float, label), lambda v: f"{v:g}")
        field.setFixedWidth(84)
        field.textChanged.connect(lambda _: self._say_size())
        return field

    def _use_preset(self, name: str) -> None:
        if name in PRESETS:
            width, height, unit, dpi = PRESETS[name]
            self._unit.setCurrentText(unit)
            for field, value in ((self._width, width), (self._height, height), (self._dpi, dpi)):
                field.show_value(value)
        self._say_size()

    def _say_size(self) -> None:
        if not hasattr(self, "_note"):
            return
        try:
            options = self.options()
        except UserError as error:
            self._note.setText(str(error))
            return
        factor = options.dpi / 25.4 if options.unit == "mm" else 1.0
        self._note.setText(f"A bitmap has {options.width * factor:,.0f} × {options.height * factor:,.0f} pixels.")

    def _save(self) -> None:
        suffix = self._format.currentData()
        try:
            options = self.options()
        except UserError as error:
            self._note.setText(str(error))
            return
        start = str(Path.home() / f"{self._name}{suffix}")
        name, _ = QFileDialog.getSaveFileName(self, "Export figure", start, f"{self._format.currentText()} (*{suffix})")
        if name:
            path = Path(name)
            self._export(path if path.suffix else path.with_suffix(suffix), options)
            self.accept()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        size = QHBoxLayout()
        for widget in (self._width, QLabel("×"), self._height, self._unit):
            size.addWidget(widget)
        size.addStretch(1)
        resolution = QHBoxLayout()
        resolution.addWidget(self._dpi)
        resolution.addWidget(QLabel("dpi"))
        resolution.addStretch(1)
        for label, row in (
            ("Format", self._format),
            ("For", self._preset),
            ("Size", size),
            ("Resolution", resolution),
            ("Theme", self._theme),
        ):
            form.addRow(label, row)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        cancel, save = QPushButton("Cancel"), QPushButton("Save…")
        save.setProperty("look", "primary")
        save.setDefault(True)
        for button, do, tip in ((cancel, self.reject, "Close without exporting."), (save, self._save, "Choose where, and export.")):
            button.setObjectName(f"export.{button.text().rstrip('…').lower()}")
            button.setAccessibleName(button.text())
            button.setToolTip(tip)
            button.clicked.connect(do)
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(10)
        column.addLayout(form)
        for box in (self._transparent, self._title, self._legend):
            column.addWidget(box)
        column.addWidget(self._note)
        column.addLayout(buttons)

    def _name_all(self) -> None:
        tips = {
            "format": (self._format, "Which kind of file."), "preset": (self._preset, "What the figure is for."),
            "width": (self._width, "Width of the figure, in px or mm."), "height": (self._height, "Height of the figure, in px or mm."),
            "unit": (self._unit, "What width and height are measured in."), "dpi": (self._dpi, "Pixels per inch of a bitmap."),
            "theme": (self._theme, "Colours of the figure."), "transparent": (self._transparent, "Leave out the page behind the picture."),
            "title": (self._title, "Write title and subtitle over the picture."), "legend": (self._legend, "Draw the legend."),
        }  # fmt: skip
        for name, (widget, tip) in tips.items():
            widget.setObjectName(f"export.{name}")
            widget.setAccessibleName(name.capitalize())
            widget.setToolTip(tip)
