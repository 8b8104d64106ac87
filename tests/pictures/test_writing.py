"""Diagrams as SVG, PDF and pixels."""

from __future__ import annotations

import base64
import io
import re
from xml.etree import ElementTree as ET

import numpy as np
import pypdfium2
import pytest
from fontTools.ttLib import TTFont
from pictures.scenes import shapes
from PIL import Image

from e3viz.pictures import pdf, raster, svg
from e3viz.pictures.diagram import Box, Diagram, Disc, Group, Line, Pen, Picture, Text
from e3viz.pictures.style import DARK, LIGHT, rgb

NS = "{http://www.w3.org/2000/svg}"


def test_svg_holds_each_shape_and_text_as_text() -> None:
    root = ET.fromstring(svg.write(shapes(), LIGHT, "page").encode())
    assert root.get("viewBox") == "0 0 400 300"
    words = ["".join(t.itertext()) for t in root.iter(f"{NS}text")]
    assert {"8×1o", "C1e1o,1o ⊗ ∈ Ångström", "0.27 0.53", "turned"} <= set(words)
    for tag in ("circle", "rect", "path", "image", "radialGradient", "linearGradient", "clipPath", "title"):
        assert next(root.iter(f"{NS}{tag}"), None) is not None, tag
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    used = re.findall(r"url\(#(\w+)\)", ET.tostring(root, encoding="unicode"))
    assert len(ids) == len(set(ids)) and set(used) <= set(ids)


def test_svg_brings_the_letters_it_needs() -> None:
    text = svg.write(Diagram(100, 100, (Text(0, 20, "C₂H₆O ⊗"), Text(0, 40, "b", bold=True))), LIGHT)
    found = re.findall(r"font-family:'([^']+)';font-weight:(\d+);src:url\(data:font/ttf;base64,([^)]+)\)", text)
    assert {(f, w) for f, w, _ in found} == {("Inter", "400"), ("Inter", "600"), ("DejaVu Sans", "400")}
    inter = next(d for f, w, d in found if (f, w) == ("Inter", "400"))
    assert set("C₂H₆O") <= {chr(c) for c in TTFont(io.BytesIO(base64.b64decode(inter))).getBestCmap()}
    assert len(text) < 30_000


def test_svg_takes_any_file_name_as_text() -> None:
    for name in ("a < b & c", "tab\tbell\x07", "Жук 漢字", "\ud800 half", "]]>"):
        root = ET.fromstring(svg.write(Diagram(10, 10, (Text(0, 5, name, tip=name),)), LIGHT).encode())
        assert next(root.iter(f"{NS}text")).text


def test_pdf_text_is_text_and_its_page_has_the_size() -> None:
    document = pypdfium2.PdfDocument(pdf.write(shapes(), LIGHT, "page", "C₂H₆O"))
    page = document[0]
    assert page.get_size() == pytest.approx((300, 225))
    words = page.get_textpage().get_text_range()
    for word in ("8×1o", "⊗", "Ångström", "turned", "0.27 0.53"):
        assert word in words
    assert document.get_metadata_dict()["Title"] == "C₂H₆O"
    document.close()


def test_pdf_is_the_same_each_time() -> None:
    assert pdf.write(shapes(), LIGHT) == pdf.write(shapes(), LIGHT)


def test_pixels_show_shapes_where_they_are() -> None:
    image = raster.draw(shapes(), LIGHT, (800, 600), "page")
    assert image.shape == (600, 800, 4) and (image[..., 3] == 255).all()
    assert image[2, 2, :3].tolist() == [255, 255, 255]
    assert np.abs(image[60, 60, :3].astype(int) - rgb("#3f74d1")).max() <= 2
    assert np.abs(image[120, 400, :3].astype(int) - rgb("#e08a2e")).max() <= 2
    assert np.abs(image[500, 60, :3].astype(int) - rgb(LIGHT.accent)).max() <= 2, "inside the group"
    assert image[440, 60, :3].tolist() == [255, 255, 255], "cut off by the group"
    left, middle, right = (image[250, x, :3].astype(int) for x in (410, 460, 508))
    assert left[0] > 180 and right[2] > 100 and middle.argmax() == 1, "the gradient runs along its line"


def test_a_ball_is_lit_from_the_upper_left() -> None:
    image = raster.draw(Diagram(100, 100, (Disc(50, 50, 40, "#4f5663", shine=True),)), LIGHT, (200, 200), "page").astype(int)
    assert image[80, 80, 0] > image[100, 100, 0] - 12 and image[80, 80, 0] > image[130, 130, 0] + 15
    assert (image[5, 5, :3] == 255).all()


def test_a_transparent_page_lets_through() -> None:
    drawing = Diagram(40, 40, (Box(0, 0, 20, 40, "#ff0000"), Box(20, 0, 20, 40, "#0000ff", opacity=0.5)))
    image = raster.draw(drawing, LIGHT, (40, 40))
    assert image[20, 5].tolist() == [255, 0, 0, 255]
    assert np.abs(image[20, 30].astype(int) - [0, 0, 255, 128]).max() <= 3
    assert raster.draw(Diagram(40, 40), LIGHT, (40, 40)).max() == 0


def test_laying_over_is_as_pillow_does_it() -> None:
    rng = np.random.default_rng(0)
    below, above = rng.integers(0, 256, (2, 20, 20, 4), dtype=np.uint8)
    theirs = np.asarray(Image.alpha_composite(Image.fromarray(below), Image.fromarray(above))).astype(int)
    ours = raster.over(below, above).astype(int)
    seen = theirs[..., 3] > 20
    assert np.abs(ours - theirs)[seen].max() <= 3


def test_matrices_stay_sharp_and_roles_follow_the_theme() -> None:
    checks = np.uint8([[[0, 0, 0], [255, 255, 255]], [[255, 255, 255], [0, 0, 0]]])
    image = raster.draw(Diagram(40, 40, (Picture(0, 0, 40, 40, checks, smooth=False),)), LIGHT, (200, 200), "page")
    assert image[90, 90, 0] == 0 and image[90, 110, 0] == 255
    for theme in (LIGHT, DARK):
        line = Diagram(10, 10, (Line(((0, 5), (10, 5)), Pen("ink", 4)), Group(0, 0, 10, 10, ())))
        assert rgb(theme.ink) == tuple(raster.draw(line, theme, (10, 10), "page")[5, 5, :3])
        assert theme.ink in svg.write(line, theme)
