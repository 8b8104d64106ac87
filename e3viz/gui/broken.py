"""A lab that cannot be opened, as a lab: the window stays whole, and its page says so instead of showing pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from e3viz.labs import entry
from e3viz.labs.lab import Lab
from e3viz.pictures.diagram import Diagram, Text
from e3viz.pictures.sheet import Panel, Sheet
from e3viz.symmetry.element import Element


@dataclass(frozen=True)
class Nothing:
    """The state of a lab of which nothing is known."""


def stand_in(name: str) -> Lab:
    """What is shown in the place of a lab whose own code fails."""
    known = entry(name)

    def pictures(state: Any, g: Element) -> Sheet:
        said = Text(
            300, 100, f"{known.title} cannot be shown. The report says why; everything else works.", colour="muted", anchor="middle"
        )
        return Sheet((Panel("nothing", Diagram(600, 200, (said,))),), title=known.title)

    return Lab(name=name, title=known.title, section=known.section, State=Nothing, pictures=pictures)
