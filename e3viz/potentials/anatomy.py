"""What a trained NequIP is made of: the paths of its convolutions, their filters, how much of the message each carries, and the network
with some of them switched off.

Conventions: layers are counted from 1, as people say them; a path is features ⊗ harmonic → output, (layer, place) in the order of
`Contraction.paths`. A path is switched off by zeroing the last weights of its radial network, so that its filter vanishes at every
distance; self-connections stay.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch

from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError
from e3viz.potentials.contract import LayerFeatures, Potential
from e3viz.potentials.nequip import Layer, NequIP, Network
from e3viz.symmetry.irreps import Irrep


@dataclass(frozen=True, order=True)
class ConvolutionPath:
    """One path of one layer: features `first` of a neighbour times the harmonic of degree `harmonic` make `out`."""

    layer: int
    place: int
    first: Irrep
    harmonic: int
    out: Irrep

    @property
    def label(self) -> str:
        """1o ⊗ Y² → 1o."""
        return f"{self.first} ⊗ Y{'⁰¹²³⁴⁵⁶⁷⁸⁹'[self.harmonic]} → {self.out}"


@dataclass(frozen=True)
class LayerAnatomy:
    """One layer. before, after: irreps, each of so many channels; parameters: weights; multiplications: of its tensor product, an edge."""

    before: tuple[Irrep, ...]
    after: tuple[Irrep, ...]
    channels: int
    paths: tuple[ConvolutionPath, ...]
    parameters: int
    multiplications: int


def network_of(potential: Potential) -> Network:
    """The network of a NequIP. Raises UserError for any other potential."""
    if not isinstance(potential, NequIP):
        raise UserError(
            f"The model is of kind {potential.kind}: it has no paths between irreps.",
            "Choose a NequIP, such as the bundled ethanol-nequip.",
        )
    network = potential.model.network
    assert isinstance(network, Network)
    return network


def layers(potential: Potential) -> list[LayerAnatomy]:
    """The layers of a NequIP. Raises UserError for any other potential."""
    found = []
    for number, layer in enumerate(_layers(network_of(potential)), 1):
        harmonics = layer.product.irreps_y.terms
        paths = tuple(
            ConvolutionPath(number, place, layer.before[path.x], harmonics[path.y][1].l, path.out)
            for place, path in enumerate(layer.product.paths)
        )
        size = sum(parameter.numel() for parameter in layer.parameters())
        work = sum(one.first.dim * (2 * one.harmonic + 1) * one.out.dim for one in paths) * layer.channels
        found.append(LayerAnatomy(layer.before, layer.after, layer.channels, paths, size, work))
    return found


def _layers(network: Network) -> list[Layer]:
    return [cast(Layer, layer) for layer in network.layers]


def radial_filters(potential: Potential, layer: int, distances: FloatArray) -> FloatArray:
    """R(r) of every path and channel of a layer at distances in Å (k,): (k, paths, channels)."""
    network = network_of(potential)
    one = _layers(network)[layer - 1]
    parameter = next(network.parameters())
    vectors = torch.zeros(len(distances), 3, dtype=parameter.dtype, device=parameter.device)
    vectors[:, 2] = torch.as_tensor(np.asarray(distances, dtype=float), dtype=parameter.dtype)
    with torch.no_grad():
        curve = network.terms(vectors).curves[layer - 1].value
    found: FloatArray = curve.cpu().numpy().astype(np.float64).reshape(len(distances), len(one.product.paths), one.channels)
    return found


@dataclass(frozen=True, eq=False)
class _Arriving:
    """What a layer sums, by irrep: of each path, (rows, 2l+1, channels after mixing). rows: atoms, or edges."""

    by_path: dict[ConvolutionPath, torch.Tensor]


def _through(layer: Layer, about: LayerAnatomy, product: torch.Tensor) -> _Arriving:
    """The result of a layer's tensor product (rows, components, channels), each path mixed by its own rows of the second matrix."""
    c, parts = layer.channels, torch.split(product, layer.product.sizes, 1)
    found = {}
    for irrep, matrix in zip(layer.made, layer.second, strict=True):
        row = 0
        for segment, part in zip(layer.product.segments, parts, strict=True):
            if segment.out == irrep:
                by_path = part.reshape(len(part), irrep.dim, len(segment.paths), c)
                for place, path in enumerate(segment.paths):
                    found[about.paths[path]] = by_path[:, :, place] @ matrix[row : row + c]
                    row += c
    return _Arriving(found)


def path_shares(potential: Potential, structure: Structure) -> dict[ConvolutionPath, float]:
    """Of the mean square of what arrives at each irrep of a layer, which part comes through each path alone, on a structure. Parts of
    paths to the same irrep add up to 1; what they owe to their interference is left out."""
    network = network_of(potential)
    assert isinstance(potential, NequIP)
    graphs = potential.graph_of(structure)
    shares: dict[ConvolutionPath, float] = {}
    with torch.no_grad():
        terms = network.terms(graphs.vectors)
        features = list(network.steps(terms, graphs))
        y = torch.cat([terms.harmonics, terms.harmonics * network.harmonics.parities])
        for number, (layer, about) in enumerate(zip(_layers(network), layers(potential), strict=True)):
            w = torch.cat([terms.curves[number].value] * 2).view(-1, len(about.paths), layer.channels)
            summed = layer.product.convolve(
                _mixed(layer, features[number]), y, w, source=graphs.source, target=graphs.target, atoms=len(graphs.species)
            )
            strength = {path: float(said.square().mean()) for path, said in _through(layer, about, summed).by_path.items()}
            for irrep in {path.out for path in strength}:
                own = {path: one for path, one in strength.items() if path.out == irrep}
                whole = sum(own.values()) or 1.0
                shares |= {path: one / whole for path, one in own.items()}
    return shares


def _mixed(layer: Layer, features: torch.Tensor) -> torch.Tensor:
    """Features (components, atoms, channels) mixed over channels, as the product takes them: (atoms, components, channels)."""
    return torch.bmm(features, layer.first.index_select(0, layer.terms)).transpose(0, 1).contiguous()


@dataclass(frozen=True, eq=False)
class Messages:
    """What an atom is sent in one layer, before the gate. vectors: Å (k, 3), from the atom to each neighbour; sources: which atoms these are
    (k,); features: what each sends, like the features of k atoms."""

    vectors: FloatArray
    sources: FloatArray
    features: LayerFeatures


def messages(potential: Potential, structure: Structure, layer: int, atom: int) -> Messages:
    """Along every edge that ends at an atom, the sum of all paths. Layers are counted from 1."""
    network = network_of(potential)
    assert isinstance(potential, NequIP)
    graphs, one, about = potential.graph_of(structure), _layers(network)[layer - 1], layers(potential)[layer - 1]
    with torch.no_grad():
        terms = network.terms(graphs.vectors)
        *before, _ = list(network.steps(terms, graphs))[: layer + 1]
        edges = torch.nonzero(graphs.target == atom)[:, 0]
        y = torch.cat([terms.harmonics, terms.harmonics * network.harmonics.parities])[edges]
        w = torch.cat([terms.curves[layer - 1].value] * 2).view(-1, len(about.paths), one.channels)[edges]
        product = one.product(_mixed(one, before[-1])[graphs.source[edges]], y, w)
        arriving = _through(one, about, product).by_path
        parts = []
        for irrep in one.after:
            total = sum(said[:, :, : one.channels] for path, said in arriving.items() if path.out == irrep)
            parts.append(cast(torch.Tensor, total).transpose(1, 2).flatten(1))
        values = torch.cat(parts, 1).cpu().numpy().astype(np.float64)
        both = torch.cat([graphs.vectors, -graphs.vectors])[edges].cpu().numpy().astype(np.float64)
        sources = graphs.source[edges].cpu().numpy()
    irreps = "+".join(f"{one.channels}x{irrep}" for irrep in one.after)
    return Messages(both, sources, LayerFeatures(f"messages of layer {layer}", irreps, values))


def without(potential: Potential, paths: Iterable[ConvolutionPath]) -> NequIP:
    """The potential with some paths switched off."""
    channels = [layer.channels for layer in _layers(network_of(potential))]
    assert isinstance(potential, NequIP)
    arrays = potential.arrays()
    for path in paths:
        name = max(key for key in arrays if key.startswith(f"network.layers.{path.layer - 1}.radial.matrices."))
        c = channels[path.layer - 1]
        arrays[name] = arrays[name].copy()
        arrays[name][:, path.place * c : (path.place + 1) * c] = 0.0
    return NequIP.from_arrays(potential.card, arrays)


def switches(potential: Potential) -> dict[str, tuple[ConvolutionPath, ...]]:
    """What can be switched off, by name: messages of a whole layer, everything that makes or uses a degree l, every single path."""
    found = layers(potential)
    every = [path for one in found for path in one.paths]
    named: dict[str, tuple[ConvolutionPath, ...]] = {}
    for number, one in enumerate(found, 1):
        named[f"messages of layer {number}"] = one.paths
    for l in sorted({path.out.l for path in every} - {0}):
        named[f"features of l = {l}"] = tuple(path for path in every if l in (path.out.l, path.first.l))
    for path in every:
        named[f"layer {path.layer}: {path.label}"] = (path,)
    return named
