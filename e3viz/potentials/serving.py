"""The other end of `external`: a process, perhaps of another Python, that holds an ASE calculator and answers questions about structures.

It runs as a script with NumPy and ASE alone beside the calculator's own package, and imports nothing of e3viz. A message is its length (eight
bytes, the highest first) and a NumPy archive: arrays by name and, under `words`, plain values as JSON. Nothing that arrives is executed on
either side. What calculators print goes to standard error.

Features come from where packages make them public: NequIP's layers through PyTorch's forward hooks and their `irreps_out`, MACE's through
`get_descriptors` of its calculator, which hands out scalars alone after the last layer.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from importlib import import_module
from typing import Any, BinaryIO

import numpy as np

LONGEST = 1 << 32


class EndedError(Exception):
    """Nobody is there any more."""


def send(out: BinaryIO, words: dict[str, Any], **arrays: Any) -> None:
    """Write a message."""
    packed = io.BytesIO()
    np.savez(packed, words=np.frombuffer(json.dumps(words).encode(), dtype=np.uint8), **arrays)
    content = packed.getvalue()
    out.write(len(content).to_bytes(8, "big") + content)
    out.flush()


def receive(source: BinaryIO) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read a message: plain values and arrays. Raises EndedError where there is none."""
    length = int.from_bytes(_read(source, 8), "big")
    if length > LONGEST:
        raise EndedError
    with np.load(io.BytesIO(_read(source, length)), allow_pickle=False) as found:
        arrays = {name: found[name] for name in found.files}
    return json.loads(arrays.pop("words").tobytes().decode()), arrays


def _read(source: BinaryIO, count: int) -> bytes:
    content = b""
    while len(content) < count:
        part = source.read(count - len(content))
        if not part:
            raise EndedError
        content += part
    return content


def made(calculator: str, arguments: dict[str, Any]) -> Any:
    """The calculator that an import path names: a class, a function, or a method of a class."""
    parts = calculator.split(".")
    for split in range(len(parts) - 1, 0, -1):
        try:
            found: Any = import_module(".".join(parts[:split]))
        except ModuleNotFoundError as error:
            if split == 1 or not ".".join(parts[:split]).startswith(str(error.name)):
                raise
            continue
        for name in parts[split:]:
            found = getattr(found, name)
        return found(**arguments)
    raise ModuleNotFoundError(calculator)


def predict(calculator: Any, atoms: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Energy, forces and, where there are any, stress and energies of atoms."""
    atoms.calc = calculator
    arrays = {"energy": np.array(float(atoms.get_potential_energy())), "forces": np.asarray(atoms.get_forces(), dtype=float)}
    if all(atoms.pbc):
        with contextlib.suppress(Exception):
            arrays["stress"] = np.asarray(atoms.get_stress(voigt=False), dtype=float)
    for name in ("energies", "node_energy"):  # MACE's atoms sum to the energy without its isolated atoms
        with contextlib.suppress(Exception):
            own = np.asarray(calculator.results[name] if name in calculator.results else atoms.get_potential_energies(), dtype=float)
            if own.shape == (len(atoms),) and "energies" not in arrays and abs(own.sum() - arrays["energy"]) < 1e-3 * len(atoms):
                arrays["energies"] = own
    return {}, arrays


def features(calculator: Any, atoms: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a model carries on the atoms after each layer; `why` where its package hands out nothing."""
    if hasattr(calculator, "get_descriptors") and hasattr(calculator, "models"):
        return _of_mace(calculator, atoms)
    if hasattr(calculator, "model") and hasattr(calculator, "atoms_to_data"):
        return _of_nequip(calculator, atoms)
    return {"why": f"{type(calculator).__name__} has no public way to ask for features."}, {}


def _of_mace(calculator: Any, atoms: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    model = calculator.models[0]
    products = getattr(model, "products", None)
    if products is None or not hasattr(products[0], "linear"):
        return {"why": "A compiled model of MACE hands out energies and forces alone; open the .model file that it was made from."}, {}
    whole = np.asarray(calculator.get_descriptors(atoms, invariants_only=False))
    whole = whole[0] if whole.ndim == 3 else whole
    layers, arrays, start = [], {}, 0
    for number, product in enumerate(products):
        irreps = product.linear.irreps_out
        arrays[f"layer{number}"] = whole[:, start : start + irreps.dim]
        layers.append([f"interaction {number + 1}", str(irreps)])
        start += irreps.dim
    if start != whole.shape[1]:
        return {"why": "The features of this model of MACE do not fit the irreps that it names."}, {}
    return {"layers": layers}, arrays


def _of_nequip(calculator: Any, atoms: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    key = "node_features"
    layers: list[list[str]] = []
    arrays: dict[str, Any] = {}
    hooks = []

    def take(name: str, irreps: Any) -> Any:
        def hook(module: Any, given: Any, said: Any) -> None:
            arrays[f"layer{len(layers)}"] = said[key].detach().cpu().numpy().astype(float)
            layers.append([name, str(irreps)])

        return hook

    number = 0
    for module in calculator.model.modules():
        irreps = getattr(module, "irreps_out", None)
        kind = type(module).__name__
        if not isinstance(irreps, dict) or key not in irreps or kind not in ("NodeTypeEmbed", "ConvNetLayer"):
            continue
        number += kind == "ConvNetLayer"
        hooks.append(module.register_forward_hook(take(f"interaction {number}" if kind == "ConvNetLayer" else "embedding", irreps[key])))
    try:
        calculator.call_model(calculator.atoms_to_data(atoms))
    finally:
        for one in hooks:
            one.remove()
    if not layers:
        return {
            "why": "A compiled model of NequIP hands out energies and forces alone; open the package or checkpoint that it was made from."
        }, {}
    return {"layers": layers}, arrays


def anatomy(calculator: Any, atoms: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The e3nn modules of a network in the order in which it lists them: name, class, irreps, number of weights and, of a tensor product, its
    instructions, the factor e3nn multiplies each with, and how large its weights are on these atoms (root mean square)."""
    rows, hooks = [], []
    for name, module in _network(calculator).named_modules():
        row = _module(name, module)
        if not row:
            continue
        rows.append(row)
        if "instructions" in row:
            hooks.append(module.register_forward_pre_hook(_weighing(row)))
    if not rows:
        return {"why": f"No module of e3nn is to be seen in {type(calculator).__name__}, as in a compiled model."}, {}
    try:
        atoms.calc = calculator
        atoms.get_potential_energy()
    finally:
        for one in hooks:
            one.remove()
    return {"modules": rows}, {}


def _network(calculator: Any) -> Any:
    """Its network as a module of PyTorch. Raises AttributeError where there is none."""
    model = calculator.models[0] if getattr(calculator, "models", None) else getattr(calculator, "model", None)
    if not hasattr(model, "named_modules"):
        raise AttributeError(f"{type(calculator).__name__} has no network of PyTorch as its model")
    return model


def _module(name: str, module: Any) -> dict[str, Any]:
    """What a module says of itself; nothing of one that is none of e3nn's kind."""
    first = getattr(module, "irreps_in1", getattr(module, "irreps_in", None))
    after = getattr(module, "irreps_out", None)
    if first is None or after is None or isinstance(first, dict) or isinstance(after, dict):
        return {}
    row: dict[str, Any] = {"name": name, "kind": type(module).__name__, "first": str(first), "after": str(after)}
    row["parameters"] = sum(int(one.numel()) for one in module.parameters())
    second = getattr(module, "irreps_in2", None)
    steps = getattr(module, "instructions", None)
    if second is not None and steps is not None and all(hasattr(step, "connection_mode") for step in steps):
        row["second"] = str(second)
        row["instructions"] = [[s.i_in1, s.i_in2, s.i_out, s.connection_mode, bool(s.has_weight)] for s in steps]
        row["factors"] = [float(step.path_weight) for step in steps]
        row["strengths"] = []
    return row


def _weighing(row: dict[str, Any]) -> Any:
    def hook(module: Any, given: Any) -> None:
        weights = given[2] if len(given) > 2 and given[2] is not None else getattr(module, "weight", None)
        sizes = [int(np.prod(step.path_shape)) for step in module.instructions if step.has_weight]
        if weights is not None and sizes and weights.shape[-1] == sum(sizes):
            parts = weights.detach().split(sizes, -1)
            row["strengths"] = [float(part.double().square().mean().sqrt()) for part in parts]

    return hook


def about(calculator: Any) -> dict[str, Any]:
    """What a calculator says of its model: atomic numbers that it knows, cutoff in Å, precision; each where it can be told."""
    from ase.data import atomic_numbers

    found: dict[str, Any] = {}
    model: Any = None
    with contextlib.suppress(AttributeError):
        model = _network(calculator)
    with contextlib.suppress(Exception):
        found["precision"] = str(next(model.parameters()).dtype).rpartition(".")[2]
    with contextlib.suppress(Exception):
        found["elements"] = sorted(int(z) for z in model.atomic_numbers)
        found["r_max"] = float(model.r_max)
    for transform in getattr(calculator, "transforms", ()):  # of NequIP; a compiled model tells no precision, and float32 is usual
        found.setdefault("precision", "float32")
        with contextlib.suppress(Exception):
            found["r_max"] = float(transform.r_max)
        with contextlib.suppress(Exception):
            found["elements"] = sorted(atomic_numbers[name] for name in transform.model_type_names)
    return found


ANSWERS = {"predict": predict, "features": features, "anatomy": anatomy}


def main() -> None:
    """Answer until nobody asks any more."""
    source, out = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    from ase import Atoms

    calculator, trouble = None, ""
    with contextlib.suppress(EndedError):
        wanted, _ = receive(source)
        sys.path[:1] = [wanted["folder"]]  # instead of this script's folder, whose modules nobody means
        try:
            calculator = made(wanted["calculator"], wanted["arguments"])
        except Exception as error:
            trouble = sentence(error)
        while True:
            question, arrays = receive(source)
            if calculator is None:
                send(out, {"says": trouble})
                continue
            try:
                words, found = (
                    (about(calculator), {}) if question["want"] == "about" else ANSWERS[question["want"]](calculator, Atoms(**arrays))
                )
            except Exception as error:
                send(out, {"says": sentence(error)})
            else:
                send(out, words, **found)


def sentence(error: Exception) -> str:
    """An error in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


if __name__ == "__main__":
    main()
