"""What the inspector says of forces and energies: of the frame on view, of many frames, of a motion."""

from __future__ import annotations

import numpy as np

from e3viz.atoms.datasets import stress
from e3viz.atoms.elements import SYMBOLS
from e3viz.atoms.structure import Structure
from e3viz.labs.features import committee, errors, hands, moving
from e3viz.labs.features.source import seen
from e3viz.labs.features.state import PREDICTIONS, State
from e3viz.labs.lab import Fact, Table, Told
from e3viz.symmetry.element import Element


def facts(state: State, g: Element) -> list[Told]:
    """Of many frames or a motion, where these are on view, and of the frame."""
    many = {"motion": _motion, "errors": _errors}.get(state.view)
    if state.view == "by hand":
        return hands.facts(state, g, PREDICTIONS)
    return [*(many(state) if many else []), *_frame(state, g)]


def _motion(state: State) -> list[Told]:
    found = moving.motion(state)
    gained = f"{1e3 * (found.energies[-1] - found.energies[0]):.1f} meV"
    said: list[Told] = [
        Fact("Ended", found.ended, tab=PREDICTIONS, section="Motion"),
        Fact("Energy now", f"{found.energies[moving.moment(state)]:.4f} eV", tab=PREDICTIONS, section="Motion"),
        Fact("Energy gained", gained, "From the first frame to the last.", PREDICTIONS, "Motion"),
    ]
    if found.kinetic.any():
        drift = f"{1e3 * found.drift():.2f} meV per atom and ps"
        said.append(Fact("Drift", drift, "Slope of the total energy; NVE should have none.", PREDICTIONS, "Motion"))
    return said


def _errors(state: State) -> list[Told]:
    """Tables of the errors of many frames, and how far several models agree."""
    frames = tuple((str(k), f"{force:.1f}", f"{energy:.1f}") for k, force, energy in errors.worst_frames(state))
    elements = tuple((name, str(count), f"{mae:.1f}", f"{rmse:.1f}") for name, count, mae, rmse in errors.by_element(state))
    groups = tuple((name, str(count), f"{mae:.1f}") for name, count, mae in errors.by_group(state))
    found = [
        *_committee(state),
        Table("all-elements", "All frames by element, meV/Å", ("element", "atoms", "MAE", "RMSE"), elements, PREDICTIONS),
        Table("frames", "Worst frames first", ("frame", "F, meV/Å", "E, meV/atom"), frames, PREDICTIONS),
    ]
    return [*found, Table("groups", "By group, worst first", ("group", "frames", "meV/Å"), groups, PREDICTIONS)] if groups else found


def _committee(state: State) -> list[Told]:
    if len(committee.members(state)) < 2:
        return []
    apart, wrong = committee.spread(state), committee.joint(state)
    together = float(np.corrcoef(apart, wrong.force_errors())[0, 1])
    ratio = float(np.sqrt((wrong.force_errors() ** 2).mean() / max(1e-30, (apart**2).mean())))
    said = (
        ("Their mean", f"{1e3 * np.abs(wrong.forces - wrong.known).mean():.1f} meV/Å",
         "Mean absolute force error of the average of all models."),
        ("Spread and error", f"{together:.2f}", "Correlation of the spread with how wrong their mean is, atom by atom."),
        ("Error / spread", f"{ratio:.2f}", "Of root mean squares; 1 if calibrated, more if models agree on what is wrong."),
    )  # fmt: skip
    return [*committee.cards(state, PREDICTIONS), *(Fact(*one, PREDICTIONS, "Models") for one in said)]


def _frame(state: State, g: Element) -> list[Told]:
    now = seen(state, g)
    one, said = now.structure, now.prediction
    found: list[Told] = [Fact("Energy, predicted", f"{said.energy:.4f} eV", "Of the frame on view.", PREDICTIONS, status=True)]
    reference = one.values.get("energy")
    if isinstance(reference, float | int):
        found.append(Fact("Energy, reference", f"{reference:.4f} eV", "As the file has it.", PREDICTIONS))
        found.append(
            Fact("Energy error", f"{1e3 * (said.energy - reference):+.1f} meV", "Predicted less reference.", PREDICTIONS, status=True)
        )
    if said.stress is not None:
        found.append(_stress(one, said.stress))
    known = one.arrays.get("forces")
    if known is not None:
        wrong = said.forces - known
        found.append(
            Fact("Force MAE", f"{1e3 * np.abs(wrong).mean():.1f} meV/Å", "Of this frame, per component.", PREDICTIONS, status=True)
        )
        found.append(Fact("Force RMSE", f"{1e3 * np.sqrt((wrong**2).mean()):.1f} meV/Å", "Of this frame, per component.", PREDICTIONS))
        found.append(_by_element(one.numbers, wrong))
        size = np.linalg.norm(wrong, axis=1)
        order = np.argsort(-size)[:20]
        rows = tuple((f"{SYMBOLS[one.numbers[k]]}{k}", f"{1e3 * size[k]:.1f}", vector(said.forces[k]), vector(known[k])) for k in order)
        found.append(Table("worst", "Atoms, worst first", ("atom", "error, meV/Å", "predicted", "reference"), rows, PREDICTIONS))
    return found


def _stress(one: Structure, predicted: np.ndarray) -> Table:
    """Its six components; those of the file where it has them."""
    known = stress(one)
    names = {"xx": (0, 0), "yy": (1, 1), "zz": (2, 2), "yz": (1, 2), "xz": (0, 2), "xy": (0, 1)}
    rows = (
        (name, _milli(predicted[place]), *(() if known is None else (_milli(known[place]), _milli(predicted[place] - known[place]))))
        for name, place in names.items()
    )
    heads = ("", "predicted") if known is None else ("", "predicted", "reference", "error")
    return Table("stress", "Stress of this frame, meV/Å³", heads, tuple(rows), PREDICTIONS)


def _milli(value: float) -> str:
    return f"{1e3 * value:.2f}".replace("-", "−")


def _by_element(numbers: np.ndarray, wrong: np.ndarray) -> Table:
    rows = []
    for z in sorted(set(numbers.tolist())):
        own = wrong[numbers == z]
        rows.append((SYMBOLS[z], str(len(own)), f"{1e3 * np.abs(own).mean():.1f}", f"{1e3 * np.sqrt((own**2).mean()):.1f}"))
    return Table("elements", "Force errors by element, meV/Å", ("element", "atoms", "MAE", "RMSE"), tuple(rows), PREDICTIONS)


def worst_atoms(state: State) -> list[int]:
    """Atoms in the order of the table of the worst."""
    one, said = seen(state).structure, seen(state).prediction
    known = one.arrays.get("forces")
    return [] if known is None else [int(k) for k in np.argsort(-np.linalg.norm(said.forces - known, axis=1))]


def vector(v: np.ndarray) -> str:
    """Three numbers as text."""
    return " ".join(f"{x:.2f}".replace("-", "−") for x in v)
