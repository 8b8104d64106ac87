"""The fit of a moment tensor potential by variable projection (G. Golub and V. Pereyra, SIAM J. Numer. Anal. 1973, 10, 413).

For given radial coefficients c the linear coefficients ξ have an exact solution ξ(c), so only c is searched, on the loss
F(c) = min_ξ L(c, ξ). Where ξ is optimal ∂L/∂ξ = 0, hence ∇F is ∂L/∂c at fixed ξ, which one backward pass through moments gives. Steps are
those of Levenberg and Marquardt (Nocedal and Wright 2006, 10.3) with the curvature of L. Kaufman (BIT 1975, 15, 49): JᵀJ, J the derivatives
of residuals by c without what ξ can undo. An epoch is one step; how much steps are damped is part of the state. Low levels, where steps
cost little, come first: the radial functions that they leave are a good beginning for higher ones.
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
from e3viz.potentials.mtp_rows import Rows
from e3viz.potentials.settings import plain

_KEPT_BYTES = 600_000_000
_FIRST_DAMPING, _LEAST_DAMPING, _TRIES, _LOOK_BACK = 1e-2, 1e-7, 10, 4
_ROWS_PER_COLUMN = 12.0
"""Forces in the sample that tells the curvature, for each coefficient."""
_FEWEST = 4
"""It is at least this part of all structures, for no kind of structure should be missed: one in four."""
_LADDER = (8, 12, 16, 20, 24)
_EASY, _LOW_SHARE = 1e-3, 0.6
"""On lower levels steps end when they lower the loss by less than this share, or have used up this part of all epochs."""
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
        shortest = settings.r_min or shortest_distance(data.train, settings.r_max)
        if shortest >= settings.r_max:
            raise UserError(f"mtp: r_min = {shortest:g} Å is not below r_max = {settings.r_max:g} Å.", "Choose a longer cutoff.")
        self.span = RadialBasis(settings.radial, shortest, settings.r_max)
        self.card = Card("mtp", data.elements, settings.r_max, plain(settings), dict(data.references))
        self.weights = (settings.energy_weight, settings.forces_weight, settings.stress_weight)
        every, some = len(data.train), settings.refine_on
        fewer = some if 0 < some < every else every
        lower = [level for level in _LADDER if level < settings.level]
        self.patience = int(_LOW_SHARE * settings.epochs / max(1, len(lower)))
        lower = lower if self.patience > 1 else []
        self.rungs = [*((level, fewer) for level in lower), (settings.level, fewer), *([(settings.level, every)] if fewer < every else [])]
        self.point: _Point | None = None
        self.losses: FloatArray = np.zeros(0)
        self.radial = self._start()
        self._climb(0)

    def epoch(self) -> Mapping[str, float]:
        """Solve for the linear coefficients, or make one step of the radial ones."""
        if self.point is not None and not self.done and self._settled():
            self._climb(self.rung + 1)
        if self.point is None:
            self.point = self._at(self.radial[:, :, : self.functions])
        elif not self.done:
            self._step(self.point)
        self.epochs += 1
        self.radial[:, :, : self.functions] = self.point.radial
        self.losses = np.append(self.losses, self.point.loss)
        energy, force, _ = self.point.errors
        norm = float(np.linalg.norm(self.point.slope))
        return {"loss": self.point.loss, "gradient_norm": norm, "energy_rmse_per_atom": energy**0.5, "forces_rmse": force**0.5}

    @property
    def done(self) -> bool:
        """After the last epoch, or when steps hardly lower the loss any more; refined on some structures, when all were taken in and as
        many steps were made on all of them as were asked for."""
        return self.rung == len(self.rungs) - 1 and self._settled()

    def potential(self) -> MtpPotential:
        """See the contract. Of the level of the settings from the beginning: the scalars of lower levels are its first."""
        kinds, basis = len(self.card.elements), moment_basis(self.settings.level)
        linear = np.zeros(kinds + len(basis.scalars))
        if self.point is not None:
            linear[: len(self.point.linear)] = self.point.linear
        return MtpPotential(self.card, MtpModel(basis, self.span, self.radial.copy(), linear[:kinds], linear[kinds:]))

    def state(self) -> dict[str, NDArray[Any]]:
        """See the contract."""
        counts = np.array([self.epochs, int(self.stuck), int(self.point is not None), *self.rungs[self.rung]], dtype=np.int64)
        arrays = {"radial": self.radial.copy(), "damping": np.array(self.damping), "losses": self.losses.copy()}
        if self.point is not None:
            numbers = np.array([self.point.loss, *self.point.errors])
            arrays |= {"slope": self.point.slope.copy(), "linear": self.point.linear.copy(), "numbers": numbers}
        return {**arrays, "counts": counts}

    def restore(self, state: Arrays) -> None:
        """See the contract."""
        if not {"radial", "damping"} <= set(state) or state["radial"].shape != self.radial.shape:
            raise UserError("This checkpoint belongs to another mtp potential.", "Go on with the settings and elements it was made with.")
        counts = [int(count) for count in state["counts"]]
        same = [n for n, rung in enumerate(self.rungs) if rung == (counts[3], counts[4])]
        self._climb(same[-1] if same else 0)
        self.radial, self.losses, self.damping = np.array(state["radial"]), np.array(state["losses"]), float(state["damping"])
        self.epochs, self.stuck, self.point = counts[0], bool(counts[1]), None
        if counts[2] and same:
            loss, *errors = (float(x) for x in state["numbers"])
            slope, linear = np.array(state["slope"]), np.array(state["linear"])
            self.point = _Point(self.radial[:, :, : self.functions].copy(), loss, slope, linear, (errors[0], errors[1], errors[2]))

    def _settled(self) -> bool:
        """Whether steps on this rung have done what they can."""
        low = self.rungs[self.rung][0] < self.settings.level
        if self.point is None:
            return False
        if self._finishing:
            over = len(self.losses) > self.settings.finish
        else:
            over = self.epochs >= self.settings.epochs or (low and len(self.losses) >= self.patience)
        if self.stuck or over:
            return True
        share = max(self.settings.tolerance, _EASY) if low else self.settings.tolerance
        return len(self.losses) > _LOOK_BACK and bool(
            self.losses[-1 - _LOOK_BACK] - self.losses[-1] <= _LOOK_BACK * share * self.losses[-1]
        )

    @property
    def _finishing(self) -> bool:
        """Whether this rung takes in all structures after some: it has a number of steps of its own."""
        return self.rung > 0 and self.rung == len(self.rungs) - 1 and self.rungs[-1][0] == self.rungs[-2][0]

    def _climb(self, rung: int) -> None:
        """Go to another level, or to more structures. Radial functions that the level has in common with the one before are kept."""
        level, count = self.rungs[rung]
        basis = moment_basis(level)
        mu = basis.basic[:, 0].astype(np.int64)
        self.rung, self.functions = rung, int(mu.max()) + 1
        self.rows = Rows(MomentProgram(basis), mu, shape_places(basis), len(self.card.elements), self.settings.stress_weight > 0.0)
        self._gather(Batching(self.card.elements, moment_shapes(basis), self.span, self.card.references), count)
        self.point, self.stuck, self.damping = None, False, _FIRST_DAMPING
        self.losses = np.zeros(0)

    def _gather(self, batching: Batching, count: int) -> None:
        """Make batches of all training structures, or of so many evenly spread ones."""
        every, total = self.data.train, len(self.data.train)
        weights = np.ones(total) if self.data.weights is None else np.asarray(self.data.weights, dtype=float)
        chosen = np.linspace(0, total - 1, count).round().astype(np.int64)
        self.batches = list(batching.of([every[int(n)] for n in chosen], weights[chosen]))
        self.totals = label_weights(self.batches)
        kinds = len(self.card.elements)
        columns = kinds + len(self.rows.program.basis.scalars) + kinds**2 * self.functions * self.settings.radial
        sizes = np.cumsum([len(batch.cloud.species) for batch in self.batches])
        step = int(np.clip(sizes[-1] // (_ROWS_PER_COLUMN / 3.0 * columns), 1, _FEWEST))
        self.sample = self.batches[::step]
        if not any(total and weight for total, weight in zip(self.totals, self.weights, strict=True)):
            raise UserError("No label that the training structures carry has a weight.", "Give energies, forces or stress a weight.")

    def _step(self, here: _Point) -> None:
        """One step of Levenberg and Marquardt; where none lowers the loss the fit is done."""
        curvature, scale = self._curvature(here)
        slope = here.slope.ravel()
        for _ in range(_TRIES):
            held = self.damping * scale
            step = -np.linalg.solve(curvature + np.diag(held), 0.5 * slope)
            there = self._at(here.radial + step.reshape(here.radial.shape))
            if there.loss < here.loss:
                foreseen = float(step @ (held * step - 0.5 * slope))
                share = (here.loss - there.loss) / foreseen
                self.damping = max(self.damping * (0.2 if share > 0.5 else 1.0), _LEAST_DAMPING)
                self.point = there
                return
            self.damping *= 4.0
        self.stuck = True

    def _at(self, radial: FloatArray) -> _Point:
        """Loss and slope at radial coefficients, with the linear coefficients that are best there."""
        triangles = [Triangle(len(self.card.elements) + len(self.rows.program.basis.scalars) + 1) for _ in _PARTS]
        kept = []
        for n, batch in enumerate(self._all(self.batches)):
            task.report(n, 2 * len(self.batches), f"Epoch {self.epochs + 1}")
            kept.append(self.rows.of(batch, radial))
            for weight, triangle, part in zip(self.weights, triangles, kept[-1][0], strict=True):
                if weight and len(part):
                    triangle.add(part)
        for triangle, total in zip(triangles, self.totals, strict=True):
            triangle.total = total
        linear = solve(triangles, self.weights, self.settings.ridge, len(self.card.elements))
        extended, errors, slope = np.append(linear, -1.0), np.zeros(3), np.zeros_like(radial)
        scale = [2.0 * w / total if total else 0.0 for w, total in zip(self.weights, self.totals, strict=True)]
        for n, (batch, (rows, v)) in enumerate(zip(self._all(self.batches), kept, strict=True)):
            task.report(len(self.batches) + n, 2 * len(self.batches), f"Epoch {self.epochs + 1}")
            left = [part @ extended for part in rows]
            errors += [float(e @ e) / total if total else 0.0 for e, total in zip(left, self.totals, strict=True)]
            energies, forces, stress = (factor * e for factor, e in zip(scale, left, strict=True))
            slope += self.rows.slope(batch, radial, linear, (energies, forces, stress), v)
        loss = float(np.dot(self.weights, errors))
        if not np.isfinite(loss) or not np.isfinite(slope).all():
            raise UserError(f"The loss stopped being a finite number in epoch {self.epochs + 1}.", "Look for odd labels in the data.")
        return _Point(radial, loss, slope, linear, (float(errors[0]), float(errors[1]), float(errors[2])))

    def _curvature(self, here: _Point) -> tuple[FloatArray, FloatArray]:
        """JᵀJ of the residuals from which all that ξ can undo has been taken, and the diagonal of JᵀJ before that: of a sample of structures
        that is large enough to know the curvature, for the loss and its slope are known exactly."""
        totals = label_weights(self.sample)
        parts = [n for n in range(3) if self.weights[n] and totals[n]]
        columns, bends = [], []
        for n, batch in enumerate(self._all(self.sample)):
            task.report(n, len(self.sample), f"Epoch {self.epochs + 1}")
            rows, v = self.rows.of(batch, here.radial)
            bent = self.rows.by_radial(batch, here.radial, here.linear, v)
            roots = [np.sqrt(self.weights[k] / totals[k]) for k in parts]
            columns += [root * rows[k][:, :-1] for root, k in zip(roots, parts, strict=True)]
            bends += [root * bent[k] for root, k in zip(roots, parts, strict=True)]
        a, j = np.concatenate(columns), np.concatenate(bends)
        size = np.linalg.norm(a, axis=0)
        a /= np.where(size > 0.0, size, 1.0)
        apart = j - a @ np.linalg.lstsq(a, j, rcond=1e-10)[0]
        scale = (j**2).sum(axis=0)
        return apart.T @ apart, np.maximum(scale, 1e-12 * scale.max())

    def _start(self) -> FloatArray:
        """Radial functions to begin with: Chebyshev polynomials in order, a little different for each pair of elements."""
        kinds, size = len(self.card.elements), self.settings.radial
        functions = int(moment_basis(self.settings.level).basic[:, 0].max()) + 1
        random = np.random.default_rng([self.data.seed, 12])
        plainly = np.eye(functions, size) + 0.5 * np.eye(functions, size, 1)
        made: FloatArray = plainly + 0.2 * random.normal(size=(kinds, kinds, functions, size))
        return made

    def _all(self, batches: Sequence[Batch]) -> Iterator[Batch]:
        """Batches, whose tables are kept where there is room for all of them."""
        pairs = sum(len(batch.cloud.i) for batch in self.batches)
        keep = pairs * 8 * (4 * (int(self.rows.shape.max()) + 1) + 2 * self.settings.radial + 10) < _KEPT_BYTES
        for batch in batches:
            yield batch if keep else replace(batch, cloud=replace(batch.cloud))
