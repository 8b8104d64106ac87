"""What a lab is: a state, and pure functions from it to pictures, facts and code.

Every function takes the state (a frozen dataclass made of `fields.knob`s) and is called off the GUI thread, so it may read files
through `atoms` and `training` (which cache by path and time of change) but must not keep anything of its own. `g` is the one
current element of E(3); whatever the lab shows, g acts on it through the representation that belongs to it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from e3viz.pictures.scene import Camera
from e3viz.pictures.sheet import Sheet
from e3viz.symmetry.element import IDENTITY, Element


@dataclass(frozen=True)
class Fact:
    """One number or sentence in the inspector. tab: where ("" for the first tab); status: also in the status bar; copied: with a button
    that copies the value."""

    label: str
    value: str
    tip: str = ""
    tab: str = ""
    section: str = ""
    status: bool = False
    copied: bool = False


@dataclass(frozen=True)
class Table:
    """Rows in the inspector. name: what a click on a row is reported as (Hit.panel = "table:" + name, index = row)."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    tab: str = ""
    selected: tuple[int, ...] = ()


@dataclass(frozen=True)
class Check:
    """How far what is on view is from equivariant: the relative error, what was compared, and what the precision allows."""

    error: float
    text: str
    tolerance: float = 1e-12

    @property
    def passed(self) -> bool:
        """Whether the error is within what the precision allows."""
        return self.error <= self.tolerance


@dataclass(frozen=True)
class Hit:
    """Where a person pointed. panel: its name; item: name of the actor, shape or plot ("" for none); index: which atom, point, row;
    position: scene, diagram or chart coordinates; keys: any of shift, ctrl, alt; end: where a drag, or a step of it,
    ended (with item and index there); g: the element that what is on view was moved by."""

    panel: str
    item: str = ""
    index: int = -1
    position: tuple[float, ...] = ()
    keys: frozenset[str] = frozenset()
    end: Hit | None = None
    g: Element = IDENTITY


@dataclass(frozen=True)
class Action:
    """Something a person does with one click that is more than one field: a pure function from state to state.

    name: stable, kebab-case; tab: the inspector tab that shows it as a button ("" for menu and palette only). asks: a question that is
    put first, with `given` as the answer that stands there; then it is apply(state, answer); long: an answer of several lines. chooses: what
    files are chosen first, such as “Models (*.e3p)”; then it is apply(state, paths).
    careful: a sentence to agree to first. sign: what its button on a card shows, one of play, pause, stop, more; actions that share
    `more` are one menu. lasting: it also does something outside the state (starts a run, moves a folder), which undo does not take back."""

    name: str
    title: str
    tip: str
    apply: Callable[..., Any]
    shortcut: str = ""
    tab: str = ""
    asks: str = ""
    given: str = ""
    long: bool = False
    chooses: str = ""
    careful: str = ""
    sign: str = ""
    lasting: bool = False


@dataclass(frozen=True)
class Card:
    """Something that goes on by itself, such as a run, in the inspector. name: what a click on it is reported as (Hit.panel = "card",
    item = name); fraction: how far it is, None for no bar; colour: of the bar; selected: whether it is on view; warning: text is one."""

    name: str
    title: str
    value: str = ""
    text: str = ""
    fraction: float | None = None
    colour: str = "accent"
    actions: tuple[Action, ...] = ()
    tip: str = ""
    tab: str = ""
    section: str = ""
    selected: bool = True
    warning: bool = False


@dataclass(frozen=True)
class Elsewhere:
    """Where a click or an action may lead instead of to a state: another lab, which opens `path` (None: stays with what it shows) and
    then has some of its fields set; g: the element that becomes the current one, None to leave it."""

    lab: str
    path: Path | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    g: Element | None = None


@dataclass(frozen=True)
class Film:
    """A path through states: at(t) for t from 0 to 1. seconds: how long it plays by default."""

    name: str
    title: str
    at: Callable[[float], tuple[Any, Element]]
    seconds: float = 4.0


Told = Fact | Table | Card


def no_facts(state: Any, g: Element) -> Sequence[Told]:
    """For a lab that has none."""
    return []


@dataclass(frozen=True)
class Lab:
    """One lab. name: kebab-case; section: learn or work. State(): a default worth looking at.

    pictures(state, g): what is shown; facts(state, g); code(state, g): a Python script that runs as it is with public libraries and
    makes the same picture or numbers; check(state, g): the equivariance error of what is on view.
    explain: Markdown with formulas between dollar signs. tabs: the inspector's tabs in order (Explain is added at the end).
    pick(state, hit): the state after a click or drag, Elsewhere, or None if nothing is there; hover(state, hit): text beside the pointer.
    open_file(state, path): the state that shows a file; None if the lab takes none.
    save_file(state, g, path): writes what is shown, changed as it is shown, to a file; None if there is nothing to write.
    saves, suffix: what it writes in words, and the usual ending of such files.
    keep_views(state, cameras): the state that remembers where its scenes are seen from (panel → camera), before it is saved.
    settle(state): does what pictures left out to come quickly (the rest of a long file); True if they would now show more. The
    window calls it after drawing, with progress, and asks for the pictures again.
    watch(state): what the pictures depend on beside state and g (a run that goes on), as a cheap value: while the lab is on view it is
    asked again and again, and another answer means other pictures. None for a lab that shows nothing that goes on by itself.
    plays(before, after): the name of a film that the window plays once after a person has gone from one state to another; mostly "".
    looks: fields of the state that say how it is drawn and not what: a person may keep theirs as own defaults (see `own`).
    tour: states worth showing; the default state where there are none.
    """

    name: str
    title: str
    section: str
    State: type
    pictures: Callable[[Any, Element], Sheet]
    facts: Callable[[Any, Element], Sequence[Told]] = no_facts
    code: Callable[[Any, Element], str] = lambda state, g: ""
    check: Callable[[Any, Element], Check | None] = lambda state, g: None
    explain: str = ""
    tabs: tuple[str, ...] = ("Show",)
    pick: Callable[[Any, Hit], Any | None] = lambda state, hit: None
    hover: Callable[[Any, Hit], str] = lambda state, hit: ""
    open_file: Callable[[Any, Path], Any] | None = None
    save_file: Callable[[Any, Element, Path], None] | None = None
    saves: str = "structure; its ending says the format"
    suffix: str = ".extxyz"
    keep_views: Callable[[Any, Mapping[str, Camera]], Any] = lambda state, cameras: state
    settle: Callable[[Any], bool] = lambda state: False
    watch: Callable[[Any], Hashable] | None = None
    actions: tuple[Action, ...] = ()
    films: Callable[[Any, Element], list[Film]] = lambda state, g: []
    plays: Callable[[Any, Any], str] = lambda before, after: ""
    looks: tuple[str, ...] = ()
    tour: tuple[Any, ...] = field(default=())
