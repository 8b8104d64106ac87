"""“Copy as Python” of every state of the tours of the labs that teach: a script that runs with public libraries alone."""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest

from e3viz import labs
from e3viz.symmetry.element import Element

G = Element((0.3, 0.5, 0.8), 78.0, True)
TAUGHT = ("groups", "transformations", "irreps", "harmonics", "tensor-product", "equivariance")


@pytest.mark.parametrize("name", TAUGHT)
def test_the_scripts_of_a_lab_run(name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("e3nn")
    lab, before = labs.load(name), torch.get_default_dtype()
    for script in dict.fromkeys(lab.code(state, G) for state in (lab.State(), *lab.tour)):
        assert "e3viz" not in script
        with warnings.catch_warnings(), monkeypatch.context() as held, torch.random.fork_rng(devices=[]):
            warnings.simplefilter("ignore")  # what torch and e3nn say of each other is not ours
            held.setattr(sys, "argv", ["script.py"])
            kept = np.random.get_state()
            try:
                exec(
                    compile(script, f"{name}.py", "exec"), {"__name__": "__main__"}
                )  # here: a fresh interpreter takes seconds to import e3nn
            finally:
                torch.set_default_dtype(before)
                np.random.set_state(kept)
        assert capsys.readouterr().out.strip(), "it prints what it found"
