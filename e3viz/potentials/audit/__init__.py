"""Audit of a potential: is it what it says to be? Energy, forces, stress and the features of every layer, irrep by irrep, under every
symmetry they must keep; forces against the energy's slope; what happens at the cutoff and in a short run.

`audit(potential, structures)` is the one door. `findings` are numbers with a tolerance that follows from the precision; `verdicts`
name what is wrong where a pattern of failures has one cause.
"""

from __future__ import annotations

from e3viz.potentials.audit.findings import Audit, Finding, Worst
from e3viz.potentials.audit.running import audit

__all__ = ["Audit", "Finding", "Worst", "audit"]
