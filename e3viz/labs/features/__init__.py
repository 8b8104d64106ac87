"""The Features lab: what a trained network carries on the atoms, layer by layer, as surfaces that turn with g; predictions; audit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from e3viz.errors import UserError
from e3viz.labs.features import audit_map, committee, error_charts, errors, filters, hands, modules, moving, network, vanishing
from e3viz.labs.features.charts import heat, power_chart
from e3viz.labs.features.describe import check, code, facts
from e3viz.labs.features.dissected import anatomy
from e3viz.labs.features.error_charts import CHARTS
from e3viz.labs.features.explain import EXPLAIN
from e3viz.labs.features.keeping import save
from e3viz.labs.features.lifetime import epochs
from e3viz.labs.features.picking import at_layer, pick, points_each
from e3viz.labs.features.scenes import held_scene, moving_scene, plain_scene, scene, through_layers
from e3viz.labs.features.source import channels, data_path, handed_out, layers, model_name, potential, seen, trajectory
from e3viz.labs.features.state import AUDIT, FEATURES, NETWORK, PREDICTIONS, SAVED, VIEWS, State
from e3viz.labs.lab import Action, Elsewhere, Film, Hit, Lab
from e3viz.pictures.sheet import Panel, Sheet
from e3viz.potentials.external import External
from e3viz.potentials.opening import READERS
from e3viz.symmetry.element import Element

WIDE = 0.66


def pictures(state: State, g: Element) -> Sheet:
    """The view that is chosen."""
    return VIEW[state.view](state, g)


def _features(state: State, g: Element) -> Sheet:
    """Features on the atoms, beside them powers, the chosen atom through the layers, and atoms against channels."""
    panels = (
        Panel("features", scene(state, g), 0.0, 0.0, WIDE, 1.0),
        Panel("power", power_chart(state, g), WIDE, 0.0, 1.0 - WIDE, 0.36, "Power of each irrep by layer", card=True),
        Panel("layers", through_layers(state, g), WIDE, 0.36, 1.0 - WIDE, 0.28, f"Atom {state.atom} through the layers", card=True),
        Panel("heat", heat(state, g), WIDE, 0.64, 1.0 - WIDE, 0.36, "Atoms against channels", card=True),
    )
    found = layers(state)
    what = f"channel {min(state.channel, channels(state) - 1)} of {channels(state)}"
    title = f"Features: {found[min(state.layer, len(found) - 1)].layer}, {what}"
    return Sheet(panels, title, f"{_where(state)} Each atom carries its features as a signed surface.")


def _where(state: State) -> str:
    frames = trajectory(state)
    off = f", without {' and '.join(state.off)}" if state.off else ""
    return f"{model_name(state)}{off} on {data_path(state).name}, frame {min(state.frame, len(frames) - 1) + 1} of {len(frames):,}."


def _network(state: State, g: Element) -> Sheet:
    """The network as a diagram."""
    if potential(state).kind == External.kind:
        return Sheet((Panel("modules", modules.diagram(state)),), "The network", f"{_where(state)} Click a tensor product to open it.")
    return Sheet((Panel("network", network.diagram(state)),), "The network", f"{_where(state)} Click a layer, or a convolution to open it.")


def _filters(state: State, g: Element) -> Sheet:
    """Radial filters of a layer, and one of them in space."""
    path = network.chosen_path(state)
    panels = (
        Panel("filters", filters.chart(state, g), 0.0, 0.0, 0.58, 1.0, f"Layer {path.layer}: R(r) of every path", card=True),
        Panel("filter", filters.scene(state, g), 0.58, 0.0, 0.42, 1.0, f"R(r) Y of {path.label}", card=True),
    )
    return Sheet(panels, f"Filters of layer {path.layer}", f"{_where(state)} Dashed: distances of atom {state.atom} to its neighbours.")


def _switches(state: State, g: Element) -> Sheet:
    """What each part is worth, beside the features with what is switched off."""
    panels = (
        Panel("switches", network.switch_diagram(state), 0.0, 0.0, 0.66, 1.0, card=True),
        Panel("features", scene(state, g), 0.66, 0.0, 0.34, 1.0, "Now", card=True),
    )
    return Sheet(panels, "What each part is worth", f"{_where(state)} Click a line to switch it off or on.")


def _symmetry(state: State, g: Element) -> Sheet:
    """What symmetry says must vanish at the chosen atom."""
    panels = (
        Panel("features", scene(state, g), 0.0, 0.0, 0.5, 1.0),
        Panel("components", vanishing.chart(state, g), 0.5, 0.0, 0.5, 1.0, f"Atom {state.atom}: component against channel", card=True),
    )
    where = vanishing.site(state)
    said = f"{len(where.matrices)} operation{'s' * (len(where.matrices) != 1)} leave this atom where it is"
    return Sheet(panels, f"What must vanish: site symmetry {where.name}", f"{_where(state)} {said}. Click another atom.")


def _audit(state: State, g: Element) -> Sheet:
    """The audit as a map."""
    said = f"{_where(state)} Relative errors; click a cell for the frame, g and atom of its worst case."
    return Sheet((Panel("audit", audit_map.diagram(state), card=True),), "Audit of equivariance", said)


def _errors(state: State, g: Element) -> Sheet:
    """Predictions of many frames beside the reference."""
    name, title, chart = CHARTS[state.also]
    panels = (
        Panel("parity", error_charts.parity(state), 0.0, 0.0, 0.5, 0.62, "Forces: predicted against reference", card=True),
        Panel("features", plain_scene(state, g), 0.5, 0.0, 0.5, 0.62),
        Panel("frames", error_charts.by_frame(state), 0.0, 0.62, 0.5, 0.38, "Force error of each frame", card=True),
        Panel(name, chart(state), 0.5, 0.62, 0.5, 0.38, title, card=True),
    )
    count, models = len(errors.predicted(state).frames), len(committee.members(state))
    by = f" by {models} models" if models > 1 else ""
    said = f"{_where(state)} {count:,} frames predicted{by}; a click on a point shows its frame and atom."
    return Sheet(panels, "Errors over many frames", said)


def _by_hand(state: State, g: Element) -> Sheet:
    """The structure under a person's hand."""
    energy, before = seen(state, g).prediction.energy, seen(replace(state, moved=())).prediction.energy
    panels = (
        Panel("features", held_scene(state, g), 0.0, 0.0, 0.6, 1.0),
        Panel("changes", hands.change_chart(state, g), 0.6, 0.0, 0.4, 0.5, "Energy by atom, change since the frame", card=True),
        Panel("lengths", hands.force_chart(state, g), 0.6, 0.5, 0.4, 0.5, "Force on each atom; grey: in the frame", card=True),
    )
    said = f"E = {energy:.4f} eV, {1e3 * (energy - before):+.1f} meV from the frame".replace("-", "−")
    return Sheet(panels, said, f"{_where(state)} Drag an atom: it {state.hand}.")


def _motion(state: State, g: Element) -> Sheet:
    """The structure in motion."""
    panels = (
        Panel("moving", moving_scene(state, g), 0.0, 0.0, 0.56, 1.0),
        Panel("energy", moving.energy_chart(state), 0.56, 0.0, 0.44, 0.55, "Energy", card=True),
        Panel("second", moving.second_chart(state), 0.56, 0.55, 0.44, 0.45, "", card=True),
    )
    return Sheet(panels, f"Motion: {state.motion}", f"{_where(state)} {moving.motion(state).ended}; drag the line “now”.")


VIEW = {
    "features": _features,
    "errors": _errors,
    "by hand": _by_hand,
    "motion": _motion,
    "network": _network,
    "filters": _filters,
    "switches": _switches,
    "symmetry": _symmetry,
    "audit": _audit,
}
assert tuple(VIEW) == VIEWS


def hover(state: State, hit: Hit) -> str:
    """Which atom, and its force."""
    if hit.panel != "features" or hit.index < 0:
        return ""
    now = seen(state)
    atom = hit.index // points_each(len(now.structure)) if hit.item == "features" else hit.index
    if atom >= len(now.structure):
        return ""
    from e3viz.atoms.measure import atom_name

    return f"{atom_name(now.structure, atom)}: {now.prediction.energies[atom]:.3f} eV, |F| = {np.linalg.norm(now.prediction.forces[atom]):.2f} eV/Å"


def open_file(state: State, path: Path) -> State:
    """A model of any kind that e3viz reads, or a structure file. Raises FileError or UserError."""
    if path.suffix.lower() in READERS:
        wanted = replace(state, model=str(path), epoch=SAVED, layer=0, channel=0, irrep="all, sum over l", audited=-1, off=())
        try:
            deep = len(seen(wanted).layers) - 1
        except UserError:  # it does not know the elements on view: a file with its own comes next
            potential(wanted)
            return replace(wanted, view="errors")
        return replace(wanted, layer=deep - 1, view="features") if deep > 0 else replace(wanted, view="errors")
    wanted = replace(state, file=str(path), frame=0, atom=0, audited=-1, moved=())
    seen(wanted)
    return wanted


def films(state: State, g: Element) -> list[Film]:
    """Features turning with g, the layers one after the other, the channels, the trajectory."""
    turn = g if g.angle % 360.0 else Element((0.3, 0.2, 1.0), 360.0)
    made = [Film("turn", "Features turning with D(g)", lambda t: (state, turn.part(t)), 8.0)]
    if state.view == "motion":
        most = len(moving.motion(state)) - 1
        made.insert(0, Film("motion", "The motion", lambda t: (replace(state, moment=round(t * most)), g), min(20.0, 1.0 + most / 20.0)))
    if not handed_out(state):
        return made
    deep = len(layers(state)) - 1
    made.append(Film("layers", "Layer after layer", lambda t: (at_layer(state, min(deep, int(t * (deep + 1)))), g), 1.5 * (deep + 1)))
    many = channels(state) - 1
    if many > 0:
        made.append(Film("channels", "Channel after channel", lambda t: (replace(state, channel=round(t * many)), g), 0.4 * (many + 1)))
    lived = [str(one) for one in epochs(state.model)]
    if lived:
        made.insert(0, _learning(state, [*lived, SAVED], g))
    last = len(trajectory(state)) - 1
    if last > 0:
        shown = min(last, 150)
        made.append(Film("frames", "Features along the trajectory", lambda t: (replace(state, frame=round(t * shown)), g), shown / 15.0))
    return made


def _learning(state: State, lived: list[str], g: Element) -> Film:
    return Film(
        "learning",
        "Features while it learned",
        lambda t: (replace(state, epoch=lived[min(len(lived) - 1, int(t * len(lived)))]), g),
        max(4.0, 0.5 * len(lived)),
    )


def _next_channel(by: int):  # type: ignore[no-untyped-def]
    return lambda state: replace(state, channel=(state.channel + by) % channels(state))


def _next_path(state: State) -> State:
    return replace(state, path=(network.chosen_path(state).place + 1) % len(anatomy(state)[network.chosen_layer(state) - 1].paths))


def _on_benzene(state: State) -> State:
    from e3viz.atoms.samples import sample

    return replace(state, file=str(sample("benzene").path), frame=0, atom=0, audited=-1, moved=(), view="symmetry")


def _view(name: str) -> Callable[[State], State]:
    return lambda state: replace(state, view=name)


SHOWN = (
    ("network", "The network", "Its layers, irreps, weights and cost as a diagram."),
    ("filters", "Its filters", "R(r) of every path of a layer, and one in space."),
    ("switches", "What each part is worth", "Switch paths, layers and degrees off and see what it does."),
    ("symmetry", "What must vanish", "Components that the symmetry at an atom forbids, and what the network has there."),
)

FORCES = (
    ("errors", "Errors over many frames", "Predict frames of the file and compare them with their references."),
    ("motion", "Relax, move, scan", "Let the structure move under the model."),
)

ACTIONS = (
    Action("next-channel", "Next channel", "Draw the next copy of the irreps.", _next_channel(1), "Ctrl+Right", FEATURES),
    Action("previous-channel", "Previous channel", "Draw the copy before.", _next_channel(-1), "Ctrl+Left", FEATURES),
    Action("deeper", "Deeper", "One layer further.", lambda s: at_layer(s, s.layer + 1), "Ctrl+Down", FEATURES),
    Action("shallower", "Shallower", "One layer back.", lambda s: at_layer(s, s.layer - 1), "Ctrl+Up", FEATURES),
    Action("all-on", "Switch all on", "Nothing is switched off any more.", lambda s: replace(s, off=()), "", NETWORK),
    Action("open-product", "Open in Tensor product", "The layer's tensor product with its learned weights, in its own lab.",
           lambda s: Elsewhere("tensor-product", fields=network.tensor_product(s, network.chosen_layer(s))), "", NETWORK),
    Action("next-path", "Next path", "The filter of the layer's next path.", _next_path, "", NETWORK),
    *(Action(f"view-{name}", title, tip, _view(name), "", NETWORK) for name, title, tip in SHOWN),
    Action("view-by-hand", "Take atoms by hand", "Drag atoms, turn bonds or the molecule; energy, forces and features follow.",
           lambda s: replace(s, view="by hand", arrows="predicted" if s.arrows == "none" else s.arrows), "", PREDICTIONS),
    *(Action(f"view-{name}", title, tip, _view(name), "", PREDICTIONS) for name, title, tip in FORCES),
    Action("add-models", "Add models…", "Compare with further models: a committee, its spread, and whether that tells the error.",
           committee.joined, "", PREDICTIONS, chooses=f"Models ({' '.join('*' + end for end in READERS)})"),
    Action("put-back", "Put atoms back", "Every atom where the file has it.", hands.put_back, "", PREDICTIONS),
    Action("benzene", "On benzene", "A symmetric molecule of the same elements: most components must vanish there.", _on_benzene, "", NETWORK),
    Action("audit", "Audit on this frame", "Test every symmetry, slope and limit.", lambda s: replace(s, audited=s.frame, view="audit"), "", AUDIT),
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
    tabs=(FEATURES, NETWORK, PREDICTIONS, AUDIT),
    pick=pick,
    hover=hover,
    open_file=open_file,
    save_file=save,
    saves="predictions or motion; its ending says the format",
    actions=ACTIONS,
    films=films,
    tour=(
        State(),
        State(layer=1, channel=3, arrows="predicted and reference"),
        State(irrep="1o", frame=12),
        State(audited=0, view="audit"),
        State(view="network"),
        State(view="filters", path=5),
        State(view="switches"),
        State(view="symmetry"),
        State(view="by hand", arrows="predicted", atom=8, moved=((8, 1.0, 1.0, 1.0),), moved_in=0),
    ),
)
