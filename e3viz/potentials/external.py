"""Potentials of others through their ASE calculators, each in a process of its own.

A calculator is named in a small TOML file, `my_model.toml`:

    calculator = "mace.calculators.MACECalculator"      # import path of the class, or of a function that makes one
    arguments = { model_paths = "my.model", device = "cpu", default_dtype = "float64" }
    python = "~/envs/mace/bin/python"                   # optional: the interpreter that has the package; ours if not given
    elements = ["H", "C", "O"]                          # optional: those that it knows
    r_max = 6.0                                         # optional: Å, where the audit looks at the cutoff
    precision = "float64"                               # optional: in which it computes

What is not said of the last three the calculator is asked; MACE and NequIP know. Files of these two are opened without a TOML, with the
calculator that belongs to their ending (`MODELS`).

Importing a calculator runs code of its package, and most such model files run code when they are loaded. So nothing is imported before a person
has said yes to these very files (`trusted`), and then never in the process of the window: `serving` answers through a pipe. Paths in
`arguments` are taken from the folder of the file.
"""

from __future__ import annotations

import contextlib
import queue
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Self, cast

import numpy as np
from numpy.typing import NDArray

from e3viz import task
from e3viz.atoms.elements import SYMBOLS
from e3viz.atoms.structure import Structure
from e3viz.errors import FileError, UserError, nearest
from e3viz.potentials import serving
from e3viz.potentials.contract import Arrays, Card, LayerFeatures, Potential, Prediction, check_elements
from e3viz.potentials.trusted import UntrustedError, is_trusted
from e3viz.toml import read_toml

KNOWN = ("calculator", "arguments", "python", "elements", "r_max", "precision")
ABOUT = ("elements", "r_max", "precision")
PRECISIONS = ("float32", "float64")
R_MAX = 6.0
PATIENCE = 0.05
NEQUIP = "nequip.integrations.ase.NequIPCalculator"
MODELS: dict[str, dict[str, Any]] = {
    ".model": {
        "calculator": "mace.calculators.MACECalculator",
        "arguments": {"model_paths": "", "device": "cpu", "default_dtype": "float64"},
    },
    ".zip": {"calculator": f"{NEQUIP}._from_saved_model", "arguments": {"model_path": "", "device": "cpu"}},
    ".ckpt": {"calculator": f"{NEQUIP}._from_saved_model", "arguments": {"model_path": "", "device": "cpu"}},
    ".pth": {"calculator": f"{NEQUIP}.from_compiled_model", "arguments": {"compile_path": "", "device": "cpu"}},
    ".pt2": {"calculator": f"{NEQUIP}.from_compiled_model", "arguments": {"compile_path": "", "device": "cpu"}},
}
"""Ending of a model file of another package → how it is loaded; an empty argument is the file itself."""


class External(Potential):
    """An ASE calculator. Its process begins with the first question and ends with the program. why: why it hands out no features, "" as long as
    that is not known, or if it does."""

    kind: ClassVar[str] = "ase"

    def __init__(self, card: Card, calculator: str, arguments: Mapping[str, Any], python: str = "", folder: Path = Path()) -> None:
        self.card, self._calculator, self._arguments = card, calculator, dict(arguments)
        self._python, self._folder = python or sys.executable, folder
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._complaints: Any = None
        self._turn = threading.Lock()
        self._end: Any = None
        self.why = ""

    def predict(self, structures: Sequence[Structure]) -> list[Prediction]:
        """See the contract."""
        check_elements(self.card, structures)
        found = []
        for number, one in enumerate(structures):
            task.report(number, len(structures), f"asking {self._name}")
            _, said = self.ask("predict", one)
            energy, forces = float(said["energy"]), np.asarray(said["forces"], dtype=float)
            shared = np.asarray(said.get("energies", np.full(len(one), energy / max(1, len(one)))), dtype=float)
            stress = np.asarray(said["stress"], dtype=float) if "stress" in said else None
            if forces.shape != (len(one), 3) or shared.shape != (len(one),) or (stress is not None and stress.shape != (3, 3)):
                raise UserError(f"{self._name} answered for another number of atoms.", "Try it in a script of its own first.")
            found.append(Prediction(energy, shared, forces, stress))
        return found

    def features(self, structure: Structure) -> list[LayerFeatures]:
        """The features of every atom after each layer, nothing where the package hands out none (then `why` says so)."""
        if self.why:
            return []
        check_elements(self.card, [structure])
        words, said = self.ask("features", structure)
        self.why = str(words.get("why", ""))
        return [
            LayerFeatures(str(name), str(irreps), np.asarray(said[f"layer{number}"], dtype=float))
            for number, (name, irreps) in enumerate(words.get("layers", ()))
        ]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """None: the weights stay with the calculator."""
        raise UserError("The weights of another program's model cannot be written.", "Keep its own file.")

    @classmethod
    def from_arrays(cls, card: Card, arrays: Arrays) -> Self:
        """Never: see `arrays`."""
        raise UserError("A calculator of another program is not made of weights.", "Open its own file, or the TOML that names it.")

    def parameters(self) -> int:
        """Unknown: 0."""
        return 0

    def to(self, dtype: str = "float64", device: str = "cpu") -> Self:
        """Itself, in the precision and on the device that its file names alone."""
        own = str(self.card.settings["dtype"])
        if (dtype, device) != (own, "cpu"):
            raise UserError(f"{self._name} computes in {own}.", "Its own arguments say in which precision and where.")
        return self

    def close(self) -> None:
        """End its process."""
        self._process = None
        if self._end is not None:
            self._end()

    @property
    def _name(self) -> str:
        return next((part for part in reversed(self._calculator.split(".")) if part[:1].isupper()), self._calculator)

    def learn(self, known: Collection[str]) -> Self:
        """Itself, its card completed by what the calculator says of its model; `known` names what the person has said: elements, r_max,
        precision."""
        said, _ = self.ask("about")
        changes: dict[str, Any] = {}
        if "elements" in said and "elements" not in known:
            changes["elements"] = tuple(int(z) for z in said["elements"])
        if "r_max" in said and "r_max" not in known:
            changes["r_max"] = float(said["r_max"])
        if said.get("precision") in PRECISIONS and "precision" not in known:
            changes["settings"] = {**self.card.settings, "dtype": said["precision"]}
        self.card = replace(self.card, **changes)
        return self

    def ask(self, want: str, one: Structure | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
        """Put one of the questions of `serving` to its process. Raises UserError with what went wrong there."""
        with self._turn:
            words, arrays = self._answer(want, one)
        if "says" in words:
            hint = "Try it in a script of its own first."
            if str(words["says"]).startswith("ModuleNotFoundError"):
                hint = "Install the package, or name under python in a TOML the interpreter that has it."
            raise UserError(f"{self._calculator} says: {str(words['says']).rstrip('.')}.", hint)
        return words, arrays

    def _answer(self, want: str, one: Structure | None) -> tuple[dict[str, Any], dict[str, Any]]:
        process, answer = self._process or self._begin(), None
        try:
            atoms = (
                {} if one is None else {"numbers": one.numbers, "positions": one.positions, "cell": one.cell, "pbc": np.asarray(one.pbc)}
            )
            _tell(process, {"want": want}, **atoms)
            while True:
                with contextlib.suppress(queue.Empty):
                    answer = self._answers.get(timeout=PATIENCE)
                    break
                task.report(None, text=f"asking {self._name}")
        except OSError:
            pass  # it has ended
        except task.Cancelled:
            self.close()  # its answer would come to the next question
            raise
        if answer is None:
            last = self._last_words()
            self.close()
            raise UserError(f"The process of {self._name} ended without an answer{last}.", "Try it in a script of its own first.")
        found: tuple[dict[str, Any], dict[str, Any]] = answer
        return found

    def _begin(self) -> subprocess.Popen[bytes]:
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  it lasts as long as the process
        try:
            process = subprocess.Popen(
                [self._python, serving.__file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._complaints, cwd=self._folder
            )
        except OSError as error:
            raise UserError(
                f"{self._python} cannot be started: {error.strerror}.", "Under python name an interpreter that has the package."
            ) from None
        self._process, self._answers = process, queue.SimpleQueue()
        threading.Thread(target=_listen, args=(process.stdout, self._answers), daemon=True, name="e3viz-calculator").start()
        self._end = weakref.finalize(self, _ended, process, self._complaints)  # at the latest when the program ends
        with contextlib.suppress(OSError):  # one that has ended by now is noticed by whoever asks
            _tell(process, {"calculator": self._calculator, "arguments": self._arguments, "folder": str(self._folder)})
        return process

    def _last_words(self) -> str:
        """What it complained of last, in brackets."""
        self._complaints.seek(0)
        lines = self._complaints.read().decode(errors="replace").strip().splitlines()
        return f" ({lines[-1].strip()[:200]})" if lines else ""


def _ended(process: subprocess.Popen[bytes], complaints: Any) -> None:
    process.kill()
    process.wait()
    with contextlib.suppress(OSError):
        process.stdin.close()  # type: ignore[union-attr]
    complaints.close()


def _tell(process: subprocess.Popen[bytes], words: dict[str, Any], **arrays: Any) -> None:
    assert process.stdin is not None
    serving.send(cast(BinaryIO, process.stdin), words, **arrays)


def _listen(source: Any, answers: queue.SimpleQueue[Any]) -> None:
    """Hand on all that arrives; None when nothing more will."""
    try:
        while True:
            answers.put(serving.receive(source))
    except (serving.EndedError, OSError, ValueError, KeyError):
        answers.put(None)
    finally:
        source.close()


def read_external(path: Path) -> External:
    """The calculator that a TOML file names. Raises UntrustedError, FileError and UserError; nothing is imported here."""
    table = read_toml(path)
    for name in table:
        if name not in KNOWN:
            raise UserError(f"{path.name} has an entry “{name}”, which means nothing here.", nearest(name, KNOWN))
    calculator, arguments = table.get("calculator"), table.get("arguments", {})
    if not isinstance(calculator, str) or "." not in calculator or not isinstance(arguments, Mapping):
        raise FileError(f"{path.name} names no calculator.", 'Write calculator = "ase.calculators.emt.EMT", for example.')
    python, precision = table.get("python", ""), table.get("precision", "float64")
    if not isinstance(python, str) or (python and not Path(python).expanduser().is_file()):
        raise UserError(f"{path.name}: “{python}” is no interpreter.", "Under python name one, such as ~/envs/mace/bin/python.")
    if precision not in PRECISIONS:
        raise UserError(f"{path.name}: “{precision}” is no precision.", "Write float32 or float64.")
    r_max = table.get("r_max", R_MAX)
    if not isinstance(r_max, int | float) or isinstance(r_max, bool) or not 0.0 < r_max < 100.0:
        raise UserError(f"{path.name}: {r_max} is no cutoff.", "Write a number of Å, such as 6.0.")
    elements = _elements(table, path)
    placed, named = _placed(arguments, path)
    _consent(path, (path, *named), calculator)
    card = Card("ase", elements, float(r_max), {"calculator": calculator, "dtype": precision})
    found = External(card, calculator, placed, str(Path(python).expanduser()) if python else "", path.absolute().parent)
    return found if set(ABOUT) <= set(table) else found.learn(table)


def read_model(path: Path) -> External:
    """A model file of MACE or NequIP, through the calculator of its package. Raises UntrustedError; nothing is imported here."""
    made = MODELS[path.suffix.lower()]
    calculator = str(made["calculator"])
    _consent(path, (path,), calculator)
    arguments = {name: value or str(path.absolute()) for name, value in made["arguments"].items()}
    card = Card("ase", tuple(range(1, len(SYMBOLS))), R_MAX, {"calculator": calculator, "dtype": "float64"})
    return External(card, calculator, arguments, folder=path.absolute().parent).learn(())


def _consent(path: Path, files: tuple[Path, ...], calculator: str) -> None:
    if not is_trusted(files):
        raise UntrustedError(
            f"{path.name} can only be loaded by running code: {calculator} is imported, and what the file holds may be executed, with all that "
            "you yourself may do.",
            "Trust it (on the command line: --trust) only if you know where it comes from; it then runs in a process of its own.",
            path,
            files,
        )


def _elements(table: Mapping[str, Any], path: Path) -> tuple[int, ...]:
    names = table.get("elements")
    if names is None:
        return tuple(range(1, len(SYMBOLS)))
    known = list(SYMBOLS)
    for name in names if isinstance(names, list) else [names]:
        if name not in known[1:]:
            raise UserError(f"{path.name} lists “{name}”, which is no element.", nearest(str(name), known[1:]))
    return tuple(sorted(known.index(name) for name in names))


def _placed(arguments: Mapping[str, Any], path: Path) -> tuple[dict[str, Any], tuple[Path, ...]]:
    """Arguments whose texts are names of files beside the TOML, or anywhere, as whole paths; and these files."""
    found, files = {}, []
    for name, value in arguments.items():
        there = path.absolute().parent / Path(value).expanduser() if isinstance(value, str) and value else None
        if there is not None and there.is_file():
            files.append(there)
        found[name] = value if there is None or not there.is_file() else str(there)
    return found, tuple(files)
