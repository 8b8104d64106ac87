"""What clicks and drags on the path diagram do to the state: choose, draw a path, add, move and change terms.

A path drawn from chip to chip must obey the rules of paths; where it does not, UserError says which rule forbids it, with the numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from e3viz.errors import UserError
from e3viz.labs.lab import Hit
from e3viz.labs.tensor_product.path_diagram import SIDES
from e3viz.labs.tensor_product.powers import node_of
from e3viz.labs.tensor_product.state import (
    DERIVED,
    OWN,
    STEPS,
    State,
    chosen_path,
    key,
    main_path,
    owned,
    parsed,
    path_amounts,
    product_of,
    shown_paths,
)
from e3viz.symmetry.irreps import Irrep, Irreps
from e3viz.symmetry.paths import MODES, Instruction, TensorProduct, fitting_modes, forbidden, is_allowed, mismatch

FIELDS = {"in1": "irreps1", "in2": "irreps2", "out": "irreps_out"}
_PLACE = {"in1": "i1", "in2": "i2", "out": "iout"}


def pick(state: State, hit: Hit) -> State | None:
    """The state after a click, a drag or a key on the lab's pictures and tables."""
    does = _PICKS.get(hit.panel)
    return does(state, hit) if does is not None else None


def _on_paths(state: State, hit: Hit) -> State | None:
    return _dropped(state, hit) if hit.end is not None else _clicked(state, hit.item)


def _on_modes(state: State, hit: Hit) -> State | None:
    return with_mode(state, hit.item.split()[1]) if hit.item.startswith("mode ") else None


def _on_powers(state: State, hit: Hit) -> State | None:
    if not hit.item.startswith("node "):
        return None
    n, l = (int(word) for word in hit.item.split()[1:])
    return replace(state, node=(n, l), m=max(-l, min(state.m, l)))


def _on_path_row(state: State, hit: Hit) -> State | None:
    rows = shown_paths(state)
    return replace(state, chosen=rows[hit.index], chip="") if 0 <= hit.index < len(rows) else None


def _on_mode_row(state: State, hit: Hit) -> State | None:
    return with_mode(state, MODES[hit.index]) if 0 <= hit.index < len(MODES) else None


def _on_polynomial_row(state: State, hit: Hit) -> State | None:
    l = node_of(state)[1]
    return replace(state, m=max(-l, min(hit.index - l, l)))


def _on_loss(state: State, hit: Hit) -> State | None:
    return replace(state, step=int(max(0, min(round(hit.position[0]), STEPS)))) if hit.position else None


_PICKS: dict[str, Callable[[State, Hit], State | None]] = {
    "paths": _on_paths,
    "modes": _on_modes,
    "powers": _on_powers,
    "loss": _on_loss,
    "table:paths": _on_path_row,
    "table:modes": _on_mode_row,
    "table:polynomials": _on_polynomial_row,
}


def _clicked(state: State, item: str) -> State | None:
    kind, _, rest = item.partition(" ")
    if kind == "path":
        number = int(rest)
        return replace(state, chosen=-1 if state.chosen == number else number, chip="")
    if kind in SIDES:
        return replace(state, chip="" if state.chip == item else item)
    if kind == "add":
        return add_term(state, rest)
    if kind == "chip":
        return edit_term(state, rest)
    return replace(state, chosen=-1, chip="") if not item and (state.chip or state.chosen >= 0) else None


def _dropped(state: State, hit: Hit) -> State | None:
    """A drag from chip to chip: within a side it moves a term, between sides it draws a path."""
    end = hit.end
    if end is None or hit.item.partition(" ")[0] not in SIDES or end.item.partition(" ")[0] not in SIDES or hit.item == end.item:
        return None
    start, stop = hit.item.split(), end.item.split()
    if any(not words[1].isdigit() or int(words[1]) >= len(_irreps_of(state, words[0])) for words in (start, stop)):
        return None
    if start[0] == stop[0]:
        return move_term(state, start[0], int(start[1]), int(stop[1]))
    return draw_path(state, {start[0]: int(start[1]), stop[0]: int(stop[1])})


def draw_path(state: State, ends: dict[str, int]) -> State:
    """The state with one more path between two chips; raises UserError with the rule that forbids it.

    Which term takes part on the third side follows from the rules: the first that is allowed and not used yet.
    """
    product = product_of(state)
    options = [
        (i, j, k)
        for i in ([ends["in1"]] if "in1" in ends else range(len(product.irreps1)))
        for j in ([ends["in2"]] if "in2" in ends else range(len(product.irreps2)))
        for k in ([ends["out"]] if "out" in ends else range(len(product.irreps_out)))
    ]
    allowed = [place for place in options if is_allowed(*_irreps_at(product, place))]
    if not allowed:
        raise UserError(*_why_not(product, ends))
    known = {(path.i1, path.i2, path.iout): k for k, path in enumerate(product.instructions)}
    fresh = [place for place in allowed if place not in known]
    if not fresh:
        raise UserError(
            "Every path between these two is there already.", f"Click {product.label(product.instructions[known[allowed[0]]])} to see it."
        )
    place = fresh[0]
    copies = tuple(irreps.terms[n][0] for irreps, n in zip((product.irreps1, product.irreps2, product.irreps_out), place, strict=True))
    path = Instruction(*place, _usual_mode(product, copies))
    made = replace(product, instructions=(*product.instructions, path))
    return owned(state, made, chosen=len(made.instructions) - 1, chip="")


def _irreps_at(product: TensorProduct, place: tuple[int, int, int]) -> tuple[Irrep, Irrep, Irrep]:
    return product.irreps1.terms[place[0]][1], product.irreps2.terms[place[1]][1], product.irreps_out.terms[place[2]][1]


def _usual_mode(product: TensorProduct, copies: tuple[int, ...]) -> str:
    """The mode most of the paths have, if it fits, else the first that does."""
    modes = [path.mode for path in product.instructions]
    usual = max(dict.fromkeys(modes), key=modes.count) if modes else "uvw"
    u, v, w = copies
    return usual if not mismatch(usual, u, v, w) else fitting_modes(u, v, w)[0]


def _why_not(product: TensorProduct, ends: dict[str, int]) -> tuple[str, str]:
    """The rule that forbids every path between two chips, with the numbers, and what would be right."""
    if "out" not in ends:
        first, second = product.irreps1.terms[ends["in1"]][1], product.irreps2.terms[ends["in2"]][1]
        made = ", ".join(map(str, first * second))
        return f"{first} ⊗ {second} makes {made}, and the output has none of them.", f"Add one of {made} to the output."
    side = "in1" if "in1" in ends else "in2"
    own = (product.irreps1 if side == "in1" else product.irreps2).terms[ends[side]][1]
    others = product.irreps2 if side == "in1" else product.irreps1
    out = product.irreps_out.terms[ends["out"]][1]
    needed = ", ".join(str(irrep) for irrep in own * out)
    reasons = [
        forbidden(own, other, out) if side == "in1" else forbidden(other, own, out) for other in dict.fromkeys(irrep for _, irrep in others)
    ]
    told = " ".join(reasons[:3]) + (" The others are forbidden, too." if len(reasons) > 3 else "")
    return (
        told or f"{SIDES['in2' if side == 'in1' else 'in1'].capitalize()} is empty.",
        f"From {own} to {out} the other input must have {needed}.",
    )


def remove_path(state: State) -> State:
    """The state without the chosen path."""
    number = chosen_path(state)
    if number is None:
        raise UserError("No path is chosen.", "Click a strand first.")
    product = product_of(state)
    left = tuple(path for k, path in enumerate(product.instructions) if k != number)
    return owned(state, replace(product, instructions=left), chosen=-1)


def with_mode(state: State, mode: str) -> State:
    """The state with another mode of the path on view; raises UserError if it does not fit the multiplicities."""
    product, number = product_of(state), main_path(state)
    path = product.instructions[number]
    (u, _), (v, _), (w, _) = product.terms(path)
    wrong = mismatch(mode, u, v, w)
    if wrong:
        raise UserError(
            f"{product.label(path)}: {wrong}", "Change the multiplicities, or use one of " + ", ".join(fitting_modes(u, v, w)) + "."
        )
    paths = list(product.instructions)
    paths[number] = replace(path, mode=mode, has_weight=True)
    return owned(state, replace(product, instructions=tuple(paths)), chosen=number)


def toggle_weight(state: State) -> State:
    """The state with the weights of the path on view switched on or off."""
    product, number = product_of(state), main_path(state)
    path = product.instructions[number]
    (u, _), (v, _), (w, _) = product.terms(path)
    wrong = mismatch(path.mode, u, v, w, has_weight=not path.has_weight)
    if wrong:
        raise UserError(f"{product.label(path)}: {wrong}", "Choose another mode first.")
    paths = list(product.instructions)
    paths[number] = replace(path, has_weight=not path.has_weight)
    return owned(state, replace(product, instructions=tuple(paths)), chosen=number)


# ---- terms ------------------------------------------------------------------------------------------------------------------------


def _irreps_of(state: State, side: str) -> Irreps:
    product = product_of(state)
    return {"in1": product.irreps1, "in2": product.irreps2, "out": product.irreps_out}[side]


def _with_terms(state: State, side: str, terms: list[tuple[int, Irrep]], moved: Callable[[int], int | None], **more: object) -> State:
    """The state with other terms on one side; moved: the new number of a term, None where it is gone. Presets stay presets where the
    output follows from them; where a person has drawn paths, these follow the terms."""
    text = str(Irreps(tuple(terms)))
    parsed(text)
    state = replace(state, weights=_following(state, side, moved))
    if side != "out" and state.preset != OWN:
        return replace(state, **{FIELDS[side]: text, "chosen": -1, **more})  # type: ignore[arg-type]
    if side == "out" and state.preset not in (*DERIVED, OWN):
        return replace(state, irreps_out=text, chosen=-1, **more)  # type: ignore[arg-type]
    own = owned(state)
    place = ("in1", "in2", "out").index(side)
    kept = []
    for row in own.instructions:
        numbers = [row[0], row[1], row[2]]
        now = moved(numbers[place])
        if now is not None:
            numbers[place] = now
            kept.append((*numbers, *row[3:]))
    return replace(own, **{FIELDS[side]: text, "instructions": tuple(kept), "chosen": -1, **more})  # type: ignore[arg-type]


def _following(state: State, side: str, moved: Callable[[int], int | None]) -> tuple[tuple[str, float], ...]:
    """The weights of all paths under the names they have after terms of one side have moved."""
    place = ("in1", "in2", "out").index(side)
    found = []
    for path, amount in zip(product_of(state).instructions, path_amounts(state), strict=True):
        words = key(path).split()
        now = moved(int(words[place]))
        if now is not None and path.has_weight:
            words[place] = str(now)
            found.append((" ".join(words), float(amount)))
    return tuple(sorted(found))


def add_term(state: State, side: str) -> State:
    """The state with one more term: the next degree that is missing, with as many copies as the last."""
    irreps = _irreps_of(state, side)
    present = {irrep for _, irrep in irreps}
    natural = (Irrep(l, (-1) ** (l % 2)) for l in range(len(present) + 1))
    fresh = next(irrep for irrep in natural if irrep not in present)
    count = irreps.terms[-1][0] if len(irreps) else 1
    return _with_terms(state, side, [*irreps, (max(count, 1), fresh)], lambda k: k, chip=f"{side} {len(irreps)}")


def move_term(state: State, side: str, start: int, stop: int) -> State:
    """The state with a term in another place; its paths go with it."""
    order = [k for k in range(len(_irreps_of(state, side))) if k != start]
    order.insert(stop, start)
    terms = _irreps_of(state, side).terms
    return _with_terms(state, side, [terms[k] for k in order], order.index, chip=f"{side} {stop}")


def edit_term(state: State, what: str) -> State | None:
    """The state after one of the buttons of the chosen chip."""
    side, _, number = state.chip.partition(" ")
    irreps = _irreps_of(state, side) if side in SIDES else Irreps()
    if not number.isdigit() or int(number) >= len(irreps):
        return None
    k, terms = int(number), list(irreps)
    count, irrep = terms[k]
    if what == "remove":
        del terms[k]
        return _with_terms(state, side, terms, lambda old: None if old == k else old - (old > k), chip="")
    terms[k] = {
        "fewer": (max(count - 1, 0), irrep),
        "more": (count + 1, irrep),
        "lower": (count, Irrep(max(irrep.l - 1, 0), irrep.parity)),
        "higher": (count, Irrep(irrep.l + 1, irrep.parity)),
        "flip": (count, Irrep(irrep.l, -irrep.parity)),
    }.get(what, terms[k])
    return _with_terms(state, side, terms, lambda old: old)
