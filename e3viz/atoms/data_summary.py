"""What a data set holds and what looks wrong in it, before anything is fitted to it.

Suspicious are: labels that are missing or not finite; forces above 30 eV/Å, or above 12 times the median of the frames' largest ones; energies
per atom further from what least squares of the compositions expects than 8 times the usual distance (1.4826 times the median one) and
than 0.05 eV; atoms nearer than half the sum of their covalent radii; copies. Each names its frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from e3viz import task
from e3viz.atoms.datasets import DataSet, forces, stress
from e3viz.atoms.elements import SYMBOLS, formula
from e3viz.atoms.neighbours import neighbours
from e3viz.atoms.references import compositions, elements_of, isolated_atoms
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError

NEAR = 3.0
"""Å: nearest distances are looked for up to here."""
_LARGEST_FORCE, _TIMES_MEDIAN, _TIMES_SPREAD, _LEAST_OUTLIER = 30.0, 12.0, 8.0, 0.05
_SHOWN = 8


@dataclass(frozen=True)
class Finding:
    """Something odd about one frame. kind: `labels`, `forces`, `energy`, `distance`, `duplicate` or `held out`; text: a phrase."""

    frame: int
    kind: str
    text: str


@dataclass(frozen=True, eq=False)
class _Frame:
    """Numbers of one frame. force: the largest, eV/Å; nearest: Å by pair of elements; close: the atoms that are too near."""

    force: float
    square: float
    nearest: Mapping[tuple[int, int], float]
    close: tuple[int, int, float] | None


def data_summary(data: DataSet) -> dict[str, Any]:
    """Facts in plain values, for JSON. Frames are numbered through the whole set; `origins` of findings name file and frame."""
    frames = []
    for n, structure in enumerate(data.structures):
        if n % 50 == 0:
            task.report(n, len(data), "Looking at frames")
        frames.append(_look(structure))
    found = sorted(findings(data, frames), key=lambda one: one.frame)
    sizes = np.array([len(structure) for structure in data.structures])
    volumes = [abs(float(np.linalg.det(s.cell))) / max(1, len(s)) for s in data.structures if all(s.pbc)]
    labelled = [f for f in (forces(s) for s in data.structures) if f is not None]
    every = np.concatenate(labelled).ravel() if labelled else np.zeros(0)
    per_atom = data.energies / np.maximum(sizes, 1)
    formulas: dict[str, int] = {}
    for structure in data.structures:
        name = formula(structure.numbers)
        formulas[name] = formulas.get(name, 0) + 1
    return {
        "sources": list(data.sources),
        "hash": data.hash,
        "frames": len(data),
        "atoms": {"total": int(sizes.sum()), "least": int(sizes.min()), "most": int(sizes.max())},
        "elements": {SYMBOLS[z]: int(sum(np.count_nonzero(s.numbers == z) for s in data.structures)) for z in elements_of(data.structures)},
        "formulas": dict(sorted(formulas.items(), key=lambda item: -item[1])),
        "periodic": int(sum(s.periodic for s in data.structures)),
        "volume_per_atom": _range(np.array(volumes)),
        "labels": {
            "energy": int(np.isfinite(data.energies).sum()),
            "forces": len(labelled),
            "stress": sum(stress(s) is not None for s in data.structures),
        },
        "energy": _range(data.energies) | {"unit": "eV"},
        "energy_per_atom": _range(per_atom) | {"unit": "eV", "spread": _spread(per_atom)},
        "forces": {
            "largest": max((frame.force for frame in frames if np.isfinite(frame.force)), default=None),
            "rms": float(np.sqrt(np.mean(every**2))) if every.size and np.isfinite(every).all() else None,
            "unit": "eV/Å",
        },
        "isolated_atoms": {SYMBOLS[z]: value for z, value in isolated_atoms(data.structures).items()},
        "groups": _groups(data),
        "nearest": _nearest(data, frames),
        "held_out": int(data.held_out.sum()),
        "findings": [{"frame": f.frame, "origin": str(data.origins[f.frame]), "kind": f.kind, "text": f.text} for f in found],
    }


def findings(data: DataSet, frames: list[_Frame] | None = None) -> list[Finding]:
    """All that is odd, by kind."""
    looked = frames if frames is not None else [_look(structure) for structure in data.structures]
    return [*_labels(data), *_huge_forces(looked), *_energy_outliers(data), *_close(data, looked), *_copies(data)]


def _look(structure: Structure) -> _Frame:
    given = forces(structure)
    squares = np.zeros(1) if given is None else (given**2).sum(axis=1)
    nearest: dict[tuple[int, int], float] = {}
    close = None
    try:
        found = neighbours(structure, NEAR, full=False)
    except UserError:  # positions that are no numbers are told of as labels
        return _Frame(float(np.sqrt(squares.max(initial=0.0))), float(squares.sum()), nearest, close)
    if len(found):
        a, b = structure.numbers[found.i], structure.numbers[found.j]
        keys = np.minimum(a, b) * 1000 + np.maximum(a, b)
        for key in np.unique(keys):
            nearest[int(key) // 1000, int(key) % 1000] = float(found.distances[keys == key].min())
        radii = _covalent_radii()
        ratio = found.distances / (radii[a] + radii[b])
        worst = int(ratio.argmin())
        if ratio[worst] < 0.5:
            close = (int(found.i[worst]), int(found.j[worst]), float(found.distances[worst]))
    return _Frame(float(np.sqrt(squares.max(initial=0.0))), float(squares.sum()), nearest, close)


def _covalent_radii() -> FloatArray:
    from ase.data import covalent_radii

    radii: FloatArray = covalent_radii
    return radii


def _labels(data: DataSet) -> list[Finding]:
    found = []
    for frame, structure in enumerate(data.structures):
        given = forces(structure)
        missing = [name for name, there in (("energy", "energy" in structure.values), ("forces", given is not None)) if not there]
        if missing and len(structure) > 1:
            found.append(Finding(frame, "labels", f"has no {' and no '.join(missing)}"))
        strange = ["positions"] if not np.isfinite(structure.positions).all() else []
        strange += ["an energy"] if "energy" in structure.values and not np.isfinite(data.energies[frame]) else []
        strange += ["forces"] if given is not None and not np.isfinite(given).all() else []
        if strange:
            found.append(Finding(frame, "labels", f"has {' and '.join(strange)} that are no finite numbers"))
    return found


def _huge_forces(frames: list[_Frame]) -> list[Finding]:
    largest = np.array([frame.force for frame in frames])
    usual = float(np.median(largest[largest > 0.0])) if (largest > 0.0).any() else 0.0
    limit = min(_LARGEST_FORCE, max(_TIMES_MEDIAN * usual, 5.0))
    return [Finding(int(n), "forces", f"has a force of {largest[n]:.4g} eV/Å") for n in np.flatnonzero(largest > limit)]


def _energy_outliers(data: DataSet) -> list[Finding]:
    known = [n for n in range(len(data)) if np.isfinite(data.energies[n]) and len(data.structures[n]) > 1]
    if len(known) < 8:
        return []
    structures = data.part(known)
    counts = compositions(structures, elements_of(structures))
    sizes, energies = counts.sum(axis=1), data.energies[known]
    keep = np.ones(len(known), dtype=bool)
    for _ in range(2):  # again without the outliers, which pull the fit towards themselves
        solution, *_ = np.linalg.lstsq(counts[keep], energies[keep], rcond=1e-8)
        away = (energies - counts @ solution) / sizes
        away -= np.median(away[keep])
        limit = max(_TIMES_SPREAD * 1.4826 * float(np.median(np.abs(away[keep]))), _LEAST_OUTLIER)
        keep = np.abs(away) <= limit
    return [
        Finding(known[n], "energy", f"has an energy {abs(away[n]):.3g} eV per atom {'above' if away[n] > 0 else 'below'} the usual")
        for n in np.flatnonzero(~keep)
    ]


def _close(data: DataSet, frames: list[_Frame]) -> list[Finding]:
    found = []
    for n, frame in enumerate(frames):
        if frame.close is not None:
            i, j, distance = frame.close
            a, b = (SYMBOLS[int(data.structures[n].numbers[k])] for k in (i, j))
            found.append(Finding(n, "distance", f"has atoms {i} ({a}) and {j} ({b}) only {distance:.3g} Å apart"))
    return found


def _copies(data: DataSet) -> list[Finding]:
    first = data.first_alike
    return [Finding(n, "duplicate", f"is the same structure as {data.origins[first[n]]}") for n in range(len(data)) if first[n] != n]


def _groups(data: DataSet) -> dict[str, dict[str, int]]:
    """Values by which frames could be split: text or whole numbers with few choices."""
    found: dict[str, dict[str, int]] = {}
    for name in sorted({key for s in data.structures for key, value in s.values.items() if isinstance(value, str | int)}):
        tally: dict[str, int] = {}
        for structure in data.structures:
            label = str(structure.values.get(name, ""))
            tally[label] = tally.get(label, 0) + 1
        if 1 < len(tally) <= 24:
            found[name] = tally
    return found


def _nearest(data: DataSet, frames: list[_Frame]) -> dict[str, dict[str, Any]]:
    best: dict[tuple[int, int], tuple[float, int]] = {}
    for n, frame in enumerate(frames):
        for pair, distance in frame.nearest.items():
            if distance < best.get(pair, (NEAR, 0))[0]:
                best[pair] = (distance, n)
    return {
        f"{SYMBOLS[a]}-{SYMBOLS[b]}": {"distance": distance, "frame": n, "origin": str(data.origins[n])}
        for (a, b), (distance, n) in sorted(best.items())
    }


def _range(numbers: FloatArray) -> dict[str, float | None]:
    finite = numbers[np.isfinite(numbers)]
    return {"least": float(finite.min()) if finite.size else None, "most": float(finite.max()) if finite.size else None}


def _spread(numbers: FloatArray) -> float | None:
    finite = numbers[np.isfinite(numbers)]
    return float(finite.std()) if finite.size else None


def data_summary_text(facts: Mapping[str, Any]) -> str:
    """The facts in aligned lines for a terminal."""
    atoms, labels, energy, per_atom = facts["atoms"], facts["labels"], facts["energy"], facts["energy_per_atom"]
    size = str(atoms["least"]) if atoms["least"] == atoms["most"] else f"{atoms['least']} to {atoms['most']}"
    common = list(facts["formulas"].items())
    lines = [
        ("data", ", ".join(facts["sources"])),
        ("hash", facts["hash"]),
        ("frames", f"{facts['frames']}, of {size} atoms" + (f"; {facts['periodic']} repeat" if facts["periodic"] else "; molecules")),
        ("elements", ", ".join(f"{symbol} {n}" for symbol, n in facts["elements"].items())),
        ("formulas", ", ".join(f"{name} ({n})" for name, n in common[:6]) + (f" and {len(common) - 6} more" if len(common) > 6 else "")),
        ("labels", ", ".join(f"{name} of {n}" for name, n in labels.items() if n) or "none"),
    ]
    if energy["least"] is not None:
        lines.append(("energy", f"{energy['least']:.10g} to {energy['most']:.10g} eV"))
        lines.append(("per atom", f"{per_atom['least']:.8g} to {per_atom['most']:.8g} eV, standard deviation {per_atom['spread']:.4g} eV"))
    if labels["forces"]:
        rms = "" if facts["forces"]["rms"] is None else f", root mean square of components {facts['forces']['rms']:.4g} eV/Å"
        lines.append(("forces", f"up to {facts['forces']['largest']:.4g} eV/Å{rms}"))
    if facts["volume_per_atom"]["least"] is not None:
        lines.append(("volume", f"{facts['volume_per_atom']['least']:.4g} to {facts['volume_per_atom']['most']:.4g} Å³ per atom"))
    if facts["isolated_atoms"]:
        lines.append(("atoms alone", ", ".join(f"{symbol} {value:.6g} eV" for symbol, value in facts["isolated_atoms"].items())))
    for name, tally in facts["groups"].items():
        lines.append((f"by {name}", ", ".join(f"{label or 'none'} ({n})" for label, n in tally.items())))
    for pair, one in facts["nearest"].items():
        lines.append((f"nearest {pair}", f"{one['distance']:.4g} Å, {one['origin']}"))
    if facts["held_out"]:
        lines.append(("held out", f"{facts['held_out']} frames are the fixed test part of the bundled set; nothing is fitted to them"))
    lines += _finding_lines(facts)
    width = max(len(name) for name, _ in lines) + 2
    return "\n".join(f"{name:<{width}}{text}" for name, text in lines)


def _finding_lines(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    if not facts["findings"]:
        return [("odd", "nothing")]
    lines = []
    kinds = list(dict.fromkeys(finding["kind"] for finding in facts["findings"]))
    for kind in kinds:
        of_kind = [finding for finding in facts["findings"] if finding["kind"] == kind]
        lines += [(f"odd {kind}", f"{finding['origin']} {finding['text']}") for finding in of_kind[:_SHOWN]]
        if len(of_kind) > _SHOWN:
            lines.append((f"odd {kind}", f"and {len(of_kind) - _SHOWN} more frames (--json lists all)"))
    return lines
