"""What every exporter keeps: each kind of picture is written in both themes and can be read back, and is not blank.

A new line in EXPORTERS is tested here as soon as `OPENED` says how its files are read back.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pypdfium2
import pytest
import trimesh
from pictures.scenes import matrix, molecule, plots, shapes, sheet
from PIL import Image

from e3viz.export.figure import EXPORTERS, FigureOptions, export_figure
from e3viz.pictures.sheet import Panel, Sheet
from e3viz.pictures.style import THEMES

PICTURES = {
    "scene": Sheet((Panel("one", molecule()),)),
    "diagram": Sheet((Panel("one", shapes()),)),
    "chart": Sheet((Panel("one", plots()),)),
    "matrix": Sheet((Panel("one", matrix()),)),
    "sheet": sheet(),
}


def seen(pixels: np.ndarray) -> bool:
    """Whether pixels (h, w, 3) show more than a page."""
    return bool((np.abs(pixels.astype(int) - pixels[0, 0].astype(int)).max(axis=2) > 20).mean() > 0.005)


def opened_png(data: bytes) -> bool:
    with Image.open(io.BytesIO(data)) as image:
        image.verify()
    with Image.open(io.BytesIO(data)) as image:
        return image.size == (420, 300) and seen(np.asarray(image.convert("RGB")))


def opened_svg(data: bytes) -> bool:
    root = ET.fromstring(data)
    kinds = {e.tag.rpartition("}")[2] for e in root.iter()}
    return (
        root.get("width") == "420"
        and root.get("height") == "300"
        and bool(kinds & {"circle", "path", "rect"})
        and len(list(root.iter())) > 15
    )


def opened_pdf(data: bytes) -> bool:
    document = pypdfium2.PdfDocument(data)
    page = document[0]
    size, pixels = page.get_size(), page.render(scale=1).to_numpy()
    document.close()
    return size == pytest.approx((315, 225)) and seen(pixels[..., :3])


def opened_glb(data: bytes) -> bool:
    scene = trimesh.load_scene(io.BytesIO(data), file_type="glb")
    return len(scene.geometry) > 3 and bool((scene.extents > 1).all())


def opened_csv(data: bytes) -> bool:
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    numbers = [float(row[name]) for row in rows for name in ("x", "y", "value") if row[name]]
    return len(rows) > 10 and all(row["panel"] and row["plot"] for row in rows) and len(numbers) > 1.4 * len(rows)


OPENED: dict[str, Callable[[bytes], bool]] = {
    ".png": opened_png,
    ".svg": opened_svg,
    ".pdf": opened_pdf,
    ".glb": opened_glb,
    ".csv": opened_csv,
}


def test_every_format_has_a_name_and_a_reader() -> None:
    assert set(OPENED) == set(EXPORTERS)
    assert all(s == s.lower() and s.startswith(".") and e.title for s, e in EXPORTERS.items())


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("suffix", EXPORTERS)
def test_what_is_written_can_be_read_and_shows_something(tmp_path: Path, suffix: str, picture: str, theme: str) -> None:
    options = FigureOptions(420, 300, theme=THEMES[theme])
    exporter = EXPORTERS[suffix]
    if not exporter.takes(PICTURES[picture], options):
        assert exporter.refusal, "a format that cannot hold a picture says why"
        return
    export_figure(PICTURES[picture], tmp_path / f"a{suffix}", options)
    assert OPENED[suffix]((tmp_path / f"a{suffix}").read_bytes())


@pytest.mark.parametrize("suffix", EXPORTERS)
def test_the_same_picture_is_the_same_file(suffix: str) -> None:
    options = FigureOptions(200, 150)
    first, second = (EXPORTERS[suffix].write(sheet(), options) for _ in range(2))
    assert first == second
