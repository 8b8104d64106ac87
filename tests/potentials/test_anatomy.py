"""A trained NequIP taken apart: paths, filters, shares, and what is left when parts are switched off."""

from __future__ import annotations

import numpy as np
import pytest
from ase.build import molecule

from e3viz.atoms.ase_atoms import from_ase
from e3viz.atoms.edit import act
from e3viz.errors import UserError
from e3viz.potentials.anatomy import layers, messages, path_shares, radial_filters, switches, without
from e3viz.potentials.opening import open_potential
from e3viz.resources import FOLDER
from e3viz.symmetry.element import Element
from e3viz.symmetry.wigner import D

ETHANOL = from_ase(molecule("CH3CH2OH"))


@pytest.fixture(scope="module")
def nequip():
    return open_potential(FOLDER / "models" / "ethanol-nequip.e3p")


def test_layers_account_for_every_weight(nequip) -> None:
    found = layers(nequip)
    network = nequip.model.network
    assert sum(one.parameters for one in found) + network.embedding.numel() + network.readout.numel() == nequip.parameters()
    for one in found:
        for path in one.paths:
            assert path.out in path.first * type(path.first)(path.harmonic, (-1) ** path.harmonic)


def test_filters_vanish_at_the_cutoff_and_are_those_of_the_network(nequip) -> None:
    r = np.linspace(0.6, nequip.card.r_max, 40)
    found = radial_filters(nequip, 2, r)
    assert found.shape == (40, len(layers(nequip)[1].paths), layers(nequip)[1].channels)
    assert np.abs(found[-1]).max() < 1e-6 < np.abs(found[0]).max()


def test_shares_of_paths_to_one_irrep_add_up(nequip) -> None:
    shares = path_shares(nequip, ETHANOL)
    for number, one in enumerate(layers(nequip), 1):
        for irrep in {path.out for path in one.paths}:
            assert sum(share for path, share in shares.items() if path.layer == number and path.out == irrep) == pytest.approx(1.0)


def test_switching_off_leaves_an_equivariant_network_that_says_something_else(nequip) -> None:
    named = switches(nequip)
    whole = nequip.predict([ETHANOL])[0]
    assert np.allclose(without(nequip, ()).predict([ETHANOL])[0].forces, whole.forces)
    rest = without(nequip, named["features of l = 2"])
    assert np.abs(rest.predict([ETHANOL])[0].forces - whole.forces).max() > 0.01
    assert np.abs(rest.features(ETHANOL)[2].values[:, -5 * layers(nequip)[1].channels :]).max() == 0.0
    path = next(path for path in layers(nequip)[1].paths if path.first.l == path.out.l == 1)
    alone = without(nequip, (path,))
    assert np.abs(radial_filters(alone, 2, np.array([1.5]))[0, path.place]).max() == 0.0
    assert np.abs(nequip.predict([ETHANOL])[0].forces - whole.forces).max() == 0.0, "the model itself is left alone"


def test_other_kinds_have_no_paths() -> None:
    with pytest.raises(UserError, match="no paths"):
        layers(open_potential(FOLDER / "models" / "ethanol-schnet.e3p"))


def test_messages_come_from_neighbours_and_turn_with_the_structure(nequip) -> None:
    g = Element((0.3, 0.5, 0.8), 78.0, True)
    for layer in (1, 2, 3):
        sent = messages(nequip, ETHANOL, layer, 2)
        turned = messages(nequip, act(ETHANOL, g), layer, 2)
        assert np.allclose(ETHANOL.positions[2] + sent.vectors, ETHANOL.positions[sent.sources], atol=1e-5)
        assert len(sent.vectors) == (np.linalg.norm(ETHANOL.positions - ETHANOL.positions[2], axis=1) < nequip.card.r_max).sum() - 1
        matrix = D(sent.features.irreps, g)
        scale = np.abs(sent.features.values).max()
        assert np.abs(turned.features.values - sent.features.values @ matrix.T).max() < 1e-4 * scale


def test_messages_add_up_to_what_arrives(nequip) -> None:
    double = nequip.to("float64")
    sent = messages(double, ETHANOL, 1, 0)
    far = messages(without(double, layers(double)[0].paths), ETHANOL, 1, 0)
    assert np.abs(far.features.values).max() == 0.0 and np.abs(sent.features.values).max() > 0.0
    one = next(path for path in layers(double)[0].paths if path.out.l == 1)
    rest = messages(without(double, (one,)), ETHANOL, 1, 0).features.values
    c = layers(double)[0].channels
    assert np.allclose(rest[:, :c], sent.features.values[:, :c]) and np.abs(rest[:, c : 4 * c]).max() == 0.0
