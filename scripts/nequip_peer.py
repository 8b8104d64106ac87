"""The nequip package as a peer: its model, called directly in a plain loop of ours, without Lightning, which would only slow it down.

Same architecture, loss, optimiser, batches and running average of weights as `e3viz.potentials`; eager mode, float32. The embedding
of elements differs: nequip's self-connections see a learnt vector per element, ours see the element itself, as in the paper.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from e3viz.atoms.ase_atoms import to_ase
from e3viz.atoms.elements import SYMBOLS
from e3viz.atoms.structure import Structure
from e3viz.potentials.gradient import GradientFit
from e3viz.potentials.nequip import Layer, NequIP, Network, Settings


class NequipPeer:
    """A model of the nequip package with the architecture, scales and shifts of one of our fits, and a training step."""

    def __init__(self, fit: GradientFit, seed: int) -> None:
        warnings.simplefilter("ignore")
        from nequip.model import NequIPGNNModel
        from nequip.utils.global_state import set_global_state

        set_global_state()
        settings = fit.settings
        assert isinstance(settings, Settings)
        self.settings = settings
        self.names = [SYMBOLS[z] for z in fit.card.elements]
        neighbours = sum(2 * len(g.i) for g in fit.graphs) / sum(len(g.species) for g in fit.graphs)
        references = [fit.data.references.get(z, 0.0) for z in fit.card.elements]
        shifts = fit.shift + np.array(references)
        self.model: Any = NequIPGNNModel(
            seed=seed,
            model_dtype=settings.dtype,
            type_names=self.names,
            r_max=settings.r_max,
            num_layers=settings.layers,
            l_max=settings.l_max,
            parity=settings.odd,
            num_features=settings.channels,
            num_bessels=settings.bessels,
            polynomial_cutoff_p=settings.cutoff_power,
            radial_mlp_depth=settings.radial_layers,
            radial_mlp_width=settings.radial_width,
            avg_num_neighbors=neighbours,
            per_type_energy_scales=float(fit.model.scale[0]),
            per_type_energy_shifts=dict(zip(self.names, shifts.tolist(), strict=True)),
        ).to(settings.device)
        self.parameters = [p for p in self.model.parameters() if p.requires_grad]
        self.average = [p.detach().clone() for p in self.parameters]
        self.optimiser = torch.optim.Adam(self.parameters, lr=settings.learning_rate)
        self.steps = 0

    def prepare(self, structures: Sequence[Structure]) -> list[dict[str, Any]]:
        """Structures with neighbour lists, as the package wants them."""
        from nequip.data import from_ase
        from nequip.data.transforms import ChemicalSpeciesToAtomTypeMapper, NeighborListTransform

        species, near = ChemicalSpeciesToAtomTypeMapper(model_type_names=self.names), NeighborListTransform(r_max=self.settings.r_max)
        found = []
        for structure in structures:
            atoms = to_ase(structure)
            results = atoms.calc.results
            atoms.calc.results = {"energy": results["energy"], "forces": results["forces"]}
            found.append(near(species(from_ase(atoms))))
        return found

    def batch(self, prepared: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Several structures as one input."""
        from nequip.data import AtomicDataDict

        together = AtomicDataDict.batched_from_list(list(prepared))
        return {name: value.to(self.settings.device) if isinstance(value, torch.Tensor) else value for name, value in together.items()}

    def step(self, batch: dict[str, Any]) -> float:
        """One training step; the loss."""
        energy, forces = batch["total_energy"], batch["forces"]
        out = self.model(dict(batch))
        per_atom = (out["total_energy"] - energy) / batch["num_atoms"][:, None]
        loss = (
            self.settings.energy_weight * per_atom.square().mean() + self.settings.forces_weight * (out["forces"] - forces).square().mean()
        )
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.steps += 1
        share = min(self.settings.average, (1.0 + self.steps) / (10.0 + self.steps))
        torch._foreach_lerp_(self.average, [p.detach() for p in self.parameters], 1.0 - share)
        return float(loss.detach())

    def predict(self, batch: dict[str, Any]) -> tuple[torch.Tensor, torch.Tensor]:
        """Energies (b,) and forces (n, 3)."""
        out = self.model(dict(batch))
        return out["total_energy"].detach().flatten(), out["forces"].detach()

    def use_average(self) -> None:
        """Put the running average in the place of the weights."""
        for parameter, average in zip(self.parameters, self.average, strict=True):
            parameter.data = average
        self.model.eval()


def same_weights(fit: GradientFit, peer: NequipPeer) -> NequIP:
    """Our network with the very weights of the package's: both must then say the same. For features of natural parity."""
    theirs = {name.removeprefix("model.func."): p.detach().cpu().double().numpy() for name, p in peer.model.named_parameters()}
    gain = next(float(m.cst) for m in peer.model.modules() if type(m).__name__ == "normalize2mom")  # of SiLU, measured by e3nn
    neighbours = sum(2 * len(g.i) for g in fit.graphs) / sum(len(g.species) for g in fit.graphs)
    kinds, c = theirs["type_embed.embed_module.weight"], fit.settings.channels  # type: ignore[attr-defined]
    ours = {"network.embedding": kinds, "network.readout": theirs["per_atom_energy_readout.mlp_module.mlp.0.weight"] * gain / np.sqrt(c)}
    network = fit.model.network
    assert isinstance(network, Network)
    for place, layer in enumerate(network.layers):
        assert isinstance(layer, Layer)
        conv, mine, before = f"layer{place}_convnet.conv", f"network.layers.{place}", gain if place else 1.0
        first = theirs[f"{conv}.linear_1.weight"].reshape(-1, c, c)
        ours[f"{mine}.first"] = first * before / np.sqrt(c * neighbours)
        for n, made in enumerate(layer.radial.matrices):
            matrix = theirs[f"{conv}.edge_mlp.mlp.{2 * n}.weight"] * np.sqrt((2.0 if n else 1.0) / made.shape[0])
            if n + 1 == len(layer.radial.matrices):  # theirs are in the order of the loops over x, y and irreps, ours sorted by irrep
                loops = sorted(range(len(layer.product.paths)), key=lambda k: _loops(layer, k))
                sorted_paths = matrix.reshape(len(matrix), -1, c)
                matrix = np.empty_like(sorted_paths)
                matrix[:, loops] = sorted_paths
                matrix = matrix.reshape(len(matrix), -1)
            ours[f"{mine}.radial.matrices.{n}"] = matrix
        second, start = theirs[f"{conv}.linear_2.weight"], 0
        for n, made in enumerate(layer.second):
            ours[f"{mine}.second.{n}"] = second[start : start + made.numel()].reshape(made.shape) / np.sqrt(made.shape[0])
            start += made.numel()
        start = 0
        for n, made in enumerate(layer.own):
            size = c * kinds.shape[1] * made.shape[1]
            own = theirs[f"{conv}.sc.weight"][start : start + size].reshape(c, kinds.shape[1], made.shape[1])
            by_kind = np.einsum("uvw,zv->zuw", own, kinds) * before / np.sqrt(c * kinds.shape[1])
            ours[f"{mine}.own.{n}"] = by_kind.reshape(made.shape)
            start += size
    scale = {"scale": fit.model.scale.cpu().numpy(), "shift": fit.shift}
    return NequIP.from_arrays(fit.card, {**ours, **scale})


def _loops(layer: Layer, path: int) -> tuple[int, int, int]:
    one = layer.product.paths[path]
    return one.x, one.y, one.out.l
