"""The fit of a moment tensor potential by variable projection (G. Golub and V. Pereyra, SIAM J. Numer. Anal. 1973, 10, 413).

For given radial coefficients c the linear coefficients ξ have an exact solution ξ(c), so only c is searched: by L-BFGS (Nocedal and Wright
2006, 7.2) on the loss F(c) = min_ξ L(c, ξ). Where ξ is optimal ∂L/∂ξ = 0, hence ∇F is ∂L/∂c at fixed ξ, which one backward pass through
moments gives. An epoch is one step of L-BFGS; its short memory is part of the state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz import task
from e3viz.atoms.structure import FloatArray
from e3viz.errors import UserError
from e3viz.potentials.contract import Arrays, Card, Fit, FitData
from e3viz.potentials.least_squares import Triangle, solve
from e3viz.potentials.moment_pairs import RadialBasis
from e3viz.potentials.moment_program import MomentProgram
from e3viz.potentials.moments import moment_basis
from e3viz.potentials.mtp import MtpModel, MtpPotential, MtpSettings, moment_shapes, shape_places
from e3viz.potentials.mtp_batches import Batch, Batching, label_weights, shortest_distance
from e3viz.potentials.settings import plain

_ATOMS_AT_ONCE = 16
_KEPT_BYTES = 600_000_000
_MEMORY = 12
_PARTS = ("energy", "forces", "stress")


@dataclass(frozen=True, eq=False)
class _Point:
    """What is known at some radial coefficients: the loss, its slope by them, the best linear coefficients, mean squares of the parts."""

    radial: FloatArray
    loss: float
    slope: FloatArray
    linear: FloatArray
    errors: tuple[float, float, float]


class MtpFit(Fit):
    """A fit under way."""

    def __init__(self, settings: MtpSettings, data: FitData) -> None:
        if not data.train:
            raise UserError("There is nothing to fit to.", "Give at least one training structure.")
        self.settings, self.data = settings, data
        self.basis = moment_basis(settings.level)
        self.program = MomentProgram(self.basis)
        self.mu, self.shape = self.basis.basic[:, 0].astype(np.int64), shape_places(self.basis)
        shortest = settings.r_min or shortest_distance(data.train, settings.r_max)
        if shortest >= settings.r_max:
            raise UserError(f"mtp: r_min = {shortest:g} Å is not below r_max = {settings.r_max:g} Å.", "Choose a longer cutoff.")
        self.span = RadialBasis(settings.radial, shortest, settings.r_max)
        self.card = Card("mtp", data.elements, settings.r_max, plain(settings), dict(data.references))
        self.weights = (settings.energy_weight, settings.forces_weight, settings.stress_weight)
        self.batching = Batching(data.elements, moment_shapes(self.basis), self.span, self.card.references)
        self.refining = 0 < settings.refine_on < len(data.train)
        self._gather()
        self.point: _Point | None = None
        self.radial = self._start()
        self.steps = np.zeros((0, self.radial.size))
        self.changes = np.zeros((0, self.radial.size))
        self.losses = np.zeros(0)
        self.stuck = False

    def epoch(self) -> Mapping[str, float]:
        """Solve for the linear coefficients, or make one step of the radial ones."""
        if self.point is None:
            self.point = self._at(self.radial)
        elif self.refining and self._settled():
            self.refining = False
            self._gather()
            self.point = self._at(self.radial)
        elif not self.done:
            self._step(self.point)
        self.epochs += 1
        self.radial = self.point.radial
        self.losses = np.append(self.losses, self.point.loss)
        energy, force, _ = self.point.errors
        norm = float(np.linalg.norm(self.point.slope))
        return {"loss": self.point.loss, "gradient_norm": norm, "energy_rmse_per_atom": energy**0.5, "forces_rmse": force**0.5}

    @property
    def done(self) -> bool:
        """After the last epoch, or when steps hardly lower the loss any more; refined on some structures, when all were taken in."""
        some = 0 < self.settings.refine_on < len(self.data.train)
        return not self.refining and (some or self._settled())

    def potential(self) -> MtpPotential:
        """See the contract."""
        kinds = len(self.card.elements)
        linear = np.zeros(kinds + len(self.basis.scalars)) if self.point is None else self.point.linear
        return MtpPotential(self.card, MtpModel(self.basis, self.span, self.radial, linear[:kinds], linear[kinds:]))

    def state(self) -> dict[str, NDArray[Any]]:
        """See the contract."""
        counts = np.array([self.epochs, int(self.stuck), int(self.point is not None), int(self.refining)], dtype=np.int64)
        arrays = {"radial": self.radial.copy(), "steps": self.steps.copy(), "changes": self.changes.copy(), "losses": self.losses.copy()}
        if self.point is not None:
            numbers = np.array([self.point.loss, *self.point.errors])
            arrays |= {"slope": self.point.slope.copy(), "linear": self.point.linear.copy(), "numbers": numbers}
        return {**arrays, "counts": counts}

    def restore(self, state: Arrays) -> None:
        """See the contract."""
        if "radial" not in state or state["radial"].shape != self.radial.shape:
            raise UserError("This checkpoint belongs to another mtp potential.", "Go on with the settings and elements it was made with.")
        self.radial, self.steps, self.changes, self.losses = (np.array(state[name]) for name in ("radial", "steps", "changes", "losses"))
        self.epochs, self.stuck = int(state["counts"][0]), bool(state["counts"][1])
        if self.refining and not state["counts"][3]:
            self.refining = False
            self._gather()
        self.point = None
        if state["counts"][2]:
            loss, *errors = (float(x) for x in state["numbers"])
            slope, linear = np.array(state["slope"]), np.array(state["linear"])
            self.point = _Point(self.radial, loss, slope, linear, (errors[0], errors[1], errors[2]))

    def _settled(self) -> bool:
        if self.stuck or self.epochs >= self.settings.epochs:
            return True
        return len(self.losses) > 10 and bool(self.losses[-11] - self.losses[-1] <= 10 * self.settings.tolerance * self.losses[-1])

    def _gather(self) -> None:
        """Make batches of all training structures, or of those evenly spread ones on which radial functions are refined."""
        every, total = self.data.train, len(self.data.train)
        weights = np.ones(total) if self.data.weights is None else np.asarray(self.data.weights, dtype=float)
        chosen = np.arange(total)
        if self.refining:
            chosen = np.linspace(0, total - 1, self.settings.refine_on).round().astype(np.int64)
        self.batches = list(self.batching.of([every[int(n)] for n in chosen], weights[chosen]))
        self.totals = label_weights(self.batches)
        if not any(total and weight for total, weight in zip(self.totals, self.weights, strict=True)):
            raise UserError("No label that the training structures carry has a weight.", "Give energies, forces or stress a weight.")

    def _step(self, here: _Point) -> None:
        """One step of L-BFGS with a line search that halves; where it finds nothing better the fit is done."""
        direction = self._direction(here.slope.ravel()).reshape(here.radial.shape)
        rise = float((direction * here.slope).sum())
        if rise >= 0.0:
            self.steps, self.changes = self.steps[:0], self.changes[:0]
            direction = -here.slope
            rise = -float((here.slope**2).sum())
        size = 1.0
        if not len(self.steps):
            size = 0.1 * float(np.linalg.norm(here.radial)) / max(float(np.linalg.norm(direction)), 1e-300)
        for _ in range(12):
            there = self._at(here.radial + size * direction)
            if there.loss <= here.loss + 1e-4 * size * rise:
                step, change = (there.radial - here.radial).ravel(), (there.slope - here.slope).ravel()
                if step @ change > 1e-12 * np.linalg.norm(step) * np.linalg.norm(change):
                    self.steps = np.concatenate([self.steps, step[None]])[-_MEMORY:]
                    self.changes = np.concatenate([self.changes, change[None]])[-_MEMORY:]
                self.point = there
                return
            size *= 0.4
        self.stuck = True

    def _direction(self, slope: FloatArray) -> FloatArray:
        """Minus the slope times the inverse curvature that the last steps have shown."""
        q, shares = slope.copy(), []
        for s, y in zip(self.steps[::-1], self.changes[::-1], strict=True):
            shares.append(float(s @ q) / float(s @ y))
            q -= shares[-1] * y
        if len(self.steps):
            s, y = self.steps[-1], self.changes[-1]
            q *= float(s @ y) / float(y @ y)
        for s, y, share in zip(self.steps, self.changes, reversed(shares), strict=True):
            q += (share - float(y @ q) / float(s @ y)) * s
        return -q

    def _at(self, radial: FloatArray) -> _Point:
        """Loss and slope at radial coefficients, with the linear coefficients that are best there."""
        triangles = [Triangle(len(self.card.elements) + len(self.basis.scalars) + 1) for _ in _PARTS]
        kept = []
        for n, batch in enumerate(self._all()):
            task.report(n, 2 * len(self.batches), f"Epoch {self.epochs + 1}")
            kept.append(self._rows(batch, radial))
            for weight, triangle, part in zip(self.weights, triangles, kept[-1], strict=False):
                if weight and len(part):
                    triangle.add(part)
        for triangle, total in zip(triangles, self.totals, strict=True):
            triangle.total = total
        linear = solve(triangles, self.weights, self.settings.ridge, len(self.card.elements))
        extended, errors, slope = np.append(linear, -1.0), np.zeros(3), np.zeros_like(radial)
        for n, (batch, rows) in enumerate(zip(self._all(), kept, strict=True)):
            task.report(len(self.batches) + n, 2 * len(self.batches), f"Epoch {self.epochs + 1}")
            left = [part @ extended for part in rows[:3]]
            errors += [float(e @ e) / total if total else 0.0 for e, total in zip(left, self.totals, strict=True)]
            slope += self._slope(batch, radial, linear, left, rows[3])
        loss = float(np.dot(self.weights, errors))
        if not np.isfinite(loss) or not np.isfinite(slope).all():
            raise UserError(f"The loss stopped being a finite number in epoch {self.epochs + 1}.", "Look for odd labels in the data.")
        return _Point(radial, loss, slope, linear, (float(errors[0]), float(errors[1]), float(errors[2])))

    def _rows(self, batch: Batch, radial: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Weighted rows [A | b] for energies per atom, forces and stress, and all quantities of the program (count, n)."""
        cloud = batch.cloud
        values, slopes = cloud.functions(radial)
        units, angular, turned = cloud.angular
        values, slopes, shaped = values[self.mu], slopes[self.mu], angular[self.shape]
        v, k = self.program.values(cloud.sums(values * shaped)), len(self.basis.scalars)
        turns = np.empty((3 * len(cloud.i), k))
        for first in range(0, len(cloud.species), _ATOMS_AT_ONCE):  # few enough that what belongs to them stays in the cache
            atoms = slice(first, first + _ATOMS_AT_ONCE)
            ends = cloud.starts[first : first + _ATOMS_AT_ONCE + 1]
            pairs = slice(ends[0], ends[-1])
            moved = (slopes[:, pairs] * shaped[:, pairs])[..., None] * units[pairs]
            moved += values[:, pairs, None] * turned[:, pairs][self.shape]
            flat = moved.reshape(len(moved), -1)
            for jacobian, low, high in zip(self.program.jacobian(v[:, atoms]), 3 * ends[:-1], 3 * ends[1:], strict=True):
                np.matmul(flat[:, low - 3 * ends[0] : high - 3 * ends[0]].T, jacobian.T, out=turns[low:high])
        per_pair = turns.reshape(-1, 3, k)
        kinds, owner = len(self.card.elements), cloud.structure
        member = np.eye(kinds)[cloud.species]
        both = np.concatenate([member, v[self.basis.scalars].T], axis=1)
        energies = np.add.reduceat(both, np.cumsum(cloud.sizes) - cloud.sizes, axis=0)
        rows = [np.concatenate([energies, batch.energies[:, None]], axis=1) / cloud.sizes[:, None]]
        pulled = cloud.forces(per_pair).reshape(-1, k)
        rows.append(np.concatenate([np.zeros((len(pulled), kinds)), pulled, batch.forces.reshape(-1, 1)], axis=1))
        if self.weights[2]:
            strains = cloud.strains(per_pair) / batch.volumes[:, None, None, None]
            empty = np.zeros((9 * len(strains), kinds))
            rows.append(np.concatenate([empty, strains.reshape(-1, k), batch.stress.reshape(-1, 1)], axis=1))
        else:
            rows.append(np.zeros((0, kinds + k + 1)))
        spread = (batch.weights, np.repeat(batch.weights[owner], 3), np.repeat(batch.weights, 9))
        for n, part in enumerate(rows):
            known = np.isfinite(part[:, -1:])
            rows[n] = np.where(known, part * np.sqrt(spread[n][: len(part), None]), 0.0)
        return rows[0], rows[1], rows[2], v

    def _slope(self, batch: Batch, radial: FloatArray, linear: FloatArray, left: Sequence[FloatArray], v: FloatArray) -> FloatArray:
        """∂L/∂c at fixed linear coefficients; left: weighted residuals of the parts."""
        cloud, kinds = batch.cloud, len(self.card.elements)
        roots = np.sqrt(batch.weights)
        scale = [2.0 * w / total if total else 0.0 for w, total in zip(self.weights, self.totals, strict=True)]
        share = (scale[0] * left[0] * roots / cloud.sizes)[cloud.structure]
        push = (scale[1] * left[1]).reshape(-1, 3) * roots[cloud.structure][:, None]
        direction = push[cloud.i] - push[cloud.j]
        if len(left[2]):
            strain = (scale[2] * left[2]).reshape(-1, 3, 3) * (roots / batch.volumes)[:, None, None]
            direction += np.einsum("ma,mab->mb", cloud.vectors, strain[cloud.structure[cloud.i]])
        values, slopes = cloud.functions(radial)
        units, angular, turned = cloud.angular
        outward = (units * direction).sum(axis=1)
        sideways = np.einsum("sma,ma->sm", turned, direction)[self.shape]
        shaped = angular[self.shape]
        along = cloud.sums(slopes[self.mu] * outward * shaped + values[self.mu] * sideways)
        one, two = self.program.along(v, along, linear[kinds:], share)
        one, two = one[:, cloud.i], two[:, cloud.i]
        by_value, by_slope = one * shaped + two * sideways, two * shaped * outward
        made = np.zeros_like(radial)
        gather = self.mu == np.arange(radial.shape[2])[:, None]
        by_value, by_slope = gather @ by_value, gather @ by_slope
        curves, rises = cloud.curves
        first, second = cloud.pair_kind
        for a in range(kinds):
            for b in range(kinds):
                own = (first == a) & (second == b)
                made[a, b] = by_value[:, own] @ curves[:, own].T + by_slope[:, own] @ rises[:, own].T
        return made

    def _start(self) -> FloatArray:
        """Radial functions to begin with: Chebyshev polynomials in order, a little different for each pair of elements."""
        kinds, functions, size = len(self.card.elements), int(self.mu.max()) + 1, self.settings.radial
        random = np.random.default_rng([self.data.seed, 12])
        plainly = np.eye(functions, size) + 0.5 * np.eye(functions, size, 1)
        made: FloatArray = plainly + 0.2 * random.normal(size=(kinds, kinds, functions, size))
        return made

    def _all(self) -> Iterator[Batch]:
        """Batches, whose tables are kept where there is room for all of them."""
        pairs = sum(len(batch.cloud.i) for batch in self.batches)
        keep = pairs * 8 * (4 * len(moment_shapes(self.basis)) + 2 * self.settings.radial + 10) < _KEPT_BYTES
        for batch in self.batches:
            yield batch if keep else replace(batch, cloud=replace(batch.cloud))
