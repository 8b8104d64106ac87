"""ORCA's output: each block of Cartesian coordinates begins a frame, and what is printed after it belongs to it.

Energies are Hartree, gradients Hartree/bohr (forces are their negative), dipoles atomic units. Runs that have not finished are read too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz import task
from e3viz.atoms.formats.sound import sound
from e3viz.atoms.formats.source import Source, shown
from e3viz.atoms.formats.symbols import number_of
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.atoms.trajectory import Frames
from e3viz.atoms.units import BOHR, HARTREE
from e3viz.errors import FileError

_POINT = re.compile(rb"\s*([A-Z][a-z]?)\s*:?\s+(-?\d+\.\d+)\s+(-?\d+\.\d+)\s+(-?\d+\.\d+)\s*$")
_SLOPE = re.compile(rb"\s*\d+\s*(?:[A-Z][a-z]?\s*)?:" + rb"\s+(-?\d+\.\d+(?:[eE][-+]?\d+)?)" * 3 + rb"\s*$")
_GRADIENTS = (b"CARTESIAN GRADIENT", b"CARTESIAN GRADIENT (NUMERICAL)", b"The cartesian gradient:", b"The final MP2 gradient")
LONGEST = 4096  # bytes of a line


def read_orca(source: Source) -> Frames:
    """Reads every geometry of an output."""
    frames: list[Structure] = []
    for numbers, positions, arrays, values in _geometries(_lines(source), source):
        structure = Structure(numbers, positions, arrays=arrays, values=values)
        frames.append(sound(structure, f"Frame {len(frames)} of {source.path.name}"))
    if not frames:
        raise source.error("is an output of ORCA without a geometry.", "It may be cut off before its CARTESIAN COORDINATES.")
    return Frames(source.path, "orca-output", frames)


_Geometry = tuple[NDArray[np.int32], FloatArray, dict[str, FloatArray], dict[str, Any]]


def _lines(source: Source) -> Iterator[bytes]:
    with source.file.open("rb") as stream:
        done = 0
        while line := stream.readline(LONGEST):
            done += len(line)
            if b"CARTESIAN" in line:
                task.report(done, source.size, f"Reading {source.path.name}")
            yield line


def _geometries(lines: Iterator[bytes], source: Source) -> Iterator[_Geometry]:
    current: _Geometry | None = None
    for line in lines:
        if b"CARTESIAN COORDINATES (ANGSTROEM)" in line:
            found = _block(lines, _POINT)
            if not found:
                continue
            if current is not None:
                yield current
            numbers = np.array([number_of(words[0].decode()) for words in found], dtype=np.int32)
            current = (numbers, np.array([[float(word) for word in words[1:]] for words in found]), {}, {})
        elif current is not None:
            _attach(current, line, lines, source)
    if current is not None:
        yield current


def _attach(current: _Geometry, line: bytes, lines: Iterator[bytes], source: Source) -> None:
    numbers, _, arrays, values = current
    if b"FINAL SINGLE POINT ENERGY" in line and b"not fully converged" not in line:
        values["energy"] = _numbers(line, 1, source)[0] * HARTREE
    elif b"Total Dipole Moment" in line:
        values["dipole"] = np.array(_numbers(line, 3, source)) * BOHR
    elif line.strip() in _GRADIENTS and "forces" not in arrays:
        slopes = _block(lines, _SLOPE)
        if len(slopes) == len(numbers):
            arrays["forces"] = np.array([[float(word) for word in words] for words in slopes]) * (-HARTREE / BOHR)


def _block(lines: Iterator[bytes], row: re.Pattern[bytes]) -> list[tuple[bytes, ...]]:
    """Rows after a heading and its rule; ends with the first line that is none."""
    found: list[tuple[bytes, ...]] = []
    for line in lines:
        match = row.match(line)
        if match:
            found.append(match.groups())
        elif found or line.strip(b"- \r\n"):
            break
    return found


def _numbers(line: bytes, count: int, source: Source) -> list[float]:
    try:
        values = [float(word) for word in line.split()[-count:]]
    except ValueError:
        values = []
    if len(values) != count or not all(math.isfinite(value) for value in values):
        raise FileError(f"{source.path.name} is damaged where it says “{shown(line)}”.", "Numbers were expected there.")
    return values
