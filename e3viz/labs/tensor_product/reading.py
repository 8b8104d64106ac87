"""Code in: a pasted call of e3nn's tensor products, or a `repr`, read and never run.

A call is read as Python's syntax tree; names are looked up among assignments of literals in the same text, and nothing but literals,
these names, tuples, lists and `o3.Irreps(…)` around them is understood. Whatever else stands there is named in a sentence.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from e3viz.errors import UserError, nearest
from e3viz.labs.tensor_product.state import State, owned
from e3viz.symmetry.irreps import Irrep, Irreps
from e3viz.symmetry.path_presets import convolution, elementwise, full, fully_connected
from e3viz.symmetry.paths import Instruction, TensorProduct

LONGEST = 50_000
_ARGUMENTS = {
    "TensorProduct": ("irreps_in1", "irreps_in2", "irreps_out", "instructions", "in1_var", "in2_var", "out_var", "irrep_normalization", "path_normalization"),
    "FullyConnectedTensorProduct": ("irreps_in1", "irreps_in2", "irreps_out", "irrep_normalization", "path_normalization"),
    "FullTensorProduct": ("irreps_in1", "irreps_in2", "filter_ir_out", "irrep_normalization"),
    "ElementwiseTensorProduct": ("irreps_in1", "irreps_in2", "filter_ir_out", "irrep_normalization"),
}  # fmt: skip
_IGNORED = ("internal_weights", "shared_weights", "compile_left_right", "compile_right", "_specialized_code", "_optimize_einsums")
_REPR = re.compile(r"(\w+)\s*\(\s*([^()]*?)\s+x\s+([^()]*?)\s*->\s*([^()|]*?)\s*\|\s*(\d+)\s+paths\s*\|\s*(\d+)\s+weights\s*\)")
_EXAMPLE = 'Paste for example o3.FullyConnectedTensorProduct("8x0e+8x1o", "1x1o", "8x0e").'


def state_of(state: State) -> State:
    """The state that shows what was pasted."""
    return owned(state, read(state.pasted), view="paths", chosen=-1, chip="", weights=())


def read(text: str) -> TensorProduct:
    """The tensor product of a call or a `repr`; raises UserError that says what is not understood."""
    if not text.strip():
        raise UserError("Nothing was pasted.", _EXAMPLE)
    if len(text) > LONGEST:
        raise UserError("This text is too long to be a tensor product.", f"Paste at most {LONGEST:,} characters.")
    found = _REPR.search(text)
    if found is not None and found.group(1) in _ARGUMENTS:
        return _of_repr(*found.groups())
    try:
        tree = ast.parse(text.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        raise UserError(f"This is no Python code{f' (line {line})' if line else ''}.", _EXAMPLE) from None
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node) in _ARGUMENTS]
    if not calls:
        raise UserError("There is no tensor product in this text.", _EXAMPLE + _near(tree))
    return _of_call(calls[0], _names(tree))


def _called(call: ast.Call) -> str:
    """The last word of what is called: TensorProduct of o3.TensorProduct."""
    what = call.func
    return what.attr if isinstance(what, ast.Attribute) else what.id if isinstance(what, ast.Name) else ""


def _near(tree: ast.AST) -> str:
    words = [_called(node) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    close = next((nearest(word, list(_ARGUMENTS)) for word in words if word and nearest(word, list(_ARGUMENTS))), "")
    return f" {close}" if close else ""


def _names(tree: ast.Module) -> dict[str, ast.expr]:
    """What names stand for: plain assignments anywhere in the text, the last of each name."""
    known = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            known[node.targets[0].id] = node.value
    return known


def _value(node: ast.expr, names: Mapping[str, ast.expr], depth: int = 0) -> Any:
    """The literal that an expression is; raises UserError for anything that would have to be run."""
    if depth > 40:
        raise UserError("This call is nested too deeply.", "Write its arguments out.")
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _value(node.operand, names, depth + 1)
        if isinstance(inner, int | float):
            return -inner
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(_value(item, names, depth + 1) for item in node.elts)
    if isinstance(node, ast.Name) and node.id in names:
        return _value(names[node.id], {k: v for k, v in names.items() if k != node.id}, depth + 1)
    if isinstance(node, ast.Call) and _called(node) in ("Irreps", "Irrep") and len(node.args) == 1 and not node.keywords:
        return _value(node.args[0], names, depth + 1)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _quotient(_value(node.left, names, depth + 1), _value(node.right, names, depth + 1))
    shown = ast.unparse(node)
    raise UserError(
        f"“{shown if len(shown) <= 40 else shown[:39] + '…'}” is not a plain value, and pasted code is never run.",
        "Write the value itself.",
    )


def _quotient(above: Any, below: Any) -> float:
    if not all(isinstance(v, int | float) for v in (above, below)) or not below:
        raise UserError("A division in this call cannot be worked out.", "Write the number itself.")
    return float(above) / float(below)


def _arguments(call: ast.Call, names: Mapping[str, ast.expr]) -> dict[str, Any]:
    kind = _called(call)
    known = _ARGUMENTS[kind]
    if len(call.args) > len(known) or any(isinstance(arg, ast.Starred) for arg in call.args):
        raise UserError(f"{kind} is called with arguments that are not understood.", f"It takes {', '.join(known)}.")
    given = dict(zip(known, call.args, strict=False))
    for keyword in call.keywords:
        if keyword.arg is None:
            raise UserError(f"{kind} is called with ** arguments.", "Write them out.")
        if keyword.arg in _IGNORED:
            continue
        name = "irrep_normalization" if keyword.arg == "normalization" else keyword.arg
        if name not in (*known, "path_normalization"):
            raise UserError(f"{kind} has no argument “{keyword.arg}”.", nearest(keyword.arg, known))
        given[name] = keyword.value
    return {name: _value(node, names) for name, node in given.items()}


def _of_call(call: ast.Call, names: Mapping[str, ast.expr]) -> TensorProduct:
    kind, given = _called(call), _arguments(call, names)
    needed = _ARGUMENTS[kind][: {"TensorProduct": 4, "FullyConnectedTensorProduct": 3}.get(kind, 2)]
    missing = [name for name in needed if name not in given]
    if missing:
        raise UserError(f"{kind} lacks {', '.join(missing)}.", f"It needs {', '.join(needed)}.")
    kinds = {name: _word(given, name) for name in ("irrep_normalization", "path_normalization") if given.get(name) is not None}
    first, second = _irreps(given["irreps_in1"], "irreps_in1"), _irreps(given["irreps_in2"], "irreps_in2")
    if kind in ("FullTensorProduct", "ElementwiseTensorProduct"):
        make = full if kind == "FullTensorProduct" else elementwise
        keep = given.get("filter_ir_out")
        made = make(first, second, "" if keep is None else _filter(keep), **kinds)
        return made
    out = _irreps(given["irreps_out"], "irreps_out")
    if kind == "FullyConnectedTensorProduct":
        return fully_connected(first, second, out, **kinds)
    paths = tuple(_instruction(row, number) for number, row in enumerate(_rows(given["instructions"])))
    made = replace(TensorProduct(first, second, out, paths), **kinds)  # type: ignore[arg-type]
    for theirs, ours in (("in1_var", "var1"), ("in2_var", "var2"), ("out_var", "var_out")):
        if given.get(theirs) is not None:
            made = replace(made, **{ours: _variance(given[theirs], theirs)})  # type: ignore[arg-type]
    return made


def _word(given: Mapping[str, Any], name: str) -> str:
    if not isinstance(given[name], str):
        raise UserError(f"{name} is not a word.", "Write for example “component”.")
    return str(given[name])


def _irreps(value: Any, name: str) -> Irreps:
    """Irreps from text, or from (multiplicity, (l, p)) as e3nn takes them."""
    if isinstance(value, str):
        return Irreps.parse(value)
    if isinstance(value, tuple):
        return Irreps(tuple(_term(item, name) for item in value))
    raise UserError(f"{name} is not irreps.", "Write for example “8x0e + 4x1o”.")


def _term(item: Any, name: str) -> tuple[int, Irrep]:
    if isinstance(item, str):
        terms = Irreps.parse(item).terms
        if len(terms) == 1:
            return terms[0]
    if isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], int) and not isinstance(item[0], bool) and item[0] >= 0:
        count, irrep = item
        if isinstance(irrep, str):
            return count, Irrep.parse(irrep)
        if isinstance(irrep, tuple) and len(irrep) == 2 and all(isinstance(v, int) for v in irrep):
            return count, Irrep(*irrep)
        if isinstance(irrep, int) and not isinstance(irrep, bool):
            return 1, Irrep(count, irrep)
    raise _no_term(item, name)


def _no_term(item: Any, name: str) -> UserError:
    return UserError(f"A term of {name}, {item!r}, is not understood.", "Write (8, (1, -1)) or “8x1o”.")


def _filter(value: Any) -> Irreps:
    items = value if isinstance(value, tuple) else (value,)
    return Irreps(tuple((1, Irrep.parse(item) if isinstance(item, str) else _term((1, item), "filter_ir_out")[1]) for item in items))


def _rows(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, tuple):
        raise UserError("The instructions are not a list.", 'Write [(0, 0, 0, "uvw", True)].')
    return value


def _instruction(row: Any, number: int) -> Instruction:
    wrong = UserError(f"Instruction {number} is not understood.", 'Write (0, 0, 0, "uvw", True) or (0, 0, 0, "uvw", True, 1.0).')
    if not isinstance(row, tuple) or len(row) not in (5, 6):
        raise wrong
    places, mode, weighted, factor = row[:3], row[3], row[4], row[5] if len(row) == 6 else 1.0
    if (
        not all(isinstance(n, int) and not isinstance(n, bool) for n in places)
        or not isinstance(mode, str)
        or not isinstance(weighted, bool)
    ):
        raise wrong
    if isinstance(factor, bool) or not isinstance(factor, int | float):
        raise wrong
    i1, i2, iout = places
    return Instruction(i1, i2, iout, mode, weighted, float(factor))


def _variance(value: Any, name: str) -> tuple[float, ...]:
    if not isinstance(value, tuple) or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in value):
        raise UserError(f"{name} is not a list of numbers.", "Write for example [1.0, 0.5].")
    return tuple(float(v) for v in value)


def _of_repr(kind: str, *parts: str) -> TensorProduct:
    """From `FullyConnectedTensorProduct(8x0e x 1x1o -> 8x1o | 64 paths | 64 weights)`: the paths follow from the irreps, where they do."""
    first, second, out = (Irreps.parse(text) for text in parts[:3])
    paths, weights = int(parts[3]), int(parts[4])
    for made in _guesses(kind, first, second, out):
        if (made.copy_paths, made.weight_count) == (paths, weights) and made.irreps_out.simplify() == out.simplify():
            return made
    raise UserError(
        f"This repr does not say which {paths} paths {kind} has.", "A repr leaves out modes and instructions: paste the call that made it."
    )


def _guesses(kind: str, first: Irreps, second: Irreps, out: Irreps) -> list[TensorProduct]:
    """What a repr can stand for, the likely first; only those that can be built from these irreps."""
    makers: list[Any] = [
        lambda: fully_connected(first, second, out),
        lambda: full(first, second, out),
        lambda: elementwise(first, second, out),
    ]
    makers.append(lambda: convolution(first, second, out))
    order = {"FullTensorProduct": [1], "ElementwiseTensorProduct": [2], "FullyConnectedTensorProduct": [0]}.get(kind, [0, 3, 1, 2])
    found = []
    for number in order:
        try:
            found.append(makers[number]())
        except UserError:
            continue
    return found
