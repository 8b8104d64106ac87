"""The Groups lab as a script: the group from its generators, its table, the motion of the corner on view, and the representation."""

from __future__ import annotations

import numpy as np

from e3viz.labs.groups.describe import group_name
from e3viz.labs.groups.state import (
    ANTISYMMETRIC,
    COORDINATES,
    CORNERS,
    IRREPS,
    MOTIONS,
    REGULAR,
    SQUARED,
    SYMMETRIC,
    State,
    chosen,
    chosen_before,
    chosen_corner,
    parsed,
    subject,
)
from e3viz.symmetry.element import Element


def code(state: State, g: Element) -> str:
    """NumPy, and e3nn for its irreps."""
    shown = subject(state)
    group, first = shown.group, chosen_before(state)
    generators = "".join(f"    {_array(group.matrices[k])},  # {group.names[k]}\n" for k in group.generators)
    corners = "".join(f"    {point.tolist()},\n" for point in np.round(shown.points * shown.scale, 12) + 0.0)
    acts = f"element({_array(group.matrices[chosen(state)])})  # {group.names[chosen(state)]}"
    before = "0  # the identity" if first is None else f"element({_array(group.matrices[first])})  # {group.names[first]}, which acts first"
    return f"""\
import numpy as np

# {shown.title}, {group_name(state)}: all products of a few generators
generators = np.array([
{generators}]).reshape(-1, 3, 3)
turn = np.array({g.linear.tolist()})  # g: turns the figure and, with it, its group
corners = np.array([
{corners}])
kinds = {list(shown.symbols) or [""] * len(shown.points)}
matrices = [np.eye(3)]
for matrix in matrices:  # grows while it is read
    for generator in generators:
        product = generator @ matrix
        if not any(np.allclose(product, known) for known in matrices):
            matrices.append(product)
matrices = np.array(matrices)


def element(matrix):
    return int(np.abs(matrices - matrix).max(axis=(1, 2)).argmin())


table = np.array([[element(a @ b) for b in matrices] for a in matrices])  # row ∘ column: the column acts first
then = {acts}
before = {before}
made = table[then, before]
x = turn @ corners[{chosen_corner(state)}]
s = turn @ matrices[made] @ turn.T
print("order:", len(matrices))
print("x =", x.round(6), " s x =", (s @ x).round(6))
{_representation(state)}
print("characters:", np.trace(D, axis1=1, axis2=2).round(6))
print("D of the product:")
print(D[made].round(4))
print("D(ab) = D(a) D(b) up to", max(np.abs(a @ D - D[row]).max(initial=0.0) for a, row in zip(D, table)))
"""


def _representation(state: State) -> str:
    """How the matrices of the representation on view are made."""
    space = "matrices[:, :2, :2]" if subject(state).flat else "matrices"
    square = f"V = {space}\nV2 = np.einsum('gij,gkl->gikjl', V, V).reshape(len(V), V.shape[1] ** 2, -1)\n"
    moves = """\
moves = [[min((b for b in range(len(corners)) if kinds[a] == kinds[b]), key=lambda b: np.linalg.norm(m @ corners[a] - corners[b]))
          for a in range(len(corners))] for m in matrices]
P = np.array([np.eye(len(corners))[:, move] for move in moves])"""
    pairs = {
        COORDINATES: f"D = {space}",
        SQUARED: square + "D = V2",
        CORNERS: moves + "\nD = P",
        MOTIONS: f"{moves}\nV = {space}\nD = np.einsum('gij,gkl->gikjl', P, V).reshape(len(V), P.shape[1] * V.shape[1], -1)",
        REGULAR: "D = np.zeros((len(table),) * 3)\nfor g, row in enumerate(table):\n    D[g, row, range(len(table))] = 1.0",
    }
    if state.representation in pairs:
        return pairs[state.representation]
    if state.representation == IRREPS:
        irreps = parsed(state.irreps)
        return "import torch\nfrom e3nn import o3\n\ntorch.set_default_dtype(torch.float64)\n" + (
            f'irreps = o3.Irreps("{irreps}")\nD = irreps.D_from_matrix(torch.tensor(matrices)).numpy()'
            if irreps.dim
            else "D = np.zeros((len(matrices), 0, 0))"
        )
    sign = {SYMMETRIC: 1, ANTISYMMETRIC: -1}[state.representation]
    pairs_of = "range(i, d)" if sign > 0 else "range(i + 1, d)"
    return (
        square
        + f"""\
d, basis = V.shape[1], []
for i in range(d):
    for j in {pairs_of}:
        both = np.zeros((d, d))
        both[i, j] += 1.0
        both[j, i] {"+" if sign > 0 else "-"}= 1.0
        basis.append(both.ravel() / np.linalg.norm(both))
B = np.array(basis)
D = B @ V2 @ B.T"""
    )


def _array(matrix: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    return str(matrix.tolist())
