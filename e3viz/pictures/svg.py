"""Diagrams as SVG: one element per shape, text as text with the letters it needs of the bundled fonts embedded, pixels as PNG data."""

from __future__ import annotations

import base64
import io
import math
import re
from collections import defaultdict
from typing import Any
from xml.etree import ElementTree as ET

from e3viz.pictures import fonts, formulas, light
from e3viz.pictures.diagram import Box, Diagram, Disc, Formula, Group, Line, Pen, Picture, Shape, Text
from e3viz.pictures.style import Theme, rgb

FAMILIES = {"regular": ("Inter", "400"), "bold": ("Inter", "600"), "mono": ("JetBrains Mono", "400"), "signs": ("DejaVu Sans", "400")}
UNSAID = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write(diagram: Diagram, theme: Theme, background: str = "", scale: float = 1.0) -> str:
    """The SVG file's text. background: colour of the page, "" for a transparent one; scale: of the figure's size on paper."""
    return _Writer(diagram, theme, background, scale).text()


def number(value: float) -> str:
    """A length with a hundredth of a point, as short as it can be."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


class _Writer:
    def __init__(self, diagram: Diagram, theme: Theme, background: str, scale: float) -> None:
        self.theme = theme
        size = {"width": number(diagram.width * scale), "height": number(diagram.height * scale)}
        box = f"0 0 {number(diagram.width)} {number(diagram.height)}"
        self.root = ET.Element("svg", xmlns="http://www.w3.org/2000/svg", viewBox=box, attrib=size)
        self.style = ET.SubElement(self.root, "style")
        self.defs = ET.SubElement(self.root, "defs")
        self.balls: dict[str, str] = {}
        self.tubes: dict[Any, str] = {}
        self.letters: dict[str, set[str]] = defaultdict(set)
        if background:
            ET.SubElement(self.root, "rect", width="100%", height="100%", fill=theme.colour(background))
        for shape in diagram.shapes:
            self.draw(shape)

    def text(self) -> str:
        self.style.text = "".join(_font_face(face, "".join(sorted(signs))) for face, signs in sorted(self.letters.items()))
        if not self.style.text:
            self.root.remove(self.style)
        if not len(self.defs):
            self.root.remove(self.defs)
        for element in self.root.iter():
            if element.tag in ("svg", "g", "defs"):  # within text, a line break would be a space
                element.text = "\n"
                for inner in element:
                    inner.tail = "\n"
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(self.root, encoding="unicode") + "\n"

    def draw(self, shape: Shape) -> None:
        if isinstance(shape, Group):
            return self.group(shape)
        draw = {Disc: self.disc, Box: self.box, Line: self.line, Text: self.words, Formula: self.formula, Picture: self.picture}
        element = draw[type(shape)](shape)  # type: ignore[operator]
        if shape.opacity < 1.0:
            element.set("opacity", number(shape.opacity))
        if shape.tip:
            ET.SubElement(element, "title").text = UNSAID.sub("", shape.tip)

    def group(self, shape: Group) -> None:
        name = f"part{len(self.defs)}"
        clip = ET.SubElement(self.defs, "clipPath", id=name)
        ET.SubElement(clip, "rect", x=number(shape.x), y=number(shape.y), width=number(shape.width), height=number(shape.height))
        outside, self.root = self.root, ET.SubElement(self.root, "g", {"clip-path": f"url(#{name})"})
        for inner in shape.shapes:
            self.draw(inner)
        self.root = outside

    def disc(self, shape: Disc) -> ET.Element:
        fill = self.ball(self.theme.colour(shape.fill)) if shape.shine and shape.fill else self.fill(shape.fill)
        element = ET.SubElement(self.root, "circle", cx=number(shape.x), cy=number(shape.y), r=number(max(0.0, shape.r)), fill=fill)
        return self.pen(element, shape.pen)

    def box(self, shape: Box) -> ET.Element:
        element = ET.SubElement(
            self.root,
            "rect",
            x=number(shape.x),
            y=number(shape.y),
            width=number(shape.width),
            height=number(shape.height),
            fill=self.fill(shape.fill),
        )
        if shape.corner:
            element.set("rx", number(shape.corner))
        return self.pen(element, shape.pen)

    def line(self, shape: Line) -> ET.Element:
        spots = [f"{number(x)} {number(y)}" for x, y in shape.points]
        if shape.curve:
            path = f"M{spots[0]}" + "".join(f"C{' '.join(spots[k : k + 3])}" for k in range(1, len(spots) - 2, 3))
        else:
            path = "M" + "L".join(spots)
        closed = bool(shape.fill) or shape.gradient is not None
        fill = self.tube(shape) if shape.gradient is not None else self.fill(shape.fill)
        element = ET.SubElement(self.root, "path", d=path + ("Z" if closed else ""), fill=fill)
        return self.pen(element, shape.pen)

    def words(self, shape: Text) -> ET.Element:
        text = UNSAID.sub("", shape.text)
        pieces = fonts.layout(text, shape.size, fonts.face_of(bold=shape.bold, mono=shape.mono))
        element = ET.SubElement(self.root, "text", fill=self.theme.colour(shape.colour))
        element.set("xml:space", "preserve")
        if shape.angle:
            element.set("transform", f"rotate({number(-shape.angle)} {number(shape.x)} {number(shape.y)})")
        if shape.halo:
            attributes = {
                "stroke": self.theme.colour(shape.halo),
                "stroke-width": number(shape.size * 0.22),
                "stroke-linejoin": "round",
                "paint-order": "stroke",
            }
            for name, value in attributes.items():
                element.set(name, value)
        for piece in pieces:
            self.letters[piece.face] |= set(piece.text)
        if len(pieces) == 1:
            _set_font(element, pieces[0])
            element.set("x", number(shape.x))
            element.set("y", number(shape.y))
            if shape.anchor != "start":
                element.set("text-anchor", shape.anchor)
            element.text = pieces[0].text
            return element
        start = formulas.left(shape.anchor, shape.x, fonts.text_width(text, shape.size, bold=shape.bold, mono=shape.mono))
        for piece in pieces:
            span = ET.SubElement(element, "tspan", x=number(start + piece.x), y=number(shape.y - piece.rise))
            _set_font(span, piece)
            span.text = piece.text
        return element

    def formula(self, shape: Formula) -> ET.Element:
        made = formulas.outline(shape.latex, shape.size)
        path = "".join(code + " ".join(number(v) for v in numbers) for code, numbers in made.steps)
        x = formulas.left(shape.anchor, shape.x, made.width)
        colour = self.theme.colour(shape.colour)
        element = ET.SubElement(self.root, "path", d=path, fill=colour, transform=f"translate({number(x)} {number(shape.y)})")
        element.set("aria-label", UNSAID.sub("", shape.latex))
        return element

    def picture(self, shape: Picture) -> ET.Element:
        data = "data:image/png;base64," + base64.b64encode(png(shape.pixels)).decode()
        element = ET.SubElement(
            self.root, "image", x=number(shape.x), y=number(shape.y), width=number(shape.width), height=number(shape.height), href=data
        )
        element.set("preserveAspectRatio", "none")
        if not shape.smooth:
            element.set("style", "image-rendering:pixelated")
        return element

    def fill(self, colour: str) -> str:
        return self.theme.colour(colour) if colour else "none"

    def pen(self, element: ET.Element, pen: Pen) -> ET.Element:
        if pen.colour and pen.width > 0:
            element.set("stroke", self.theme.colour(pen.colour))
            element.set("stroke-width", number(pen.width))
            element.set("stroke-linejoin", "round")
            element.set("stroke-linecap", "butt" if pen.dash else "round")
            if pen.dash:
                element.set("stroke-dasharray", " ".join(number(d) for d in pen.dash))
        return element

    def ball(self, colour: str) -> str:
        if colour not in self.balls:
            self.balls[colour] = f"ball{len(self.balls)}"
            x, y = (number((1.0 + f) / 2.0) for f in light.FOCUS)
            made = ET.SubElement(self.defs, "radialGradient", id=self.balls[colour], cx="0.5", cy="0.5", r="0.5", fx=x, fy=y)
            for place, (r, g, b) in light.ball_stops(rgb(colour)):
                ET.SubElement(made, "stop", {"offset": number(place), "stop-color": f"#{r:02x}{g:02x}{b:02x}"})
        return f"url(#{self.balls[colour]})"

    def tube(self, shape: Line) -> str:
        gradient = shape.gradient
        assert gradient is not None
        if gradient.stops not in self.tubes:
            self.tubes[gradient.stops] = f"tube{len(self.tubes)}"
            shared = ET.SubElement(self.defs, "linearGradient", id=self.tubes[gradient.stops])
            for place, colour in gradient.stops:
                ET.SubElement(shared, "stop", {"offset": number(place), "stop-color": colour})
        name = f"along{len(self.defs)}"
        made = ET.SubElement(self.defs, "linearGradient", id=name, gradientUnits="userSpaceOnUse", href=f"#{self.tubes[gradient.stops]}")
        for key, value in (("x1", gradient.x0), ("y1", gradient.y0), ("x2", gradient.x1), ("y2", gradient.y1)):
            made.set(key, number(value))
        return f"url(#{name})"


def _set_font(element: ET.Element, piece: fonts.Piece) -> None:
    family, weight = FAMILIES[piece.face]
    element.set("font-family", f"'{family}', sans-serif" if piece.face != "mono" else f"'{family}', monospace")
    element.set("font-size", number(piece.size))
    if weight != "400":
        element.set("font-weight", weight)


def _font_face(face: str, signs: str) -> str:
    family, weight = FAMILIES[face]
    data = base64.b64encode(_subset(face, signs)).decode()
    return f"@font-face{{font-family:'{family}';font-weight:{weight};src:url(data:font/ttf;base64,{data})}}"


def _subset(face: str, signs: str) -> bytes:
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    options = Options()
    options.layout_features = ["kern"]
    options.hinting = False
    options.notdef_outline = True
    with TTFont(fonts.FILES[face], recalcTimestamp=False) as font:
        subsetter = Subsetter(options)
        subsetter.populate(text=signs)
        subsetter.subset(font)
        stream = io.BytesIO()
        font.save(stream)
    return stream.getvalue()


def png(pixels: Any, *, dpi: float = 0.0) -> bytes:
    """Pixels (h, w, 3 or 4) as a PNG file; dpi: dots per inch it says it is meant for, 0 for none."""
    import numpy as np
    from PIL import Image

    stream = io.BytesIO()
    more = {"dpi": (dpi, dpi)} if dpi > 0 and math.isfinite(dpi) else {}
    Image.fromarray(np.ascontiguousarray(pixels, dtype=np.uint8)).save(stream, "PNG", **more)
    return stream.getvalue()
