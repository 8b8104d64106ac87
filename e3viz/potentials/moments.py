"""Which scalars a moment tensor potential of a level is made of, and how to compute them (Shapeev, Multiscale Model. Simul. 2016, 14, 1153).

Moments M_{μ,ν} = Σ_j f_μ(r_j) r̂_j ⊗ … ⊗ r̂_j (ν factors) of the neighbours have level 2 + 4μ + ν; a scalar is a full contraction of some of
them, and its level is the sum. Such a contraction is a multigraph without loops: nodes are moments, M_{μ,ν} with ν edges, and an edge is an
index they share. All that differ, and their products, up to the level are the basis. Each is computed in steps c += m · a · b
(Novikov et al., Mach. Learn.: Sci. Technol. 2021, 2, 025002, `alpha_index_times`), which graphs share wherever parts of them are equal.

Moments are symmetric, so their components are counted by exponents (x, y, z), and an edge of multiplicity e is a sum over exponents that
add to e, each with its multinomial coefficient.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations, product
from math import factorial, prod

import numpy as np
from numpy.typing import NDArray

Node = tuple[int, int]
"""(μ, ν) of a moment."""
Edges = tuple[tuple[int, ...], ...]
Graph = tuple[tuple[Node, ...], Edges]
"""Nodes, and how many edges each pair has. A node with fewer than ν edges has open indices: then the graph is a tensor."""
Exponents = tuple[int, int, int]

HIGHEST = 28


@dataclass(frozen=True, eq=False)
class MomentBasis:
    """basic: (μ, x, y, z) of each component of a moment (basics, 4); times: a, b, factor, c of each step (steps, 4), ordered so that
    a and b are known; count: of all quantities, the basic ones first; scalars: which of them are the basis (k,)."""

    basic: NDArray[np.int32]
    times: NDArray[np.int32]
    count: int
    scalars: NDArray[np.int32]


def node_level(node: Node) -> int:
    """2 + 4μ + ν."""
    return 2 + 4 * node[0] + node[1]


@cache
def moment_basis(level: int) -> MomentBasis:
    """The basis of all scalars up to that level, in the order of their levels."""
    connected = sorted(_connected(level), key=lambda graph: (sum(map(node_level, graph[0])), graph))
    levels = [sum(map(node_level, graph[0])) for graph in connected]
    program = _Program()
    for node in sorted({node for nodes, _ in connected for node in nodes}):
        program.moment(node)
    program.begin()
    for graph in connected:
        program.tensor(graph)
    single = [program.tensor(graph)[((0, 0, 0),) * len(graph[0])] for graph in connected]
    products: dict[tuple[int, ...], int] = {(n,): index for n, index in enumerate(single)}
    found: list[tuple[int, tuple[int, ...]]] = [(levels[n], (n,)) for n in range(len(single))]
    queue = list(found)
    while queue:
        total, factors = queue.pop()
        for n in range(factors[-1], len(single)):
            if total + levels[n] <= level:
                queue.append((total + levels[n], (*factors, n)))
                found.append(queue[-1])
    found.sort()
    for _, factors in sorted(found, key=lambda one: len(one[1])):
        if len(factors) > 1:
            products[factors] = program.product(products[factors[:-1]], single[factors[-1]])
    return program.finish([products[factors] for _, factors in found])


@cache
def exponents(order: int) -> tuple[Exponents, ...]:
    """(x, y, z) that add up to `order`."""
    return tuple((x, y, order - x - y) for x in range(order, -1, -1) for y in range(order - x, -1, -1))


class _Program:
    """Steps so far, and what has been made of which graph."""

    def __init__(self) -> None:
        self.basic: list[tuple[int, int, int, int]] = []
        self.steps: list[tuple[int, int, int, int]] = []
        self.count = 0
        self.made: dict[Graph, dict[tuple[Exponents, ...], int]] = {}

    def moment(self, node: Node) -> None:
        graph: Graph = ((node,), ((0,),))
        self.made[graph] = {(one,): len(self.basic) + n for n, one in enumerate(exponents(node[1]))}
        self.basic += [(node[0], *one) for one in exponents(node[1])]

    def begin(self) -> None:
        self.count = len(self.basic)

    def product(self, a: int, b: int) -> int:
        self.steps.append((a, b, 1, self.count))
        self.count += 1
        return self.count - 1

    def tensor(self, graph: Graph) -> dict[tuple[Exponents, ...], int]:
        """Places of its components, by the exponents of the open indices of each node; steps are added where it is new."""
        if graph not in self.made:
            _, left, right = self._cost(graph, {})
            assert left is not None and right is not None
            self.made[graph] = self._contract(graph, left, right)
        return self.made[graph]

    def finish(self, scalars: list[int]) -> MomentBasis:
        basic, times = (np.array(rows, dtype=np.int32).reshape(-1, 4) for rows in (self.basic, self.steps))
        return MomentBasis(basic, times, self.count, np.array(scalars, dtype=np.int32))

    def _cost(self, graph: Graph, known: dict[Graph, int]) -> tuple[int, tuple[int, ...] | None, tuple[int, ...] | None]:
        """The fewest new steps that make a graph, and the two parts to contract for it."""
        nodes, edges = graph
        best: tuple[int, tuple[int, ...] | None, tuple[int, ...] | None] = (1 << 60, None, None)
        everyone = range(len(nodes))
        for chosen in range(1, 1 << (len(nodes) - 1)):
            left = tuple(n for n in everyone if chosen >> n & 1)
            right = tuple(n for n in everyone if not chosen >> n & 1)
            cost = _components(graph) * prod(len(exponents(edges[a][b])) for a in left for b in right)
            for part in (left, right):
                if cost >= best[0]:
                    break
                smaller, _ = canonical(_part(graph, part))
                if smaller not in self.made:
                    if smaller not in known:
                        known[smaller] = self._cost(smaller, known)[0]
                    cost += known[smaller]
            if cost < best[0]:
                best = (cost, left, right)
        return best

    def _contract(self, graph: Graph, left: tuple[int, ...], right: tuple[int, ...]) -> dict[tuple[Exponents, ...], int]:
        nodes, edges = graph
        sides = []
        for part in (left, right):
            smaller, order = canonical(_part(graph, part))
            sides.append((self.tensor(smaller), [part[n] for n in order]))
        shared = [(a, b) for a in left for b in right if edges[a][b]]
        found = {}
        for free in product(*(exponents(_open(graph, n)) for n in range(len(nodes)))):
            terms: dict[tuple[int, int], int] = {}
            for inner in product(*(exponents(edges[a][b]) for a, b in shared)):
                total = list(free)
                for (a, b), e in zip(shared, inner, strict=True):
                    total[a], total[b] = _sum(total[a], e), _sum(total[b], e)
                one, two = (components[tuple(total[n] for n in order)] for components, order in sides)
                factor = prod(_multinomial(e) for e in inner)
                key = (min(one, two), max(one, two))
                terms[key] = terms.get(key, 0) + factor
            found[free] = self.count
            self.steps += [(a, b, factor, self.count) for (a, b), factor in terms.items()]
            self.count += 1
        return found


@cache
def canonical(graph: Graph) -> tuple[Graph, tuple[int, ...]]:
    """The same graph with its nodes in an order that all equal graphs share, and that order."""
    nodes, edges = graph
    groups: dict[tuple[Node, int], list[int]] = {}
    for n, node in enumerate(nodes):
        groups.setdefault((node, _open(graph, n)), []).append(n)
    best: tuple[Edges, tuple[int, ...]] | None = None
    for orders in product(*(permutations(groups[key]) for key in sorted(groups))):
        order = tuple(n for group in orders for n in group)
        turned = tuple(tuple(edges[a][b] for b in order) for a in order)
        if best is None or turned < best[0]:
            best = (turned, order)
    assert best is not None
    return (tuple(nodes[n] for n in best[1]), best[0]), best[1]


def _connected(level: int) -> set[Graph]:
    """Every connected graph without open indices up to the level."""
    found: set[Graph] = {canonical((((mu, 0),), ((0,),)))[0] for mu in range((level - 2) // 4 + 1)}
    types = [(mu, nu) for mu in range(level) for nu in range(1, level) if node_level((mu, nu)) < level]
    for nodes in _multisets(sorted(types), level, 0):
        degrees = [nu for _, nu in nodes]
        if len(nodes) > 1 and sum(degrees) % 2 == 0 and 2 * max(degrees) <= sum(degrees) and sum(degrees) >= 2 * (len(nodes) - 1):
            found.update(canonical((nodes, edges))[0] for edges in _multigraphs(degrees) if _is_connected(edges))
    return found


def _multisets(types: Sequence[Node], level: int, first: int) -> Iterator[tuple[Node, ...]]:
    for n in range(first, len(types)):
        left = level - node_level(types[n])
        if left >= 0:
            yield (types[n],)
            for rest in _multisets(types, left, n):
                yield (types[n], *rest)


def _multigraphs(degrees: Sequence[int]) -> Iterator[Edges]:
    """All matrices of edges without loops in which the nodes have these degrees."""
    if len(degrees) == 1:
        if degrees[0] == 0:
            yield ((0,),)
        return
    first, *others = degrees
    for row in _rows(first, others):
        for rest in _multigraphs([d - e for d, e in zip(others, row, strict=True)]):
            yield ((0, *row), *((e, *line) for e, line in zip(row, rest, strict=True)))


def _rows(total: int, limits: Sequence[int]) -> Iterator[tuple[int, ...]]:
    if not limits:
        if total == 0:
            yield ()
        return
    for n in range(min(total, limits[0]) + 1):
        for rest in _rows(total - n, limits[1:]):
            yield (n, *rest)


def _is_connected(edges: Edges) -> bool:
    seen, queue = {0}, [0]
    while queue:
        here = queue.pop()
        for there, count in enumerate(edges[here]):
            if count and there not in seen:
                seen.add(there)
                queue.append(there)
    return len(seen) == len(edges)


def _part(graph: Graph, chosen: tuple[int, ...]) -> Graph:
    nodes, edges = graph
    return tuple(nodes[n] for n in chosen), tuple(tuple(edges[a][b] for b in chosen) for a in chosen)


def _open(graph: Graph, n: int) -> int:
    return graph[0][n][1] - sum(graph[1][n])


def _components(graph: Graph) -> int:
    return prod(len(exponents(_open(graph, n))) for n in range(len(graph[0])))


def _sum(a: Exponents, b: Exponents) -> Exponents:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


def _multinomial(e: Exponents) -> int:
    return factorial(sum(e)) // (factorial(e[0]) * factorial(e[1]) * factorial(e[2]))
