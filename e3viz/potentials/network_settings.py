"""Settings of the potentials that are networks, apart from the networks: a form or a config is checked without importing torch."""

from __future__ import annotations

from dataclasses import dataclass

from e3viz.potentials.settings import setting


@dataclass(frozen=True)
class NeuralSettings:
    """How a network is fitted: Adam on weighted squared errors, the settings that all kinds share.

    Defaults: batch, rate, averaging and the rule on plateaus as published for NequIP on small molecules (Batzner et al. 2022, Methods).
    """

    epochs: int = setting(1000, "most passes over the training data", low=1, high=1_000_000)
    batch: int = setting(5, "structures per step", low=1, high=10_000)
    learning_rate: float = setting(0.01, "of Adam, at the start", low=1e-8, high=1.0)
    energy_weight: float = setting(1.0, "of squared errors of the energy per atom", low=0.0, high=1e6)
    forces_weight: float = setting(1.0, "of squared errors of the forces", low=0.0, high=1e6)
    stress_weight: float = setting(0.0, "of squared errors of the stress", low=0.0, high=1e9)
    average: float = setting(0.99, "share of the old in the running average of weights, 0 for none", low=0.0, high=0.99999)
    patience: int = setting(50, "epochs without a better validation before the rate is lowered", low=1, high=1_000_000)
    factor: float = setting(0.8, "by which the rate is lowered", low=0.01, high=1.0)
    clip: float = setting(0.0, "largest norm of a gradient, 0 for any", low=0.0, high=1e9)
    dtype: str = setting("float32", "precision", choices=("float32", "float64"))
    device: str = setting("cpu", "where it is computed", choices=("cpu", "cuda"))


@dataclass(frozen=True)
class NequIPSettings(NeuralSettings):
    """r_max, Bessel functions and radial network as in the paper; layers and channels serve small molecules within minutes."""

    r_max: float = setting(4.0, "cutoff, Å", low=0.5, high=20.0)
    layers: int = setting(3, "interaction layers", low=1, high=10)
    l_max: int = setting(1, "largest degree of features and harmonics", low=0, high=3)
    odd: bool = setting(False, "also features of the other parity: pseudoscalars, pseudovectors, …")
    channels: int = setting(32, "copies of each irrep", low=1, high=512)
    bessels: int = setting(8, "radial basis functions", low=1, high=64)
    cutoff_power: int = setting(6, "p of the polynomial cutoff", low=2, high=20)
    radial_layers: int = setting(2, "hidden layers of the radial network", low=1, high=5)
    radial_width: int = setting(64, "neurons in each of them", low=1, high=1024)


@dataclass(frozen=True)
class SchNetSettings(NeuralSettings):
    """Layers and channels as published; cutoff and Gaussians as SchNetPack has them for small molecules."""

    learning_rate: float = setting(0.001, "of Adam, at the start", low=1e-8, high=1.0)
    r_max: float = setting(5.0, "cutoff, Å", low=0.5, high=30.0)
    layers: int = setting(3, "interactions", low=1, high=10)
    channels: int = setting(64, "features of an atom", low=2, high=1024)
    gaussians: int = setting(50, "radial basis functions", low=2, high=500)


@dataclass(frozen=True)
class CartesianSettings(NeuralSettings):
    """Of the size of the other networks, so that what differs is what they know of rotations."""

    learning_rate: float = setting(0.002, "of Adam, at the start", low=1e-8, high=1.0)
    r_max: float = setting(4.0, "cutoff, Å", low=0.5, high=20.0)
    layers: int = setting(2, "dense layers for pairs, and as many for atoms", low=1, high=10)
    channels: int = setting(128, "neurons of a layer", low=2, high=1024)
    augment: bool = setting(False, "turn every training structure at random each time it is seen")
