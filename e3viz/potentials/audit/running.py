"""The order of an audit: both precisions, every test, then what the failures mean."""

from __future__ import annotations

import time
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

from e3viz import __version__
from e3viz.atoms.edit import without_results
from e3viz.atoms.structure import Structure
from e3viz.errors import UserError
from e3viz.potentials.audit.calculus import conservation_finding, cutoff_findings, known_elements, slope_findings
from e3viz.potentials.audit.diagnosis import verdicts
from e3viz.potentials.audit.findings import Audit, Finding
from e3viz.potentials.audit.observing import observe
from e3viz.potentials.audit.symmetries import symmetry_findings
from e3viz.potentials.contract import Featured, Potential
from e3viz.symmetry.irreps import Irreps

PRECISIONS = ("float32", "float64")


def audit(
    potential: Potential, structures: Sequence[Structure], *, precisions: Sequence[str] = PRECISIONS, seed: int = 0, dynamics: bool = True
) -> Audit:
    """Everything about a potential on these structures (a handful is enough). Raises UserError for an element it does not know, and for
    no structures at all. Reports progress."""
    if not structures:
        raise UserError("An audit needs a structure.", "Name a file with at least one.")
    bare = [without_results(structure) for structure in structures]
    known_elements(potential, bare)
    begin = time.perf_counter()
    degree = 2 * _l_max(potential, bare[0])
    findings: list[Finding] = []
    notes: list[str] = []
    elements = 0
    finest = ""
    for precision in precisions:
        try:
            one = potential.to(dtype=precision)
        except UserError as error:
            notes.append(f"Not in {precision}: {error.message}")
            continue
        finest = precision
        some, elements = symmetry_findings(one, bare, precision, degree, seed)
        findings += some
        findings += slope_findings(one, bare[0], precision, 0, np.random.default_rng(seed))
    if finest:
        last = potential.to(dtype=finest)
        forces = np.concatenate([said.forces for said in last.predict(bare)])
        findings += cutoff_findings(last, finest, float(np.sqrt(np.mean(forces**2))) or 1.0)
        if dynamics:
            findings.append(conservation_finding(last, bare[0], finest, 0))
    if not (isinstance(potential, Featured) and potential.features(bare[0])):
        notes.append(f"{potential.kind} hands out no features, so only what it says as a whole was tested.")
    if not any(any(structure.pbc) for structure in bare):
        notes.append("No structure is periodic: periodic images and stress were not tested.")
    causes = verdicts(potential.to(dtype=finest), bare, findings) if finest else []
    about: dict[str, Any] = {
        "r_max": potential.card.r_max, "parameters": potential.parameters(), "degree of the quadrature": degree, "seed": seed,
        "e3viz": __version__, "numpy": version("numpy"),
    }  # fmt: skip
    return Audit(potential.kind, len(bare), elements, time.perf_counter() - begin, tuple(findings), tuple(causes), tuple(notes), about)


def _l_max(potential: Potential, structure: Structure) -> int:
    """The largest degree in use: of the features, at least that of forces and stress."""
    if not isinstance(potential, Featured):
        return 2
    observe(potential, [structure])  # an error here is about the structure, not about irreps
    return max([2, *(Irreps.parse(layer.irreps).l_max for layer in potential.features(structure))])
