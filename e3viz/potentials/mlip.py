"""MTP as the MLIP packages and motep keep it: `.mtp` (MLIP-2) and `.almtp` (MLIP-3), the same text with optional extras.

A file numbers its elements and does not name them. e3viz writes their symbols into `potential_tag` and reads them there; a file by
another program needs them put there (`potential_tag = Si, C`). Lines of active learning after the coefficients are left out.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.elements import SYMBOLS
from e3viz.atoms.structure import FloatArray
from e3viz.errors import FileError, UserError
from e3viz.files import replacing
from e3viz.potentials.contract import Card
from e3viz.potentials.moment_pairs import RadialBasis
from e3viz.potentials.moments import HIGHEST
from e3viz.potentials.mtp import MtpPotential, MtpSettings
from e3viz.potentials.settings import plain

_LARGEST = 64 << 20
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_OLD_NAMES = {"min_dist": "min", "max_dist": "max", "radial_basis_size": "size", "min_val": "min", "max_val": "max", "basis_size": "size"}


def read_mtp(path: Path) -> MtpPotential:
    """The potential in a file. Raises FileError for one that is damaged, untrained, magnetic, or does not name its elements."""
    said, radial = _fields(path)
    try:
        if said.get("radial_basis_type", "RBChebyshev") not in ("RBChebyshev", "BChebyshev"):
            raise FileError(f"{path.name} has radial functions of type {said['radial_basis_type']}.", "e3viz knows RBChebyshev.")
        kinds = int(said["species_count"])
        elements = _elements(path, said.get("potential_tag", ""), kinds)
        span = RadialBasis(int(said["size"]), float(said["min"]), float(said["max"]), float(said.get("scaling", "1")))
        shape = kinds, kinds, int(said["radial_funcs_count"]), span.size
        coefficients = np.array(radial, dtype=float).reshape(shape)
        basic, times = (_numbers(said[name]).astype(np.int32).reshape(-1, 4) for name in ("alpha_index_basic", "alpha_index_times"))
        scalars = _numbers(said["alpha_moment_mapping"]).astype(np.int32)
        constants, linear = _numbers(said["species_coeffs"]), _numbers(said["moment_coeffs"])
    except KeyError as error:
        raise FileError(
            f"{path.name} lacks “{error.args[0]}”.", "An untrained template has no coefficients; a trained potential does."
        ) from error
    except ValueError as error:
        raise FileError(f"{path.name} is damaged: its counts and tables do not fit together.", "Take another copy of the file.") from error
    order = np.argsort(elements)
    settings = MtpSettings(r_max=span.r_max, r_min=span.r_min, level=_level(basic, times, scalars), radial=span.size)
    card = Card("mtp", tuple(int(elements[n]) for n in order), span.r_max, plain(settings), dict.fromkeys(elements, 0.0))
    arrays = {"radial": coefficients[np.ix_(order, order)], "constants": constants[order] if len(constants) == kinds else constants}
    limits = np.array([span.r_min, span.r_max, span.scaling])
    try:
        return MtpPotential.from_arrays(
            card, {**arrays, "linear": linear, "limits": limits, "basic": basic, "times": times, "scalars": scalars}
        )
    except UserError as error:
        raise FileError(f"{path.name} is damaged: its tables do not fit together.", "Take another copy of the file.") from error


def write_mtp(potential: MtpPotential, path: Path) -> Path:
    """Write it for MLIP-2, MLIP-3 and motep; reference energies become part of the constants."""
    model, card = potential.model, potential.card
    span, basis = model.radial_basis, model.basis
    kinds, functions = len(card.elements), model.radial.shape[2]
    constants = model.constants + [card.references.get(z, 0.0) for z in card.elements]
    lines = ["MTP", "version = 1.1.0", "potential_name = e3viz", f"scaling = {span.scaling!r}", f"species_count = {kinds}"]
    lines += [f"potential_tag = {', '.join(SYMBOLS[z] for z in card.elements)}", "radial_basis_type = RBChebyshev"]
    lines += [f"\tmin_dist = {span.r_min!r}", f"\tmax_dist = {span.r_max!r}", f"\tradial_basis_size = {span.size}"]
    lines += [f"\tradial_funcs_count = {functions}", "\tradial_coeffs"]
    for a in range(kinds):
        for b in range(kinds):
            lines.append(f"\t\t{a}-{b}")
            lines += [f"\t\t\t{_listed(row)}" for row in model.radial[a, b]]
    lines += [
        f"alpha_moments_count = {basis.count}",
        f"alpha_index_basic_count = {len(basis.basic)}",
        f"alpha_index_basic = {_table(basis.basic)}",
    ]
    lines += [f"alpha_index_times_count = {len(basis.times)}", f"alpha_index_times = {_table(basis.times)}"]
    lines += [f"alpha_scalar_moments = {len(basis.scalars)}", f"alpha_moment_mapping = {_listed(basis.scalars)}"]
    lines += [f"species_coeffs = {_listed(constants)}", f"moment_coeffs = {_listed(model.linear)}"]
    with replacing(path) as beside:
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _fields(path: Path) -> tuple[dict[str, str], list[list[float]]]:
    """Everything of the form name = value, and the rows of radial coefficients."""
    try:
        if path.stat().st_size > _LARGEST:
            raise FileError(f"{path.name} is larger than any potential of this kind.", "It may be another file.")
        text = path.read_bytes().partition(b"#MVS")[0].decode("utf-8")
    except OSError as error:
        raise FileError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise FileError(f"{path.name} is not a text file.", "MLIP and motep keep potentials as text.") from error
    if text.split("\n", 1)[0].strip() != "MTP":
        raise FileError(f"{path.name} is no moment tensor potential.", "The first line of one is “MTP”.")
    if "magnetic_basis" in text:
        raise FileError(f"{path.name} is a magnetic potential, which e3viz does not compute.", "Give one without magnetic moments.")
    said: dict[str, str] = {}
    rows: list[list[float]] = []
    inside = False
    for line in text.splitlines():
        name, equals, value = (part.strip() for part in line.partition("="))
        if equals:
            inside = False
            said[_OLD_NAMES.get(name, name)] = value
        elif name == "radial_coeffs":
            inside = True
        elif inside and name.startswith("{"):
            rows.append([float(number) for number in _NUMBER.findall(name)])
    return said, rows


def _elements(path: Path, tag: str, kinds: int) -> list[int]:
    symbols = re.findall(r"[A-Za-z]+", tag)
    if len(symbols) != kinds or len(set(symbols)) != kinds or any(symbol not in SYMBOLS[1:] for symbol in symbols):
        raise FileError(
            f"{path.name} does not say which elements its {kinds} species are.",
            "Write their symbols into it, for example: potential_tag = Si, C",
        )
    return [SYMBOLS.index(symbol) for symbol in symbols]


def _level(basic: NDArray[Any], times: NDArray[Any], scalars: NDArray[Any]) -> int:
    """The highest level of a scalar."""
    levels = {n: 2 + 4 * int(row[0]) + int(row[1:].sum()) for n, row in enumerate(basic)}
    for a, b, _, c in times.tolist():
        levels[c] = levels.get(a, 0) + levels.get(b, 0)
    return min(HIGHEST, max((levels.get(int(n), 0) for n in scalars), default=2))


def _numbers(text: str) -> FloatArray:
    return np.array([float(number) for number in _NUMBER.findall(text)])


def _listed(values: NDArray[Any]) -> str:
    return "{" + ", ".join(repr(value) for value in values.tolist()) + "}"


def _table(rows: NDArray[Any]) -> str:
    return "{" + ", ".join(_listed(row) for row in rows) + "}"
