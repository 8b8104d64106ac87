"""The signal of the Harmonics lab: coefficients in the normalisation on view, and in `integral`, which the surfaces take."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import FileError, UserError
from e3viz.labs.harmonics.state import State, degree_rows, signal_degree
from e3viz.symmetry.conventions import CONVENTIONS, Convention, change_matrix, harmonics_in
from e3viz.symmetry.element import Element
from e3viz.symmetry.harmonics import Normalization, scale_factors, spherical_harmonics
from e3viz.symmetry.sphere import delta, project_directions, project_picture, random_signal
from e3viz.symmetry.wigner import wigner_D, wigner_D_up_to

Real = NDArray[np.float64]
MOST_PIXELS = 720


def normalisation(state: State) -> Normalization:
    """The normalisation on view; raises UserError for a word that is none."""
    if state.normalisation in ("integral", "component", "norm"):
        return state.normalisation  # type: ignore[return-value]
    raise UserError(f"“{state.normalisation}” is no normalisation of harmonics.", "Choose integral, component or norm.")


def typed(state: State) -> Real:
    """((L + 1)²,): the coefficients c of Σ c Yˡₘ, Y in the normalisation on view."""
    l_max = signal_degree(state)
    scale = scale_factors(l_max, normalisation(state))
    if state.source == "composed":
        pattern = random_signal(l_max, np.random.default_rng(state.seed))
    elif state.source == "a direction":
        if not np.linalg.norm(state.direction) > 1e-12:
            raise UserError("The direction has a length of zero.", "Write for example 0, 1, 0.")
        pattern = delta(np.asarray(state.direction), l_max) / scale
    elif state.source == "a picture":
        pattern = _of_picture(state.picture, _stamp(state.picture), l_max) / scale
    else:
        pattern = project_directions(neighbour_vectors(state), l_max) / scale
    amounts = np.array([row.value for row in degree_rows(state)])
    coefficients: Real = np.repeat(amounts, 2 * np.arange(l_max + 1) + 1) * pattern
    for name, value in state.orders:
        l, m = _place(name)
        if l <= l_max:
            coefficients[l * l + l + m] = value
    return coefficients


def _place(name: str) -> tuple[int, int]:
    left, _, right = name.partition(",")
    try:
        l, m = int(left), int(right)
    except ValueError:
        l, m = -1, 0
    if not abs(m) <= l:
        raise UserError(f"“{name}” names no coefficient.", "Write l,m with −l ≤ m ≤ l, for example 2,-1.")
    return l, m


def signal(state: State) -> Real:
    """The same for Y in the normalisation `integral`."""
    coefficients = typed(state)
    scaled: Real = coefficients * scale_factors(signal_degree(state), normalisation(state))
    return scaled


def turned(coefficients: NDArray[Any], g: Element) -> Real:
    """D(g) c, degree by degree."""
    l_max = int(np.sqrt(len(coefficients))) - 1
    blocks = wigner_D_up_to(l_max, g)
    return np.concatenate([block @ coefficients[l * l : (l + 1) ** 2] for l, block in enumerate(blocks)])


def difference(coefficients: NDArray[Any], g: Element) -> float:
    """The largest |Σ (D(g) c) Y(n) − Σ c Y(g⁻¹ n)| over directions n, relative to the largest |Σ c Y|. coefficients (…, (L + 1)²)."""
    rows = np.atleast_2d(coefficients)
    l_max = int(np.sqrt(rows.shape[1])) - 1
    n = directions()
    first = spherical_harmonics(l_max, n @ g.linear) @ rows.T
    blocks = wigner_D_up_to(l_max, g)
    moved = np.concatenate([rows[:, l * l : (l + 1) ** 2] @ block.T for l, block in enumerate(blocks)], axis=1)
    top = float(np.abs(first).max())
    return float(np.abs(spherical_harmonics(l_max, n) @ moved.T - first).max()) / (top if top > 0.0 else 1.0)


def convention_difference(one: Convention, l: int, g: Element) -> float:
    """The largest |Y(g⁻¹ n) − M D(g⁻¹) M⁻¹ Y(n)| over directions n in a convention, M its matrix from e3nn's, relative to the largest |Y|."""
    n, change = directions(), change_matrix(CONVENTIONS["e3nn"], one, l)
    turned = change @ wigner_D(l, g.inverse()) @ np.linalg.inv(change)
    first = harmonics_in(one, l, n @ g.linear)
    return float(np.abs(harmonics_in(one, l, n) @ turned.T - first).max() / np.abs(first).max())


@lru_cache(maxsize=1)
def directions() -> Real:
    """(200, 3): directions spread evenly (a Fibonacci lattice)."""
    k = np.arange(200)
    height, around = 1.0 - (2.0 * k + 1.0) / 200.0, np.pi * (1.0 + np.sqrt(5.0)) * k
    wide = np.sqrt(1.0 - height**2)
    return np.stack([wide * np.sin(around), height, wide * np.cos(around)], axis=1)


def neighbour_vectors(state: State) -> Real:
    """Å (k, 3): from the chosen atom to its neighbours; raises UserError if there is no such atom or neighbour."""
    path = _path(state.file)
    return _vectors(str(path), _stamp(str(path)), state.atom, state.cutoff)


@lru_cache(maxsize=16)
def _vectors(path: str, changed: object, atom: int, cutoff: float) -> Real:
    from e3viz.atoms.neighbours import neighbours
    from e3viz.atoms.reading import load

    structure = load(Path(path))[0]
    if atom >= len(structure):
        raise UserError(f"There is no atom {atom} in {Path(path).name}.", f"Its atoms are counted from 0 to {len(structure) - 1}.")
    pairs = neighbours(structure, cutoff)
    vectors: Real = pairs.vectors[pairs.i == atom]
    if not len(vectors):
        raise UserError(f"Atom {atom} has no neighbour within {cutoff:g} Å.", "Make the cutoff larger.")
    return vectors


def _path(file: str) -> Path:
    from e3viz.atoms.samples import sample

    return sample(file.removeprefix("sample:")).path if file.startswith("sample:") else Path(file).expanduser()


def _stamp(file: str) -> tuple[int, int]:
    try:
        found = Path(file).expanduser().stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=8)
def _of_picture(file: str, changed: object, l_max: int) -> Real:
    if not file:
        rows, columns = np.indices((24, 48))
        return project_picture(np.where((rows // 4 + columns // 6) % 2 == 0, 1.0, -1.0), l_max)
    from PIL import Image

    path = Path(file).expanduser()
    try:
        with Image.open(path) as image:
            grey = image.convert("L")
            grey.thumbnail((MOST_PIXELS, MOST_PIXELS))
            pixels = np.asarray(grey, dtype=float) / 255.0
    except (OSError, ValueError, Image.DecompressionBombError):
        raise FileError(f"{path.name} is no picture that can be read.", "Choose a PNG or JPEG file.") from None
    return project_picture(pixels, l_max)
