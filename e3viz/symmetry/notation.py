"""An element of E(3) as a line of text, and back: what `--g` takes and what a person may type at the g bar.

Grammar: any of these words, in any order, each at most once:

    axis=x,y,z    angle=degrees    inversion    mirror=x,y,z (its normal)    shift=x,y,z (Å)    identity    90 about x,y,z

An axis may be given by name (x, y, z, -x, …) and a number as a fraction (360/7). Whatever the order of the words, the rotation acts
first, then the mirror, then the inversion, then the shift. `parse_element(format_element(g)) == g` for every g.
"""

from __future__ import annotations

import re
from dataclasses import replace

from e3viz.errors import UserError, nearest
from e3viz.symmetry.element import IDENTITY, Element, Vector

EXAMPLE = "Write for example “axis=0,0,1 angle=90 inversion shift=1,0,0”."
_WORDS = ("axis", "angle", "inversion", "mirror", "shift", "identity")
_SYNONYMS = {
    "translation": "shift",
    "rotation": "angle",
    "rotate": "angle",
    "normal": "mirror",
    "invert": "inversion",
    "e": "identity",
    "1": "identity",
}
_AXES: dict[str, Vector] = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}
_ABOUT = re.compile(r"(?<![\w.=,/-])(?P<angle>[-+.\d][^\s=,]*)\s+about\s+(?P<axis>\S+)")


def parse_element(text: str) -> Element:
    """The element that `text` describes; raises UserError with the nearest word or an example."""
    given: dict[str, str] = {}
    for part in _tidy(text).split():
        word, equals, value = part.partition("=")
        word = _SYNONYMS.get(word.lower(), word.lower())
        if word not in _WORDS:
            raise UserError(f"“{part}” means nothing in an element of E(3).", nearest(word, _WORDS) + " " + EXAMPLE)
        if word in given:
            raise UserError(f"“{word}” is given twice in an element of E(3).", EXAMPLE)
        if (word in ("inversion", "identity")) == bool(equals):
            raise UserError(f"“{word}” stands alone." if equals else f"“{word}” needs a value.", EXAMPLE)
        given[word] = value
    return _build(given)


def format_element(g: Element) -> str:
    """The shortest text that `parse_element` reads as exactly `g`."""
    words = []
    if g.inversion and g.angle == 180.0:
        words.append(f"mirror={_vector(g.axis)}")
    else:
        if g.axis != IDENTITY.axis or g.angle:
            words += [f"axis={_vector(g.axis)}", f"angle={_number(g.angle)}"]
        if g.inversion:
            words.append("inversion")
    if any(g.translation):
        words.append(f"shift={_vector(g.translation)}")
    return " ".join(words) or "identity"


def parse_vector(text: str, what: str) -> Vector:
    """Three numbers or the name of an axis as a vector; raises UserError naming `what`."""
    bare = text.strip().strip("()[]").lower()
    sign, name = (-1.0, bare[1:]) if bare[:1] in ("-", "−") else (1.0, bare.removeprefix("+"))
    if name in _AXES:
        x, y, z = _AXES[name]
        return (sign * x + 0.0, sign * y + 0.0, sign * z + 0.0)
    entries = [entry for entry in re.split(r"[,;\s]+", bare) if entry]
    if len(entries) != 3:
        raise UserError(f"{what} has three components, not “{text}”.", "Write for example 0,0,1 or z.")
    x, y, z = (parse_number(entry, what) for entry in entries)
    return (x, y, z)


def parse_number(text: str, what: str) -> float:
    """A number or a fraction such as 360/7; raises UserError naming `what`."""
    numerator, slash, denominator = text.strip().replace("−", "-").partition("/")
    try:
        return float(numerator) / float(denominator) if slash else float(numerator)
    except (ValueError, ZeroDivisionError):
        raise UserError(f"{what} is made of numbers, not “{text}”.", "Write for example 0.5 or 360/7.") from None


def _tidy(text: str) -> str:
    """One word per part: no spaces around “=” and after commas, no brackets' inner spaces, no units, “90 about z” spelled out."""
    line = re.sub(r"\s*=\s*", "=", text.replace("−", "-"))
    line = re.sub(r"\s*[,;]\s*", ",", line)
    line = re.sub(r"([(\[])\s+|\s+([)\]])", r"\1\2", line)
    line = re.sub(r"(?<=\d)\s*(°|deg(rees)?\b|Å)", "", line)
    return _ABOUT.sub(r"angle=\g<angle> axis=\g<axis>", line)


def _build(given: dict[str, str]) -> Element:
    if "identity" in given and len(given) > 1:
        raise UserError("The identity stands alone in an element of E(3).", EXAMPLE)
    axis = parse_vector(given["axis"], "The axis of a rotation") if "axis" in given else IDENTITY.axis
    angle = parse_number(given["angle"], "The angle of a rotation (in degrees)") if "angle" in given else 0.0
    if "axis" in given and "angle" not in given:
        raise UserError("A rotation about an axis needs an angle.", "Add for example “angle=90”, in degrees.")
    shift = parse_vector(given["shift"], "A shift (in Å)") if "shift" in given else IDENTITY.translation
    g = Element(axis, angle)
    if "mirror" in given:
        mirror = Element.mirror(parse_vector(given["mirror"], "The normal of a mirror"))
        g = mirror @ g if "angle" in given else mirror
    return replace(g, inversion=g.inversion != ("inversion" in given), translation=shift)


def _vector(vector: Vector) -> str:
    return ",".join(_number(x) for x in vector)


def _number(x: float) -> str:
    return str(int(x)) if x == int(x) and abs(x) < 1e15 else repr(x)
