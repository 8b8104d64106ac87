"""The Transformations lab as a sheet, in numbers, as a script, and under the pointer: with the laws that every D(g) must keep."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from e3viz.labs.lab import Check, Fact, Hit, Table
from e3viz.labs.transformations.matrix import matrix_diagram
from e3viz.labs.transformations.scene import MOST_OBJECTS, block_at, scene
from e3viz.labs.transformations.state import State, blocks, data, parsed
from e3viz.pictures.sheet import Panel, Sheet
from e3viz.pictures.typed import Block
from e3viz.symmetry.element import IDENTITY, Element
from e3viz.symmetry.irreps import Irreps
from e3viz.symmetry.wigner import D

SECOND = Element((0.8, -0.3, 0.5), 131.0, inversion=True)
"""The g₂ of D(g₁ g₂) = D(g₁) D(g₂)."""
MOST_ROWS = 100


def pictures(state: State, g: Element) -> Sheet:
    """D(g) and the objects it acts on."""
    irreps = parsed(state.irreps)
    matrix = Panel("matrix", matrix_diagram(state, g), width=0.5, card=True)
    space = Panel("objects", scene(state, g), 0.5, 0.0, 0.5, 1.0)
    if not irreps.dim:
        return Sheet((replace(matrix, width=1.0),), "Typed data", "No irrep occurs here.")
    return Sheet((matrix, space), "Typed data and D(g)", _subtitle(irreps))


def _written(irreps: Irreps) -> str:
    return " + ".join(f"{count}x{irrep}" if count > 1 else str(irrep) for count, irrep in irreps.simplify())


def _subtitle(irreps: Irreps) -> str:
    text = _written(irreps)
    left = f" · the first {MOST_OBJECTS} are drawn" if irreps.count > MOST_OBJECTS else ""
    return f"{text if len(text) <= 60 else text[:59] + '…'} · {irreps.dim} components{left}"


def laws(state: State, g: Element) -> tuple[float, float, float]:
    """How far D(g) is from D(g g₂) = D(g) D(g₂), from orthogonal, and D(e) from the identity: the largest entries of the differences."""
    irreps = parsed(state.irreps)
    if not irreps.dim:
        return 0.0, 0.0, 0.0
    one, two = D(irreps, g), D(irreps, SECOND)
    unit = np.eye(irreps.dim)
    product = np.abs(D(irreps, g.linear @ SECOND.linear) - one @ two).max()
    return float(product), float(np.abs(one @ one.T - unit).max()), float(np.abs(D(irreps, IDENTITY) - unit).max())


def check(state: State, g: Element) -> Check | None:
    """The largest of the three."""
    return Check(max(laws(state, g)), "D(g g₂) = D(g) D(g₂), D(g) is orthogonal, and D(e) = 1, entry by entry.")


def facts(state: State, g: Element) -> list[Fact | Table]:
    """The type, the laws with their numbers, and each irrep with its values before and after."""
    irreps = parsed(state.irreps)
    product, orthogonal, unit = laws(state, g)
    section = "Laws, and by how much they fail"
    found: list[Fact | Table] = [
        Fact("Components", str(irreps.dim), "How many numbers the data are.", section="Type", status=True),
        Fact("Irreps", str(irreps.count), "How many irreducible parts they have.", section="Type"),
        Fact("Sorted", _written(irreps.regroup()) or "nothing", "The same with each irrep once.", section="Type"),
        Fact("D(g₁g₂) = D(g₁)D(g₂)", f"{product:.1e}", "With g₁ = g and another fixed g₂.", section=section),
        Fact("D Dᵀ = 1", f"{orthogonal:.1e}", "Orthogonality: lengths stay.", section=section),
        Fact("D(e) = 1", f"{unit:.1e}", "The identity does nothing.", section=section),
    ]
    if irreps.dim:
        found.append(Fact("Trace of D(g)", f"{np.trace(D(irreps, g)):.4f}".replace("-", "−"), "The character of g.", section="Type"))
    found.append(_table(state, g))
    return found


def _table(state: State, g: Element) -> Table:
    before = data(state)
    after = D(parsed(state.irreps), g) @ before if len(before) else before
    rows = []
    for block in blocks(state)[:MOST_ROWS]:
        sign = "stays" if block.irrep.parity == 1 else "flips"
        rows.append((block.name or block.irrep.name, str(block.irrep), sign, _numbers(before[block.part]), _numbers(after[block.part])))
    selected = (state.chosen,) if 0 <= state.chosen < len(rows) else ()
    return Table("irreps", "What g does", ("", "irrep", "inversion", "before", "after"), tuple(rows), selected=selected)


def _numbers(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    return " ".join(f"{x:.2f}" for x in values[:7]).replace("-", "−") + (" …" if len(values) > 7 else "")


def pick(state: State, hit: Hit) -> State | None:
    """A click on an object, a block or a row chooses that irrep; a second one lets it go."""
    block = _hit(state, hit)
    if block is None:
        return None
    return replace(state, chosen=-1 if block.number == state.chosen else block.number)


def hover(state: State, hit: Hit) -> str:
    """What is under the pointer."""
    block = _hit(state, hit)
    if block is None or hit.panel == "matrix":
        return ""
    sign = "stays under inversion" if block.irrep.parity == 1 else "flips under inversion"
    return f"{block.name + ': ' if block.name else ''}{block.irrep}, {block.irrep.name}, {sign}: {_numbers(data(state)[block.part])}"


def _hit(state: State, hit: Hit) -> Block | None:
    known = blocks(state)
    if hit.panel == "objects":
        return block_at(state, hit.item, hit.index)
    number = hit.index if hit.panel == "table:irreps" else int(hit.item[6:]) if hit.item.startswith("block ") else -1
    return known[number] if 0 <= number < len(known) else None


def code(state: State, g: Element) -> str:
    """The same D(g) and data by e3nn."""
    irreps = parsed(state.irreps)
    numbers = "".join(f"    {float(x)!r},\n" for x in data(state))
    return f"""\
import torch
from e3nn import o3

torch.set_default_dtype(torch.float64)
irreps = o3.Irreps("{irreps}")
g = torch.tensor({g.linear.tolist()})  # what g does to a point, without its translation
g2 = torch.tensor({SECOND.linear.tolist()})
x = torch.tensor([
{numbers}])


def D(matrix):
    return irreps.D_from_matrix(matrix) if irreps.dim else torch.zeros(0, 0)


print("D(g) x =", (D(g) @ x).tolist())
for law, difference in (
    ("D(g g2) = D(g) D(g2)", D(g @ g2) - D(g) @ D(g2)),
    ("D(g) is orthogonal", D(g) @ D(g).T - torch.eye(irreps.dim)),
    ("D(e) = 1", D(torch.eye(3)) - torch.eye(irreps.dim)),
):
    print(law, "up to", difference.abs().max().item() if difference.numel() else 0.0)
"""
