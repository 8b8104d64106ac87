"""What a click in the Features lab leads to: an atom, a layer, a channel, a path, something switched off, or another lab."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from e3viz.labs.features import audit_map, error_charts, errors, hands, modules, moving, network
from e3viz.labs.features.describe_forces import worst_atoms
from e3viz.labs.features.source import channels, irreps_of, layers, structure
from e3viz.labs.features.state import ALL, State
from e3viz.labs.lab import Elsewhere, Hit
from e3viz.symmetry.many_surfaces import points_for
from e3viz.symmetry.surfaces import sphere_mesh

Led = State | Elsewhere | None


def pick(state: State, hit: Hit) -> Led:
    """Where a click leads, None for nowhere."""
    return _PICKS[hit.panel](state, hit) if hit.panel in _PICKS else None


def at_layer(state: State, number: int) -> State:
    """The same after another layer, with a channel and irrep that it has."""
    wanted = replace(state, layer=int(np.clip(number, 0, len(layers(state)) - 1)))
    if wanted.irrep not in {str(irrep) for _, irrep in irreps_of(wanted)} and not wanted.irrep.startswith("all"):
        wanted = replace(wanted, irrep=ALL)
    return replace(wanted, channel=min(wanted.channel, channels(wanted) - 1))


def points_each(count: int) -> int:
    """Points of the surface of each of so many atoms."""
    return len(sphere_mesh(points_for(count)).points)


def _numbered(hit: Hit) -> tuple[str, int]:
    word, _, digits = hit.item.partition(" ")
    return word, int(digits) if digits.isdigit() else -1


def _atom(state: State, hit: Hit) -> Led:
    if hit.index < 0:
        return None
    atoms = len(structure(state))
    atom = min(hit.index // points_each(atoms) if hit.item == "features" else hit.index, atoms - 1)
    return hands.dragged(state, atom, hit) if hit.end is not None else replace(state, atom=atom)


def _surface(state: State, hit: Hit) -> Led:
    word, number = _numbered(hit)
    return at_layer(state, number) if word == "layer" else None


def _bar(state: State, hit: Hit) -> Led:
    return at_layer(state, round(hit.position[0])) if hit.position else None


def _cell(state: State, hit: Hit) -> Led:
    if not hit.position:
        return None
    channel = int(np.clip(round(hit.position[0]), 0, channels(state) - 1))
    return replace(state, channel=channel, atom=int(np.clip(round(hit.position[1]), 0, len(structure(state)) - 1)))


def _component(state: State, hit: Hit) -> Led:
    return replace(state, channel=int(np.clip(round(hit.position[0]), 0, channels(state) - 1))) if hit.position else None


def _worst(state: State, hit: Hit) -> Led:
    order = worst_atoms(state)
    return replace(state, atom=order[hit.index]) if hit.index < len(order) else None


def _network(state: State, hit: Hit) -> Led:
    word, number = _numbered(hit)
    if word == "layer":
        return replace(at_layer(state, number), view="features")
    return Elsewhere("tensor-product", fields=network.tensor_product(state, number)) if word == "convolution" else None


def _module(state: State, hit: Hit) -> Led:
    word, number = _numbered(hit)
    fields = modules.tensor_product(state, number) if word == "module" else None
    return None if fields is None else Elsewhere("tensor-product", fields=fields)


def _filter(state: State, hit: Hit) -> Led:
    word, number = _numbered(hit)
    return replace(state, path=number, order=0) if word == "path" else None


def _switch(state: State, hit: Hit) -> Led:
    word, number = _numbered(hit)
    return replace(state, off=network.toggled(state, number)) if word == "switch" else None


def _finding(state: State, hit: Hit) -> Led:
    word, number = _numbered(hit)
    return audit_map.worst_case(state, number) if word == "finding" else None


def _point(state: State, hit: Hit) -> Led:
    found = error_charts.at(state, hit.item, hit.index) if hit.index >= 0 else None
    return None if found is None else replace(state, frame=found[0], atom=found[1])


def _worst_frame(state: State, hit: Hit) -> Led:
    rows = errors.worst_frames(state)
    return replace(state, frame=rows[hit.index][0]) if hit.index < len(rows) else None


def _moment(state: State, hit: Hit) -> Led:
    return replace(state, moment=moving.at(state, hit.position[0])) if hit.position else None


_PICKS: dict[str, Callable[[State, Hit], Led]] = {
    "features": _atom,
    "layers": _surface,
    "power": _bar,
    "heat": _cell,
    "components": _component,
    "table:worst": _worst,
    "network": _network,
    "modules": _module,
    "filters": _filter,
    "switches": _switch,
    "parity": _point,
    "frames": _point,
    **{name: _point for name, _, _ in error_charts.CHARTS.values()},
    "table:frames": _worst_frame,
    "energy": _moment,
    "second": _moment,
    "audit": _finding,
}
