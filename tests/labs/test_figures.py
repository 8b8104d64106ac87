"""Figure pages: mosaics, parts that remember their state, files, and what comes out on paper."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from e3viz import labs
from e3viz.errors import FileError, UserError
from e3viz.export.figure import FigureOptions, diagram, export_figure, pixels
from e3viz.export.request import Request, asked
from e3viz.labs.fields import change, to_json
from e3viz.labs.figures import LAB, go_there, later, remove, retitle, split
from e3viz.labs.figures.mosaic import automatic, drawn, lettered, placed
from e3viz.labs.figures.state import Piece, State, piece_of, with_piece
from e3viz.labs.lab import Hit
from e3viz.pictures.diagram import Text
from e3viz.pictures.scene import Camera, Scene
from e3viz.pictures.view import scene_extent
from e3viz.symmetry.element import IDENTITY, Element

TURN = Element(axis=(0.0, 0.0, 1.0), angle=90.0)


def page(*names: str, **fields: object) -> State:
    state = State(**fields)  # type: ignore[arg-type]
    for name in names:
        state = with_piece(state, piece_of(name, labs.load(name).State()))
    return state


def test_mosaic_places_parts() -> None:
    assert placed("aab; ccb", 3) == [(0.0, 0.0, 2 / 3, 0.5), (2 / 3, 0.0, 1 / 3, 1.0), (0.0, 0.5, 2 / 3, 0.5)]
    assert placed("", 4) == automatic(4)
    assert placed("A.\n.b", 2)[1] == (0.5, 0.5, 0.5, 0.5)


@pytest.mark.parametrize("count", range(1, 12))
def test_automatic_pages_are_full_and_can_be_drawn(count: int) -> None:
    spots = automatic(count)
    assert len(spots) == count and sum(w * h for _, _, w, h in spots) == pytest.approx(1.0)
    assert np.allclose(placed(drawn(spots), count), spots)


@pytest.mark.parametrize(
    ("text", "words"),
    [("aab\ncb", "equally long"), ("abc\nbac", "no rectangle"), ("aa\ncc", "no place for b"), ("abcd", "has “d”")],
)
def test_a_mosaic_that_cannot_be_is_a_sentence(text: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        placed(text, 3)
    assert caught.value.hint


def test_letters() -> None:
    assert [lettered(k, "(a)") for k in (0, 25, 26)] == ["(a)", "(z)", "(aa)"]
    assert lettered(1, "A") == "B" and lettered(1, "none") == ""


def test_a_part_remembers_state_g_and_camera() -> None:
    state = change(labs.load("harmonics").State(), view="one harmonic")
    camera = Camera(direction=(0.0, 0.0, 1.0))
    shown = page("structures")
    shown = with_piece(shown, piece_of("harmonics", state, TURN, {"harmonic": camera}))
    piece = Piece(*shown.pieces[1])
    assert piece.shown_state() == state and piece.element() == TURN and piece.seen_from() == {"harmonic": camera}
    there = go_there(shown)
    assert there.lab == "harmonics" and there.g == TURN and change(labs.load("harmonics").State(), **there.fields) == state


def test_g_acts_after_the_parts_own() -> None:
    shown = with_piece(State(), piece_of("structures", labs.load("structures").State(), TURN))
    there = labs.load("structures").pictures(labs.load("structures").State(), TURN @ TURN)
    here = LAB.pictures(shown, TURN)
    mine, theirs = here.panels[0].picture, there.panel("structure").picture
    assert isinstance(mine, Scene) and isinstance(theirs, Scene)
    np.testing.assert_allclose(scene_extent(mine)[0], scene_extent(theirs)[0])
    still = LAB.pictures(shown, IDENTITY).panels[0].picture
    assert isinstance(still, Scene) and not np.allclose(scene_extent(mine)[0], scene_extent(still)[0])


def test_parts_are_moved_split_and_removed() -> None:
    shown = page("harmonics", "structures")
    assert shown.chosen == 1
    first = LAB.pick(shown, Hit("1/pyramid"))
    assert first is not None and first.chosen == 0
    assert [row[1] for row in later(first).pieces] == ["structures", "harmonics"]
    parts = split(first)
    assert [row[2] for row in parts.pieces] == ["pyramid", "signal", "power", ""]
    assert len({row[0] for row in parts.pieces}) == 4
    assert [row[1] for row in remove(first).pieces] == ["structures"]
    assert Piece(*retitle(first, "Up to l = 4").pieces[0]).title == "Up to l = 4"
    with pytest.raises(UserError, match="single picture"):
        split(replace(shown, pieces=(Piece("1", "structures", "structure").row(),), chosen=0))


def test_a_missing_file_leaves_the_rest(tmp_path: Path) -> None:
    gone = replace(labs.load("structures").State(), file=str(tmp_path / "gone.xyz"))
    shown = with_piece(page("harmonics"), piece_of("structures", gone))
    sheet = LAB.pictures(shown, IDENTITY)
    words = [s.text for s in sheet.panel("2/missing").picture.shapes if isinstance(s, Text)]  # type: ignore[union-attr]
    assert "gone.xyz" in " ".join(words) and any(p.name == "1/pyramid" for p in sheet.panels)


def test_a_page_is_a_file_and_back(tmp_path: Path) -> None:
    assert LAB.save_file is not None and LAB.open_file is not None
    shown = replace(page("harmonics", "tensor-product"), mosaic="ab", text=8.0)
    seen = LAB.keep_views(shown, {"1/pyramid": Camera(direction=(1.0, 0.0, 0.0))})
    path = tmp_path / "page.e3fig"
    LAB.save_file(seen, IDENTITY, path)
    assert LAB.open_file(State(), path) == seen
    assert Piece(*seen.pieces[0]).seen_from()["pyramid"].direction == (1.0, 0.0, 0.0)
    LAB.save_file(seen, TURN, path)
    assert Piece(*LAB.open_file(State(), path).pieces[1]).element() == TURN
    export_figure(asked(Request("figures", path)).sheet(), tmp_path / "page.pdf", FigureOptions.on(LAB.pictures(seen, IDENTITY).paper))  # type: ignore[arg-type]
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    "text",
    [
        "no json", "{}", '{"e3viz figure": 9}', '{"e3viz figure": 1, "pieces": [["1"]]}', '{"e3viz figure": 1, "papers": 1}',
        '{"e3viz figure": 1, "pieces": [["1", "nowhere", "", "{}", "{}", "{}", ""]]}',
        '{"e3viz figure": 1, "pieces": [["1", "groups", "", "{", "{}", "{}", ""]]}',
        '{"e3viz figure": 1, "pieces": [["1", "groups", "", "{}", "{}", "[]", ""]]}',
    ],
)  # fmt: skip
def test_a_damaged_file_is_a_sentence(text: str, tmp_path: Path) -> None:
    path = tmp_path / "page.e3fig"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        LAB.open_file(State(), path)  # type: ignore[misc]
    assert caught.value.message.endswith(".")


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not written as"):
        LAB.save_file(page("groups"), IDENTITY, tmp_path / "page.xyz")  # type: ignore[misc]
    with pytest.raises(FileError):
        LAB.open_file(State(), tmp_path / "gone.e3fig")  # type: ignore[misc]


def test_size_and_text_on_paper() -> None:
    sheet = LAB.pictures(page("tensor-product", paper="APS, one column", height=60.0, text=6.0), IDENTITY)
    assert sheet.paper is not None and (sheet.paper.width, sheet.paper.height) == (86.0, 60.0)
    options = FigureOptions.on(sheet.paper, dpi=254.0)
    assert options.pixels == (860, 600)
    drawing = diagram(sheet, options)
    letter = next(s for s in drawing.shapes if isinstance(s, Text) and s.text == "a")
    assert letter.bold and letter.size * options.shrink * 72 / 96 == pytest.approx(6.0 * 13 / 12)
    assert drawing.width * options.shrink / (96 / 25.4) == pytest.approx(86.0)


def test_letters_and_titles_are_drawn_once_each() -> None:
    sheet = LAB.pictures(page("harmonics", "structures", letters="(a)"), IDENTITY)
    texts = [s.text for s in diagram(sheet, FigureOptions.on(sheet.paper)).shapes if isinstance(s, Text)]  # type: ignore[arg-type]
    assert texts.count("(a)") == 1 and texts.count("(b)") == 1 and "Figure page" not in texts
    bare = LAB.pictures(page("harmonics", "structures", letters="none", titles=False), IDENTITY)
    assert all(not panel.title and not panel.letter for panel in bare.panels)


def test_the_page_as_pixels_fills_its_cells() -> None:
    sheet = LAB.pictures(page("groups", "structures"), IDENTITY)
    image = pixels(sheet, FigureOptions.on(sheet.paper, dpi=72.0))  # type: ignore[arg-type]
    half = image.shape[1] // 2
    for part in (image[:, :half], image[:, half:]):
        assert (part[..., :3].std(axis=(0, 1)) > 5).all()


def test_the_script_draws_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(LAB.code(page("irreps"), TURN), "script", "exec"), {})
    assert (tmp_path / "figure.pdf").stat().st_size > 5_000
    assert json.loads((tmp_path / "page.e3fig").read_text())["pieces"][0][1] == "irreps"


def test_every_lab_can_be_put_on_a_page() -> None:
    for entry in labs.LABS:
        if entry.name != "figures":
            assert to_json(with_piece(State(), piece_of(entry.name, labs.load(entry.name).State())))["pieces"]
