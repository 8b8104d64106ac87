"""The Equivariance lab: the commuting square of any map, live; sums, compositions and products of maps; small networks that learn one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from e3viz.labs.equivariance.code import code
from e3viz.labs.equivariance.describe import GROUP, SHOW, check, facts
from e3viz.labs.equivariance.explain import EXPLAIN
from e3viz.labs.equivariance.pictures import over_the_group, pictures, sample
from e3viz.labs.equivariance.state import FORMULA, NETWORK, PRESETS, SECOND, State, shown
from e3viz.labs.equivariance.worst import worst_of
from e3viz.labs.lab import Action, Elsewhere, Film, Hit, Lab
from e3viz.symmetry.element import Element


def hover(state: State, hit: Hit) -> str:
    """Which g a point stands for."""
    from e3viz.symmetry.notation import format_element

    found = _element_at(state, hit)
    return "" if found is None else f"{format_element(found[0])}: relative error {found[1]:.1e}"


def _element_at(state: State, hit: Hit) -> tuple[Element, float] | None:
    if hit.panel != "group" or hit.index < 0 or hit.item not in ("proper", "improper"):
        return None
    f = shown(state)
    nodes, errors = over_the_group(f, tuple(sample(state, f)), state.precision)
    number = hit.index + (len(nodes) // 2 if hit.item == "improper" else 0)
    return (Element.from_matrix(nodes[number]), float(errors[number])) if number < len(nodes) else None


def pick(state: State, hit: Hit) -> Elsewhere | None:
    """A click on a point of the errors over the group makes its g the current one."""
    found = _element_at(state, hit)
    return None if found is None else Elsewhere("equivariance", g=found[0])


def go_to_worst(state: State) -> Elsewhere:
    """The g at which the map on view fails most becomes the current one."""
    return Elsewhere("equivariance", g=worst_of(state))


def films(state: State, g: Element) -> list[Film]:
    """The square while g runs through the group; and a network that learns."""
    turn = g if g.angle % 360.0 else Element((0.3, 1.0, 0.5), 360.0)
    made = [Film("square", "The commuting square", lambda t: (state, turn.part(t)), 6.0)]
    if state.source == NETWORK:
        made.append(Film("learning", "A network that learns", lambda t: (replace(state, steps=round(1500 * t / 10) * 10), g), 8.0))
    else:
        made.append(Film("worst", "To the g where it fails most", lambda t: (state, worst_of(state).part(t)), 4.0))
    return made


def _preset(name: str) -> Callable[[State], State]:
    f, built, _ = PRESETS[name]
    two = "x, y, z : 1o -> 1o" if built == "f ∘ g" else SECOND
    if built == "f ⊗ g":
        two = "x, y, z : 1o -> 1o"
    return lambda state: replace(state, source=FORMULA, f=f, g=two, built=built, repaired=False)


ACTIONS = (
    *(Action(f"map-{n}", name[:1].upper() + name[1:], PRESETS[name][2], _preset(name), "", SHOW) for n, name in enumerate(PRESETS)),
    Action("another-x", "Another x", "Try another input.", lambda s: replace(s, seed=s.seed + 1), "", SHOW),
    Action(
        "networks",
        "Networks that learn",
        "Show a small network instead of formulas.",
        lambda s: replace(s, source=NETWORK, repaired=False),
        "",
        SHOW,
    ),
    Action("go-to-worst", "Go to the worst g", "Make the g at which it fails most the current one.", go_to_worst, "", GROUP),
    Action(
        "repair",
        "Show what can be kept",
        "The equivariant part of f, by averaging over O(3).",
        lambda s: replace(s, repaired=not s.repaired),
        "",
        GROUP,
    ),
)

LAB = Lab(
    name="equivariance",
    title="Equivariance",
    section="learn",
    State=State,
    pictures=pictures,
    facts=facts,
    code=code,
    check=check,
    explain=EXPLAIN,
    tabs=(SHOW, GROUP),
    pick=pick,
    hover=hover,
    actions=ACTIONS,
    films=films,
    tour=(
        State(),
        State(f=PRESETS["cross product, typed wrongly"][0]),
        State(f=PRESETS["not equivariant"][0]),
        State(f="x, y, z : 1o -> 1o", g="x, y, z : 1o -> 1o", built="f ⊗ g"),
        State(source=NETWORK),
    ),
)
