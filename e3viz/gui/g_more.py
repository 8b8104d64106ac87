"""The panel over the g bar: g by trackball, Euler angles, quaternion or matrix; the elements of a point group; composition and inverse."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QHBoxLayout, QLabel, QListWidget, QPushButton, QVBoxLayout, QWidget

from e3viz.gui.controls import Choice, Field
from e3viz.gui.trackball import Trackball
from e3viz.symmetry import typed_elements as typed
from e3viz.symmetry.element import IDENTITY, PRESETS, Element

OWN = "common elements"


class MoreOfG(QFrame):
    """A popup. taken(Element, words, preview): g should become another element. The bar tells it which g there is."""

    taken = Signal(object, str, bool)

    def __init__(self, current: Callable[[], Element], parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("look", "popup")
        self.setObjectName("g.more")
        self.setAccessibleName("More ways to choose g")
        self._current = current
        self._start = IDENTITY
        self._fields: dict[str, Field] = {}
        self._elements: list[tuple[str, Element]] = []
        self._make()
        self._lay_out()
        self._fill()

    def open_over(self, button: QWidget) -> None:
        """Come up over a button of the bar, within its screen."""
        self.show_element(self._current())
        self.adjustSize()
        corner = button.mapToGlobal(QPoint(0, 0))
        screen = button.screen().availableGeometry()
        left = min(max(screen.left() + 8, corner.x() + button.width() - self.width()), screen.right() - self.width() - 8)
        self.move(left, max(screen.top() + 8, corner.y() - self.height() - 6))
        self.show()

    def show_element(self, g: Element) -> None:
        """Show another element in every way."""
        self._ball.show_element(g)
        for name, write in (("euler", typed.euler_text), ("quaternion", typed.quaternion_text), ("matrix", typed.matrix_text)):
            self._fields[name].show_value(write(g))
        order = g.order()
        sign = "+1" if g.determinant > 0 else "−1"
        self._about.setText(f"determinant {sign} · {'order ' + str(order) if order else 'of no finite order'}")

    # ---- what a person does -----------------------------------------------------------------------------------------------------

    def _turn(self, turn: Element, finished: bool) -> None:
        if not self._dragging:
            self._start, self._dragging = self._current(), True
        self._dragging = not finished
        self._take(turn @ self._start, "turn g", preview=not finished)

    def _take(self, g: Element, words: str, *, preview: bool = False) -> None:
        self.taken.emit(g, words, preview)
        self.show_element(self._current())

    def _choose(self, row: int) -> None:
        if 0 <= row < len(self._elements):
            name, h = self._elements[row]
            composed = self._compose.isChecked()
            self._take(h @ self._current() if composed else h, f"{name} after g" if composed else f"g: {name}")

    def _fill(self) -> None:
        group = self._group.currentText()
        self._elements = list(PRESETS.items()) if group == OWN else elements_of(group)
        with QSignalBlocker(self._list):
            self._list.clear()
            self._list.addItems([name for name, _ in self._elements])
        self._list.setToolTip(f"{len(self._elements)} elements; a click takes one, the arrow keys step through them.")

    def _random(self, improper: bool) -> None:
        import numpy as np

        g = Element.random(np.random.default_rng(), inversion=improper)
        x, y, z = (round(a, 2) for a in g.axis)
        self._take(
            Element((x, y, z) if any((x, y, z)) else g.axis, round(g.angle), improper), "random improper" if improper else "random rotation"
        )

    # ---- putting it together ----------------------------------------------------------------------------------------------------

    def _make(self) -> None:
        self._dragging = False
        self._ball = Trackball()
        self._ball.turned.connect(self._turn)
        self._about = QLabel()
        self._about.setProperty("tone", "muted")
        self._complaint = QLabel()
        self._complaint.setProperty("tone", "bad")
        self._complaint.setWordWrap(True)
        self._complaint.hide()
        readers = {"euler": typed.with_euler, "quaternion": typed.with_quaternion, "matrix": typed.with_matrix}
        tips = {
            "euler": "Euler angles α, β, γ in degrees, R = R_y(α) R_x(β) R_y(γ), as e3nn has them.",
            "quaternion": "Quaternion w, x, y, z of the rotation, of any length.",
            "matrix": "The 3×3 matrix, row by row; it must be orthogonal.",
        }
        for name, read in readers.items():
            field = Field(lambda text, read=read: self._checked(read, text))
            field.setObjectName(f"g.more.{name}")
            field.setAccessibleName(name.capitalize())
            field.setToolTip(tips[name])
            field.setMinimumWidth(250)
            field.edited.connect(lambda text, read=read, name=name: self._take(read(text, self._current()), f"{name} of g"))
            field.problem.connect(self._complain)
            self._fields[name] = field
        self._group = Choice()
        self._group.setObjectName("g.more.group")
        self._group.setAccessibleName("Point group")
        self._group.setToolTip("Whose elements are listed: common ones, or those of a point group.")
        self._group.set_options([OWN, *group_names()])
        self._group.edited.connect(lambda _: self._fill())
        self._list = QListWidget()
        self._list.setObjectName("g.more.elements")
        self._list.setAccessibleName("Elements")
        self._list.setFixedWidth(240)
        self._list.setMinimumHeight(190)
        # not currentRowChanged: Qt makes the first row current when the list merely gets the focus
        self._list.itemSelectionChanged.connect(lambda: self._choose(self._list.currentRow() if self._list.selectedItems() else -1))
        self._compose = QCheckBox("after the g there is")
        self._compose.setObjectName("g.more.compose")
        self._compose.setToolTip("Compose: what is chosen acts after g, instead of replacing it.")

    def _checked(self, read: Callable[[str, Element], Element], text: str) -> str:
        read(text, self._current())
        return text

    def _complain(self, sentence: str) -> None:
        self._complaint.setText(sentence)
        self._complaint.setVisible(bool(sentence))

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(7)
        for row, (name, label) in enumerate((("euler", "Euler y-x-y"), ("quaternion", "Quaternion"), ("matrix", "Matrix"))):
            grid.addWidget(QLabel(label), row, 0)
            grid.addWidget(self._fields[name], row, 1)
        buttons = QHBoxLayout()
        for text, tip, do in (
            ("inverse", "The element that undoes g.", lambda: self._take(self._current().inverse(), "inverse of g")),
            ("identity", "Back to the identity.", lambda: self._take(IDENTITY, "identity")),
            ("random", "Any rotation, all equally likely.", lambda: self._random(False)),
            ("improper", "Any rotation with the inversion.", lambda: self._random(True)),
        ):
            button = QPushButton(text)
            button.setObjectName(f"g.more.{text}")
            button.setAccessibleName(text)
            button.setToolTip(tip)
            button.clicked.connect(lambda _, do=do: do())
            buttons.addWidget(button)
        left = QVBoxLayout()
        left.setSpacing(9)
        left.addLayout(grid)
        left.addWidget(self._about)
        left.addWidget(self._complaint)
        left.addLayout(buttons)
        left.addStretch(1)
        right = QVBoxLayout()
        right.setSpacing(7)
        right.addWidget(self._group)
        right.addWidget(self._list, 1)
        right.addWidget(self._compose)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 14, 16, 14)
        row.setSpacing(18)
        row.addWidget(self._ball, alignment=Qt.AlignmentFlag.AlignTop)
        row.addLayout(left)
        row.addLayout(right)

    def hideEvent(self, event: QHideEvent) -> None:
        """What was being dragged is decided as it stands."""
        super().hideEvent(event)
        if self._dragging:
            self._dragging = False
            self.taken.emit(self._current(), "turn g", False)


@lru_cache(maxsize=1)
def group_names() -> tuple[str, ...]:
    """The point groups of crystals with both names, then the icosahedral ones and those with a main axis that crystals lack."""
    from e3viz.symmetry.point_groups import CRYSTALLOGRAPHIC, NAMES, pretty

    crystals = [f"{pretty(name)}  {CRYSTALLOGRAPHIC[name]}".replace("-", "−") for name in CRYSTALLOGRAPHIC]
    return (*crystals, *(pretty(name) for name in NAMES if name not in CRYSTALLOGRAPHIC))


def elements_of(label: str) -> list[tuple[str, Element]]:
    """The elements of a group as it is listed in `group_names`, each with its name and what it does."""
    from e3viz.symmetry.point_groups import CRYSTALLOGRAPHIC, NAMES, point_group

    order = [*CRYSTALLOGRAPHIC, *(name for name in NAMES if name not in CRYSTALLOGRAPHIC)]
    group = point_group(order[group_names().index(label)])
    return list(zip(group.names, group.elements, strict=True))
