"""The e3nn modules of a network of another package, as its own process names them (`serving`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from e3viz.atoms.structure import Structure
from e3viz.errors import UserError
from e3viz.potentials.contract import Potential
from e3viz.potentials.external import External
from e3viz.symmetry.irreps import Irreps
from e3viz.symmetry.paths import Instruction, TensorProduct


@dataclass(frozen=True)
class Module:
    """One of them. group, name: where it stands in the network, as two parts of a dotted path; kind: its class; first, after: irreps that go
    in and come out; parameters: weights of its own; product: of a tensor product, its paths as e3nn has them; strengths: by how much each
    path with weights is multiplied, root mean square over the edges of a structure."""

    group: str
    name: str
    kind: str
    first: Irreps
    after: Irreps
    parameters: int
    product: TensorProduct | None = None
    strengths: tuple[float, ...] = ()


def modules(potential: Potential, structure: Structure) -> list[Module]:
    """Of a calculator's network, without the insides of gates. Raises UserError for a potential that is none, or that shows none."""
    if not isinstance(potential, External):
        raise UserError(f"The model is of kind {potential.kind}: it is not made of modules of e3nn.", "Open a model of MACE or NequIP.")
    words, _ = potential.ask("anatomy", structure)
    if "modules" not in words:
        raise UserError(str(words.get("why", "This model does not show what it is made of.")), "Open the model that it was made from.")
    rows = words["modules"]
    gates = [str(row["name"]) + "." for row in rows if row["kind"] == "Gate"]
    kept = [row for row in rows if not any(str(row["name"]).startswith(gate) for gate in gates) and not _holds(row, rows)]
    return [_module(row) for row in kept if row["kind"] != "Activation"]


def _holds(row: dict[str, Any], rows: list[dict[str, Any]]) -> bool:
    """Whether others lie inside it, so that it says nothing that they do not."""
    inside = f"{row['name']}."
    return row["kind"] != "Gate" and any(str(other["name"]).startswith(inside) for other in rows)


def _module(row: dict[str, Any]) -> Module:
    parts = str(row["name"]).split(".")
    numbered = [place for place, part in enumerate(parts) if any(letter.isdigit() for letter in part)]
    cut = min(len(parts) - 1, numbered[0] + 1) if numbered else len(parts) - 1
    made = Module(
        ".".join(parts[:cut]), ".".join(parts[cut:]), str(row["kind"]), Irreps.parse(str(row["first"])), Irreps.parse(str(row["after"])),
        int(row["parameters"]),
    )  # fmt: skip
    if "second" not in row:
        return made
    bare = TensorProduct(made.first, Irreps.parse(str(row["second"])), made.after, ())
    paths = tuple(Instruction(*step) for step in row["instructions"])
    return replace(made, product=_as_made(replace(bare, instructions=paths), row["factors"]), strengths=tuple(row["strengths"]))


def _as_made(product: TensorProduct, factors: list[float]) -> TensorProduct:
    """The product with fixed factors by which its coefficients are those of the module, whatever normalisation that was made with."""
    paths = [
        replace(path, path_weight=(factor / own) ** 2 if own else 1.0)
        for path, factor, own in zip(product.instructions, factors, product.coefficients, strict=True)
    ]
    return replace(product, instructions=tuple(paths))
