"""The Irreps lab as a sheet, in numbers, as a script, and under the pointer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from e3viz.labs.irreps.scene import MOST_OBJECTS, block_at, scene
from e3viz.labs.irreps.split import number, split_diagram
from e3viz.labs.irreps.state import State, basis, given, raised, tensor, turned
from e3viz.labs.lab import Check, Fact, Hit, Table
from e3viz.pictures.sheet import Panel, Sheet
from e3viz.symmetry.element import Element
from e3viz.symmetry.irreps import Irreps
from e3viz.symmetry.wigner import D

MOST_ROWS = 100
POINTS = 60.0
"""How far a number is dragged to change by 1."""


def pictures(state: State, g: Element) -> Sheet:
    """The numbers, and the irreps in space."""
    known = basis(state)
    split = Panel("split", split_diagram(state, g), width=0.62, card=True)
    title = f"Tensor {known.formula.text}"
    if not known.dim:
        return Sheet((replace(split, width=1.0),), title, "No tensor but zero has this symmetry.")
    left = f" · the first {MOST_OBJECTS} are drawn" if known.irreps.count > MOST_OBJECTS else ""
    space = Panel("irreps", scene(state, g), 0.62, 0.0, 0.38, 1.0)
    return Sheet((split, space), title, f"{3**known.rank} components, {known.dim} of them free = {_written(known.irreps)}{left}")


def _written(irreps: Irreps) -> str:
    return " + ".join(f"{count}x{irrep}" if count > 1 else str(irrep) for count, irrep in irreps.simplify())


def difference(state: State, g: Element) -> float:
    """Largest difference between turning the Cartesian tensor and turning its irreps, relative to the largest component."""
    cartesian, irreps = turned(state, g)
    return float(np.abs(cartesian - irreps).max() / (np.abs(tensor(state)).max() or 1.0))


def check(state: State, g: Element) -> Check | None:
    """Whether both ways agree."""
    return Check(difference(state, g), "The tensor turned index by index, and its irreps turned by D(g).")


def facts(state: State, g: Element) -> list[Fact | Table]:
    """What the tensor is made of, how both ways of turning it agree, and each irrep's size."""
    known = basis(state)
    raw, kept = given(state), tensor(state)
    lost = float(np.linalg.norm(raw - kept))
    found: list[Fact | Table] = [
        Fact("Irreps", _written(known.irreps) or "none", "What the tensor is a sum of.", section="Tensor", status=True),
        Fact("Free numbers", f"{known.dim} of {3**known.rank}", "Those that the symmetry of the indices leaves.", section="Tensor"),
        Fact("Length", number(float(np.linalg.norm(kept))), "Root of the sum of squares; Q keeps it.", section="Tensor"),
        Fact("Left out", number(lost), "Length of what does not have the symmetry of the indices.", section="Tensor"),
        Fact("Both ways differ by", f"{difference(state, g):.1e}", "Tensor turned against irreps turned.", section="Turned by g"),
    ]
    values = known.to_irreps(kept)
    after = D(known.irreps, g) @ values if known.dim else values
    rows = []
    for k, (first, irrep) in enumerate(known.irreps.blocks()):
        if k >= MOST_ROWS:
            break
        part, moved = values[first : first + irrep.dim], after[first : first + irrep.dim]
        rows.append((str(irrep), known.couplings[k], number(float(np.linalg.norm(part))), _numbers(part), _numbers(moved)))
    selected = (state.chosen,) if 0 <= state.chosen < len(rows) else ()
    found.append(Table("parts", "Parts", ("irrep", "coupling", "length", "before", "after"), tuple(rows), selected=selected))
    return found


def _numbers(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    return " ".join(number(float(x)) for x in values)


def pick(state: State, hit: Hit) -> State | None:
    """A click on a part chooses it, a second one lets it go; a drag on a number of the matrix, up or right, makes it larger."""
    if hit.panel == "split" and hit.item.startswith("cell "):
        return _dragged(state, hit)
    index = _index(state, hit)
    return None if index is None else replace(state, chosen=-1 if index == state.chosen else index)


def _dragged(state: State, hit: Hit) -> State | None:
    if hit.end is None:
        return None
    (x0, y0), (x1, y1) = hit.position[:2], hit.end.position[:2]
    by = ((x1 - x0) + (y0 - y1)) * (float(np.abs(tensor(state)).max()) if state.source != "sliders" else 1.0) / POINTS
    i, j = ("xyz".index(letter) for letter in hit.item[5:])
    return raised(state, i, j, by * (0.1 if "shift" in hit.keys else 1.0))


def hover(state: State, hit: Hit) -> str:
    """Which part is under the pointer in space."""
    index = _index(state, hit) if hit.panel == "irreps" else None
    if index is None:
        return ""
    known = basis(state)
    first, irrep = list(known.irreps.blocks())[index]
    return f"{irrep}: {_numbers(known.to_irreps(tensor(state))[first : first + irrep.dim])}"


def _index(state: State, hit: Hit) -> int | None:
    count = basis(state).irreps.count
    number_ = -1
    if hit.panel == "irreps" and hit.item == "surfaces" and hit.index >= 0:
        number_ = block_at(hit.index)
    elif hit.panel == "table:parts":
        number_ = hit.index
    elif hit.panel == "split" and hit.item.startswith("block "):
        number_ = int(hit.item[6:])
    return number_ if 0 <= number_ < count else None


def code(state: State, g: Element) -> str:
    """The same numbers by e3nn, with our Q, whose span is compared with that of e3nn's own."""
    known = basis(state)
    entries = "".join(f"    ({i}, {j}, {float(known.flat[i, j])!r}),\n" for i, j in np.argwhere(known.flat))
    each = ", ".join(f'{letter}="{state.vector}"' for letter in known.formula.indices)
    return f"""\
import torch
from e3nn import o3

torch.set_default_dtype(torch.float64)
irreps = o3.Irreps("{known.irreps}")
g = torch.tensor({g.linear.tolist()})  # what g does to a point, without its translation
T = torch.tensor({given(state).tolist()})
Q = torch.zeros({known.dim}, {3**known.rank})
for row, column, value in [
{entries}]:
    Q[row, column] = value

theirs = o3.ReducedTensorProducts("{known.formula.text}", {each}).change_of_basis.reshape({known.dim}, -1)
print("same space as e3nn's change of basis, up to", (Q.T @ Q - theirs.T @ theirs).abs().max().item())
x = Q @ T.flatten()
print("irreps =", x.tolist())
turned = irreps.D_from_matrix(g) @ x
print("D(g) irreps =", turned.tolist())
R = g if "{state.vector}" == "1o" else g * torch.linalg.det(g)
power = torch.ones(1, 1)
for _ in range({known.rank}):
    power = torch.kron(power, R)
print("both ways differ by", (Q @ power @ T.flatten() - turned).abs().max().item())
"""
