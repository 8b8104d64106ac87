"""Cards in the inspector: things that go on by themselves, such as runs, with how far they are and what can be done with them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget

from e3viz.gui.labels import ElidedLabel
from e3viz.gui.pointing import keys_of
from e3viz.gui.signs import SignButton
from e3viz.labs.lab import Action, Card
from e3viz.pictures.style import Theme

BAR = 5


class Bar(QWidget):
    """How far something is, as a thin bar."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(BAR)
        self._fraction, self._colour = 0.0, QColor()

    def show_fraction(self, fraction: float, colour: QColor) -> None:
        """Show another fraction, 0 to 1."""
        if (fraction, colour) != (self._fraction, self._colour):
            self._fraction, self._colour = min(1.0, max(0.0, fraction)), colour
            self.setAccessibleName(f"{100 * self._fraction:.0f} % done")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The groove and what is done."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().color(QPalette.ColorRole.Mid))
        painter.drawRoundedRect(self.rect(), BAR / 2, BAR / 2)
        if self._fraction > 0:
            painter.setBrush(self._colour)
            painter.drawRoundedRect(0, 0, max(BAR, round(self.width() * self._fraction)), BAR, BAR / 2, BAR / 2)
        painter.end()


class CardBox(QFrame):
    """One card. clicked(keys); acted(Action)."""

    clicked = Signal(object)
    acted = Signal(object)

    def __init__(self, lab: str, card: Card, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        self.setObjectName(f"{lab}.card.{card.name}")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._lab, self._theme = lab, theme
        self._actions: tuple[Action, ...] = ()
        self._title, self._value, self._text = ElidedLabel(card.title), QLabel(), ElidedLabel("")
        self._title.setProperty("look", "name")
        self._text.setProperty("tone", "faint")
        self._bar = Bar()
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._value)
        self._foot = QHBoxLayout()
        self._foot.setSpacing(2)
        self._foot.addWidget(self._text, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 6, 5)
        column.setSpacing(5)
        for part in (head, self._foot):
            part.setContentsMargins(0, 0, 4 if part is head else 0, 0)
        column.addLayout(head)
        column.addWidget(self._bar)
        column.addLayout(self._foot)
        self.show_card(card)

    def show_card(self, card: Card) -> None:
        """Show how it stands now."""
        self._title.setText(card.title)
        self._title.setEnabled(card.selected)
        self._value.setText(card.value)
        self._value.setEnabled(card.selected)
        self._text.setText(card.text)
        tone = "warn" if card.warning else "faint"
        if self._text.property("tone") != tone:
            self._text.setProperty("tone", tone)
            self._text.style().unpolish(self._text)
            self._text.style().polish(self._text)
        self.setToolTip(card.tip)
        self.setAccessibleName(", ".join(part for part in (card.title, card.value, card.text) if part))
        self._bar.setVisible(card.fraction is not None)
        colour = QColor(self._theme.colour(card.colour))
        if not card.selected:
            colour.setAlphaF(0.35)
        self._bar.show_fraction(card.fraction or 0.0, colour)
        shape = [(action.name, action.title, action.sign) for action in card.actions]
        fresh = shape != [(action.name, action.title, action.sign) for action in self._actions]
        self._actions = card.actions
        if fresh:
            self._rebuild()

    def _rebuild(self) -> None:
        while self._foot.count() > 1:
            widget = self._foot.takeAt(1).widget()
            widget.hide()
            widget.deleteLater()
        for k, action in enumerate(self._actions):
            if action.sign != "more":
                self._foot.addWidget(
                    self._button(action.sign, action.title, action.tip, lambda _=False, k=k: self.acted.emit(self._actions[k]))
                )
        if any(action.sign == "more" for action in self._actions):
            self._foot.addWidget(self._button("more", "More", "What else can be done with it.", self._open_menu))

    def _button(self, sign: str, title: str, tip: str, do: object) -> SignButton:
        button = SignButton(sign, f"{self.objectName()}.{title.lower()}", title, tip)
        button.setProperty("look", "flat")
        button.setFixedSize(28, 22)
        button.clicked.connect(do)
        return button

    def _open_menu(self) -> None:
        menu = QMenu(self)
        menu.setObjectName(f"{self.objectName()}.menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for action in self._actions:
            if action.sign == "more":
                menu.addAction(action.title, lambda action=action: self.acted.emit(action)).setToolTip(action.tip)
        menu.setToolTipsVisible(True)
        button = self._foot.itemAt(self._foot.count() - 1).widget()
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click."""
        if self.rect().contains(event.position().toPoint()) and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(keys_of(event.modifiers()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The same from the keyboard."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit(keys_of(QGuiApplication.keyboardModifiers()))
        else:
            super().keyPressEvent(event)
