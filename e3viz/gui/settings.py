"""What the program remembers of a person: theme, window, recent files, figures. Plain values in an INI file, never executed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from platformdirs import user_config_path, user_data_path
from PySide6.QtCore import QByteArray, QSettings

MOST_RECENT = 12


def config_folder() -> Path:
    """Where settings live; E3VIZ_HOME puts them elsewhere (tests, portable use)."""
    home = os.environ.get("E3VIZ_HOME")
    return Path(home) / "config" if home else user_config_path("e3viz", appauthor=False)


def data_folder() -> Path:
    """Where autosaved sessions live."""
    home = os.environ.get("E3VIZ_HOME")
    return Path(home) / "data" if home else user_data_path("e3viz", appauthor=False)


class Settings:
    """Theme, geometry, recent files and figures."""

    def __init__(self) -> None:
        folder = config_folder()
        folder.mkdir(parents=True, exist_ok=True)
        self._store = QSettings(str(folder / "e3viz.ini"), QSettings.Format.IniFormat)

    @property
    def theme(self) -> str:
        """system, light or dark."""
        return str(self._store.value("theme", "system"))

    @theme.setter
    def theme(self, choice: str) -> None:
        self._store.setValue("theme", choice)

    @property
    def geometry(self) -> QByteArray | None:
        """The window's place and size, None at first."""
        value = self._store.value("geometry")
        return value if isinstance(value, QByteArray) else None

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._store.setValue("geometry", value)

    @property
    def recent(self) -> list[Path]:
        """Files opened last, newest first, as far as they are still there."""
        value = self._store.value("recent", [])
        names = [value] if isinstance(value, str) else [str(name) for name in value] if isinstance(value, list) else []
        return [path for path in map(Path, names) if path.is_file()]

    def remember(self, path: Path) -> None:
        """Put a file at the head of the recent ones."""
        path = path.resolve()
        kept = [path, *(other for other in self.recent if other != path)]
        self._store.setValue("recent", [str(p) for p in kept[:MOST_RECENT]])

    def forget_recent(self) -> None:
        """Empty the list of recent files."""
        self._store.setValue("recent", [])

    @property
    def figure(self) -> dict[str, Any]:
        """What was chosen for the last figure, {} if nothing was."""
        return self._table("figure")

    @figure.setter
    def figure(self, value: dict[str, Any]) -> None:
        self._store.setValue("figure", json.dumps(value))

    @property
    def film(self) -> dict[str, Any]:
        """What was chosen for the last animation, {} if nothing was."""
        return self._table("film")

    @film.setter
    def film(self, value: dict[str, Any]) -> None:
        self._store.setValue("film", json.dumps(value))

    def looks(self, lab: str) -> dict[str, Any]:
        """A person's own defaults of a lab's looks, {} if there are none."""
        return self._table(f"looks/{lab}")

    def keep_looks(self, lab: str, values: dict[str, Any]) -> None:
        """Remember a person's own defaults; none at all for {}."""
        self._store.setValue(f"looks/{lab}", json.dumps(values))

    def _table(self, name: str) -> dict[str, Any]:
        try:
            value = json.loads(str(self._store.value(name, "{}")))
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def figure_folder(self) -> Path:
        """Where the last figure went, the home folder at first."""
        folder = Path(str(self._store.value("figure_folder", "")) or Path.home())
        return folder if folder.is_dir() else Path.home()

    @figure_folder.setter
    def figure_folder(self, folder: Path) -> None:
        self._store.setValue("figure_folder", str(folder))

    def save(self) -> None:
        """Write to disk now."""
        self._store.sync()
