"""The command line as a person uses it: what it prints, what it writes, and one sentence for every mistake."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from e3viz import __version__
from e3viz.cli import COMMANDS, main
from e3viz.labs import LABS


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command prints that succeeds."""
    status = main(words)
    captured = capsys.readouterr()
    assert status == 0, captured.err
    assert captured.err == ""
    return captured.out


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """The status and the one sentence of a command that fails."""
    status = main(words)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("e3viz: ") and captured.err.count("\n") == 1, captured.err
    return status, captured.err


# ---- what it says -----------------------------------------------------------------------------------------------------------------


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "--version") == f"e3viz {__version__}\n"


@pytest.mark.parametrize("words", [[], *[[command.name] for command in COMMANDS]])
def test_help_is_everywhere_and_shows_examples(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    text = said(capsys, *words, "--help")
    assert "examples:\n  e3viz" in text
    if not words:
        assert all(f"  {command.name} " in text for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_examples_of_the_help_are_accepted(command) -> None:
    import shlex

    for example in command.examples:
        program, name, *words = shlex.split(example)
        assert (program, name) == ("e3viz", command.name)
        command.parser().read(words)


def test_labs(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "labs").splitlines()
    assert [line.split()[0] for line in lines] == [entry.name for entry in LABS]
    listed = json.loads(said(capsys, "labs", "--json"))
    assert [(lab["name"], lab["summary"]) for lab in listed] == [(entry.name, entry.summary) for entry in LABS]


def test_the_settings_of_a_lab(capsys: pytest.CaptureFixture[str]) -> None:
    listed = {setting["name"]: setting for setting in json.loads(said(capsys, "labs", "structures", "--json"))}
    assert "space filling" in listed["style"]["choices"]
    assert (listed["frame"]["low"], listed["frame"]["high"]) == (0, 1196)
    assert "(0 to 1196)" in said(capsys, "labs", "structures")


def test_info_about_the_sample(capsys: pytest.CaptureFixture[str], sample: Path) -> None:
    facts = json.loads(said(capsys, "info", str(sample), "--json"))
    assert (facts["frames"], facts["formula"], facts["atoms"], facts["cell"]) == (1197, "C2H6O", 9, None)
    assert facts["values"]["energy"]["unit"] == "eV" and facts["forces"]["unit"] == "eV/Å"
    assert facts["group"]["point_group"] == "C1"
    text = said(capsys, "info", str(sample))
    assert "C2H6O" in text and "point group C₁" in text


def test_info_about_a_crystal_that_ase_wrote(capsys: pytest.CaptureFixture[str], odd_folder: Path) -> None:
    import ase.build

    crystal = ase.build.bulk("NaCl", "rocksalt", a=5.64, cubic=True)
    path = odd_folder / "食盐 rock salt.cif"
    crystal.write(path)
    facts = json.loads(said(capsys, "info", str(path), "--json"))
    assert (facts["group"]["number"], facts["group"]["space_group"]) == (225, "Fm-3m")
    assert facts["periodic"] == [True] * 3 and facts["cell"]["lengths"] == pytest.approx([5.64] * 3)


# ---- what it draws ----------------------------------------------------------------------------------------------------------------


def render(*words: str) -> None:
    assert main(["render", *words]) == 0


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGBA"), dtype=float)


def test_a_size_in_pixels_and_one_on_paper(tmp_path: Path) -> None:
    render("structures", "--size", "320x200", "-o", str(tmp_path / "a.png"))
    assert pixels(tmp_path / "a.png").shape[:2] == (200, 320)
    render("structures", "--size", "80x60mm", "--dpi", "150", "-o", str(tmp_path / "b.png"))
    with Image.open(tmp_path / "b.png") as picture:
        assert picture.size == (round(80 / 25.4 * 150), round(60 / 25.4 * 150))
        assert picture.info["dpi"] == pytest.approx((150, 150), abs=0.1)


def test_theme_and_transparency(tmp_path: Path) -> None:
    small = ("--size", "240x180", "--no-legend", "--no-title", "-o")
    render("structures", *small, str(tmp_path / "light.png"))
    render("structures", "--theme", "dark", *small, str(tmp_path / "dark.png"))
    render("structures", "--transparent", *small, str(tmp_path / "clear.png"))
    light, dark, clear = (pixels(tmp_path / f"{name}.png")[0, 0] for name in ("light", "dark", "clear"))
    assert light[:3].min() > 250 and dark[:3].max() < 60
    assert (light[3], dark[3], clear[3]) == (255, 255, 0)


def test_settings_a_state_file_and_g_draw_the_same_as_each_other(tmp_path: Path, sample: Path) -> None:
    size = ("--size", "240x180", "-o")
    state = tmp_path / "a state.json"
    state.write_text(json.dumps({"frame": 5, "style": "space filling", "bonds": False}))
    render("structures", "--set", "frame=5", "style=space filling", "--set", "bonds=off", *size, str(tmp_path / "set.png"))
    render("structures", "--state", str(state), *size, str(tmp_path / "state.png"))
    render("structures", *size, str(tmp_path / "plain.png"))
    assert (pixels(tmp_path / "set.png") == pixels(tmp_path / "state.png")).all()
    assert (pixels(tmp_path / "set.png") != pixels(tmp_path / "plain.png")).any()


def test_a_session_brings_its_state_and_g(tmp_path: Path) -> None:
    from e3viz.labs.fields import change
    from e3viz.labs.session import Session, as_json
    from e3viz.labs.structures import State
    from e3viz.symmetry.element import Element

    session = Session(g=Element((0, 0, 1), 40)).with_state(change(State(), frame=3))
    (tmp_path / "saved.json").write_text(as_json(session))
    size = ("--size", "240x180", "-o")
    render("structures", "--state", str(tmp_path / "saved.json"), *size, str(tmp_path / "session.png"))
    render("structures", "--set", "frame=3", "--g", "40 about z", *size, str(tmp_path / "words.png"))
    assert (pixels(tmp_path / "session.png") == pixels(tmp_path / "words.png")).all()


def test_views_are_seen_from_where_they_say(tmp_path: Path) -> None:
    """One heavy atom on each axis: along an axis, the two atoms on it lie over one another, so less is covered."""
    import ase

    frame = tmp_path / "axes.xyz"
    ase.Atoms("XeArNe", [[6, 0, 0], [0, 6, 0], [0, 0, 6]], cell=[[9, 0, 0], [0, 9, 0], [3, 3, 9]], pbc=True).write(frame, format="extxyz")
    plain = ("--set", "cell=off", "axes=off", "ghost=off", "parallel=on", "--no-title", "--no-legend", "--size", "200x200")
    seen = {}
    for view in ("x", "-x", "1,0,0", "z", "c", "0.3,0.3,0.9"):
        path = tmp_path / f"{view}.png"
        render("structures", str(frame), *plain, "--view", view, "-o", str(path))
        seen[view] = pixels(path)[..., :3]
    assert (seen["x"] == seen["1,0,0"]).all()
    assert (seen["c"] == seen["0.3,0.3,0.9"]).all()
    assert abs(seen["x"] - seen["-x"]).max() > 50 and abs(seen["z"] - seen["c"]).max() > 50


def test_vectors_and_models(tmp_path: Path) -> None:
    for suffix in ("svg", "pdf", "glb"):
        render("structures", "-o", str(tmp_path / f"figure.{suffix}"))
    assert ET.parse(tmp_path / "figure.svg").getroot().tag.endswith("svg")
    assert (tmp_path / "figure.pdf").read_bytes().startswith(b"%PDF-")
    assert (tmp_path / "figure.glb").read_bytes().startswith(b"glTF")


# ---- what it refuses --------------------------------------------------------------------------------------------------------------

OUT = ("-o", "never.png")


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        (["strctures"], "“e3viz --lab structures”"),
        (["redner"], "“render”"),
        (["--lba", "structures"], "“--lab”"),
        (["--lab", "structurs"], "“structures”"),
        (["labs", "structurs"], "“structures”"),
        (["labs", "--jsn"], "“--json”"),
        (["render", "structurs", *OUT], "“structures”"),
        (["render", "structures", "--transparnt", *OUT], "“--transparent”"),
        (["render", "structures", "--set", "fram=3", *OUT], "“frame”"),
        (["render", "structures", "--set", "style=space fillin", *OUT], "“space filling”"),
        (["render", "structures", "--set", "frame=-1", *OUT], "0 to 1196"),
        (["render", "structures", "--set", "frame=two", *OUT], "is a number"),
        (["render", "structures", "--set", "frame", *OUT], "--set frame=value"),
        (["render", "structures", "--theme", "drak", *OUT], "“dark”"),
        (["render", "structures", "--g", "axs=0,0,1", *OUT], "“axis”"),
        (["render", "structures", "--view", "w", *OUT], "x, y, z"),
        (["render", "structures", "--view", "a", *OUT], "no lattice vector"),
        (["render", "structures", "--view", "0,0,0", *OUT], "direction"),
        (["render", "structures", "--size", "large", *OUT], "1600x1200"),
        (["render", "structures", "--size", "0x10", *OUT], "positive"),
        (["render", "structures", "--size", "90000x10", *OUT], "at most"),
        (["render", "structures", "--dpi", "fine", *OUT], "positive"),
        (["render", "structures", "--panel", "structur", *OUT], "structure"),
        (["render", "structures", "-o", "figure.pgn"], "“.png”"),
        (["render", "structures"], "-o/--output"),
        (["render", "structures", "-o"], "needs a value"),
        (["render", "structures", "one.xyz", "two.xyz", *OUT], "two.xyz"),
        (["info"], "FILE"),
        (["tour"], "--out"),
    ],
    ids=" ".join,
)
def test_a_mistake_is_one_sentence_with_the_nearest_choice(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: list[str], nearest: str
) -> None:
    monkeypatch.chdir(tmp_path)
    status, sentence = refused(capsys, *words)
    assert (status, nearest in sentence) == (2, True), sentence
    assert not list(tmp_path.iterdir())


def damaged(folder: Path, kind: str) -> Path:
    path = folder / f"{kind} file.xyz"
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "binary":
        path.write_bytes(bytes(range(256)) * 40)
    elif kind == "cut-off":
        path.write_text("3\nwater\nO 0 0 0\nH 0 0 1\n")
    elif kind == "absurd":
        path.write_text("-5\n\nO 0 0 0\n")
    elif kind == "folder":
        path.mkdir()
    return path


READERS = [(command, kind) for command in ("info", "render") for kind in ("empty", "binary", "cut-off", "absurd", "folder", "missing")]
OPENERS = [(command, kind) for command in ("window", "tour") for kind in ("folder", "missing")]  # the window itself says the rest


@pytest.mark.parametrize(("command", "kind"), READERS + OPENERS)
def test_a_file_that_cannot_be_read_is_one_sentence(capsys: pytest.CaptureFixture[str], odd_folder: Path, command: str, kind: str) -> None:
    path = damaged(odd_folder, kind)
    words = {
        "info": ["info", str(path)],
        "render": ["render", "structures", str(path), "-o", str(odd_folder / "never.png")],
        "window": [str(path)],
        "tour": ["tour", str(path), "--out", str(odd_folder / "never")],
    }[command]
    status, sentence = refused(capsys, *words)
    assert status == 1
    assert path.name in sentence or path.stem in sentence
    assert not (odd_folder / "never.png").exists()


def test_a_missing_file_names_the_nearest_beside_it(capsys: pytest.CaptureFixture[str], odd_folder: Path) -> None:
    (odd_folder / "quartz.cif").write_text("x")
    status, sentence = refused(capsys, "info", str(odd_folder / "qartz.cif"))
    assert status == 1 and "Did you mean “quartz.cif”?" in sentence


@pytest.mark.parametrize("text", ["not json", "[1, 2]", '"text"'])
def test_a_state_that_is_none(capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text)
    status, sentence = refused(capsys, "render", "structures", "--state", str(tmp_path / "state.json"), "-o", str(tmp_path / "a.png"))
    assert status == 1 and "holds no state" in sentence


def test_an_output_in_a_folder_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, sentence = refused(capsys, "render", "structures", "-o", str(tmp_path / "no" / "a.png"))
    assert status == 1 and "no folder" in sentence


def test_without_a_display_the_window_says_what_works_instead(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sample: Path
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    status, sentence = refused(capsys, str(sample))
    assert status == 2 and "no display" in sentence and f"e3viz render structures {sample}" in sentence


def test_a_defect_is_a_short_report_and_debugging_shows_where(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from e3viz.labs import listing

    def broken() -> str:
        raise ZeroDivisionError("planted\nin a test")

    monkeypatch.setattr(listing, "labs_text", broken)
    monkeypatch.delenv("E3VIZ_DEBUG", raising=False)
    assert main(["labs"]) == 70
    text = capsys.readouterr().err
    assert "ZeroDivisionError: planted in a test" in text and "E3VIZ_DEBUG=1" in text and "Traceback" not in text
    monkeypatch.setenv("E3VIZ_DEBUG", "1")
    assert main(["labs"]) == 70
    assert "Traceback" in capsys.readouterr().err


def test_an_interruption_is_no_traceback(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from e3viz.labs import listing

    def interrupted() -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(listing, "labs_text", interrupted)
    assert main(["labs"]) == 130
    assert capsys.readouterr().err == "e3viz: interrupted.\n"


def test_a_reader_that_has_enough_is_no_traceback(sample: Path) -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "e3viz", "info", str(sample), "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert program.stdout is not None
    program.stdout.close()
    assert program.wait(timeout=60) == 128 + signal.SIGPIPE
    assert program.stderr is not None
    assert program.stderr.read() == b""
    program.stderr.close()


def test_a_terminal_without_these_letters_gets_question_marks(sample: Path) -> None:
    plain = os.environ | {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    done = subprocess.run([sys.executable, "-m", "e3viz", "info", str(sample)], capture_output=True, env=plain, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"eV/?" in done.stdout
