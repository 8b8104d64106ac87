"""The Features lab: what a trained network carries on the atoms, layer by layer, as surfaces that turn with g; predictions; audit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from e3viz.labs.features.charts import heat, power_chart
from e3viz.labs.features.describe import AUDIT, FEATURES, PREDICTIONS, check, code, facts, worst_atoms
from e3viz.labs.features.explain import EXPLAIN
from e3viz.labs.features.scenes import scene, through_layers
from e3viz.labs.features.source import channels, data_path, layers, model_name, seen, trajectory
from e3viz.labs.features.state import State
from e3viz.labs.lab import Action, Film, Hit, Lab
from e3viz.pictures.sheet import Panel, Sheet
from e3viz.symmetry.element import Element
from e3viz.symmetry.many_surfaces import points_for

WIDE = 0.66


def pictures(state: State, g: Element) -> Sheet:
    """Features on the atoms, beside them powers, the chosen atom through the layers, and atoms against channels."""
    found = layers(state)
    frames = trajectory(state)
    panels = [
        Panel("features", scene(state, g), 0.0, 0.0, WIDE, 1.0),
        Panel("power", power_chart(state, g), WIDE, 0.0, 1.0 - WIDE, 0.36, "Power of each irrep by layer", card=True),
        Panel("layers", through_layers(state, g), WIDE, 0.36, 1.0 - WIDE, 0.28, f"Atom {state.atom} through the layers", card=True),
        Panel("heat", heat(state, g), WIDE, 0.64, 1.0 - WIDE, 0.36, "Atoms against channels", card=True),
    ]
    number = min(state.layer, len(found) - 1)
    said = f"{model_name(state)} on {data_path(state).name}, frame {min(state.frame, len(frames) - 1) + 1} of {len(frames):,}"
    what = f"channel {min(state.channel, channels(state) - 1)} of {channels(state)}"
    return Sheet(tuple(panels), f"Features: {found[number].layer}, {what}", f"{said}. Each atom carries its features as a signed surface.")


def pick(state: State, hit: Hit) -> State | None:
    """A click on an atom, a layer's surface or bar, an irrep's row, or the heat map."""
    atoms = len(seen(state).structure)
    if hit.panel == "features" and hit.index >= 0:
        atom = hit.index // _points_each(atoms) if hit.item == "features" else hit.index
        return replace(state, atom=min(atom, atoms - 1))
    if hit.panel == "layers" and hit.item.startswith("layer "):
        return _at_layer(state, int(hit.item.removeprefix("layer ")))
    if hit.panel == "power" and hit.position:
        return _at_layer(state, round(hit.position[0]))
    if hit.panel == "heat" and hit.position:
        return replace(
            state,
            channel=int(np.clip(round(hit.position[0]), 0, channels(state) - 1)),
            atom=int(np.clip(round(hit.position[1]), 0, atoms - 1)),
        )
    if hit.panel == "table:worst":
        order = worst_atoms(state)
        return replace(state, atom=order[hit.index]) if hit.index < len(order) else None
    return None


def _points_each(count: int) -> int:
    from e3viz.symmetry.surfaces import sphere_mesh

    return len(sphere_mesh(points_for(count)).points)


def _at_layer(state: State, number: int) -> State:
    wanted = replace(state, layer=int(np.clip(number, 0, len(layers(state)) - 1)))
    names = {str(irrep) for irrep in _irreps(wanted)}
    if wanted.irrep not in names and not wanted.irrep.startswith("all"):
        wanted = replace(wanted, irrep="all, sum over l")
    return replace(wanted, channel=min(wanted.channel, channels(wanted) - 1))


def _irreps(state: State) -> list[object]:
    from e3viz.labs.features.source import irreps_of

    return [irrep for _, irrep in irreps_of(state)]


def hover(state: State, hit: Hit) -> str:
    """Which atom, and its force."""
    if hit.panel != "features" or hit.index < 0:
        return ""
    now = seen(state)
    atom = hit.index // _points_each(len(now.structure)) if hit.item == "features" else hit.index
    if atom >= len(now.structure):
        return ""
    from e3viz.atoms.measure import atom_name

    return f"{atom_name(now.structure, atom)}: {now.prediction.energies[atom]:.3f} eV, |F| = {np.linalg.norm(now.prediction.forces[atom]):.2f} eV/Å"


def open_file(state: State, path: Path) -> State:
    """A model (.e3p) or a structure file. Raises FileError or UserError."""
    if path.suffix == ".e3p":
        wanted = replace(state, model=str(path), layer=0, channel=0, irrep="all, sum over l", audited=-1)
        deep = len(layers(wanted)) - 1
        return replace(wanted, layer=max(0, deep - 1))
    wanted = replace(state, file=str(path), frame=0, atom=0, audited=-1)
    seen(wanted)
    return wanted


def films(state: State, g: Element) -> list[Film]:
    """Features turning with g, the layers one after the other, the channels, the trajectory."""
    turn = g if g.angle % 360.0 else Element((0.3, 0.2, 1.0), 360.0)
    made = [Film("turn", "Features turning with D(g)", lambda t: (state, turn.part(t)), 8.0)]
    deep = len(layers(state)) - 1
    made.append(Film("layers", "Layer after layer", lambda t: (_at_layer(state, min(deep, int(t * (deep + 1)))), g), 1.5 * (deep + 1)))
    many = channels(state) - 1
    if many > 0:
        made.append(Film("channels", "Channel after channel", lambda t: (replace(state, channel=round(t * many)), g), 0.4 * (many + 1)))
    last = len(trajectory(state)) - 1
    if last > 0:
        shown = min(last, 150)
        made.append(Film("frames", "Features along the trajectory", lambda t: (replace(state, frame=round(t * shown)), g), shown / 15.0))
    return made


def _next_channel(by: int):  # type: ignore[no-untyped-def]
    return lambda state: replace(state, channel=(state.channel + by) % channels(state))


ACTIONS = (
    Action("next-channel", "Next channel", "Draw the next copy of the irreps.", _next_channel(1), "Ctrl+Right", FEATURES),
    Action("previous-channel", "Previous channel", "Draw the copy before.", _next_channel(-1), "Ctrl+Left", FEATURES),
    Action("deeper", "Deeper", "One layer further.", lambda s: _at_layer(s, s.layer + 1), "Ctrl+Down", FEATURES),
    Action("shallower", "Shallower", "One layer back.", lambda s: _at_layer(s, s.layer - 1), "Ctrl+Up", FEATURES),
    Action("audit", "Audit on this frame", "Test every symmetry, slope and limit of the model.", lambda s: replace(s, audited=s.frame), "", AUDIT),
)  # fmt: skip

LAB = Lab(
    name="features",
    title="Features",
    section="work",
    State=State,
    pictures=pictures,
    facts=facts,
    code=code,
    check=check,
    explain=EXPLAIN,
    tabs=(FEATURES, PREDICTIONS, AUDIT),
    pick=pick,
    hover=hover,
    open_file=open_file,
    actions=ACTIONS,
    films=films,
    tour=(State(), State(layer=1, channel=3, arrows="predicted and reference"), State(irrep="1o", frame=12), State(audited=0)),
)
