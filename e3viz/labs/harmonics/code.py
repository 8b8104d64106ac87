"""The Harmonics lab as a script: e3nn computes the numbers on view, and the commuting square with its own D(R)."""

from __future__ import annotations

from e3viz.labs.harmonics.panels import translation
from e3viz.labs.harmonics.signal import typed
from e3viz.labs.harmonics.state import State, signal_degree
from e3viz.symmetry.conventions import convention
from e3viz.symmetry.element import Element
from e3viz.symmetry.polynomials import harmonic

_HEAD = """\
import math

import torch
from e3nn import o3

torch.set_default_dtype(torch.float64)
g = torch.tensor({matrix})  # x -> g x
sign, R = torch.det(g).round(), g * torch.det(g).round()


def D(l):
    return sign**l * o3.Irrep(l, (-1) ** l).D_from_matrix(R)


"""


def code(state: State, g: Element) -> str:
    """A Python script that reproduces the numbers on view."""
    if state.view == "conventions":
        return _conventions(state)
    head = _HEAD.format(matrix=[[round(float(x), 16) for x in row] for row in g.linear])
    if state.view == "signal":
        return head + _signal(state)
    return head + (_one(state) if state.view == "one harmonic" else _pyramid(state))


def _pyramid(state: State) -> str:
    return f"""\
xyz = torch.nn.functional.normalize(torch.randn(1000, 3, generator=torch.Generator().manual_seed(0)), dim=-1)
Y = o3.spherical_harmonics(range({state.l_max + 1}), xyz, normalize=True, normalization="{state.normalisation}")
turned = o3.spherical_harmonics(range({state.l_max + 1}), xyz @ g.T, normalize=True, normalization="{state.normalisation}")
blocks = torch.block_diag(*(D(l) for l in range({state.l_max + 1})))
print(Y.shape, "largest difference of Y(g x) and D(g) Y(x):", (turned - Y @ blocks.T).abs().max().item())
"""


def _one(state: State) -> str:
    l, m = state.l, state.order
    return f"""\
l, m = {l}, {m}
xyz = torch.nn.functional.normalize(torch.randn(1000, 3, generator=torch.Generator().manual_seed(0)), dim=-1)
Y = o3.spherical_harmonics(l, xyz, normalize=True, normalization="{state.normalisation}")
x, y, z = xyz.T
polynomial = {harmonic(l, m, state.normalisation).python()}  # Y of l, m as a polynomial, exact
print("polynomial against e3nn:", (Y[:, l + m] - polynomial).abs().max().item())
turned = o3.spherical_harmonics(l, xyz @ g.T, normalize=True, normalization="{state.normalisation}")
print("Y(g x) against D(g) Y(x):", (turned - Y @ D(l).T).abs().max().item())
"""


def _signal(state: State) -> str:
    l_max = signal_degree(state)
    values = typed(state)
    rows = "".join(
        f"    {', '.join(repr(float(c)) for c in values[l * l : (l + 1) ** 2])},  # l = {l}\n" for l in range(l_max + 1)
    )  # fmt: skip
    return f"""\
degrees = range({l_max + 1})
c = torch.tensor([
{rows}])  # coefficients of Y in the normalisation "{state.normalisation}"
def f(coefficients, points):
    return o3.spherical_harmonics(degrees, points, normalize=True, normalization="{state.normalisation}") @ coefficients


xyz = torch.nn.functional.normalize(torch.randn(1000, 3, generator=torch.Generator().manual_seed(0)), dim=-1)
turned = torch.cat([D(l) @ c[l * l : (l + 1) ** 2] for l in degrees])
one = o3.spherical_harmonics(degrees, xyz[:1], normalize=True, normalization="{state.normalisation}")
size = one / o3.spherical_harmonics(degrees, xyz[:1], normalize=True, normalization="integral")
power = [((c * size[0])[l * l : (l + 1) ** 2] ** 2).sum().item() for l in degrees]
print("power per degree:", power)
print("f with D(g) c at g x against f with c at x:", (f(turned, xyz @ g.T) - f(c, xyz)).abs().max().item())
"""


def _conventions(state: State) -> str:
    one, other = convention(state.one), convention(state.other)
    matrix = [[complex(x) if other.is_complex or one.is_complex else float(x) for x in row] for row in translation(state).tolist()]
    rows = "".join(f"    {row},\n" for row in matrix)
    first = one.code.replace("def harmonics", "def of_one").rstrip()
    second = other.code.replace("def harmonics", "def of_other").rstrip()
    renamed = state.axes == "renamed" and one.axes != other.axes
    places = ["xyz".index(one.axes[other.axes.index(axis)]) for axis in "xyz"]
    seen = f"points[:, {places}]" if renamed else "points"
    note = "  # each at the point that has the same textbook coordinates" if renamed else ""
    return f"""\
import numpy as np


{first}


{second}


l = {state.l}
M = np.array([
{rows}])  # Y_other = M Y_one: rows {other.name}, columns {one.name}
points = np.random.default_rng(0).normal(size=(100, 3))
points /= np.linalg.norm(points, axis=1, keepdims=True)
others = {seen}{note}
print("largest difference:", np.abs(of_other(l, others) - of_one(l, points) @ M.T).max())
"""
