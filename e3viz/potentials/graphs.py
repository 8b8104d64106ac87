"""Structures as graphs for networks: atoms and the edges between those nearer than the cutoff, several structures in one batch.

A pair (i, j) carries the vector from i to j (Å), through periodic boundaries, and stands for two edges: one that brings what j is to
i, and one back. A network sees nothing but species and these vectors, so that with f = ∂E/∂vector the forces are sums of f over pairs,
and the derivative by a strain ε (vector → vector (1 + ε)) is Σ vector ⊗ f: the stress times the volume. It sees the vectors only as
functions of the distance and harmonics of the direction, which bring their derivatives along: so f is one step of back-propagation up
to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Protocol
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor

from e3viz.atoms.neighbours import Neighbours, cell_volume, neighbours
from e3viz.atoms.structure import Structure
from e3viz.errors import UserError

_NEAREST = 1e-3
_KEPT_ATOMS = 2000


@dataclass(frozen=True, eq=False)
class Graphs:
    """One structure or several as one graph without edges between them.

    species: places in the elements of the potential (n,); owner: structure of each atom (n,); sizes: atoms per structure (b,); i, j:
    atoms of pairs (m,); vectors: Å (m, 3); volumes: Å³ (b,), NaN unless periodic along all three lattice vectors. Labels, NaN where
    missing: energy without the references, eV (b,); forces: eV/Å (n, 3); stress: eV/Å³ (b, 3, 3).
    """

    species: Tensor
    owner: Tensor
    sizes: Tensor
    i: Tensor
    j: Tensor
    vectors: Tensor
    volumes: Tensor
    energy: Tensor
    forces: Tensor
    stress: Tensor

    def __len__(self) -> int:
        return len(self.sizes)

    @cached_property
    def source(self) -> Tensor:
        """Where each edge begins (2m,): all pairs, then all of them turned round."""
        return torch.cat([self.j, self.i])

    @cached_property
    def target(self) -> Tensor:
        """Where each edge ends (2m,)."""
        return torch.cat([self.i, self.j])

    def to(self, dtype: torch.dtype, device: str) -> Graphs:
        """The same in another precision, on another device."""
        own = ((one.name, getattr(self, one.name)) for one in fields(self))
        moved = {n: t.to(device=device, dtype=dtype if t.is_floating_point() else t.dtype) for n, t in own}
        return Graphs(**moved)


@dataclass(frozen=True, eq=False)
class Curve:
    """Functions of the distance of every pair. value: (m, k); slope: their derivatives, 1/Å (m, k)."""

    value: Tensor
    slope: Tensor

    def __mul__(self, other: Curve) -> Curve:
        return Curve(self.value * other.value, self.slope * other.value + self.value * other.slope)


@dataclass(frozen=True, eq=False)
class PairTerms:
    """What a network is told of pairs. curves: functions of the distance; direction: unit vectors (m, 3); harmonics: (m, k), with
    `turn`, their derivatives by the vector, 1/Å (m, k, 3)."""

    curves: tuple[Curve, ...]
    direction: Tensor
    harmonics: Tensor
    turn: Tensor

    def derivative(self, energies: Tensor, *, differentiable: bool) -> Tensor:
        """∂ΣE/∂vector (m, 3)."""
        inputs = [*(curve.value for curve in self.curves), self.harmonics]
        *slopes, turned = torch.autograd.grad(energies.sum(), inputs, create_graph=differentiable, materialize_grads=True)
        along = sum((g * c.slope).sum(1, keepdim=True) for g, c in zip(slopes, self.curves, strict=True))
        return torch.addcmul(torch.bmm(turned[:, None, :], self.turn)[:, 0], self.direction, torch.as_tensor(along))


class Network(Protocol):
    """Energies of atoms (n,) from what it makes of pairs."""

    def terms(self, vectors: Tensor) -> PairTerms:
        """What this network is told of pairs with these vectors, Å (m, 3)."""

    def __call__(self, terms: PairTerms, graphs: Graphs) -> Tensor:
        """Energies of atoms, eV (n,)."""


@dataclass(frozen=True, eq=False)
class Response:
    """What a network says of a batch. energies: of atoms, eV (n,); energy: eV (b,); forces: eV/Å (n, 3); stress: eV/Å³ (b, 3, 3)."""

    energies: Tensor
    energy: Tensor
    forces: Tensor
    stress: Tensor


def graph(structure: Structure, elements: Sequence[int], r_max: float, shift: float | None = None) -> Graphs:
    """A structure as a graph in float64; shift: energy (eV) to take off its label, None to leave the labels out and to remember its
    neighbours, as for what is predicted again and again. Raises UserError where two atoms coincide."""
    near = _near(structure, r_max) if shift is None else neighbours(structure, r_max, full=False)
    n, volume = len(structure), cell_volume(structure)
    if len(near) and near.distances.min() < _NEAREST:
        i, j = (int(a[near.distances.argmin()]) for a in (near.i, near.j))
        raise UserError(f"Atoms {i} and {j} lie at the same place.", "Remove one of them, or check the positions and the cell.")
    labels = Structure(structure.numbers, structure.positions) if shift is None else structure
    forces, stress = labels.arrays.get("forces"), None if volume is None else labels.values.get("stress")
    return Graphs(
        torch.from_numpy(np.searchsorted(np.asarray(elements), structure.numbers)),
        torch.zeros(n, dtype=torch.int64),
        torch.tensor([n]),
        torch.from_numpy(near.i),
        torch.from_numpy(near.j),
        torch.from_numpy(near.vectors),
        torch.tensor([np.nan if volume is None else volume], dtype=torch.float64),
        torch.tensor([float(labels.values.get("energy", np.nan)) - (shift or 0.0)], dtype=torch.float64),
        torch.full((n, 3), np.nan, dtype=torch.float64) if forces is None else torch.tensor(forces, dtype=torch.float64),
        torch.full((1, 3, 3), np.nan, dtype=torch.float64) if stress is None else torch.tensor(stress, dtype=torch.float64)[None],
    )


def together(graphs: Sequence[Graphs]) -> Graphs:
    """Graphs of single structures as one."""
    if len(graphs) == 1:
        return graphs[0]
    sizes = [len(g.species) for g in graphs]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).tolist()
    device = graphs[0].species.device
    return Graphs(
        torch.cat([g.species for g in graphs]),
        torch.repeat_interleave(torch.tensor(sizes, device=device)),
        torch.tensor(sizes, device=device),
        torch.cat([g.i + start for g, start in zip(graphs, starts, strict=True)]),
        torch.cat([g.j + start for g, start in zip(graphs, starts, strict=True)]),
        *(torch.cat([getattr(g, name) for g in graphs]) for name in ("vectors", "volumes", "energy", "forces", "stress")),
    )


def respond(network: Network, graphs: Graphs, *, differentiable: bool = False, stress: bool = True) -> Response:
    """Energies, forces and stress (NaN unless asked for); differentiable: by the weights of the network, for training."""
    with torch.set_grad_enabled(differentiable):
        terms = network.terms(graphs.vectors)
    for leaf in (*(curve.value for curve in terms.curves), terms.harmonics):
        if not leaf.requires_grad:
            leaf.requires_grad_()
    with torch.enable_grad():
        energies = network(terms, graphs)
        f = terms.derivative(energies, differentiable=differentiable)
    with torch.set_grad_enabled(differentiable):
        forces = f.new_zeros(len(energies), 3).index_add_(0, graphs.i, f).index_add_(0, graphs.j, -f)
        energy = energies.new_zeros(len(graphs)).index_add_(0, graphs.owner, energies)
        return Response(energies, energy, forces, _stress(graphs, f, stress))


def _stress(graphs: Graphs, f: Tensor, wanted: bool) -> Tensor:
    molecules = graphs.volumes.isnan()
    if not wanted or bool(molecules.all()):
        return graphs.stress.new_full((len(graphs), 3, 3), torch.nan)
    virial = (graphs.vectors[:, :, None] * f[:, None, :]).flatten(1)
    strain = virial.new_zeros(len(graphs), 9).index_add_(0, graphs.owner[graphs.i], virial).view(-1, 3, 3)
    volumes = graphs.volumes.nan_to_num(1.0)[:, None, None]  # dividing by NaN would spoil the gradient of the whole batch
    return torch.where(molecules[:, None, None], torch.nan, (strain + strain.transpose(1, 2)) / (2.0 * volumes))


def average_neighbours(graphs: Sequence[Graphs]) -> float:
    """Neighbours per atom; at least 1, since sums are divided by its root."""
    return max(1.0, 2 * sum(len(g.i) for g in graphs) / max(1, sum(len(g.species) for g in graphs)))


_known: WeakKeyDictionary[Structure, tuple[float, Neighbours]] = WeakKeyDictionary()
"""Neighbour lists of structures that are still in use: a validation set is predicted after every epoch."""


def _near(structure: Structure, r_max: float) -> Neighbours:
    known = _known.get(structure)
    if known is None or known[0] != r_max:
        known = r_max, neighbours(structure, r_max, full=False)
        if len(structure) <= _KEPT_ATOMS:
            _known[structure] = known
    return known[1]
