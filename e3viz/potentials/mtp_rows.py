"""What a moment tensor potential says of a batch of labelled structures, as rows of a least squares problem, and its derivatives.

Energies per atom, forces and stress are linear in the coefficients ξ: row · (ξ, −1) is the residual of a label. By the radial coefficients c,
ξ fixed, derivatives go forward along each c (`Rows.by_radial`) or, for one sum of all residuals, backward (`Rows.slope`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from e3viz.atoms.structure import FloatArray
from e3viz.potentials.moment_pairs import Cloud
from e3viz.potentials.moment_program import MomentProgram, Places
from e3viz.potentials.mtp_batches import Batch

_ATOMS_AT_ONCE = 16
_COLUMNS_AT_ONCE = 160
Parts = tuple[FloatArray, FloatArray, FloatArray]
"""Of the energies per atom, the forces and the stress of a batch, weighted with the square roots of the weights of structures."""


@dataclass(frozen=True, eq=False)
class Rows:
    """program: of the basis; mu, shape: radial function and exponents of each basic moment (basics,); kinds: how many elements; stress: whether
    its rows are wanted."""

    program: MomentProgram
    mu: Places
    shape: Places
    kinds: int
    stress: bool

    def of(self, batch: Batch, radial: FloatArray) -> tuple[Parts, FloatArray]:
        """Weighted rows [A | b], and all quantities of the program (count, n)."""
        cloud, scalars = batch.cloud, self.program.basis.scalars
        values, slopes = (curves[self.mu] for curves in cloud.functions(radial))
        _, angular, _ = cloud.angular
        v, k = self.program.values(cloud.sums(values * angular[self.shape])), len(scalars)
        turns = np.empty((3 * len(cloud.i), k))
        for first in range(0, len(cloud.species), _ATOMS_AT_ONCE):  # few enough that what belongs to them stays in the cache
            atoms, ends, moved = self._moved(cloud, values, slopes, first)
            for jacobian, low, high in zip(self.program.jacobian(v[:, atoms]), ends[:-1], ends[1:], strict=True):
                np.matmul(moved[:, low - ends[0] : high - ends[0]].T, jacobian.T, out=turns[low:high])
        member = np.eye(self.kinds)[cloud.species]
        energies = np.concatenate([member, v[scalars].T], axis=1)
        return self._gathered(batch, energies, turns.reshape(-1, 3, k), labels=True), v

    def by_radial(self, batch: Batch, radial: FloatArray, linear: FloatArray, v: FloatArray) -> Parts:
        """Derivatives of the residuals by all radial coefficients, ξ fixed."""
        cloud, functions, size = batch.cloud, radial.shape[2], radial.shape[3]
        curves, rises = cloud.curves
        units, angular, turned = cloud.angular
        values, slopes = (one[self.mu] for one in cloud.functions(radial))
        adjoint = self.program.adjoint(v, linear[self.kinds :])
        pull = adjoint[: self.program.basics]
        sums = self._sums(cloud)
        n, width = len(cloud.species), self.kinds * functions * size
        energies, turns = np.empty((n, width)), np.zeros((len(cloud.i), 3, self.kinds, functions, size))
        own = self.mu == np.arange(functions)[:, None]
        at_once = max(1, _COLUMNS_AT_ONCE // width)
        for first in range(0, n, at_once):
            atoms = slice(first, first + at_once)
            some = own[:, :, None] * sums[:, :, self.shape, atoms][:, :, None]  # (kinds, size, functions, basics, some atoms)
            moved = some.transpose(3, 4, 0, 2, 1).reshape(self.program.basics, -1, width)
            energies[atoms] = np.einsum("bn,bnd->nd", pull[:, atoms], moved)
            bent = self.program.curved(v[:, atoms], adjoint[:, atoms], moved)
            _, ends, turn = self._moved(cloud, values, slopes, first, at_once)
            for atom, (low, high) in enumerate(pairwise(ends)):
                made = turn[:, low - ends[0] : high - ends[0]].T @ bent[:, atom]
                turns[low // 3 : high // 3] = made.reshape(-1, 3, self.kinds, functions, size)
        shaped = pull[:, cloud.i]
        radially = own @ (shaped * angular[self.shape])
        sideways = np.stack([own @ (shaped * turned[self.shape, :, axis]) for axis in range(3)], axis=2)
        direct = np.einsum("sm,fm,ma->mafs", rises, radially, units) + np.einsum("sm,fma->mafs", curves, sideways)
        turns[np.arange(len(cloud.i)), :, cloud.others] += direct
        return self._gathered(batch, *self._spread(cloud, energies, turns), labels=False)

    def slope(self, batch: Batch, radial: FloatArray, linear: FloatArray, push: Parts, v: FloatArray) -> FloatArray:
        """Derivative of Σ push · residuals by the radial coefficients, ξ fixed."""
        cloud, roots = batch.cloud, np.sqrt(batch.weights)
        share = (push[0] * roots / cloud.sizes)[cloud.structure]
        pushed = push[1].reshape(-1, 3) * roots[cloud.structure][:, None]
        direction = pushed[cloud.i] - pushed[cloud.j]
        if self.stress:
            strain = push[2].reshape(-1, 3, 3) * (roots / batch.volumes)[:, None, None]
            direction += np.einsum("ma,mab->mb", cloud.vectors, strain[cloud.structure[cloud.i]])
        values, slopes = cloud.functions(radial)
        units, angular, turned = cloud.angular
        outward = (units * direction).sum(axis=1)
        sideways = np.einsum("sma,ma->sm", turned, direction)[self.shape]
        shaped = angular[self.shape]
        along = cloud.sums(slopes[self.mu] * outward * shaped + values[self.mu] * sideways)
        adjoint = self.program.adjoint(v, linear[self.kinds :])
        two = adjoint[: self.program.basics]
        one = share * two + self.program.curved(v, adjoint, along[:, :, None])[..., 0]
        one, two = one[:, cloud.i], two[:, cloud.i]
        gather = self.mu == np.arange(radial.shape[2])[:, None]
        by_value, by_slope = gather @ (one * shaped + two * sideways), gather @ (two * shaped * outward)
        made = np.zeros_like(radial)
        curves, rises = cloud.curves
        first, second = cloud.pair_kind
        for a in range(self.kinds):
            for b in range(self.kinds):
                own = (first == a) & (second == b)
                made[a, b] = by_value[:, own] @ curves[:, own].T + by_slope[:, own] @ rises[:, own].T
        return made

    def _moved(
        self, cloud: Cloud, values: FloatArray, slopes: FloatArray, first: int, count: int = _ATOMS_AT_ONCE
    ) -> tuple[slice, Places, FloatArray]:
        """Some atoms, where the rows of their pairs begin and end, and the derivatives of basic moments by the vectors (basics, 3 m)."""
        units, angular, turned = cloud.angular
        ends = cloud.starts[first : first + count + 1]
        pairs = slice(ends[0], ends[-1])
        moved = (slopes[:, pairs] * angular[:, pairs][self.shape])[..., None] * units[pairs]
        moved += values[:, pairs, None] * turned[:, pairs][self.shape]
        return slice(first, first + count), 3 * ends, moved.reshape(len(moved), -1)

    def _sums(self, cloud: Cloud) -> FloatArray:
        """Σ T_β(r) x̂^x ŷ^y ẑ^z over neighbours of each element (kinds, size, shapes, n)."""
        curves, _ = cloud.curves
        _, angular, _ = cloud.angular
        return np.stack([[cloud.sums(angular * (curve * (cloud.others == kind))) for curve in curves] for kind in range(self.kinds)])

    def _spread(self, cloud: Cloud, energies: FloatArray, turns: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Columns of the element of each atom among those of all elements: (n, all) and (m, 3, all)."""
        m = len(cloud.i)
        if self.kinds == 1:
            return energies, turns.reshape(m, 3, -1)
        member = np.eye(self.kinds)
        wide = member[cloud.species][:, :, None] * energies[:, None]
        turned = member[cloud.species[cloud.i]][:, None, :, None] * turns.reshape(m, 3, 1, -1)
        return wide.reshape(len(energies), -1), turned.reshape(m, 3, -1)

    def _gathered(self, batch: Batch, energies: FloatArray, per_pair: FloatArray, *, labels: bool) -> Parts:
        """Weighted rows from what belongs to atoms (n, k₁) and to pairs (m, 3, k₂); with labels the labels behind, and columns in front
        where k₂ is less. 0 where a label is missing."""
        cloud, front = batch.cloud, energies.shape[1] - per_pair.shape[2]
        k = per_pair.shape[2]
        found = [np.add.reduceat(energies, np.cumsum(cloud.sizes) - cloud.sizes, axis=0), cloud.forces(per_pair).reshape(-1, k)]
        found.append((cloud.strains(per_pair) / batch.volumes[:, None, None, None]).reshape(-1, k) if self.stress else np.zeros((0, k)))
        given = (batch.energies, batch.forces, batch.stress if self.stress else np.zeros(0))
        spread = (batch.weights, np.repeat(batch.weights[cloud.structure], 3), np.repeat(batch.weights, 9))
        made = []
        for n, (part, label) in enumerate(zip(found, given, strict=True)):
            columns: Sequence[FloatArray] = [part] if n == 0 else [np.zeros((len(part), front)), part]
            rows = np.concatenate([*columns, label.reshape(-1, 1)] if labels else columns, axis=1)
            if n == 0:
                rows /= cloud.sizes[:, None]
            rows *= np.sqrt(spread[n][: len(rows), None])
            rows[~np.isfinite(label.ravel())] = 0.0
            made.append(rows)
        return made[0], made[1], made[2]
