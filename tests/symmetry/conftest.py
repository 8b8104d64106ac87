"""e3nn as the oracle: imported once for all tests that compare with it, in float64."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest


@pytest.fixture(scope="session")
def _o3_module() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # e3nn and torch warn of their own deprecations while they are imported
        import e3nn.o3
    return e3nn.o3


@pytest.fixture
def o3(_o3_module: Any) -> Iterator[Any]:
    """e3nn.o3, with float64 as torch's default type for the time of one test."""
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield _o3_module
    torch.set_default_dtype(before)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20261)


@pytest.fixture
def orthogonal(rng: np.random.Generator) -> np.ndarray:
    """24 elements of O(3), (24, 3, 3): the identity, the inversion, turns about the polar axis, nearly and exactly upside down, random."""
    special = [np.eye(3), -np.eye(3), np.diag([1.0, 1.0, -1.0]), np.diag([-1.0, 1.0, -1.0]), np.diag([1.0, -1.0, -1.0])]
    for beta in (1e-9, 1e-5, np.pi - 1e-9):
        c, s = np.cos(beta), np.sin(beta)
        special.append(np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]]))
    special.append(np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]))
    matrices, _ = np.linalg.qr(rng.normal(size=(15, 3, 3)))
    return np.concatenate([np.array(special), matrices])
