"""SNAP as LAMMPS reads it: `.snapcoeff` (elements, radii, weights, coefficients) with `.snapparam` (keywords) beside it.

The format: https://docs.lammps.org/pair_snap.html. Comments begin with #. What LAMMPS has beyond `potentials.snap` (several
densities per element, an inner switch) is refused with a sentence.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from e3viz.atoms.elements import SYMBOLS
from e3viz.errors import FileError, UserError
from e3viz.files import replacing
from e3viz.potentials.contract import Card
from e3viz.potentials.settings import plain
from e3viz.potentials.snap import SnapPotential, SnapSettings, bispectrum, columns

COEFFICIENTS, PARAMETERS = ".snapcoeff", ".snapparam"
_FLAGS = {"switchflag": "switch", "bzeroflag": "bzero", "bnormflag": "bnorm", "quadraticflag": "quadratic"}
_NUMBERS = {"rfac0": "rfac0", "rmin0": "rmin0"}
_ELSEWHERE = {"diagonalstyle": 3.0, "chemflag": 0.0, "switchinnerflag": 0.0, "wselfallflag": 0.0}
_WITHOUT_MEANING = ("chunksize", "parallelthresh")


def read_snap(path: Path) -> SnapPotential:
    """The potential of `path` (either of the two files). Raises FileError for files that are damaged or ask for what SNAP here has not."""
    said = _parameters(path.with_suffix(PARAMETERS))
    elements, radii, weights, rows = _coefficients(path.with_suffix(COEFFICIENTS))
    order = np.argsort(elements)
    settings = replace(
        SnapSettings(),
        r_max=2.0 * max(radii) * float(said.pop("rcutfac")),
        twojmax=int(said.pop("twojmax")),
        radii=tuple(radii[n] for n in order),
        weights=tuple(weights[n] for n in order),
        **said,
    )
    card = Card("snap", tuple(elements[n] for n in order), settings.r_max, plain(settings), dict.fromkeys(elements, 0.0))
    try:
        wanted = columns(bispectrum(settings, card.elements).size, settings.quadratic)
        if rows.shape[1] != wanted:
            raise FileError(
                f"{path.name} has {rows.shape[1]} coefficients per element.",
                f"With twojmax {settings.twojmax} and quadraticflag {int(settings.quadratic)} there should be {wanted}.",
            )
        return SnapPotential(card, rows[order])
    except FileError:
        raise
    except UserError as error:
        raise FileError(f"{path.name} describes no SNAP potential: {error.message}", error.hint) from error


def write_snap(potential: SnapPotential, path: Path) -> tuple[Path, Path]:
    """Write both files under the name of `path`; the paths written. Reference energies become part of the constants."""
    shape, settings = potential.bispectrum, potential.settings
    rows = potential.coefficients.copy()
    rows[:, 0] += [potential.card.references.get(z, 0.0) for z in shape.elements]
    lines = ["# eV, Angstrom; written by e3viz", f"{len(shape.elements)} {rows.shape[1]}"]
    for z, radius, weight, row in zip(shape.elements, shape.radii, shape.weights, rows, strict=True):
        lines += [f"{SYMBOLS[z]} {radius!r} {weight!r}", *(repr(float(value)) for value in row)]
    words = {"rcutfac": repr(shape.rcutfac), "twojmax": str(shape.twojmax), "rfac0": repr(shape.rfac0), "rmin0": repr(shape.rmin0)}
    words |= {flag: str(int(getattr(settings, name))) for flag, name in _FLAGS.items()}
    texts = {COEFFICIENTS: "\n".join(lines), PARAMETERS: "\n".join(f"{word} {value}" for word, value in words.items())}
    for suffix, text in texts.items():
        with replacing(path.with_suffix(suffix)) as beside:
            beside.write_text(text + "\n", encoding="utf-8")
    return path.with_suffix(COEFFICIENTS), path.with_suffix(PARAMETERS)


def _parameters(path: Path) -> dict[str, Any]:
    """rcutfac, twojmax and the settings that other keywords mean."""
    said: dict[str, Any] = {}
    for words in _lines(path):
        if len(words) != 2:
            raise FileError(f"{path.name}: “{' '.join(words)}” is not one keyword with one value.", "For example: rcutfac 4.7")
        word, value = words[0], _number(words[1], path)
        if word in ("rcutfac", "twojmax"):
            said[word] = value
        elif word in _NUMBERS:
            said[_NUMBERS[word]] = value
        elif word in _FLAGS:
            said[_FLAGS[word]] = bool(value)
        elif _ELSEWHERE.get(word, value) != value:
            raise FileError(
                f"{path.name} asks for {word} {words[1]}, which e3viz does not compute.", f"It computes {word} {_ELSEWHERE[word]:g}."
            )
        elif word not in _ELSEWHERE and word not in _WITHOUT_MEANING:
            raise FileError(
                f"{path.name} has the keyword “{word}”, which e3viz does not know.", "See the manual of LAMMPS, pair_style snap."
            )
    missing = [word for word in ("rcutfac", "twojmax") if word not in said]
    if missing:
        raise FileError(f"{path.name} does not say {' and '.join(missing)}.", "Both are needed, for example: rcutfac 4.7")
    top = said["twojmax"]
    if not said["rcutfac"] > 0.0 or top != int(top) or not 0 <= top <= 14:
        raise FileError(
            f"{path.name}: rcutfac {said['rcutfac']:g} or twojmax {top:g} makes no sense.", "For example: rcutfac 4.7, twojmax 8"
        )
    return said


def _coefficients(path: Path) -> tuple[list[int], list[float], list[float], Any]:
    """Atomic numbers, radii, weights, and coefficients (elements, columns), in the order of the file."""
    lines = _lines(path)
    try:
        count, width = (int(word) for word in lines[0])
        elements, radii, weights, rows = [], [], [], []
        for start in range(1, 1 + count * (width + 1), width + 1):
            symbol, radius, weight = lines[start]
            elements.append(SYMBOLS.index(symbol))
            radii.append(float(radius))
            weights.append(float(weight))
            rows.append([float(words[0]) for words in lines[start + 1 : start + 1 + width]])
        table = np.array(rows, dtype=np.float64).reshape(count, width)
    except (ValueError, IndexError) as error:
        raise FileError(
            f"{path.name} is not a file of SNAP coefficients.",
            "First a line “elements coefficients”, then for each element “Si 0.5 1” and its coefficients.",
        ) from error
    if count < 1 or len(set(elements)) < count or not np.isfinite(table).all() or min(radii) <= 0.0:
        raise FileError(
            f"{path.name} has an element twice, a radius of 0, or numbers that are not finite.", "Take another copy of the file."
        )
    return elements, radii, weights, table


def _lines(path: Path) -> list[list[str]]:
    """Words of every line that says something."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise FileError(
            f"{path.name} cannot be read: {error.strerror or error}.",
            f"A SNAP potential is two files, {COEFFICIENTS} and {PARAMETERS}, side by side.",
        ) from error
    except UnicodeDecodeError as error:
        raise FileError(f"{path.name} is not a text file.", "LAMMPS keeps SNAP potentials as text.") from error
    return [words for line in text.splitlines() if (words := line.partition("#")[0].split())]


def _number(word: str, path: Path) -> float:
    try:
        return float(word)
    except ValueError:
        raise FileError(f"{path.name}: “{word}” is not a number.", "For example: rcutfac 4.7") from None
