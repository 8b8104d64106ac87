"""Sessions on disk: autosave, crash, locks, settings."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from e3viz.labs.session import Session, as_json, load
from e3viz.symmetry.element import Element

CRASH = """
import os, sys
from PySide6.QtCore import QCoreApplication
from e3viz.gui.sessions import Autosave
from e3viz.gui.store import Store
from e3viz.symmetry.element import Element
app = QCoreApplication([])
store = Store()
store.set_g(Element(angle=float(sys.argv[1])))
Autosave(store).write()
print("written", flush=True)
if sys.argv[2] == "crash":
    os._exit(9)
sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("E3VIZ_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def autosave(app: Any, angle: float = 0.0) -> Any:
    from e3viz.gui.sessions import Autosave
    from e3viz.gui.store import Store

    store = Store()
    saving = Autosave(store, store)
    if angle:
        store.set_g(Element(angle=angle), "turn")
    return saving


def crashed(angle: float) -> None:
    done = subprocess.run([sys.executable, "-c", CRASH, str(angle), "crash"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 9 and done.stdout == "written\n", done.stderr


def test_a_crash_leaves_a_session_that_is_found(app: Any, home: Path) -> None:
    crashed(33.0)
    left = autosave(app).left_by_crash()
    assert left is not None and left[1].g.angle == 33.0


def test_the_newest_of_several_crashes_counts(app: Any, home: Path) -> None:
    for angle in (10.0, 20.0):
        crashed(angle)
        time.sleep(0.02)
    left = autosave(app).left_by_crash()
    assert left is not None and left[1].g.angle == 20.0
    assert len(list((home / "data" / "autosave").glob("*.json"))) == 1


def test_a_running_window_is_left_alone(app: Any, home: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", CRASH, "44", "wait"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "written\n"
        assert autosave(app).left_by_crash() is None
        other.communicate("", timeout=30)
    left = autosave(app).left_by_crash()
    assert left is not None and left[1].g.angle == 44.0


def test_a_damaged_autosave_is_thrown_away(app: Any, home: Path) -> None:
    folder = home / "data" / "autosave"
    folder.mkdir(parents=True)
    (folder / "1-a.e3viz.json").write_text("{ cut off")
    assert autosave(app).left_by_crash() is None
    assert not list(folder.glob("*.json"))


def test_autosave_follows_changes_and_ends_as_the_last_session(app: Any, home: Path, until: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from e3viz.gui.sessions import last_session

    monkeypatch.setattr("e3viz.gui.sessions.AUTOSAVE_AFTER", 20)
    assert last_session() is None
    saving = autosave(app, 12.0)
    until(lambda: len(list((home / "data" / "autosave").glob("*.json"))) == 1)
    saving.close()
    assert list((home / "data" / "autosave").iterdir()) == []
    last = last_session()
    assert last is not None and load(last).g.angle == 12.0


def test_a_window_in_which_nothing_was_done_leaves_nothing(app: Any, home: Path) -> None:
    from e3viz.gui.sessions import last_session

    autosave(app).close()
    assert last_session() is None


def test_a_folder_that_cannot_be_written_disturbs_nobody(app: Any, home: Path) -> None:
    home.write_text("a file where the folder should be")
    saving = autosave(app, 5.0)
    saving.write()
    assert saving.left_by_crash() is None
    saving.close()


def test_a_full_disk_keeps_the_old_session(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from e3viz.errors import FileError
    from e3viz.gui import sessions

    path = tmp_path / "mine.e3viz.json"
    sessions.save(Session(), path)
    before = path.read_text()

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(FileError, match="No space left"):
        sessions.save(Session(g=Element(angle=9.0)), path)
    monkeypatch.undo()
    assert path.read_text() == before and [p.name for p in tmp_path.glob("*.json")] == ["mine.e3viz.json"]


def test_settings_survive_and_mistrust_what_they_read(app: Any, home: Path, tmp_path: Path) -> None:
    from e3viz.gui.settings import MOST_RECENT, Settings

    settings = Settings()
    assert (settings.theme, settings.recent, settings.geometry, settings.figure) == ("system", [], None, {})
    paths = [tmp_path / f"соль, {n}.xyz" for n in range(MOST_RECENT + 3)]
    for path in paths:
        path.touch()
        settings.remember(path)
    settings.remember(paths[5])
    settings.theme = "dark"
    settings.figure = {"width": "12"}
    settings.save()
    again = Settings()
    assert again.recent[0] == paths[5] and len(again.recent) == MOST_RECENT == len(set(again.recent))
    assert again.theme == "dark" and again.figure == {"width": "12"}
    paths[5].unlink()
    assert paths[5] not in again.recent
    again.forget_recent()
    assert again.recent == []
    (home / "config" / "e3viz.ini").write_text("[General]\ntheme=@Variant(\\0\\0)\nfigure=[1\nrecent=7\ngeometry=x\n")
    odd = Settings()
    assert odd.figure == {} and odd.recent == [] and odd.geometry is None


def test_a_session_is_plain_text(tmp_path: Path) -> None:
    assert json.loads(as_json(Session()))["lab"] == "structures"
