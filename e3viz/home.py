"""Where what belongs to a person is kept: runs, studies, what they have trusted."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The folder of a person's data; E3VIZ_HOME puts it elsewhere (tests, portable use). Nothing is made."""
    given = os.environ.get("E3VIZ_HOME")
    if given:
        return Path(given)
    from platformdirs import user_data_path

    return user_data_path("e3viz", appauthor=False)
