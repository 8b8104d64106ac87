"""Films: every format is written and read back, frame by frame; what was there survives whatever goes wrong."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from e3viz import labs, task
from e3viz.errors import FileError, UserError
from e3viz.export import animation
from e3viz.export.animation import MOVIES, AnimationOptions, film
from e3viz.export.apart import film_apart
from e3viz.export.figure import FigureOptions, pixels
from e3viz.export.filming import Filmer
from e3viz.export.routes import Moment, Route, Take, along
from e3viz.labs.lab import Lab
from e3viz.symmetry.element import IDENTITY

SHORT = AnimationOptions(FigureOptions(160, 120, legend=False), fps=10, seconds=0.6)


@pytest.fixture
def turning() -> tuple[Lab, Callable[[float], Moment]]:
    lab = labs.load("harmonics")
    state = replace(lab.State(), view="one harmonic", beside=False)
    return lab, along(Route("turn", axis=(1.0, 0.0, 0.0)), lab, state, IDENTITY)


def read(path: Path) -> list[np.ndarray[Any, Any]]:
    """The frames of a film, (h, w, 3)."""
    if path.is_dir():
        return [np.asarray(Image.open(one).convert("RGB")) for one in sorted(path.iterdir())]
    program = animation._program()
    said = subprocess.run([program, "-hide_banner", "-i", str(path)], capture_output=True, text=True, check=False).stderr
    found = re.search(r"Video:.* (\d+)x(\d+)", said)
    assert found, said
    width, height = int(found[1]), int(found[2])
    raw = subprocess.run(
        [program, "-loglevel", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], capture_output=True, check=True
    )
    return list(np.frombuffer(raw.stdout, np.uint8).reshape(-1, height, width, 3))


@pytest.mark.parametrize("suffix", MOVIES)
def test_every_format_is_written_and_read_back(turning, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"turn{suffix}"
    film(*turning, path, SHORT)
    frames = read(path)
    assert len(frames) == SHORT.count and frames[0].shape == (120, 160, 3)
    assert np.abs(frames[0].astype(int) - frames[3]).max() > 60, "something moves"
    wanted = pixels(turning[0].pictures(turning[1](0.0).state, IDENTITY), SHORT.figure)[..., :3]
    assert np.abs(frames[0].astype(int) - wanted).mean() < 12, "the first frame is the picture of the first state"
    assert [one.name for one in tmp_path.iterdir()] == [path.name], "nothing is left beside it"


@pytest.mark.parametrize("suffix", [s for s, movie in MOVIES.items() if movie.transparent and s in ("", ".apng", ".gif")])
def test_transparent_where_the_format_can(turning, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"clear{suffix}"
    film(*turning, path, replace(SHORT, figure=replace(SHORT.figure, transparent=True, title=False)))
    with Image.open(path / "00000.png" if path.is_dir() else path) as first:
        alpha = np.asarray(first.convert("RGBA"))[..., 3]
    assert alpha[0, 0] == 0 and alpha.max() == 255


def test_an_odd_size_becomes_even_where_it_must(turning, tmp_path: Path) -> None:
    film(*turning, tmp_path / "odd.mp4", replace(SHORT, figure=replace(SHORT.figure, width=161, height=119)))
    assert read(tmp_path / "odd.mp4")[0].shape == (120, 162, 3)


def test_nothing_swims_and_stages_are_kept(turning) -> None:
    lab, at = turning
    filmer = Filmer(lab, at, SHORT.figure)
    try:
        first, again = filmer.frame(0.0), filmer.frame(1.0)
        assert np.abs(first.astype(int) - again).mean() < 1.0, "a whole turn ends where it began"
        assert len(filmer._stages) == 1
        stage = next(iter(filmer._stages.values()))._stage
        filmer.frame(0.3)
        made = stage.made
        filmer.frame(0.4)
        assert stage.made == made, "no actor is made anew"
    finally:
        filmer.close()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"fps": 0.2}, "frames a second"),
        ({"seconds": 0.0}, "shows nothing"),
        ({"seconds": 1e7}, "too many"),
        ({"quality": "best"}, "quality"),
    ],
)
def test_options_that_cannot_be(change: dict[str, Any], says: str) -> None:
    with pytest.raises(UserError, match=says):
        replace(SHORT, **change)


def test_formats_that_cannot_be(turning, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"\.avi"):
        film(*turning, tmp_path / "a.avi", SHORT)
    with pytest.raises(UserError, match="transparent"):
        film(*turning, tmp_path / "a.mp4", replace(SHORT, figure=replace(SHORT.figure, transparent=True)))
    with pytest.raises(FileError, match="no folder"):
        film(*turning, tmp_path / "none" / "a.mp4", SHORT)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    with pytest.raises(FileError, match="not empty"):
        film(*turning, tmp_path / "full", SHORT)
    assert (tmp_path / "full" / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("suffix", [".mp4", ".gif", ""])
def test_cancelling_leaves_what_was_there(turning, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"old{suffix}"
    if suffix:
        path.write_bytes(b"old")
    heard: list[str] = []
    with pytest.raises(task.Cancelled), task.running(lambda _, text: heard.append(text), lambda: any("frame 4" in text for text in heard)):
        film(*turning, path, SHORT)
    assert not suffix or path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ([path.name] if suffix else [])


def test_an_encoder_that_fails_is_a_sentence_and_the_old_file_stays(turning, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "old.mp4"
    path.write_bytes(b"old")
    full = "#!/bin/sh\nhead -c 1000 >/dev/null\necho '[out#0] Error writing trailer: No space left on device' >&2\nexit 1\n"
    program = tmp_path / "ffmpeg"
    program.write_text(full)
    program.chmod(0o755)
    monkeypatch.setattr(animation, "_program", lambda: str(program))
    with pytest.raises(FileError, match="No space left on device"):
        film(*turning, path, SHORT)
    assert path.read_bytes() == b"old"


def test_apart_in_a_process_of_its_own_with_progress(turning, tmp_path: Path) -> None:
    lab, at = turning
    take = Take(lab.name, at(0.0).state, IDENTITY, Route("turn"))
    heard: list[float | None] = []
    with task.running(lambda fraction, _: heard.append(fraction), lambda: False):
        film_apart(take, tmp_path / "apart.mp4", SHORT)
    assert len(read(tmp_path / "apart.mp4")) == SHORT.count
    assert any(fraction for fraction in heard)


def test_the_command_lists_and_films_without_a_display(tmp_path: Path, command: Callable[..., Any]) -> None:
    said = command("animate", "groups", "--list", "-o", "none.mp4")
    assert "elements" in said.stdout
    done = command("animate", "harmonics", "--along", "turn", "--size", "96x72", "--seconds", "0.3", "-o", str(tmp_path / "a.mp4"))
    assert done.returncode == 0 and len(read(tmp_path / "a.mp4")) == 9
    wrong = command("animate", "harmonics", "--along", "tirn", "-o", str(tmp_path / "b.mp4"))
    assert wrong.returncode == 2 and "turn" in wrong.stderr


@pytest.fixture
def command() -> Callable[..., Any]:
    import os
    import sys

    clean = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}

    def run(*words: str) -> Any:
        return subprocess.run([sys.executable, "-m", "e3viz", *words], capture_output=True, text=True, env=clean, check=False)

    return run
