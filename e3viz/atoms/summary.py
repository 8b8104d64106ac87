"""What a structure file holds, in facts and in a few aligned lines: the answer of `e3viz info`.

The facts are plain numbers, text, lists and dicts, so that they can be written as JSON. Space and point groups are not found here;
whoever knows them adds `facts["group"]`, and the text shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from e3viz import task
from e3viz.atoms.elements import formula
from e3viz.atoms.structure import FloatArray, Grid, Structure
from e3viz.atoms.trajectory import Trajectory

UNITS: Mapping[str, str] = {
    "energy": "eV", "free_energy": "eV", "energies": "eV", "forces": "eV/Å", "max_force": "eV/Å", "stress": "eV/Å³", "dipole": "e·Å",
    "velocities": "Å/fs", "magmom": "μB", "magmoms": "μB", "charges": "e", "masses": "u",
}  # fmt: skip
"""Units of the canonical names."""
MOST_FORCES = 2_000_000  # forces: beyond this many the range of forces is that of the first frames


def summary(trajectory: Trajectory) -> dict[str, Any]:
    """Facts about a file; those about one structure are of frame 0."""
    trajectory.wait()
    first = trajectory[0]
    facts: dict[str, Any] = {
        "file": trajectory.path.name,
        "format": trajectory.format,
        "frames": len(trajectory),
        "formula": formula(first.numbers),
        "atoms": len(first),
        "cell": _cell(first),
        "periodic": list(first.pbc),
        "arrays": {name: _array(name, array) for name, array in first.arrays.items()},
        "values": {name: _value(trajectory, first, name) for name in sorted(first.values, key=lambda name: (name != "energy", name))},
        "notes": list(trajectory.notes),
    }
    if "forces" in first.arrays:
        facts["forces"] = _forces(trajectory)
    return facts


def summary_text(facts: Mapping[str, Any]) -> str:
    """The facts in aligned lines for a terminal."""
    lines = [
        ("file", facts["file"]),
        ("format", facts["format"]),
        ("frames", f"{facts['frames']:,}".replace(",", " ")),
        ("formula", facts["formula"]),
        ("atoms", f"{facts['atoms']:,}".replace(",", " ")),
        ("cell", _cell_text(facts["cell"])),
        ("periodic", _periodic_text(facts["periodic"])),
    ]
    if facts.get("group"):
        lines.append(("group", _group_text(facts["group"])))
    many = facts["frames"] > 1
    lines += [(name, _value_text(value, many)) for name, value in facts["values"].items()]
    lines += [(name, _array_text(array)) for name, array in facts["arrays"].items() if name != "forces"]
    if "forces" in facts:
        forces = facts["forces"]
        of = "" if forces["frames"] == facts["frames"] else f", of the first {forces['frames']} frames"
        lines.append(("forces", f"per atom, up to {forces['largest']:.4g} eV/Å, root mean square {forces['rms']:.4g} eV/Å{of}"))
    lines += [("note", note) for note in facts["notes"]]
    width = max(len(name) for name, _ in lines) + 2
    return "\n".join(f"{name:<{width}}{text}" for name, text in lines)


def _cell(structure: Structure) -> dict[str, Any] | None:
    """Lengths in Å, angles in degrees (between b and c, a and c, a and b) and volume in Å³, or None without a cell."""
    cell = structure.cell
    lengths = np.sqrt((cell**2).sum(1))
    if not lengths.any():
        return None
    angles = []
    for one, other in ((1, 2), (0, 2), (0, 1)):
        size = lengths[one] * lengths[other]
        angles.append(float(np.degrees(np.arccos(np.clip(cell[one] @ cell[other] / size, -1, 1)))) if size else 90.0)
    return {"lengths": lengths.tolist(), "angles": angles, "volume": float(abs(np.linalg.det(cell)))}


def _array(name: str, array: np.ndarray[Any, Any]) -> dict[str, Any]:
    fact: dict[str, Any] = {"shape": list(array.shape[1:]), "kind": _KINDS.get(array.dtype.kind, "text"), "unit": UNITS.get(name, "")}
    if array.dtype.kind in "fiu":
        fact |= _range(np.asarray(array, dtype=float))
    return fact


_KINDS = {"f": "number", "i": "integer", "u": "integer", "b": "logical"}


def _value(trajectory: Trajectory, first: Structure, name: str) -> dict[str, Any]:
    value, unit = first.values[name], UNITS.get(name, "")
    if name in trajectory.columns():
        return {"kind": "number", "unit": unit, "first": _plain(value)} | _range(trajectory.column(name))
    if isinstance(value, Grid):
        return {"kind": "grid", "unit": unit, "shape": list(value.values.shape), "first": None}
    if isinstance(value, np.ndarray):
        return {"kind": "array", "unit": unit, "shape": list(value.shape), "first": value.tolist() if value.size <= 36 else None}
    return {"kind": "logical" if isinstance(value, bool | np.bool_) else "text", "unit": unit, "first": _plain(value)}


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    return value if isinstance(value, bool | int | float | str) else str(value)


def _range(numbers: FloatArray) -> dict[str, Any]:
    finite = numbers[np.isfinite(numbers)]
    if not finite.size:
        return {"least": None, "most": None}
    return {"least": float(finite.min()), "most": float(finite.max())}


def _forces(trajectory: Trajectory) -> dict[str, Any]:
    squares, count, largest, frames = 0.0, 0, 0.0, 0
    for frame in range(len(trajectory)):
        if count > MOST_FORCES:
            break
        forces = trajectory[frame].arrays.get("forces")
        frames += 1
        if forces is None or not len(forces):
            continue
        norms = (forces**2).sum(1)
        squares, count, largest = squares + float(norms.sum()), count + len(norms), max(largest, float(norms.max()))
        task.report(frame, len(trajectory), "Looking at forces")
    return {"unit": "eV/Å", "largest": float(np.sqrt(largest)), "rms": float(np.sqrt(squares / max(1, 3 * count))), "frames": frames}


def _cell_text(cell: Mapping[str, Any] | None) -> str:
    if cell is None:
        return "none"
    lengths, angles = (" × ".join(f"{x:.4g}" for x in cell["lengths"]), ", ".join(f"{x:.4g}" for x in cell["angles"]))
    return f"{lengths} Å, angles {angles}°, volume {cell['volume']:.6g} Å³"


def _periodic_text(periodic: list[bool]) -> str:
    if not any(periodic):
        return "no"
    return "along all lattice vectors" if all(periodic) else "along " + " and ".join(v for v, p in zip("abc", periodic, strict=True) if p)


def _group_text(group: Any) -> str:
    return ", ".join(f"{key} {value}" for key, value in group.items()) if isinstance(group, Mapping) else str(group)


def _value_text(value: Mapping[str, Any], many: bool) -> str:
    there = " in frame 0" if many else ""
    unit = f" {value['unit']}" if value["unit"] else ""
    if value["kind"] == "number" and value["least"] is not None:
        same = value["least"] == value["most"]
        return f"{value['least']:.10g}{unit}" if same else f"{value['least']:.10g} to {value['most']:.10g}{unit}"
    if value["kind"] in ("array", "grid") and value["first"] is None:
        return f"{value['kind']} of {' × '.join(map(str, value['shape']))}{unit}{there}"
    if value["kind"] == "array":
        return " ".join(f"{x:.6g}" if isinstance(x, float) else str(x) for x in np.ravel(value["first"]).tolist()) + unit + there
    return f"{str(value['first'])[:100]}{unit}{there}"


def _array_text(array: Mapping[str, Any]) -> str:
    shape = "" if not array["shape"] else f" ({' × '.join(map(str, array['shape']))})"
    if array.get("least") is None:
        return f"per atom, {array['kind']}{shape}"
    unit = f" {array['unit']}" if array["unit"] else ""
    return f"per atom{shape}, {array['least']:.6g} to {array['most']:.6g}{unit}"
