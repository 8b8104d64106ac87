"""Molecular dynamics data sets as NumPy archives: revised MD17 (arXiv 2007.09593) and MD17 / sGDML.

Keys `nuclear_charges`, `coords`, `energies`, `forces`, or `z`, `R`, `E`, `F`. Energies are in kcal/mol unless the archive itself
names another unit (`e_unit`, `r_unit`, as sGDML writes them). Nothing pickled is ever read.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from e3viz import task
from e3viz.atoms.formats.sound import sound
from e3viz.atoms.formats.source import Source
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.atoms.trajectory import Trajectory, check_column, check_frame, frozen
from e3viz.atoms.units import BOHR, HARTREE, KCAL_PER_MOL, KJ_PER_MOL

_KEYS = {
    "numbers": ("nuclear_charges", "z", "atomic_numbers"),
    "positions": ("coords", "R", "coordinates"),
    "energies": ("energies", "E"),
    "forces": ("forces", "F"),
}
_ENERGY = {"kcal/mol": KCAL_PER_MOL, "ev": 1.0, "hartree": HARTREE, "kj/mol": KJ_PER_MOL}
_LENGTH = {"ang": 1.0, "angstrom": 1.0, "å": 1.0, "bohr": BOHR}
LARGEST = 8 << 30  # bytes of unpacked arrays


def read_npz(source: Source) -> ArrayTrajectory:
    """Opens an archive of one molecule's frames."""
    try:
        with zipfile.ZipFile(source.file) as archive:
            members = {Path(info.filename).stem: info for info in archive.infolist() if info.filename.endswith(".npy")}
            found = {what: next((key for key in keys if key in members), None) for what, keys in _KEYS.items()}
            if found["numbers"] is None or found["positions"] is None:
                held = ", ".join(sorted(members)[:8]) or "nothing"
                raise source.error(f"holds no molecule but {held}.", "A data set has nuclear_charges and coords (or z and R).")
            data = {what: _array(archive, members[key], source) for what, key in found.items() if key}
            units: dict[str, str] = {key: str(_array(archive, members[key], source)) for key in ("e_unit", "r_unit") if key in members}
    except (zipfile.BadZipFile, ValueError, EOFError, KeyError, NotImplementedError, RuntimeError, OSError, zlib.error) as error:
        raise source.error("is a damaged NumPy archive.", "It may be cut off; get a fresh copy of it.") from error
    return ArrayTrajectory(source, data, units)


def _array(archive: zipfile.ZipFile, info: zipfile.ZipInfo, source: Source) -> NDArray[Any]:
    """One array, refused before anything is allocated if its header announces more than the archive holds, or objects."""
    if info.file_size > LARGEST:
        raise source.error(f"unpacks to {info.file_size >> 20} MB.", "That is more than can be shown.")
    with archive.open(info) as stream:
        version = npy.read_magic(stream)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, kind = read(stream)
    if kind.hasobject:
        raise source.error("holds Python objects, which are never read.", "Save it again as plain arrays.")
    if any(n < 0 for n in shape) or int(np.prod([float(n) for n in shape])) * kind.itemsize > info.file_size:
        raise source.error("announces more numbers than it holds.", "It may be damaged.")
    task.report(None, text=f"Reading {info.filename} of {source.path.name}")
    with archive.open(info) as stream:
        array: NDArray[Any] = npy.read_array(stream, allow_pickle=False)
    return array


class ArrayTrajectory(Trajectory):
    """Frames of one molecule in arrays, converted when a frame is asked for."""

    format = "npz"

    def __init__(self, source: Source, data: dict[str, NDArray[Any]], units: dict[str, str]) -> None:
        self.path = source.path
        self._numbers = np.clip(data["numbers"], 0, 119).astype(np.int32) if data["numbers"].dtype.kind in "iuf" else np.zeros(0, np.int32)
        self._positions, self._forces = data["positions"], data.get("forces")
        if self._positions.ndim == 2:
            self._positions = self._positions[None]
            self._forces = None if self._forces is None or self._forces.ndim != 2 else self._forces[None]
        frames = len(self._positions)
        if self._numbers.ndim != 1 or self._positions.shape[1:] != (len(self._numbers), 3) or self._positions.dtype.kind != "f":
            charges, coordinates = list(data["numbers"].shape), list(data["positions"].shape)
            raise source.error(
                f"has nuclear charges {charges} and coordinates {coordinates}, which do not fit together.",
                "Right would be (n) and (frames, n, 3).",
            )
        if self._forces is not None and (self._forces.shape != self._positions.shape or self._forces.dtype.kind != "f"):
            raise source.error("has forces that do not fit its coordinates.", "Right would be the same shape.")
        self._length = _unit(source, units.get("r_unit", "Ang"), _LENGTH)
        self._energy = _unit(source, units.get("e_unit", "kcal/mol"), _ENERGY)
        energies = data.get("energies")
        if energies is not None and (energies.size != frames or energies.dtype.kind != "f"):
            raise source.error(f"has {energies.size} energies for {frames} frames.", "Right would be one each.")
        self._columns: dict[str, FloatArray] = {}
        if energies is not None:
            self._columns["energy"] = frozen(energies.reshape(-1).astype(float) * self._energy)
        if not frames:
            raise source.error("holds no frames.")
        self[0]

    def __len__(self) -> int:
        return len(self._positions)

    def __getitem__(self, frame: int) -> Structure:
        check_frame(self, frame)
        arrays = {}
        if self._forces is not None:
            arrays["forces"] = self._forces[frame].astype(float) * (self._energy / self._length)
        values = {"energy": float(self._columns["energy"][frame])} if "energy" in self._columns else {}
        positions = self._positions[frame].astype(float) * self._length
        return sound(Structure(self._numbers, positions, arrays=arrays, values=values), self.path.name, frame)

    def columns(self) -> list[str]:
        """See Trajectory."""
        return [*self._columns.keys() & {"energy"}, *(["max_force"] if self._forces is not None else [])]

    def column(self, name: str) -> FloatArray:
        """See Trajectory."""
        check_column(self, name)
        if name not in self._columns and self._forces is not None:
            largest = np.sqrt(np.square(self._forces).sum(-1).max(-1)).astype(float)
            self._columns[name] = frozen(largest * (self._energy / self._length))
        return self._columns[name]


def _unit(source: Source, name: str, known: dict[str, float]) -> float:
    try:
        return known[name.strip().lower()]
    except KeyError:
        raise source.error(f"is in a unit called “{name[:20]}”.", f"Known are {', '.join(known)}.") from None
