"""Tensor products that people use, path by path as the library they come from builds them: e3nn's full, fully connected and
element-wise products, and the convolutions of NequIP (S. Batzner et al., Nat. Commun. 13, 2453, 2022) and MACE (I. Batatia et al., 2022).
"""

from __future__ import annotations

from collections.abc import Callable

from e3viz.errors import UserError
from e3viz.symmetry.irreps import Irrep, Irreps, as_irreps
from e3viz.symmetry.paths import Instruction, TensorProduct, allowed_paths, numbered

Typed = Irreps | str


def full(
    first: Typed, second: Typed, keep: Typed = "", *, irrep_normalization: str = "component", path_normalization: str = "element"
) -> TensorProduct:
    """Every pair of copies to every irrep that it can make (or that is in `keep`), without weights: z_uv = x_u ⊗ y_v."""
    a, b, wanted = as_irreps(first).simplify(), as_irreps(second).simplify(), _irreps_in(keep)
    made: list[tuple[int, Irrep]] = []
    paths: list[Instruction] = []
    for i, (u, x) in enumerate(a):
        for j, (v, y) in enumerate(b):
            for irrep in x * y:
                if wanted is None or irrep in wanted:
                    paths.append(Instruction(i, j, len(made), "uvuv", has_weight=False))
                    made.append((u * v, irrep))
    return _sorted(a, b, made, paths, (irrep_normalization, path_normalization))


def fully_connected(
    first: Typed, second: Typed, out: Typed, *, irrep_normalization: str = "component", path_normalization: str = "element"
) -> TensorProduct:
    """Every copy of the output from every pair of copies, each with a weight: z_w = Σ w_uvw x_u ⊗ y_v."""
    a, b, c = as_irreps(first), as_irreps(second), as_irreps(out)
    return TensorProduct(a, b, c, numbered(list(allowed_paths(a, b, c)), "uvw"), irrep_normalization, path_normalization)


def elementwise(
    first: Typed, second: Typed, keep: Typed = "", *, irrep_normalization: str = "component", path_normalization: str = "element"
) -> TensorProduct:
    """The first copy with the first, the second with the second, …, without weights: z_u = x_u ⊗ y_u."""
    a, b, wanted = as_irreps(first).simplify(), as_irreps(second).simplify(), _irreps_in(keep)
    if a.count != b.count:
        raise UserError(f"The inputs have {a.count} and {b.count} irreps, but they are paired one to one.", "Give both the same number.")
    left, right = _split_alike(a, b)
    made: list[tuple[int, Irrep]] = []
    paths: list[Instruction] = []
    for i, ((u, x), (_, y)) in enumerate(zip(left, right, strict=True)):
        for irrep in x * y:
            if wanted is None or irrep in wanted:
                paths.append(Instruction(i, i, len(made), "uuu", has_weight=False))
                made.append((u, irrep))
    return TensorProduct(left, right, Irreps(tuple(made)), tuple(paths), irrep_normalization, path_normalization)


def convolution(
    first: Typed, second: Typed, keep: Typed, *, irrep_normalization: str = "component", path_normalization: str = "element"
) -> TensorProduct:
    """NequIP's convolution: features ⊗ harmonics of the edges, one weight for each feature and path (from the radial network), an output
    term for each path to an irrep that is in `keep`, sorted by irrep: z_u = Σ_v w_uv x_u ⊗ y_v."""
    a, b, wanted = as_irreps(first), as_irreps(second), as_irreps(keep)
    made: list[tuple[int, Irrep]] = []
    paths: list[Instruction] = []
    for i, (u, x) in enumerate(a):
        for j, (_, y) in enumerate(b):
            for irrep in x * y:
                if irrep in wanted:
                    paths.append(Instruction(i, j, len(made), "uvu"))
                    made.append((u, irrep))
    return _sorted(a, b, made, paths, (irrep_normalization, path_normalization))


def mace_convolution(
    first: Typed, second: Typed, keep: Typed = "", *, irrep_normalization: str = "component", path_normalization: str = "element"
) -> TensorProduct:
    """MACE's convolution: the same paths, but what is kept are the irreps of the harmonics themselves, so only natural parities, and
    the paths stand in the order of the output."""
    made = convolution(first, second, second, irrep_normalization=irrep_normalization, path_normalization=path_normalization)
    ordered = tuple(sorted(made.instructions, key=lambda path: path.iout))
    return TensorProduct(made.irreps1, made.irreps2, made.irreps_out, ordered, irrep_normalization, path_normalization)


PRESETS: dict[str, Callable[..., TensorProduct]] = {
    "fully connected": fully_connected,
    "full": full,
    "element-wise": elementwise,
    "convolution of NequIP": convolution,
    "convolution of MACE": mace_convolution,
}
"""By name; each takes both inputs, and the output or what is kept of it."""


def _irreps_in(keep: Typed) -> frozenset[Irrep] | None:
    """The irreps to keep, None for all."""
    irreps = as_irreps(keep)
    return frozenset(irrep for _, irrep in irreps) if len(irreps) else None


def _sorted(a: Irreps, b: Irreps, made: list[tuple[int, Irrep]], paths: list[Instruction], kinds: tuple[str, str]) -> TensorProduct:
    """The product with its output terms in e3nn's order; the paths stay in theirs."""
    out, before = Irreps(tuple(made)).sort()
    now = {old: new for new, old in enumerate(before)}
    moved = tuple(Instruction(p.i1, p.i2, now[p.iout], p.mode, p.has_weight, p.path_weight) for p in paths)
    return TensorProduct(a, b, out, moved, *kinds)


def _split_alike(a: Irreps, b: Irreps) -> tuple[Irreps, Irreps]:
    """The same irreps with terms cut so that both have the same multiplicities."""
    left, right, mine, theirs = [], [], list(a.terms), list(b.terms)
    while mine and theirs:
        (u, x), (v, y) = mine.pop(0), theirs.pop(0)
        both = min(u, v)
        left.append((both, x))
        right.append((both, y))
        if u > both:
            mine.insert(0, (u - both, x))
        if v > both:
            theirs.insert(0, (v - both, y))
    return Irreps(tuple(left)), Irreps(tuple(right))
