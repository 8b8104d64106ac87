"""Light and dark: the colours of `pictures.style` as a Qt palette and style sheet, following the system unless told otherwise."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from e3viz.pictures.style import DARK, LIGHT, Theme
from e3viz.resources import FOLDER

CHOICES = ("system", "light", "dark")
SANS, MONO = ["Inter", "DejaVu Sans"], ["JetBrains Mono", "DejaVu Sans Mono"]
TEXT_SIZE = 13


class ThemeState(QObject):
    """Which theme is on. changed(Theme) when it is another one."""

    changed = Signal(object)

    def __init__(self, choice: str = "system", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choice = choice if choice in CHOICES else "system"
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_changed)
        self._apply()

    @property
    def choice(self) -> str:
        """system, light or dark."""
        return self._choice

    @property
    def theme(self) -> Theme:
        """The colours now in use."""
        if self._choice != "system":
            return DARK if self._choice == "dark" else LIGHT
        return DARK if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT

    def choose(self, choice: str) -> None:
        """Follow the system, or always be light or dark."""
        if choice != self._choice and choice in CHOICES:
            self._choice = choice
            self._apply()
            self.changed.emit(self.theme)

    def _system_changed(self) -> None:
        if self._choice == "system":
            self._apply()
            self.changed.emit(self.theme)

    def _apply(self) -> None:
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            return
        scheme = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}.get(self._choice, Qt.ColorScheme.Unknown)
        QGuiApplication.styleHints().setColorScheme(scheme)
        app.setPalette(palette(self.theme))
        app.setStyleSheet(style_sheet(self.theme))


def load_fonts() -> None:
    """Make the bundled fonts known, and Inter the font of the program."""
    for path in sorted((FOLDER / "fonts").glob("*.ttf")):
        QFontDatabase.addApplicationFont(str(path))
    font = QFont(SANS)
    font.setPixelSize(TEXT_SIZE)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    QApplication.setFont(font)


def mono_font(size: int = TEXT_SIZE - 1) -> QFont:
    """The font of numbers and code."""
    font = QFont(MONO)
    font.setPixelSize(size)
    font.setStyleHint(QFont.StyleHint.Monospace)
    return font


def palette(theme: Theme) -> QPalette:
    """What widgets that no rule of the style sheet names are painted with."""
    made = QPalette()
    role = QPalette.ColorRole
    for which, colour in {
        role.Window: theme.page, role.WindowText: theme.ink, role.Base: theme.raised, role.AlternateBase: theme.panel, role.Text: theme.ink,
        role.Button: theme.raised, role.ButtonText: theme.ink, role.Highlight: theme.accent, role.HighlightedText: "#ffffff",
        role.ToolTipBase: theme.raised, role.ToolTipText: theme.ink, role.PlaceholderText: theme.faint, role.Link: theme.accent,
        role.Mid: theme.line, role.Accent: theme.accent,
    }.items():  # fmt: skip
        made.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, QColor(theme.faint))
    return made


def style_sheet(theme: Theme) -> str:
    """The rules of every widget of the window. Widgets ask for a look by the properties `look` and `tone`."""
    return SHEET.replace("$check", (FOLDER / "icons" / f"check-{theme.name}.svg").as_posix()).replace(
        "$chevron", (FOLDER / "icons" / f"chevron-{theme.name}.svg").as_posix()
    ) % {
        "veil": f"#e0{theme.accent_soft[1:]}",  # what lies under it shines through
        **{name: getattr(theme, name) for name in theme.__dataclass_fields__},
    }


SHEET = """
* { outline: none; }
QWidget { color: %(ink)s; }
QMainWindow, QDialog { background: %(page)s; }
QToolTip { background: %(raised)s; color: %(ink)s; border: 1px solid %(line)s; padding: 4px 6px; }
QMenuBar { background: transparent; border: none; padding: 0; }
QMenuBar::item { padding: 5px 8px; border-radius: 5px; background: transparent; color: %(muted)s; }
QMenuBar::item:selected, QMenuBar::item:pressed { color: %(ink)s; }
QMenuBar::item:selected { background: %(accent_soft)s; }
QMenu { background: %(raised)s; border: 1px solid %(line)s; padding: 5px; }
QMenu::item { padding: 5px 28px 5px 12px; border-radius: 5px; }
QMenu::item:selected { background: %(accent_soft)s; }
QMenu::item:disabled { color: %(faint)s; }
QMenu::separator { height: 1px; background: %(line)s; margin: 5px 8px; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: %(line)s; border-radius: 3px; margin: 2px; min-height: 24px; min-width: 24px; }
QScrollBar::handle:hover { background: %(faint)s; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page { background: none; border: none; width: 0; height: 0; }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: none; }

QFrame[look="bar"] { background: %(page)s; border: none; }
QFrame[look="panel"] { background: %(panel)s; border: none; }
QFrame[look="page"] { background: %(page)s; border: none; }
QFrame[look="card"] { background: %(page)s; border: 1px solid %(line)s; border-radius: 8px; }
QFrame[look="overlay"] { background: %(page)s; border: 1px solid %(line)s; border-radius: 8px; }
QFrame[look="popup"] { background: %(raised)s; border: 1px solid %(line)s; border-radius: 8px; }
QFrame[look="level"] { background: %(line)s; border: none; max-height: 1px; min-height: 1px; }
QFrame[look="upright"] { background: %(line)s; border: none; max-width: 1px; min-width: 1px; }

QLabel { background: transparent; }
QLabel[look="title"] { font-size: 18px; font-weight: 600; }
QLabel[look="heading"] { font-size: 12px; font-weight: 600; }
QLabel[look="section"] { font-size: 11px; font-weight: 600; color: %(faint)s; letter-spacing: 1px; }
QLabel[look="name"] { font-weight: 600; }
QLabel[tone="muted"] { color: %(muted)s; }
QLabel[tone="faint"] { color: %(faint)s; }
QLabel[tone="warn"] { color: %(bad)s; }
QLabel[tone="bad"] { color: %(bad)s; font-size: 12px; }
QLabel[look="mono"] { font-family: "JetBrains Mono", "DejaVu Sans Mono"; font-size: 12px; }
QLabel[look="value"] { font-family: "JetBrains Mono", "DejaVu Sans Mono"; font-size: 12px; background: %(raised)s; border: 1px solid %(line)s;
  border-radius: 6px; padding: 4px 8px; }
QLabel[look="badge"] { border-radius: 10px; padding: 3px 10px; font-size: 12px; background: %(panel)s; color: %(muted)s; }
QLabel[look="badge"][tone="good"] { background: %(good_soft)s; color: %(good)s; }
QLabel[look="badge"][tone="bad"] { background: %(bad_soft)s; color: %(bad)s; }
QLabel[look="key"] { font-family: "JetBrains Mono", "DejaVu Sans Mono"; font-size: 11px; color: %(muted)s; border: 1px solid %(line)s; border-radius: 4px;
  padding: 1px 5px; }

QLabel[look="sketch"] { background: %(panel)s; border: 1px solid %(line)s; border-radius: 8px; }
QLabel[look="drop"] { background: %(veil)s; border: 2px dashed %(accent)s; border-radius: 12px; font-size: 18px; font-weight: 600;
  color: %(accent)s; }

QPushButton, QToolButton { background: %(raised)s; border: 1px solid %(line)s; border-radius: 6px; padding: 5px 11px; min-height: 16px; }
QPushButton:hover, QToolButton:hover { background: %(accent_soft)s; }
QPushButton:pressed, QToolButton:pressed { background: %(line)s; }
QPushButton:disabled, QToolButton:disabled { color: %(faint)s; }
QPushButton:focus, QToolButton:focus { border-color: %(accent)s; }
QPushButton[look="primary"] { background: %(accent)s; border-color: %(accent)s; color: #ffffff; }
QPushButton[look="primary"]:disabled { background: %(line)s; border-color: %(line)s; color: %(faint)s; }
QToolButton[look="flat"], QPushButton[look="flat"] { background: transparent; border: 1px solid transparent; padding: 3px 6px; }
QToolButton[look="flat"]:hover, QPushButton[look="flat"]:hover { background: %(accent_soft)s; }
QToolButton[look="flat"]:focus, QPushButton[look="flat"]:focus { border-color: %(accent)s; }
QPushButton[look="icon"] { padding: 4px 7px; }
QPushButton[look="key"] { font-family: "JetBrains Mono", "DejaVu Sans Mono"; font-size: 11px; color: %(muted)s; border-radius: 4px;
  padding: 2px 6px; min-height: 13px; }
QFileDialog QToolButton { padding: 3px; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QToolButton::menu-indicator { image: none; }
QPushButton[look="chip"] { border-radius: 12px; padding: 3px 11px; }
QPushButton[look="chip"]:checked { background: %(accent_soft)s; border-color: %(accent)s; color: %(accent)s; }
QPushButton[look="rail"] { text-align: left; border: 1px solid transparent; background: transparent; border-radius: 6px; padding: 7px 10px; }
QPushButton[look="rail"]:hover { background: %(line)s; }
QPushButton[look="rail"]:focus { border-color: %(accent)s; }
QPushButton[look="rail"]:checked { background: %(accent_soft)s; color: %(accent)s; font-weight: 600; }
QPushButton[look="tab"] { border: none; border-bottom: 2px solid transparent; border-radius: 0; background: transparent; color: %(faint)s;
  padding: 6px 0px; }
QPushButton[look="tab"]:hover { color: %(ink)s; }
QPushButton[look="tab"]:focus { color: %(accent)s; }
QPushButton[look="tab"]:checked { color: %(ink)s; font-weight: 600; border-bottom-color: %(accent)s; }

QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QPlainTextEdit, QTextEdit { background: %(raised)s; border: 1px solid %(line)s;
  border-radius: 6px; padding: 4px 8px; selection-background-color: %(accent)s; selection-color: #ffffff; }
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox { min-height: 17px; font-family: "JetBrains Mono", "DejaVu Sans Mono"; font-size: 12px; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus, QTextEdit:focus { border-color: %(accent)s; }
QLineEdit[look="search"] { font-family: "Inter", "DejaVu Sans"; font-size: 14px; border-color: %(line)s; padding: 6px 10px; }
QLineEdit[wrong="true"] { border-color: %(bad)s; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled { color: %(faint)s; }
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button { width: 0; border: none; }
QComboBox { padding-right: 20px; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow { image: url($chevron); width: 10px; height: 10px; }
QComboBox QAbstractItemView { background: %(raised)s; border: 1px solid %(line)s; selection-background-color: %(accent_soft)s;
  selection-color: %(ink)s; padding: 4px; }
QSlider { min-height: 20px; }
QSlider::groove:horizontal { height: 4px; background: %(line)s; border-radius: 2px; }
QSlider::handle:horizontal { background: %(page)s; border: 2px solid %(accent)s; width: 10px; height: 10px; margin: -5px 0; border-radius: 7px; }
QSlider::handle:horizontal:focus { background: %(accent)s; }
QSlider::handle:horizontal:disabled { border-color: %(faint)s; }
QCheckBox { spacing: 7px; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid %(faint)s; border-radius: 4px; background: %(raised)s; }
QCheckBox::indicator:checked { background: %(accent)s; border-color: %(accent)s; image: url($check); }
QCheckBox:focus { color: %(accent)s; }
QProgressBar { background: %(line)s; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }
QProgressBar::chunk { background: %(accent)s; border-radius: 3px; }
QTableView, QTableWidget, QListWidget, QTreeView { background: %(raised)s; border: 1px solid %(line)s; border-radius: 6px; gridline-color: %(line)s;
  selection-background-color: %(accent_soft)s; selection-color: %(ink)s; }
QTableView { font-family: "JetBrains Mono", "DejaVu Sans Mono"; font-size: 12px; }
QTableView::item { padding: 0 2px; border: none; }
QTableView::item:selected { background: %(accent_soft)s; color: %(ink)s; }
QTableView:focus, QListWidget:focus { border-color: %(accent)s; }
QHeaderView::section { background: %(panel)s; border: none; border-bottom: 1px solid %(line)s; padding: 4px 4px; color: %(muted)s; font-size: 12px; }
QTableCornerButton::section { background: %(panel)s; border: none; }
QListWidget[look="bare"] { border: none; background: transparent; }
QListView[look="choices"] { background: %(raised)s; border: 1px solid %(line)s; border-radius: 6px; padding: 4px; outline: none; color: %(ink)s; }
QListView[look="choices"]::item { padding: 4px 8px; border-radius: 5px; }
QListView[look="choices"]::item:selected { background: %(accent_soft)s; color: %(ink)s; }
QListWidget::item { padding: 6px 10px; border-radius: 5px; }
QListWidget::item:selected { background: %(accent_soft)s; color: %(ink)s; }
QTextBrowser { background: transparent; border: none; padding: 0; }
QPlainTextEdit[look="code"] { background: %(code)s; color: %(code_ink)s; border: none; border-radius: 8px; padding: 10px;
  font-family: "JetBrains Mono", "DejaVu Sans Mono"; font-size: 12px; }
"""
