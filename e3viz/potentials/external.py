"""Potentials of others through their ASE calculators, each in a process of its own.

A calculator is named in a small TOML file, `my_model.toml`:

    calculator = "mace.calculators.MACECalculator"      # import path of the class, or of a function that makes one
    arguments = { model_paths = "my.model", device = "cpu" }
    elements = ["H", "C", "O"]                          # optional: those that it knows
    r_max = 6.0                                         # optional: Å, where the audit looks at the cutoff
    trust = true

Importing a calculator runs code of its package, and many model files run code when they are loaded. So nothing is imported unless the person
says `trust = true` there, and then never in the process of the window: energies and forces come through a pipe. Paths in `arguments` are
taken from the folder of the file.
"""

from __future__ import annotations

import atexit
import contextlib
import multiprocessing
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from e3viz import task
from e3viz.atoms.elements import SYMBOLS
from e3viz.atoms.structure import Structure
from e3viz.errors import FileError, UserError, nearest
from e3viz.potentials.contract import Arrays, Card, Potential, Prediction, check_elements
from e3viz.toml import read_toml

KNOWN = ("calculator", "arguments", "elements", "r_max", "trust")
R_MAX = 6.0
PATIENCE = 0.05


class External(Potential):
    """An ASE calculator. Its process begins with the first prediction and ends with the program."""

    kind: ClassVar[str] = "ase"

    def __init__(self, card: Card, calculator: str, arguments: Mapping[str, Any]) -> None:
        self.card, self._calculator, self._arguments = card, calculator, dict(arguments)
        self._process: Any = None
        self._pipe: Any = None

    def predict(self, structures: Sequence[Structure]) -> list[Prediction]:
        """See the contract."""
        check_elements(self.card, structures)
        found = []
        for number, one in enumerate(structures):
            task.report(number, len(structures), f"asking {self._calculator.rpartition('.')[2]}")
            energy, forces, stress, energies = self._ask((one.numbers, one.positions, one.cell, one.pbc))
            shared = np.full(len(one), energy / max(1, len(one))) if energies is None else np.asarray(energies, dtype=float)
            found.append(
                Prediction(energy, shared, np.asarray(forces, dtype=float), None if stress is None else np.asarray(stress, dtype=float))
            )
        return found

    def arrays(self) -> dict[str, NDArray[Any]]:
        """None: the weights stay with the calculator."""
        raise UserError("The weights of another program's model cannot be written.", "Keep its own file, and the TOML that names it.")

    @classmethod
    def from_arrays(cls, card: Card, arrays: Arrays) -> Self:
        """Never: see `arrays`."""
        raise UserError("A calculator of another program is not made of weights.", "Open the TOML that names it.")

    def parameters(self) -> int:
        """Unknown: 0."""
        return 0

    def close(self) -> None:
        """End its process."""
        if self._process is not None:
            with contextlib.suppress(OSError):
                self._pipe.close()
            self._process.terminate()
            self._process.join(5.0)
            self._process = None

    def _ask(self, question: Any) -> Any:
        if self._process is None:
            self._begin()
        try:
            self._pipe.send(question)
            while not self._pipe.poll(PATIENCE):
                task.report(None, text=f"asking {self._calculator.rpartition('.')[2]}")
            answer = self._pipe.recv()
        except (EOFError, OSError):
            self.close()
            raise UserError(f"The process of {self._calculator} ended without an answer.", "Try it in a script of its own first.") from None
        except task.Cancelled:
            self.close()  # its answer would come to the next question
            raise
        if isinstance(answer, str):
            raise UserError(f"{self._calculator} says: {answer}", "Try it in a script of its own first.")
        return answer

    def _begin(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, self._calculator, self._arguments), daemon=True, name="e3viz-calculator"
        )
        self._process.start()
        theirs.close()
        atexit.register(self.close)


def read_external(path: Path) -> External:
    """The calculator that a TOML file names. Raises FileError and UserError; nothing is imported here."""
    return external_of(read_toml(path), path)


def external_of(table: Mapping[str, Any], path: Path) -> External:
    """The same from plain values."""
    for name in table:
        if name not in KNOWN:
            raise UserError(f"{path.name} has an entry “{name}”, which means nothing here.", nearest(name, KNOWN))
    calculator, arguments = table.get("calculator"), table.get("arguments", {})
    if not isinstance(calculator, str) or "." not in calculator or not isinstance(arguments, Mapping):
        raise FileError(f"{path.name} names no calculator.", 'Write calculator = "ase.calculators.emt.EMT", for example.')
    if table.get("trust") is not True:
        raise UserError(
            f"{path.name} names {calculator}: importing it, and many of the model files it loads, runs code of others.",
            "If you trust both, write trust = true in that file; they then run in a process of their own.",
        )
    return External(
        Card("ase", _elements(table, path), float(table.get("r_max", R_MAX)), {"calculator": calculator}),
        calculator,
        _placed(arguments, path),
    )


def _elements(table: Mapping[str, Any], path: Path) -> tuple[int, ...]:
    names = table.get("elements")
    if names is None:
        return tuple(range(1, len(SYMBOLS)))
    known = list(SYMBOLS)
    for name in names:
        if name not in known[1:]:
            raise UserError(f"{path.name} lists “{name}”, which is no element.", nearest(str(name), known[1:]))
    return tuple(sorted(known.index(name) for name in names))


def _placed(arguments: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Arguments whose texts are names of files beside the TOML as whole paths."""
    return {
        name: str(path.parent / value) if isinstance(value, str) and value and (path.parent / value).is_file() else value
        for name, value in arguments.items()
    }


def _serve(pipe: Any, calculator: str, arguments: dict[str, Any]) -> None:
    """The other process: answers questions until nobody asks any more."""
    from ase import Atoms

    module, _, name = calculator.rpartition(".")
    try:
        made: Any = getattr(import_module(module), name)(**arguments)
        trouble = ""
    except Exception as error:
        made, trouble = None, _words(error)
    while True:
        try:
            numbers, positions, cell, pbc = pipe.recv()
        except (EOFError, OSError):
            return
        if made is None:
            pipe.send(trouble)
            continue
        try:
            atoms = Atoms(numbers=numbers, positions=positions, cell=cell, pbc=pbc)
            atoms.calc = made
            energy, forces = float(atoms.get_potential_energy()), atoms.get_forces()
            stress = None
            if all(pbc):
                with contextlib.suppress(Exception):
                    stress = atoms.get_stress(voigt=False)
            energies = None
            with contextlib.suppress(Exception):
                energies = atoms.get_potential_energies()
            pipe.send((energy, forces, stress, energies))
        except Exception as error:
            pipe.send(_words(error))


def _words(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
