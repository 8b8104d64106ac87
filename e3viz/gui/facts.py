"""What a lab knows of its state, in the inspector: cards of what goes on, labels with values, by section, and tables."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from e3viz.gui.cards import CardBox
from e3viz.gui.labels import ElidedLabel
from e3viz.gui.tables import TableCard
from e3viz.labs.lab import Card, Fact, Hit, Table, Told
from e3viz.pictures.style import Theme

BESIDE = 22
"""A value of more letters stands under its label, not beside it."""


class FactRow(QWidget):
    """One label with its value, which can be selected and copied."""

    def __init__(self, fact: Fact, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.beside = fits_beside(fact)
        self._label = ElidedLabel(fact.label)
        self._label.setProperty("tone", "muted")
        self._value = QLabel()
        self._value.setProperty("look", "value")
        self._value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._value.setTextFormat(Qt.TextFormat.PlainText)
        self._value.setWordWrap(not self.beside)
        layout = QHBoxLayout(self) if self.beside else QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10 if self.beside else 3)
        if fact.copied:
            head = QHBoxLayout()
            head.addWidget(self._label, 1)
            head.addWidget(self._copy_button(fact))
            layout.addLayout(head)
        else:
            layout.addWidget(self._label, 1)
        layout.addWidget(self._value)
        self.show_fact(fact)

    def _copy_button(self, fact: Fact) -> QPushButton:
        button = QPushButton("Copy")
        button.setObjectName(f"copy.{fact.label.lower().replace(' ', '-')}")
        button.setAccessibleName(f"Copy {fact.label}")
        button.setToolTip("Copy all of it.")
        button.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._value.text()))
        return button

    def show_fact(self, fact: Fact) -> None:
        """Show another value of the same."""
        if fact.value != self._value.text():
            self._value.setText(fact.value)
            self._value.setAccessibleName(f"{fact.label}: {fact.value}")
        self._value.setToolTip(fact.tip or fact.label)


def fits_beside(fact: Fact) -> bool:
    """Whether label and value have room in one row."""
    return not fact.copied and len(fact.value) <= BESIDE and len(fact.label) + len(fact.value) <= 36 and "\n" not in fact.value


class Facts(QWidget):
    """Cards, facts and tables of one tab. hit(Hit): a card or a row of a table was clicked; acted(Action): a button of a card. What
    stays the same is kept, so that nothing flickers."""

    hit = Signal(object)
    acted = Signal(object)

    def __init__(self, lab: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab, self._theme = lab, theme
        self._shape: list[tuple[object, ...]] = []
        self._cards: list[CardBox] = []
        self._rows: list[FactRow] = []
        self._tables: list[TableCard] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(7)

    def set_theme(self, theme: Theme) -> None:
        """Show the next ones in other colours."""
        self._theme, self._shape = theme, []

    def show_facts(self, facts: Sequence[Told]) -> None:
        """Show these."""
        cards = [fact for fact in facts if isinstance(fact, Card)]
        plain = _by_section([fact for fact in facts if isinstance(fact, Fact)])
        tables = [fact for fact in facts if isinstance(fact, Table)]
        shape: list[tuple[object, ...]] = [(f.section, f.label, fits_beside(f)) for f in plain]
        shape += [(table.name, table.columns) for table in tables]
        shape += [("card", card.name) for card in cards]
        if shape != self._shape:
            self._rebuild(cards, plain, tables)
            self._shape = shape
        for box, one in zip(self._cards, cards, strict=True):
            box.show_card(one)
        for row, fact in zip(self._rows, plain, strict=True):
            row.show_fact(fact)
        for card, table in zip(self._tables, tables, strict=True):
            card.show_table(table)

    def _rebuild(self, cards: list[Card], plain: list[Fact], tables: list[Table]) -> None:
        while item := self._column.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        self._rows, self._tables, self._cards = [], [], []
        for one in cards:
            box = CardBox(self._lab, one, self._theme)
            box.clicked.connect(lambda keys, name=one.name: self.hit.emit(Hit("card", name, keys=keys)))
            box.acted.connect(self.acted)
            self._column.addWidget(box)
            self._cards.append(box)
        section = ""
        for fact in plain:
            if fact.section != section:
                section = fact.section
                heading = ElidedLabel(section)
                heading.setProperty("look", "heading")
                heading.setContentsMargins(0, 8, 0, 0)
                self._column.addWidget(heading)
            self._rows.append(FactRow(fact))
            self._column.addWidget(self._rows[-1])
        for table in tables:
            card = TableCard(self._lab, table)
            card.clicked.connect(lambda row, keys, name=table.name: self.hit.emit(Hit(f"table:{name}", name, row, keys=keys)))
            self._column.addWidget(card)
            self._tables.append(card)


def _by_section(facts: list[Fact]) -> list[Fact]:
    """The same facts, those of one section together; those of none first."""
    order = list(dict.fromkeys(["", *(fact.section for fact in facts)]))
    return sorted(facts, key=lambda fact: order.index(fact.section))
