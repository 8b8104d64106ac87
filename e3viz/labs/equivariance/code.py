"""A script with torch and e3nn for what the Equivariance lab shows: the map, both ways round the square, the largest error over O(3).

The map is written out, whatever it is: polynomials as Python, sums, compositions and products of them, an average over the group, or a
small network with the same first weights, the same examples and the same steps as in the lab, so that the script prints its numbers.
"""

from __future__ import annotations

from dataclasses import replace

from e3viz.labs.equivariance.pictures import sample
from e3viz.labs.equivariance.state import NETWORK, State, first, second, shown
from e3viz.symmetry.element import Element
from e3viz.symmetry.maps import DEGREE, MOST_EXACT, TypedMap, variables
from e3viz.symmetry.small_networks import BATCH, EXAMPLES, KINDS, RATE

QUADRATURE = '''
def group(degree):
    """All nodes of a product quadrature of O(3), exact up to a degree, and their weights."""
    cosines, heights = np.polynomial.legendre.leggauss(degree // 2 + 1)
    turns = 2 * torch.pi * torch.arange(degree + 1) / (degree + 1)
    a, b, c = torch.cartesian_prod(turns, torch.tensor(np.arccos(cosines)), turns).T
    weights = torch.tensor(heights).repeat_interleave(degree + 1).repeat(degree + 1) / (4 * (degree + 1) ** 2)
    R = o3.angles_to_matrix(a, b, c)
    return torch.cat([R, -R]), torch.cat([weights, weights])
'''
AVERAGE = '''
def averaged(F, degree):
    """The equivariant part of F: the average of D(g)⁻¹ F(D(g) x) over O(3)."""
    nodes, weights = group(degree)
    before, after = irreps_in.D_from_matrix(nodes), irreps_out.D_from_matrix(nodes)

    def part(x):
        return sum(w * F(x @ A.T) @ B for w, A, B in zip(weights, before, after))

    return part
'''
EXAMPLES_CODE = f'''
def target(x):
    """(a·b) a − ½ |a|² b"""
    a, b = x[:, :3], x[:, 3:]
    return (a * b).sum(1, keepdim=True) * a - 0.5 * (a * a).sum(1, keepdim=True) * b


def scalar_target(x):
    """a·b − ½ |a|²"""
    a, b = x[:, :3], x[:, 3:]
    return ((a * b).sum(1) - 0.5 * (a * a).sum(1))[:, None]


def invariants(x):
    a, b = x[:, :3], x[:, 3:]
    return torch.stack([(a * a).sum(1), (b * b).sum(1), (a * b).sum(1)], dim=1)


# a of the examples lies in one octant; those it is tested on lie everywhere
examples = torch.tensor(np.random.default_rng([seed, 7]).normal(size=({EXAMPLES}, 6)))
examples[:, :3] = examples[:, :3].abs()
tests = torch.tensor(np.random.default_rng([seed + 1, 7]).normal(size=(400, 6)))
'''
LAYERS = """
first = np.random.default_rng(seed)
widths = [{inputs}, 48, 48, {outputs}]
weights = [torch.tensor(first.normal(size=(a, b)) / a**0.5, requires_grad=True) for a, b in zip(widths, widths[1:])]
biases = [torch.zeros(b, requires_grad=True) for b in widths[1:]]
parameters, rate = [*weights, *biases], {rate}


def layers(h):
    for w, b in zip(weights[:-1], biases[:-1]):
        h = torch.tanh(h @ w + b)
    return h @ weights[-1] + biases[-1]


def F(x):
    {body}
"""
E3NN = """
torch.set_default_dtype(torch.float32)  # in which the first weights are drawn
torch.manual_seed(seed)
gate = Gate("8x0e", [torch.tanh], "8x0e", [torch.sigmoid], "8x1o")
first = o3.FullyConnectedTensorProduct("2x1o", "2x1o + 1x0e", gate.irreps_in)
second = o3.FullyConnectedTensorProduct(gate.irreps_out, "2x1o + 1x0e", "1x1o")
parameters, rate = list(torch.nn.ModuleList([first, gate, second]).double().parameters()), 1e-2
torch.set_default_dtype(torch.float64)


def F(x):
    with_one = torch.cat([x, torch.ones_like(x[:, :1])], dim=1)
    return second(gate(first(x, with_one)), with_one)
"""
TEACH = """
optimiser = torch.optim.Adam(parameters, lr=rate, eps={eps})
order = np.random.default_rng([seed, 3])
for step in range({steps}):
    x = examples[order.permutation({examples})[:{batch}]]{augment}
    optimiser.zero_grad()
    (F(x) - {target}(x)).square().mean().backward()
    optimiser.step()

with torch.no_grad():
    print("loss on examples:          ", (F(examples) - {target}(examples)).square().mean().item())
    print("error in all directions:   ", ((F(tests) - {target}(tests)).square().mean() / {target}(tests).square().mean()).sqrt().item())
"""
AUGMENT = """
    sign, q = 1 - 2 * int(order.integers(2)), torch.tensor(order.normal(size=7)[:4])
    R = sign * o3.quaternion_to_matrix(q / q.norm() * (-1 if q[0] < 0 else 1))
    x = torch.cat([x[:, :3] @ R.T, x[:, 3:] @ R.T], dim=1)"""
BODIES = {
    "MLP": (6, 3, "return layers(x)"),
    "MLP, augmented": (6, 3, "return layers(x)"),
    "invariants": (3, 1, "return layers(invariants(x))"),
    "invariants × vectors": (3, 2, "y = layers(invariants(x))\n    return y[:, :1] * x[:, :3] + y[:, 1:] * x[:, 3:]"),
}
"""What the layers are given, how many numbers they say, and what is made of these."""
MEASURE = """
x = torch.tensor([[{x}]])
g = torch.tensor([{g}])
samples = torch.tensor(np.random.default_rng(20).normal(size=(6, irreps_in.dim)))

with torch.no_grad():
    D_in, D_out = irreps_in.D_from_matrix(g), irreps_out.D_from_matrix(g)
    print("f(g x):                    ", f(x @ D_in.T)[0].tolist())
    print("D(g) f(x):                 ", (f(x) @ D_out.T)[0].tolist())
    print("difference:                ", (f(x @ D_in.T) - f(x) @ D_out.T).abs().max().item())

    direct, worst = f(samples), 0.0
    for R in group({degree})[0].split(100):
        D_in, D_out = irreps_in.D_from_matrix(R), irreps_out.D_from_matrix(R)
        turned = torch.einsum("nij,kj->nki", D_in, samples)
        there = f(turned.flatten(0, 1)).reshape(len(R), len(samples), -1)
        worst = max(worst, (there - torch.einsum("nij,kj->nki", D_out, direct)).abs().max().item())
    size = direct.square().sum(dim=1).mean().sqrt().item()
    print("largest error over O(3), relative to the size of f:", worst / (size or 1.0))
"""


def code(state: State, g: Element) -> str:
    """The script. Raises UserError for what is no map."""
    f = shown(state)
    if state.source == NETWORK:
        about, maps = f"a small network, {KINDS[state.network]}", _network(state)
    else:
        about, maps = f"a map {f.type}; components of x: {', '.join(variables(f.inputs))}", _formulas(state, f)
    gate = "from e3nn.nn import Gate\n" if state.source == NETWORK and state.network == "e3nn" else ""
    matrix = ", ".join("[" + ", ".join(f"{v:.15g}" for v in row) + "]" for row in g.linear)
    parts = [
        f'"""The commuting square of {about}."""\n\nimport numpy as np\nimport torch\nfrom e3nn import o3\n{gate}\n'
        f'torch.set_default_dtype(torch.float64)\nirreps_in, irreps_out = o3.Irreps("{f.inputs}"), o3.Irreps("{f.outputs}")\n',
        QUADRATURE,
        maps,
        _measured(state, f),
        MEASURE.format(x=", ".join(f"{v:.15g}" for v in sample(state, f)), g=matrix, degree=min(2 * f.degree + 1, DEGREE)).lstrip("\n"),
    ]
    return "\n".join(part for part in parts if part)


def _measured(state: State, f: TypedMap) -> str:
    """f, made of F: its average over the group, or F in single precision."""
    made = ""
    if state.repaired and f.terms is None:
        base = shown(replace(state, repaired=False))
        made = AVERAGE + f"\n\nF = averaged(F, {min(max(base.exact_degree, 8), MOST_EXACT)})\n"
    if state.precision == "float64":
        return made + "\nf = F\n"
    single = (
        "\nweights, biases = [w.detach().float() for w in weights], [b.detach().float() for b in biases]\n"
        if _layered(state) and not made
        else ""
    )
    inside = "F(x.float().double()).float()" if made or (state.network == "e3nn" and state.source == NETWORK) else "F(x.float())"
    return made + single + f"\n\ndef f(x):\n    return {inside}.double()  # what the lab calls float32\n"


def _layered(state: State) -> bool:
    return state.source == NETWORK and state.network in BODIES


def _formulas(state: State, f: TypedMap) -> str:
    if f.terms is not None:
        return _function("F", f)
    one, two = first(state), second(state)
    if state.built == "f":
        return _function("F", one)
    rule = {"f + g": "one(x) + two(x)", "f ∘ g": "one(two(x))", "f ⊗ g": "product(one(x), two(x))"}[state.built]
    product = [_product(one, two)] if state.built == "f ⊗ g" else []
    return "\n\n".join([_function("one", one), _function("two", two), *product, f"\ndef F(x):\n    return {rule}\n"])


def _function(name: str, f: TypedMap) -> str:
    names = variables(f.inputs)
    unpacked = ", ".join(names) + ("," if len(names) == 1 else "")
    return f"\ndef {name}(x):\n    {unpacked} = x.unbind(-1)\n    return torch.stack([{', '.join(_python(f))}], dim=-1)\n"


def _python(f: TypedMap) -> list[str]:
    """Its components as Python."""
    names = variables(f.inputs)
    made = []
    for terms in f.terms or ():
        parts = []
        for monomial, c in terms.items():
            body = " * ".join(f"{name}**{p}" if p > 1 else name for name, p in zip(names, monomial, strict=True) if p)
            parts.append(f"{float(c)!r}" + (f" * {body}" if body else f" + 0 * {names[0]}"))
        made.append(" + ".join(parts) or f"0 * {names[0]}")
    return made


def _product(f: TypedMap, g: TypedMap) -> str:
    return f'''
def product(u, v):
    """All paths of u ⊗ v, each with the Clebsch–Gordan coefficients of e3nn, the outputs sorted."""
    pieces = []
    for a, one in zip(o3.Irreps("{f.outputs}").slices(), o3.Irreps("{f.outputs}")):
        for b, two in zip(o3.Irreps("{g.outputs}").slices(), o3.Irreps("{g.outputs}")):
            for i in range(one.mul):
                for j in range(two.mul):
                    left = u[..., a][..., i * one.ir.dim : (i + 1) * one.ir.dim]
                    right = v[..., b][..., j * two.ir.dim : (j + 1) * two.ir.dim]
                    for out in one.ir * two.ir:
                        C = o3.wigner_3j(one.ir.l, two.ir.l, out.l, dtype=u.dtype) * out.dim**0.5
                        pieces.append((out, len(pieces), torch.einsum("...i,...j,ijk->...k", left, right, C)))
    return torch.cat([piece[2] for piece in sorted(pieces, key=lambda piece: (piece[0].l, -piece[0].p * (-1) ** piece[0].l, piece[1]))], dim=-1)
'''


def _network(state: State) -> str:
    """The network, taught as in the lab."""
    seed = f"seed = {state.seed}\n"
    if state.network == "e3nn":
        made, eps = E3NN, "1e-8"
    else:
        inputs, outputs, body = BODIES[state.network]
        made, eps = LAYERS.format(inputs=inputs, outputs=outputs, body=body, rate=RATE), "1e-9"
    target = "scalar_target" if state.network == "invariants" else "target"
    augment = AUGMENT if state.network == "MLP, augmented" else ""
    taught = TEACH.format(eps=eps, steps=state.steps, examples=EXAMPLES, batch=BATCH, augment=augment, target=target)
    return f"\n{seed}\n{EXAMPLES_CODE}\n{made}\n{taught}"
