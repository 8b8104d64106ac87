"""The inspector: one tab after another of form, buttons, facts and tables, and at the end the explanation.

A tab is built when it is first looked at, the whole inspector only after the first picture: nobody waits for what they do not see.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from e3viz.gui.controls import LongText
from e3viz.gui.explain import Explanation
from e3viz.gui.facts import Facts
from e3viz.gui.flow import FlowLayout
from e3viz.gui.forms import Form
from e3viz.gui.work import Worker
from e3viz.labs.lab import Action, Lab, Told
from e3viz.pictures.fonts import text_width
from e3viz.pictures.style import Theme

WIDTH, EDGE = 316, 16
TAB_SIZE = 13.0
EXPLAIN = "Explain"


class Tab(QScrollArea):
    """Form, buttons and facts of one tab."""

    asked = Signal(str, object, bool)
    hit = Signal(object)
    acted = Signal(object)

    def __init__(self, lab: Lab, tab: str, state: Any, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(8)
        self.form = Form(lab.name, state, tab)
        self.form.asked.connect(self.asked)
        if not self.form.empty:
            column.addWidget(self.form)
        actions = [action for action in lab.actions if action.tab == tab]
        if actions:
            box = QWidget()
            flow = FlowLayout(box)
            flow.setContentsMargins(0, 2, 0, 2)
            for action in actions:
                flow.addWidget(self._button(lab.name, action))
            column.addWidget(box)
        self.facts = Facts(lab.name, theme)
        self.facts.hit.connect(self.hit)
        self.facts.acted.connect(self.acted)
        column.addWidget(self.facts)
        column.addStretch(1)
        self.setWidget(inside)

    def _button(self, lab: str, action: Action) -> QPushButton:
        button = QPushButton(action.title)
        button.setObjectName(f"{lab}.action.{action.name}")
        button.setAccessibleName(action.title)
        button.setToolTip(action.tip + (f" ({action.shortcut})" if action.shortcut else ""))
        button.clicked.connect(lambda: self.acted.emit(action))
        return button


class Inspector(QFrame):
    """Tabs over forms and facts. asked(name, value, preview): a field should change; hit(Hit): a table was clicked;
    acted(Action): a button was pressed."""

    asked = Signal(str, object, bool)
    hit = Signal(object)
    acted = Signal(object)

    def __init__(self, lab: Lab, worker: Worker, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "panel")
        self.setObjectName(f"{lab.name}.inspector")
        self.setFixedWidth(WIDTH)
        self._lab, self._worker, self._theme = lab, worker, theme
        self._state: Any = None
        self._known: Sequence[Told] = []
        self._tabs: dict[str, Tab] = {}
        self._explanation: Explanation | None = None
        self._pages = QStackedWidget()
        self._names = [*lab.tabs, *([EXPLAIN] if lab.explain else [])]
        self._buttons = QButtonGroup(self)
        bar = QHBoxLayout()
        bar.setContentsMargins(EDGE, 8, EDGE, 0)
        room = WIDTH - 2 * EDGE - sum(map(_tab_width, self._names))
        bar.setSpacing(max(4, min(16, room // max(1, len(self._names) - 1))))
        for name in self._names:
            bar.addWidget(self._tab_button(name))
            self._pages.addWidget(QWidget())
        bar.addStretch(1)
        line = QFrame()
        line.setProperty("look", "level")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(line)
        column.addWidget(self._pages, 1)

    def show_state(self, state: Any) -> None:
        """Show another state on the tab on view, and on any other when it comes on view."""
        first, self._state = self._state is None, state
        if first:
            self.show_tab(self._names[0])
        elif self._tab is not None:
            self._tab.form.show_state(state)

    def show_facts(self, facts: Sequence[Told]) -> None:
        """Show other facts, each on its tab."""
        self._known = facts
        if self._tab is not None:
            self._tab.facts.show_facts(self._facts_of(self._names[self._pages.currentIndex()]))

    def set_theme(self, theme: Theme) -> None:
        """Draw formulas and cards in other colours."""
        self._theme = theme
        if self._explanation is not None:
            self._explanation.set_theme(theme)
        for name, tab in self._tabs.items():
            tab.facts.set_theme(theme)
            if tab is self._tab:
                tab.facts.show_facts(self._facts_of(name))

    def mark(self, name: str, sentence: str, span: tuple[int, int] | None = None) -> bool:
        """Say under a field what is wrong with it, and at which letters; False if it is nowhere to be seen."""
        return any(tab.form.mark(name, sentence, span) for tab in self._tabs.values())

    def decide(self) -> None:
        """Take what was typed into long fields: not everywhere does a click on a button take the focus from them."""
        if self._tab is not None:
            for field in self._tab.findChildren(LongText):
                field.decide()

    def show_tab(self, name: str) -> None:
        """Bring a tab on view, and build it the first time."""
        if name not in self._names or self._state is None:
            return
        place = self._names.index(name)
        if name == EXPLAIN and self._explanation is None:
            self._explanation = Explanation(self._lab.explain, self._worker, self._theme)
            self._replace(place, self._explanation)
        elif name != EXPLAIN and name not in self._tabs:
            tab = Tab(self._lab, name, self._state, self._theme)
            tab.asked.connect(self.asked)
            tab.hit.connect(self.hit)
            tab.acted.connect(self.acted)
            self._tabs[name] = tab
            self._replace(place, tab)
        self._pages.setCurrentIndex(place)
        self._buttons.buttons()[place].setChecked(True)
        if name in self._tabs:
            self._tabs[name].form.show_state(self._state)
            self._tabs[name].facts.show_facts(self._facts_of(name))

    @property
    def _tab(self) -> Tab | None:
        """The tab on view; None for the explanation."""
        return self._tabs.get(self._names[self._pages.currentIndex()])

    def _facts_of(self, name: str) -> Sequence[Told]:
        """The facts of a tab; those of none are on the first."""
        first = name == self._lab.tabs[0]
        return [fact for fact in self._known if fact.tab == name or (first and fact.tab not in self._lab.tabs)]

    def _replace(self, place: int, page: QWidget) -> None:
        empty = self._pages.widget(place)
        self._pages.insertWidget(place, page)
        self._pages.removeWidget(empty)
        empty.deleteLater()

    def _tab_button(self, name: str) -> QPushButton:
        button = QPushButton(name)
        button.setMinimumWidth(_tab_width(name))
        button.setCheckable(True)
        button.setChecked(not self._buttons.buttons())
        button.setProperty("look", "tab")
        button.setObjectName(f"{self._lab.name}.tab.{name.lower()}")
        button.setAccessibleName(f"Tab {name}")
        button.setToolTip(f"Show “{name}” of the inspector.")
        button.clicked.connect(lambda: self.show_tab(name))
        self._buttons.addButton(button)
        return button


def _tab_width(name: str) -> int:
    """Width of a tab's button with its name in bold, as it is when it is on view."""
    return math.ceil(text_width(name, TAB_SIZE, bold=True)) + 2
