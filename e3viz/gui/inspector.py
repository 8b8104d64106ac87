"""The inspector: one tab after another of form, facts, tables and buttons, and at the end the explanation."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from e3viz.gui.controls import ElidedLabel
from e3viz.gui.explain import Explanation
from e3viz.gui.forms import Form
from e3viz.gui.tables import TableCard
from e3viz.labs.lab import Action, Fact, Hit, Lab, Table
from e3viz.pictures.style import Theme

WIDTH = 316


class Facts(QWidget):
    """Labels and values, by section, and tables. hit(Hit): a row of a table was clicked."""

    hit = Signal(object)

    def __init__(self, lab: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self._shape: list[tuple[str, ...]] = []
        self._values: list[QLabel] = []
        self._tables: list[TableCard] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(7)

    def show_facts(self, facts: list[Fact | Table]) -> None:
        """Show these; labels and tables that stay are kept, so that nothing flickers while a trajectory plays."""
        plain = [f for f in facts if isinstance(f, Fact)]
        tables = [f for f in facts if isinstance(f, Table)]
        shape = [(f.section, f.label) for f in plain] + [("", f.name) for f in tables]
        if shape != self._shape:
            self._rebuild(plain, tables)
            self._shape = shape
        for label, fact in zip(self._values, plain, strict=True):
            label.setText(fact.value)
            label.setToolTip(fact.tip or fact.label)
        for card, table in zip(self._tables, tables, strict=True):
            card.show_table(table)

    def _rebuild(self, plain: list[Fact], tables: list[Table]) -> None:
        while item := self._column.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        self._values, self._tables = [], []
        for section in dict.fromkeys(fact.section for fact in plain):
            if section:
                heading = ElidedLabel(section)
                heading.setProperty("look", "heading")
                heading.setContentsMargins(0, 8, 0, 0)
                self._column.addWidget(heading)
            for fact in (f for f in plain if f.section == section):
                self._column.addWidget(self._row(fact))
        self._values = [self._values[i] for i in self._order(plain)]
        for table in tables:
            card = TableCard(self._lab, table)
            card.clicked.connect(lambda row, more, name=table.name: self._clicked(name, row, more))
            self._column.addWidget(card)
            self._tables.append(card)

    def _order(self, plain: list[Fact]) -> list[int]:
        sections = list(dict.fromkeys(fact.section for fact in plain))
        drawn = [fact for section in sections for fact in plain if fact.section == section]
        return [next(i for i, other in enumerate(drawn) if other is fact) for fact in plain]

    def _row(self, fact: Fact) -> QWidget:
        box = QWidget()
        value = QLabel(fact.value)
        value.setProperty("look", "value")
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        value.setAccessibleName(fact.label)
        label = QLabel(fact.label)
        label.setProperty("tone", "muted")
        label.setToolTip(fact.tip or fact.label)
        self._values.append(value)
        if len(fact.value) > 30 or "\n" in fact.value:
            column = QVBoxLayout(box)
            value.setWordWrap(True)
            column.addWidget(label)
            column.addWidget(value)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(3)
        else:
            row = QHBoxLayout(box)
            row.setContentsMargins(0, 0, 0, 0)
            row.addWidget(label)
            row.addStretch(1)
            row.addWidget(value)
        return box

    def _clicked(self, name: str, row: int, more: bool) -> None:
        self.hit.emit(Hit(f"table:{name}", name, row, keys=frozenset({"shift"}) if more else frozenset()))


class Inspector(QFrame):
    """Tabs over forms and facts. asked(name, value, preview): a field should change; hit(Hit): a table was clicked;
    acted(Action): a button was pressed."""

    asked = Signal(str, object, bool)
    hit = Signal(object)
    acted = Signal(object)

    def __init__(self, lab: Lab, state: Any, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "panel")
        self.setFixedWidth(WIDTH)
        self._lab = lab
        self._forms: dict[str, Form] = {}
        self._facts: dict[str, Facts] = {}
        self._pages = QStackedWidget()
        self._tabs = QHBoxLayout()
        self._tabs.setContentsMargins(16, 8, 16, 0)
        self._tabs.setSpacing(16)
        self._group = QButtonGroup(self)
        for tab in lab.tabs:
            self._add_tab(tab, self._page(tab, state))
        self.explanation = Explanation(lab.explain, theme)
        if lab.explain:
            self._add_tab("Explain", self.explanation)
        self._tabs.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._tabs)
        line = QFrame()
        line.setProperty("look", "level")
        column.addWidget(line)
        column.addWidget(self._pages, 1)

    def show_state(self, state: Any) -> None:
        """Show another state in every form."""
        for form in self._forms.values():
            form.show_state(state)

    def show_facts(self, facts: list[Fact | Table]) -> None:
        """Show other facts, each on its tab."""
        for number, (tab, shown) in enumerate(self._facts.items()):
            shown.show_facts(
                [
                    fact
                    for fact in facts
                    if (fact.tab or self._lab.tabs[0]) == tab or (not number and fact.tab not in self._facts and fact.tab)
                ]
            )

    def mark(self, name: str, sentence: str) -> None:
        """Say under a field what is wrong with it."""
        for form in self._forms.values():
            form.mark(name, sentence)

    def show_tab(self, tab: str) -> None:
        """Bring a tab on view."""
        for button in self._group.buttons():
            if button.text() == tab:
                button.click()

    def _add_tab(self, tab: str, page: QWidget) -> None:
        button = QPushButton(tab)
        button.setCheckable(True)
        button.setChecked(not self._group.buttons())
        button.setProperty("look", "tab")
        button.setObjectName(f"{self._lab.name}.tab.{tab.lower()}")
        button.setAccessibleName(f"Tab {tab}")
        button.setToolTip(f"Show “{tab}” of the inspector.")
        number = self._pages.addWidget(page)
        button.clicked.connect(lambda: self._pages.setCurrentIndex(number))
        self._group.addButton(button)
        self._tabs.addWidget(button)

    def _page(self, tab: str, state: Any) -> QWidget:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(8)
        form = Form(self._lab.name, state, tab)
        form.asked.connect(self.asked)
        self._forms[tab] = form
        column.addWidget(form)
        for action in (a for a in self._lab.actions if a.tab == tab):
            column.addWidget(self._button(action))
        facts = Facts(self._lab.name)
        facts.hit.connect(self.hit)
        self._facts[tab] = facts
        column.addWidget(facts)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        return area

    def _button(self, action: Action) -> QPushButton:
        button = QPushButton(action.title)
        button.setObjectName(f"{self._lab.name}.action.{action.name}")
        button.setAccessibleName(action.title)
        button.setToolTip(action.tip + (f" ({action.shortcut})" if action.shortcut else ""))
        button.clicked.connect(lambda: self.acted.emit(action))
        return button
