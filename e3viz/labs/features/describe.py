"""What the Features lab says: powers and errors by irrep, the chosen atom, predictions beside the reference, the audit, and a script."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from e3viz.atoms.edit import without_results
from e3viz.atoms.elements import SYMBOLS
from e3viz.labs.features import describe_forces
from e3viz.labs.features.charts import powers
from e3viz.labs.features.describe_forces import vector
from e3viz.labs.features.source import (
    ModelKey,
    blocks,
    data_path,
    layers,
    model_key,
    model_path,
    opened,
    potential,
    seen,
    structure,
    trajectory,
    why_none,
)
from e3viz.labs.features.state import AUDIT, FEATURES, NETWORK, State
from e3viz.labs.lab import Check, Fact, Table, Told
from e3viz.potentials.audit import Audit, audit
from e3viz.potentials.external import External
from e3viz.symmetry.element import Element
from e3viz.symmetry.irreps import Irrep
from e3viz.symmetry.wigner import D

PROBE = Element((1.0, 2.0, -0.5), 77.0, True)
"""What the errors are measured at while g is the identity."""


@dataclass(frozen=True, eq=False)
class Errors:
    """Largest differences, relative to the largest number of their kind, between what is said of the moved structure and D(g) of what is
    said of it as it stands."""

    energy: float
    forces: float
    layers: tuple[dict[Irrep, float], ...]

    @property
    def largest(self) -> float:
        """Of all."""
        return max(self.energy, self.forces, *(error for one in self.layers for error in one.values()), 0.0)


def errors(state: State, g: Element) -> Errors:
    """How far the commuting square of every layer is from closing, at g, or at another element while g is the identity."""
    g = PROBE if g.is_identity else g
    before, now = seen(state), seen(state, g)
    said, moved = before.prediction, now.prediction
    force = float(np.abs(moved.forces - g.act_on_vectors(said.forces)).max(initial=0.0)) / (
        float(np.abs(said.forces).max(initial=0.0)) or 1.0
    )
    found = []
    for one, other in zip(before.layers, now.layers, strict=True):
        after = blocks(other)
        found.append(
            {
                irrep: float(np.abs(after[irrep] - values @ D(irrep, g).T).max(initial=0.0))
                / (float(np.abs(values).max(initial=0.0)) or 1.0)
                for irrep, values in blocks(one).items()
            }
        )
    scale = float(np.abs(said.forces).max(initial=0.0)) or 1.0
    return Errors(abs(moved.energy - said.energy) / scale, force, tuple(found))


def check(state: State, g: Element) -> Check:
    """The equivariance error of every layer, and of energy and forces."""
    settings = potential(state).card.settings
    tolerance = 1e-12 if settings.get("dtype") == "float64" else 1e-5
    where = "at g" if not g.is_identity else "at a rotation with inversion, since g is the identity"
    return Check(errors(state, g).largest, f"Features of every layer, energy and forces: f(g x) beside D(g) f(x), {where}.", tolerance)


def facts(state: State, g: Element) -> list[Told]:
    """Everything the inspector says."""
    return [*_features(state, g), *_atom(state, g), *_network(state, g), *describe_forces.facts(state, g), *_audit(state)]


def _features(state: State, g: Element) -> list[Told]:
    card, found = potential(state).card, seen(state).layers
    said: list[Told] = []
    if found:
        number = min(state.layer, len(found) - 1)
        wrong = errors(state, g).layers[number]
        rows = tuple((str(irrep), f"{power:.3g}", f"{wrong[irrep]:.0e}") for irrep, power in sorted(powers(found[number]).items()))
        said = [
            Fact("Layer", found[number].layer, tab=FEATURES),
            Fact("Irreps", found[number].irreps, "Copies of each irrep that every atom carries after this layer.", FEATURES),
            Table("irreps", "Power and equivariance error by irrep", ("irrep", "power", "error"), rows, FEATURES),
        ]
    said += [
        Fact("Kind", card.kind, tab=FEATURES, section="Model"),
        *([Fact("Parameters", f"{count:,}", tab=FEATURES, section="Model")] if (count := potential(state).parameters()) else []),
        Fact("Cutoff", f"{card.r_max:g} Å", tab=FEATURES, section="Model"),
    ]
    if not found and why_none(state):
        said.append(Fact("No features", why_none(state), "What the package's public interface does not allow.", FEATURES, "Model"))
    if "test_forces_mae" in card.metrics:
        error = f"{1e3 * card.metrics['test_forces_mae']:.1f} meV/Å"
        said.append(Fact("Force error on test data", error, "Mean absolute, per component.", FEATURES, "Model"))
    return said


def _network(state: State, g: Element) -> list[Told]:
    """What the view of the network on view has to say."""
    if state.view == "network" and potential(state).kind == External.kind:
        from e3viz.labs.features import modules

        return modules.facts(state, NETWORK)
    if state.view == "features" or (state.view != "symmetry" and potential(state).kind != "nequip"):
        return []
    from e3viz.labs.features import network, vanishing

    if state.view == "symmetry":
        where = vanishing.site(state)
        rows = tuple(
            (str(one.irrep), f"{one.free} of {one.irrep.dim}", ", ".join(map(str, one.zero)).replace("-", "−") or "–", f"{one.found:.0e}")
            for one in vanishing.allowed(state, min(state.layer, len(layers(state)) - 1), g)
        )
        return [
            Fact("Site symmetry", where.name, "Operations that leave the chosen atom where it is.", NETWORK),
            Fact(
                "Holds within",
                f"{where.deviation:.3f} Å",
                "The network sees atoms as they are: what must vanish does so up to this.",
                NETWORK,
            ),
            Table("vanishing", "After this layer", ("irrep", "free", "m that vanish", "found outside"), rows, NETWORK),
        ]
    path = network.chosen_path(state)
    found = [
        Fact("Path", f"layer {path.layer}: {path.label}", "The chosen path; click a curve of the filters.", NETWORK),
        Fact("Switched off", ", ".join(state.off) or "nothing", "Everything in this lab is shown without it.", NETWORK),
    ]
    if state.view != "switches":
        return list(found)
    lines = tuple(
        (one.name.removeprefix("layer "), f"{100 * one.share:.0f} %", f"{1e3 * one.forces:.0f}") for one in network.most_needed(state)
    )
    return [*found, Table("needed", "Paths that the forces need most", ("path", "share", "meV/Å"), lines, NETWORK)]


def _atom(state: State, g: Element) -> list[Told]:
    now = seen(state, g)
    if state.atom >= len(now.structure):
        return []
    section = f"Atom {state.atom} · {SYMBOLS[now.structure.numbers[state.atom]]}"
    found: list[Told] = [
        Fact("Energy", f"{now.prediction.energies[state.atom]:.3f} eV", "Its share of the energy.", FEATURES, section),
        Fact("Force, predicted", vector(now.prediction.forces[state.atom]), "eV/Å", FEATURES, section),
    ]
    known = now.structure.arrays.get("forces")
    if known is not None:
        found.append(Fact("Force, reference", vector(known[state.atom]), "eV/Å, as the file has it.", FEATURES, section))
    return found


def audited(state: State) -> Audit:
    """The audit of the model on the frame that was chosen for it."""
    return _audited(model_key(state), (data_path(state), trajectory(state).stamp, state.audited))


@lru_cache(maxsize=8)
def _audited(model: ModelKey, frame: tuple[Path, tuple[int, int], int]) -> Audit:
    from e3viz.atoms.reading import load

    frames = load(frame[0])
    return audit(opened(model), [without_results(frames[min(frame[2], len(frames) - 1)])])


def _audit(state: State) -> list[Told]:
    if state.audited < 0:
        return [Fact("Not audited yet", "Press “Audit on this frame”.", "It takes some seconds.", AUDIT)]
    said = audited(state)
    found: list[Told] = [
        Fact("Audit", "passed" if said.passed else "failed", f"{len(said.findings)} numbers against their tolerance.", AUDIT, status=True),
        Fact("Frame", str(state.audited), tab=AUDIT),
        Fact("Rotations", str(said.elements), "Nodes of an exact quadrature of SO(3).", AUDIT),
        Fact("Time", f"{said.seconds:.1f} s", tab=AUDIT),
        *(Fact("Cause", text, tab=AUDIT, section="What is wrong") for text in said.verdicts),
        *(Fact("Note", text, tab=AUDIT, section="What was not tested") for text in said.notes),
    ]
    rows = tuple(_audit_rows(said))
    found.append(Table("audit", "Relative errors, worst first", ("quantity", "under", "32 bit", "64 bit"), rows, AUDIT))
    return found


def _audit_rows(said: Audit) -> list[tuple[str, ...]]:
    """One row for each quantity and test, with the error in both precisions; a cross where it is not explained."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for one in sorted(said.findings, key=lambda f: -(f.error / f.tolerance)):
        rows.setdefault((one.quantity, one.test), {})[one.precision] = f"{one.error:.0e}" + ("" if one.passed else " ✗")
    return [(quantity, test, cells.get("float32", "–"), cells.get("float64", "–")) for (quantity, test), cells in rows.items()]


def code(state: State, g: Element) -> str:
    """A script that computes the features on view and compares f(g x) with D(g) f(x), with e3nn's D."""
    frame = structure(state)
    matrix = ", ".join("[" + ", ".join(f"{x:.12g}" for x in row) + "]" for row in g.linear)
    return f'''"""Features of {model_path(state.model).name} after layer {state.layer}, and their equivariance."""

import numpy as np
import torch
from e3nn import o3

from e3viz.atoms.edit import act
from e3viz.atoms.reading import load
from e3viz.potentials.saving import read
from e3viz.symmetry.element import Element

potential = read(__import__("pathlib").Path({str(model_path(state.model))!r}))
structure = load(__import__("pathlib").Path({str(data_path(state))!r}))[{min(state.frame, len(trajectory(state)) - 1)}]
g = Element.from_matrix(np.array([{matrix}]), np.array({[float(x) for x in g.translation]}))

layer = potential.features(structure)[{min(state.layer, len(layers(state)) - 1)}]
moved = potential.features(act(structure, g))[{min(state.layer, len(layers(state)) - 1)}]
D = o3.Irreps(layer.irreps).D_from_matrix(torch.tensor(g.linear)).numpy()

print(layer.layer, layer.irreps, "for", {len(frame)}, "atoms")
print("largest difference of f(g x) and D(g) f(x):", np.abs(moved.values - layer.values @ D.T).max())
print("energy:", potential.predict([structure])[0].energy, "eV; moved:", potential.predict([act(structure, g)])[0].energy, "eV")
'''
