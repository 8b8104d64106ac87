"""A person's own defaults of a lab's looks: what is kept of a state, and how another is dressed in it.

They are kept as JSON values, and may come from another version of the program: what no longer fits is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from e3viz.errors import UserError
from e3viz.labs.fields import change, to_json
from e3viz.labs.lab import Lab


def kept(lab: Lab, state: Any) -> dict[str, Any]:
    """The looks of a state, as JSON values."""
    values = to_json(state)
    return {name: values[name] for name in lab.looks}


def dressed(lab: Lab, state: Any, looks: Mapping[str, Any]) -> Any:
    """The state with looks that were kept, as far as they are possible in it."""
    for name in lab.looks:
        if name in looks:
            try:
                state = change(state, **{name: looks[name]})
            except UserError:
                continue
    return state
