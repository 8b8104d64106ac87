"""Where runs and studies live unless somebody says otherwise, and where else somebody has begun some."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from e3viz.home import home

MOST = 50
"""Other folders that are remembered."""


def runs_folder() -> Path:
    """The folder of a person's runs. Nothing is made."""
    return home() / "runs"


def studies_folder() -> Path:
    """The folder of a person's studies. Nothing is made."""
    return runs_folder().with_name("studies")


def remember(folder: Path) -> None:
    """A folder in which a run was begun from a terminal, so that windows show it, too. Without a word where that cannot be written."""
    folder = folder.absolute()
    if folder == runs_folder().absolute() or folder in remembered():
        return
    from e3viz.errors import FileError
    from e3viz.files import replacing

    path = _list()
    with suppress(OSError, FileError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as beside:
            beside.write_text("".join(f"{one}\n" for one in [*remembered(), folder][-MOST:]), encoding="utf-8")


def remembered() -> list[Path]:
    """The other folders of runs that are still there."""
    try:
        lines = _list().read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []
    return [path for path in map(Path, lines) if path.is_absolute() and path.is_dir()]


def folders(chosen: str) -> list[Path]:
    """The folder that somebody chose; or where none is, that of their runs, and the others that are remembered."""
    return [Path(chosen).expanduser()] if chosen else [runs_folder(), *remembered()]


def _list() -> Path:
    return runs_folder().with_name("folders.txt")
