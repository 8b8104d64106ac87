"""The Tensor product lab as a script: the product on view in e3nn, e3nn-jax or cuEquivariance, with its equivariance error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from e3viz.errors import UserError
from e3viz.labs.tensor_product.powers import chain, node_of, vanishes
from e3viz.labs.tensor_product.state import CROSS, DOUBLE, HIDDEN, STEPS, State, main_path, product_of
from e3viz.labs.tensor_product.values import Real, is_small, present_weights
from e3viz.symmetry.element import Element
from e3viz.symmetry.paths import Instruction, TensorProduct

MOST_LISTED = 600


def code(state: State, g: Element) -> str:
    """A Python script that builds what is on view."""
    if state.view == "powers of a vector":
        return _powers(state)
    try:
        product = product_of(state)
        weights = present_weights(state) if is_small(product) else np.zeros(0)
    except UserError:
        state = State(irrep_normalization=state.irrep_normalization, path_normalization=state.path_normalization)
        product, weights = product_of(state), present_weights(state)
    if state.view == "one path" and product.instructions:
        return _one_path(state, product, g)
    if state.view == "learning":
        return _learning(state, product)
    write = {"e3nn-jax": _e3nn_jax, "cuEquivariance": _cuequivariance}.get(state.library, _e3nn)
    return write(product, weights, g)


def e3nn_call(product: TensorProduct, indent: str = "") -> str:
    """The product as a call of `o3.TensorProduct`."""
    rows = "".join(f"{indent}        {_row(p)},\n" for p in product.instructions)
    return (
        f"o3.TensorProduct(\n{indent}    \"{product.irreps1}\", \"{product.irreps2}\", \"{product.irreps_out}\",\n"
        f"{indent}    [  # term of input 1, of input 2, of the output, mode, weights\n{rows}{indent}    ],\n"
        f"{indent}    irrep_normalization=\"{product.irrep_normalization}\", path_normalization=\"{product.path_normalization}\",\n{indent})"
    )  # fmt: skip


def _row(path: Instruction) -> str:
    factor = f", {path.path_weight!r}" if path.path_weight != 1.0 else ""
    return f'({path.i1}, {path.i2}, {path.iout}, "{path.mode}", {path.has_weight}{factor})'


def _matrix(g: Element) -> str:
    return str([[round(float(x), 16) for x in row] for row in g.linear])


def _listed(weights: Real) -> str:
    """Weights as Python numbers, some in each line."""
    words = [f"{w:.6g}" for w in weights]
    return "".join(f"    {', '.join(words[k : k + 10])},\n" for k in range(0, len(words), 10))


def _weights(product: TensorProduct, weights: Real, array: str) -> str:
    if not product.weight_count:
        return ""
    if 0 < len(weights) <= MOST_LISTED:
        return f"weights = {array}([  # path after path\n{_listed(weights)}])\n"
    return ""


def _e3nn(product: TensorProduct, weights: Real, g: Element) -> str:
    listed = _weights(product, weights, "torch.tensor")
    drawn = "weights = torch.randn(tp.weight_numel)\n" if not listed else ""
    return f"""\
import torch
from e3nn import o3

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
tp = {e3nn_call(product)}
{listed}{drawn}print(tp)
x, y = tp.irreps_in1.randn(8, -1), tp.irreps_in2.randn(8, -1)


def f(x, y):
    return tp(x, y, weights) if tp.weight_numel else tp(x, y)


g = torch.tensor({_matrix(g)})
sign, R = torch.det(g).round(), g * torch.det(g).round()


def D(irreps):
    blocks = [ir.p ** int(sign < 0) * o3.Irrep(ir.l, 1).D_from_matrix(R) for mul, ir in irreps for _ in range(mul)]
    return torch.block_diag(*blocks)


turned = f(x @ D(tp.irreps_in1).T, y @ D(tp.irreps_in2).T)
error = (turned - f(x, y) @ D(tp.irreps_out).T).abs().max().item()
print("components:", tp.irreps_out.dim, "weights:", tp.weight_numel, "equivariance error:", error)
"""


def _e3nn_jax(product: TensorProduct, weights: Real, g: Element) -> str:
    rows = "".join(f"        {_row(p)},\n" for p in product.instructions)
    kinds = [
        kind if kind != "none" else usual
        for kind, usual in ((product.irrep_normalization, "component"), (product.path_normalization, "element"))
    ]
    note = (
        "# e3nn-jax has no normalisation “none”: its usual one is taken\n"
        if "none" in (product.irrep_normalization, product.path_normalization)
        else ""
    )
    listed = _weights(product, weights, "jnp.array")
    drawn = "" if listed else f"weights = jax.random.normal(jax.random.PRNGKey(0), ({product.weight_count},))\n"
    shapes = [shape for shape, path in zip(product.shapes, product.instructions, strict=True) if path.has_weight]
    return f"""\
import math

import e3nn_jax as e3nn
import jax
import jax.numpy as jnp
from e3nn_jax.legacy import FunctionalTensorProduct

jax.config.update("jax_enable_x64", True)
{note}tp = FunctionalTensorProduct(
    "{product.irreps1}", "{product.irreps2}", "{product.irreps_out}",
    [  # term of input 1, of input 2, of the output, mode, weights
{rows}    ],
    irrep_normalization="{kinds[0]}", path_normalization="{kinds[1]}", gradient_normalization="path",
)
{listed}{drawn}shapes = {shapes}
starts = [sum(map(math.prod, shapes[:k])) for k in range(len(shapes))]
views = [weights[start : start + math.prod(shape)].reshape(shape) for start, shape in zip(starts, shapes)]
g = jnp.array({_matrix(g)})
x = e3nn.normal(tp.irreps_in1, jax.random.PRNGKey(1), dtype=jnp.float64)
y = e3nn.normal(tp.irreps_in2, jax.random.PRNGKey(2), dtype=jnp.float64)
turned = tp.left_right(views, x.transform_by_matrix(g), y.transform_by_matrix(g)).array
after = tp.left_right(views, x, y).transform_by_matrix(g).array
print("components:", tp.irreps_out.dim, "equivariance error:", jnp.abs(turned - after).max())
"""


def _cuequivariance(product: TensorProduct, weights: Real, g: Element) -> str:
    rows = "".join(
        f"    {_row(p)[:-1]}, {c:.17g}),\n" for p, c in zip((_bare(p) for p in product.instructions), product.coefficients, strict=True)
    )
    listed = _weights(product, weights, "np.array")
    drawn = "" if listed else f"weights = np.random.default_rng(0).normal(size={product.weight_count})\n"
    turn = [round(float(c), 12) for c in np.asarray(g.axis) / (np.linalg.norm(g.axis) or 1.0) * np.radians(g.angle)]
    return f"""\
import cuequivariance as cue
import numpy as np

irreps1, irreps2, irreps_out = (cue.Irreps("O3", text) for text in ("{product.irreps1}", "{product.irreps2}", "{product.irreps_out}"))
paths = [  # term of input 1, of input 2, of the output, mode, weights, coefficient
{rows}]
{listed}{drawn}subscripts = {{
    "uvw": ("uvw", "ui", "vj", "wk"), "uvu": ("uv", "ui", "vj", "uk"), "uvv": ("uv", "ui", "vj", "vk"),
    "uuw": ("uw", "ui", "uj", "wk"), "uuu": ("u", "ui", "uj", "uk"), "uvuv": ("uv", "ui", "vj", "uvk"),
}}
sizes = [{{"u": irreps1[i].mul, "v": irreps2[j].mul, "w": irreps_out[k].mul}} for i, j, k, *_ in paths]
shapes = [tuple(size[s] for s in subscripts[path[3]][0]) if path[4] else (0,) for path, size in zip(paths, sizes)]
ends = np.cumsum([int(np.prod(shape)) for shape in shapes])


def polynomial(mode, weighted):
    \"\"\"All paths of a mode as one segmented polynomial: weights (if any), x, y → output, each copy's components together.\"\"\"
    letters = subscripts[mode] if weighted else subscripts[mode][1:]
    letters = ("ui", "uj", "k") if (mode, weighted) == ("uuw", False) else letters
    d = cue.SegmentedTensorProduct.from_subscripts(",".join(letters) + "+ijk")
    own = [n for n, path in enumerate(paths) if path[3:5] == (mode, weighted)]
    pairs = {{paths[n][2]: (sizes[n]["u"], sizes[n]["v"]) for n in own}} if mode == "uvuv" else {{}}
    for operand, irreps in enumerate((irreps1, irreps2, irreps_out), start=int(weighted)):
        for k, (mul, ir) in enumerate(irreps):
            copies = pairs.get(k, (mul, 1)) if mode == "uvuv" and irreps is irreps_out else (mul,)
            summed = letters[-1] == "k" and irreps is irreps_out
            d.add_segment(operand, (mul * ir.dim,) if summed else (*copies, ir.dim))
    for n in own:
        i, j, k, _, _, coefficient = paths[n]
        C = cue.clebsch_gordan(irreps1[i].ir, irreps2[j].ir, irreps_out[k].ir)[0]
        d.add_path(*([shapes[n]] if weighted else []), i, j, k, c=coefficient * C / np.linalg.norm(C))
    return cue.SegmentedPolynomial.eval_last_operand(d), own


def f(x, y):
    total = np.zeros(irreps_out.dim)
    for mode, weighted in sorted({{path[3:5] for path in paths}}):
        poly, own = polynomial(mode, weighted)
        given = [np.concatenate([weights[ends[n] - np.prod(shapes[n]) : ends[n]] for n in own])] if weighted else []
        total += poly(*given, x, y)[0]
    return total


def D(irreps):  # the turn g as angle times axis, and the inversion
    out = np.zeros((irreps.dim, irreps.dim))
    start = 0
    for mul, ir in irreps:
        for _ in range(mul):
            out[start : start + ir.dim, start : start + ir.dim] = ir.exp_map(np.array({turn}), np.array([{int(g.determinant < 0)}]))
            start += ir.dim
    return out


rng = np.random.default_rng(1)
x, y = rng.normal(size=irreps1.dim), rng.normal(size=irreps2.dim)
error = np.abs(f(D(irreps1) @ x, D(irreps2) @ y) - D(irreps_out) @ f(x, y)).max()
print("components:", irreps_out.dim, "weights:", len(weights), "equivariance error:", error)
"""


def _bare(path: Instruction) -> Instruction:
    """Without the fixed factor, which the coefficient has in it."""
    return replace(path, path_weight=1.0)


def _one_path(state: State, product: TensorProduct, g: Element) -> str:
    path = product.instructions[main_path(state)]
    (_, first), (_, second), (_, out) = product.terms(path)
    return f"""\
import torch
from e3nn import o3

torch.set_default_dtype(torch.float64)
C = o3.wigner_3j({first.l}, {second.l}, {out.l})  # {product.label(path)}
for k in range({out.dim}):
    print("slice of the output component", k)
    print(C[:, :, k])
g = torch.tensor({_matrix(g)})
sign, R = torch.det(g).round(), g * torch.det(g).round()


def D(l, p):
    return p ** int(sign < 0) * o3.Irrep(l, 1).D_from_matrix(R)


D1, D2, D3 = D({first.l}, {first.parity}), D({second.l}, {second.parity}), D({out.l}, {out.parity})
both = torch.einsum("ijk,ai,bj,ck->abc", C, D1, D2, D3)
print("C turned against C:", (both - C).abs().max().item())
"""


def _powers(state: State) -> str:
    n, l = node_of(state)
    degrees = [place[1] for place in chain((n, l))]
    zero = "vanishes" if vanishes((n, l)) else f"is a number times |x|^{n - l} Y{l}(x)"
    return f"""\
import torch
from e3nn import o3

torch.set_default_dtype(torch.float64)
x = torch.tensor([0.36, -0.48, 0.8]) * 1.5
power, l = torch.ones(1), 0
for higher in {degrees}:  # degrees on the way to order {n}
    power, l = torch.einsum("ijk,i,j->k", o3.wigner_3j(l, 1, higher), power, x), higher
print("order {n}, degree {l}:", power)
Y = o3.spherical_harmonics({l}, x, normalize=True, normalization="component") * x.norm() ** {n}
print("it {zero}; factor:", (power @ Y / (Y @ Y)).item(), "left over:", (power - (power @ Y / (Y @ Y)) * Y).abs().max().item())
"""


def _learning(state: State, product: TensorProduct) -> str:
    if state.target == HIDDEN:
        data = f"""\
x, y = tp.irreps_in1.randn({state.samples}, -1), tp.irreps_in2.randn({state.samples}, -1)
hidden = torch.randn(tp.weight_numel)
wanted = tp(x, y, hidden)
"""
    else:
        function = {
            CROSS: "torch.linalg.cross(a, b)",
            DOUBLE: "torch.linalg.cross(a, torch.linalg.cross(a, b))",
        }.get(state.target, "(a - b) * torch.exp(-((a - b) ** 2).sum(-1, keepdim=True))")
        irrep = "1e" if state.target == CROSS else "1o"
        data = f"""\
a, b = torch.randn({state.samples}, 3), torch.randn({state.samples}, 3)


def features(irreps, vectors):  # solid harmonics for natural parities, zeros for the others
    parts = []
    for mul, ir in irreps:
        Y = o3.spherical_harmonics(ir.l, vectors, normalize=False, normalization="component") * (ir.p == (-1) ** ir.l)
        parts += [Y * (vectors**2).sum(-1, keepdim=True) ** k for k in range(mul)]
    return torch.cat(parts, dim=-1)


x, y = features(tp.irreps_in1, a), features(tp.irreps_in2, b)
wanted = torch.zeros({state.samples}, tp.irreps_out.dim)
place = next(s for s, (mul, ir) in zip(tp.irreps_out.slices(), tp.irreps_out) if ir == o3.Irrep("{irrep}"))
wanted[:, place.start : place.start + 3] = {function}
"""
    return f"""\
import torch
from e3nn import o3

torch.set_default_dtype(torch.float64)
torch.manual_seed({state.seed})
tp = {e3nn_call(product)}
{data}weights = (0.1 * torch.randn(tp.weight_numel)).requires_grad_()


def loss_of(w):
    return ((tp(x, y, w) - wanted) ** 2).mean()


H = torch.autograd.functional.hessian(loss_of, weights.detach())
rate = {state.rate!r} / torch.linalg.eigvalsh(H)[-1]  # in units of 1/curvature
for step in range({STEPS + 1}):
    loss = loss_of(weights)
    if step % 20 == 0:
        print(step, loss.item())
    (gradient,) = torch.autograd.grad(loss, weights)
    weights = (weights - rate * gradient).detach().requires_grad_()
"""
