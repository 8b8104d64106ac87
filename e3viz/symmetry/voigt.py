"""Voigt's notation: pairs of indices of symmetric tensors written as one, xx yy zz yz xz xy → 1 … 6.

Convention: components are those of the tensors themselves. So stress and elastic constants (C₁₄ = C_xxyz) and piezoelectric stress
constants (e₁₄ = e_xyz) are copied; strain in Voigt's notation has doubled shears and must be halved before.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError

PAIRS: tuple[tuple[int, int], ...] = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
_PLACE = np.array([[PAIRS.index((min(i, j), max(i, j))) for j in range(3)] for i in range(3)])


def from_voigt(numbers: NDArray[Any]) -> NDArray[np.float64]:
    """The tensor of 6 numbers (3, 3), of a table 3 × 6 (3, 3, 3) or 6 × 6 (3, 3, 3, 3)."""
    table = np.asarray(numbers, dtype=float)
    places: dict[tuple[int, ...], Any] = {
        (6,): _PLACE,
        (3, 6): (slice(None), _PLACE),
        (6, 6): (_PLACE[:, :, None, None], _PLACE[None, None]),
    }
    if table.shape in places:
        tensor: NDArray[np.float64] = table[places[table.shape]]
        return tensor
    raise UserError("Voigt's notation has 6, 3 × 6 or 6 × 6 numbers.", "The order of the pairs is xx, yy, zz, yz, xz, xy.")


def to_voigt(tensor: NDArray[Any]) -> NDArray[np.float64]:
    """The numbers of a tensor (3, 3), (3, 3, 3) or (3, 3, 3, 3) in Voigt's notation; pairs of indices must be symmetric."""
    array = np.asarray(tensor, dtype=float)
    first, second = (np.array(side) for side in zip(*PAIRS, strict=True))
    if array.shape not in ((3, 3), (3, 3, 3), (3, 3, 3, 3)):
        raise UserError("Voigt's notation is for tensors with two to four indices.", "Give 3 × 3, 3 × 3 × 3 or 3 × 3 × 3 × 3 numbers.")
    short: NDArray[np.float64] = array[..., first, second]
    if array.ndim == 4:
        short = short[first, second]
    if not np.allclose(from_voigt(short), array, rtol=1e-6, atol=1e-9 * float(np.abs(array).max(initial=0.0))):
        raise UserError("This tensor is not symmetric in its pairs of indices.", "Voigt's notation needs t_xy = t_yx.")
    return short
