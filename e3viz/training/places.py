"""Where runs and studies live unless somebody says otherwise."""

from __future__ import annotations

import os
from pathlib import Path


def runs_folder() -> Path:
    """The folder of a person's runs; E3VIZ_HOME puts it elsewhere (tests, portable use). Nothing is made."""
    home = os.environ.get("E3VIZ_HOME")
    if home:
        return Path(home) / "runs"
    from platformdirs import user_data_path

    return user_data_path("e3viz", appauthor=False) / "runs"
