"""JSON of pymatgen structures, alone or with DFT results, as the mlearn data sets have it (Zuo et al., J. Phys. Chem. A 2020, 124, 731).

The unit of mlearn's `virial_stress` is written nowhere. It is kbar, in VASP's order xx, yy, zz, xy, yz, zx, positive when compressed:
with that, V σ:ε between pairs of the set's 61 strained silicon cells whose atoms have the same fractional coordinates gives their
differences of energy. A least-squares fit of one factor to each component over 819 pairs found -1.02, -1.00, -0.98, -0.98, -0.98 and
-0.98 kbar, and less than 0.05 kbar for every other order. Here it becomes `stress`, eV/Å³, positive when stretched.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from e3viz import task
from e3viz.atoms.formats.names import full_stress
from e3viz.atoms.formats.sound import sound
from e3viz.atoms.formats.source import Source
from e3viz.atoms.formats.symbols import number_of
from e3viz.atoms.structure import Structure
from e3viz.atoms.trajectory import Frames
from e3viz.atoms.units import KBAR
from e3viz.errors import FileError

LARGEST = 256 << 20  # bytes: JSON is parsed whole and takes several times its size
_VASP_TO_VOIGT = [0, 1, 2, 4, 5, 3]


def read_mlearn(source: Source) -> Frames:
    """Reads every structure of a JSON file."""
    if source.size > LARGEST:
        raise source.error(f"is JSON of {source.size >> 20} MB.", f"More than {LARGEST >> 20} MB cannot be read; split it.")
    try:
        document = json.loads(source.text.read(0, source.size))
    except (ValueError, RecursionError) as error:
        raise source.error("is no valid JSON.", "It may be cut off.") from error
    items = document if isinstance(document, list) else [document]
    frames = []
    for index, item in enumerate(items):
        where = source.path.name if len(items) == 1 else f"Frame {index} of {source.path.name}"
        try:
            structure = _structure(item)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
            raise FileError(
                f"{where} is not a structure as pymatgen writes it.", "It needs a lattice and sites with xyz and species."
            ) from error
        frames.append(sound(structure, where))
        task.report(index, len(items), f"Reading {source.path.name}")
    if not frames:
        raise source.error("holds no structures.", "The list in it is empty.")
    return Frames(source.path, "mlearn", frames)


def _structure(item: dict[str, Any]) -> Structure:
    described = item.get("structure", item)
    sites = described["sites"]
    numbers = np.array([number_of(_element(site["species"])) for site in sites], dtype=np.int32)
    positions = np.array([site["xyz"] for site in sites], dtype=float).reshape(len(sites), 3)
    lattice = described.get("lattice")
    cell = np.zeros((3, 3)) if lattice is None else np.array(lattice["matrix"], dtype=float)
    arrays, values = {}, {key: item[key] for key in ("group", "tag", "description") if isinstance(item.get(key), str)}
    outputs = item.get("outputs") or {}
    if "energy" in outputs:
        values["energy"] = float(outputs["energy"])
    if "forces" in outputs:
        arrays["forces"] = np.array(outputs["forces"], dtype=float).reshape(len(sites), 3)
    if outputs.get("virial_stress") is not None:
        stress = np.array(outputs["virial_stress"], dtype=float)
        values["stress"] = full_stress(-KBAR * (stress[_VASP_TO_VOIGT] if stress.shape == (6,) else stress))
    moments = [(site.get("properties") or {}).get("magmom") for site in sites]
    if sites and all(isinstance(moment, int | float) for moment in moments):
        arrays["magmoms"] = np.array(moments, dtype=float)
    return Structure(numbers, positions, cell, (lattice is not None,) * 3, arrays, values)


def _element(species: Any) -> str:
    """The element that has most of a site."""
    most = max(species, key=lambda one: float(one.get("occu", 1)))
    return str(most["element"])
