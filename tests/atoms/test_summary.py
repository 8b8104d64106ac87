"""What `e3viz info` says of a file."""

from __future__ import annotations

import json
from pathlib import Path

import ase.io
import numpy as np
import pytest
from atoms.made_files import corpus, crystal

from e3viz.atoms.reading import load
from e3viz.atoms.summary import summary, summary_text


def test_the_sample(sample: Path) -> None:
    facts = summary(load(sample))
    assert (facts["frames"], facts["formula"], facts["atoms"], facts["cell"], facts["periodic"]) == (1197, "C2H6O", 9, None, [False] * 3)
    energies, forces = load(sample).column("energy"), np.concatenate([s.arrays["forces"] for s in load(sample)])
    assert facts["values"]["energy"]["least"] == energies.min()
    assert facts["values"]["energy"]["unit"] == "eV"
    assert facts["forces"]["largest"] == pytest.approx(np.linalg.norm(forces, axis=1).max())
    assert facts["forces"]["rms"] == pytest.approx(np.sqrt((forces**2).mean()))
    text = summary_text(facts)
    assert "1 197" in text
    assert "eV/Å" in text
    columns = {len(line) - len(line.split(None, 1)[1]) for line in text.splitlines()}
    assert len(columns) == 1


def test_a_crystal_has_lengths_angles_and_volume(tmp_path: Path) -> None:
    atoms = crystal()
    ase.io.write(tmp_path / "x.xyz", atoms)
    facts = summary(load(tmp_path / "x.xyz"))
    np.testing.assert_allclose(facts["cell"]["lengths"] + facts["cell"]["angles"], atoms.cell.cellpar(), rtol=1e-7)
    assert facts["cell"]["volume"] == pytest.approx(atoms.get_volume())
    assert "along all lattice vectors" in summary_text(facts)
    assert summary_text(facts | {"group": {"space group": "Fm-3m (225)"}}).count("Fm-3m") == 1


def test_every_format_has_a_summary_that_is_json(tmp_path: Path) -> None:
    for path in corpus(tmp_path):
        facts = json.loads(json.dumps(summary(load(path))))
        assert facts["atoms"] > 0
        assert all(len(line) > 8 for line in summary_text(facts).splitlines())
