from __future__ import annotations

import io
import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pytest
from pictures.scenes import matrix, molecule, plots, shapes, sheet
from PIL import Image

from e3viz import labs
from e3viz.errors import FileError, UserError
from e3viz.export import overlay
from e3viz.export.composing import chosen, compose, moved
from e3viz.export.figure import EXPORTERS, FigureOptions, diagram, export_figure, pixels
from e3viz.pictures.diagram import Diagram, Group, Picture, Text
from e3viz.pictures.scene import ColourBar, Key, Labels, Scene
from e3viz.pictures.sheet import Panel, Sheet
from e3viz.pictures.style import DARK, LIGHT, rgb
from e3viz.symmetry.element import IDENTITY
from e3viz.task import Cancelled, running

SMALL = FigureOptions(240, 180)


def test_a_size_on_paper_is_a_size_on_paper(tmp_path: Path) -> None:
    options = FigureOptions(85, 60, "mm", 300)
    export_figure(shapes(), tmp_path / "a.png", options)
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (round(85 / 25.4 * 300), round(60 / 25.4 * 300))
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
    export_figure(shapes(), tmp_path / "a.pdf", options)
    document = pypdfium2.PdfDocument((tmp_path / "a.pdf").read_bytes())
    assert np.array(document[0].get_size()) / 72 * 25.4 == pytest.approx((85, 60))
    document.close()


def test_more_dpi_is_the_same_figure_finer() -> None:
    coarse = pixels(sheet(), FigureOptions(300, 200)).astype(float)
    fine = pixels(sheet(), FigureOptions(600, 400, dpi=192)).astype(float)
    assert fine.shape == (400, 600, 4)
    assert np.abs(fine.reshape(200, 2, 300, 2, 4).mean(axis=(1, 3)) - coarse).mean() < 2.0


def test_only_the_panels_meant_for_figures_are_shown_and_fill_it() -> None:
    figure = compose(sheet(), LIGHT, (800, 600))
    assert [p.name for p in chosen(sheet(), None)] == ["scene", "shapes", "chart"]
    (place, _), *_ = figure.scenes
    assert place.x < 30 and place.height > 450, "the player's room is used"
    alone = compose(sheet(), LIGHT, (800, 600), panel="player")
    assert not alone.scenes and alone.above
    with pytest.raises(UserError, match=r"no picture called “scne” here\. Did you mean “scene”"):
        compose(sheet(), LIGHT, (800, 600), panel="scne")


def test_controls_in_a_diagram_are_no_part_of_a_figure(tmp_path: Path) -> None:
    shapes = (Text(10, 30, "seen"), Text(10, 60, "button", figure=False))
    export_figure(Sheet((Panel("one", Diagram(100, 80, shapes)),)), tmp_path / "a.svg", FigureOptions(200, 160))
    written = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert ">seen<" in written and "button" not in written


def test_a_scene_alone_fills_the_figure() -> None:
    (place, _), *_ = compose(Sheet((Panel("only", molecule()),)), LIGHT, (300, 200)).scenes
    assert (place.x, place.y, place.width, place.height) == (0, 0, 300, 200)


def test_titles_and_legends_can_be_left_out() -> None:
    def words(title: bool, legend: bool) -> set[str]:
        figure = diagram(sheet(), FigureOptions(600, 400, title=title, legend=legend))
        flat = [s for g in figure.shapes for s in (g.shapes if isinstance(g, Group) else [g])]
        return {s.text for s in flat if isinstance(s, Text)}

    assert {"C₂H₆O", "ethanol · 9 atoms", "Paths", "force", "charge (e)", "−0.5", "0.5", "error"} <= words(True, True)
    assert not {"C₂H₆O", "Paths"} & words(False, True)
    assert not {"force", "charge (e)", "error"} & words(True, False)


def test_the_page_and_its_absence(tmp_path: Path) -> None:
    assert pixels(sheet(), FigureOptions(240, 180, theme=DARK))[1, 1].tolist() == [*rgb(DARK.page), 255]
    clear = pixels(Sheet((Panel("only", molecule()),)), FigureOptions(240, 180, transparent=True))
    assert clear[90, 1, 3] == 0 and clear[..., 3].max() == 255
    export_figure(molecule(), tmp_path / "a.png", SMALL)
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == "RGB"


def test_pixels_and_vectors_show_the_same_figure() -> None:
    from e3viz.pictures import raster

    plain = Scene({k: a for k, a in molecule().actors.items() if k != "ghost" and not isinstance(a, Labels)})
    one = Sheet((Panel("scene", plain, width=0.5), Panel("chart", plots(), x=0.5, width=0.5)), "Title")
    options = FigureOptions(480, 240)
    solid, flat = pixels(one, options), raster.draw(diagram(one, options), LIGHT, (480, 240), "page")
    assert np.abs(solid.astype(int) - flat.astype(int)).mean() < 4


def test_shapes_stay_inside_their_panel() -> None:
    zoomed = molecule()
    from dataclasses import replace

    zoomed = replace(zoomed, camera=replace(zoomed.camera, focal=(0.0, 0.0, 0.0), height=1.0))
    figure = diagram(Sheet((Panel("scene", zoomed),), "A title"), FigureOptions(300, 200))
    group = next(s for s in figure.shapes if isinstance(s, Group))
    assert group.y > 20 and group.y + group.height == pytest.approx(200)


@pytest.mark.parametrize("name", ["a.gif", "a.sgv", "a", ".png", "a.tiff"])
def test_an_unknown_format_is_one_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError) as caught:
        export_figure(shapes(), tmp_path / name, SMALL)
    assert not list(tmp_path.iterdir())
    if name == "a.sgv":
        assert caught.value.hint == "Did you mean “.svg”?"


def test_what_is_flat_is_no_3d_model(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nothing in three dimensions .* Choose one of: \.png, \.svg, \.pdf, \.csv\."):
        export_figure(matrix(), tmp_path / "a.glb", SMALL)


@pytest.mark.parametrize("bad", [{"width": 0}, {"dpi": float("nan")}, {"height": -1}, {"unit": "inch"}])
def test_absurd_options_are_refused(bad: dict) -> None:
    with pytest.raises(UserError):
        FigureOptions(**bad)


def test_too_many_pixels_are_refused_before_anything_is_drawn(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="too large"):
        export_figure(shapes(), tmp_path / "a.png", FigureOptions(1000, 1000, "mm", 1200))


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may grow beyond a size, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, old)


@pytest.mark.parametrize("suffix", EXPORTERS)
def test_a_full_disk_leaves_the_old_file_whole(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"figure{suffix}"
    path.write_bytes(b"what was there before")
    with room_for(512), pytest.raises(FileError, match=f"figure{suffix} could not be written"):
        export_figure(sheet(), path, SMALL)
    assert path.read_bytes() == b"what was there before"
    assert list(tmp_path.iterdir()) == [path], "nothing is left beside it"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_may_not_be_written_is_one_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(FileError):
        export_figure(shapes(), tmp_path / "a.svg", SMALL)


def test_a_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="could not be written: No such file"):
        export_figure(shapes(), tmp_path / "none" / "a.svg", SMALL)


def test_names_may_hold_spaces_and_other_letters(tmp_path: Path) -> None:
    path = tmp_path / "Abb. 1 – Ψ 漢字.PNG"
    export_figure(shapes(), path, SMALL)
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        assert image.size == (240, 180)


def test_an_export_can_be_watched_and_stopped(tmp_path: Path) -> None:
    heard: list[float | None] = []
    with running(lambda part, text: heard.append(part), lambda: False):
        export_figure(sheet(), tmp_path / "a.svg", SMALL)
    assert heard and heard[-1] == 1.0
    path = tmp_path / "b.png"
    with pytest.raises(Cancelled), running(lambda part, text: None, lambda: True):
        export_figure(sheet(), path, SMALL)
    assert not path.exists()


def test_long_titles_are_shortened() -> None:
    text = "a rather long name of a file with C₂H₆O " * 5
    short = overlay.shortened(text, 13.0, 200.0)
    assert short.endswith("…") and len(short) > 15
    from e3viz.pictures.fonts import text_width

    assert 150 < text_width(short, 13.0) <= 200
    assert overlay.shortened("short", 13.0, 200.0) == "short"
    assert overlay.shortened("nothing fits", 13.0, 1.0) == "…"


def test_legends_and_bars_lie_where_they_are_put() -> None:
    keys = tuple(Key(m, "ink", m) for m in ("dot", "ring", "arrow", "line", "dash", "none"))
    width, height = overlay.legend_size(keys)
    card = overlay.legend(keys, 500.0, 10.0)[0]
    assert (card.x + card.width, card.y) == (500.0, 10.0) and (card.width, card.height) == (width, height)  # type: ignore[attr-defined]
    assert overlay.legend((), 500.0, 10.0) == []
    for low, high, texts in ((-2.0, 2.0, ["−2", "0", "2"]), (0.0, 3.0, ["0", "1.5", "3"]), (4.0, 4.0, ["4"])):
        bar = overlay.colour_bar(ColourBar(np.zeros((5, 3), np.uint8), low, high, "q (e)"), 300.0, 200.0)
        assert [s.text for s in bar if isinstance(s, Text)] == ["q (e)", *texts]


@pytest.mark.parametrize("size", [(260, 200), (200, 300), (700, 420)])
@pytest.mark.parametrize("height", [None, 22.0, 40.0])
def test_a_camera_that_shows_everything_keeps_clear_of_the_legend(size: tuple[int, int], height: float | None) -> None:
    from dataclasses import replace

    from e3viz.pictures.scene import Camera
    from e3viz.pictures.view import look, scene_extent

    camera = Camera(focal=None if height is None else (0.0, 0.0, 0.5), height=height)
    figure = compose(Sheet((Panel("one", replace(molecule(), camera=camera)),)), LIGHT, size, still=True)
    (place, scene), *_ = figure.scenes
    x, y, r, _ = look(scene.camera, (round(place.width), round(place.height)), scene_extent(scene)).discs(*scene_extent(scene)).T
    wide, tall = overlay.legend_size(scene.legend)
    right, top = place.width - wide - overlay.EDGE, tall + overlay.EDGE
    assert not ((x + r > right) & (y - r < top)).any()
    assert not ((x + r > place.width - overlay.BAR_WIDTH - overlay.EDGE) & (y + r > place.height - overlay.BAR_ROOM - overlay.EDGE)).any()
    assert (scene.camera.height or 0.0) >= (height or 0.0), "it never comes nearer than a person has gone"


def test_a_camera_that_was_set_is_kept() -> None:
    from dataclasses import replace

    from e3viz.pictures.scene import Camera

    for camera, still in ((Camera(focal=(1.0, 0.0, 0.0), height=3.0), True), (Camera(focal=(0.0, 0.0, 0.5), height=22.0), False)):
        (_, scene), *_ = compose(Sheet((Panel("one", replace(molecule(), camera=camera)),)), LIGHT, (200, 150), still=still).scenes
        assert scene.camera == camera


def test_moving_shapes_moves_what_is_seen() -> None:
    from e3viz.pictures import raster
    from e3viz.pictures.diagram import Diagram

    plain = raster.draw(shapes(), LIGHT, (400, 300), "page").astype(int)
    away = Diagram(900, 700, tuple(moved(s, 2.0, 100.0, 50.0) for s in shapes().shapes))
    large = raster.draw(away, LIGHT, (900, 700), "page")[50:650, 100:900].astype(int)
    assert np.abs(large.reshape(300, 2, 400, 2, 4).mean(axis=(1, 3)) - plain).mean() < 1.5


def test_a_vector_figure_holds_scenes_as_asked() -> None:
    sheet = labs.load("structures").pictures(labs.load("structures").State(), IDENTITY)

    def flat(scenes: str, dpi: float) -> list[Any]:
        drawn = diagram(sheet, FigureOptions(80.0, 60.0, "mm", dpi, scenes=scenes))
        return [s for group in drawn.shapes if isinstance(group, Group) for s in group.shapes]

    assert not any(isinstance(s, Picture) for s in flat("shapes", 300.0))
    coarse, fine = (next(s for s in flat("pictures", dpi) if isinstance(s, Picture)) for dpi in (150.0, 300.0))
    assert fine.pixels.shape[0] == pytest.approx(2 * coarse.pixels.shape[0], abs=2)
    assert coarse.pixels.shape[1] == pytest.approx(80.0 / 25.4 * 150.0, rel=0.02)
    with pytest.raises(UserError, match="not drawn as"):
        FigureOptions(scenes="clay")
