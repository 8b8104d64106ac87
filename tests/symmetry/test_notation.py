"""Elements of E(3) as text: what people type, what is written back, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from e3viz.errors import UserError
from e3viz.symmetry.element import IDENTITY, Element
from e3viz.symmetry.notation import format_element, parse_element, parse_vector

finite = st.floats(-1e6, 1e6, allow_nan=False)
vectors = st.tuples(finite, finite, finite)
axes = vectors.filter(lambda v: math.hypot(*v) > 1e-6)
elements = st.builds(Element, axes, finite, st.booleans(), vectors)


@given(elements)
def test_what_is_written_reads_back_as_the_same_element(g: Element) -> None:
    assert parse_element(format_element(g)) == g


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("axis=0,0,1 angle=90", Element((0, 0, 1), 90)),
        ("angle=90 axis=z", Element((0, 0, 1), 90)),
        ("axis = 1, 2, 3   angle = 45°", Element((1, 2, 3), 45)),
        ("axis=( 1, 0, 0 ) angle=-30 deg", Element((1, 0, 0), -30)),
        ("90 about z", Element((0, 0, 1), 90)),
        ("90° about -x inversion", Element((-1, 0, 0), 90, True)),
        ("120 about 1, 1, 1 shift=0.5, 0, 0 Å", Element((1, 1, 1), 120, False, (0.5, 0, 0))),
        ("angle=360/7", Element(angle=360 / 7)),
        ("inversion", Element(inversion=True)),
        ("mirror=0,0,1", Element.mirror((0, 0, 1))),
        ("mirror=y shift=1,2,3", Element((0, 1, 0), 180, True, (1, 2, 3))),
        ("mirror=x inversion", Element((1, 0, 0), 180)),
        ("shift=0,0,−2", Element(translation=(0, 0, -2))),
        ("identity", IDENTITY),
        ("", IDENTITY),
    ],
)
def test_what_people_type(text: str, expected: Element) -> None:
    assert parse_element(text) == expected


def test_the_rotation_acts_before_the_mirror_whatever_the_order_of_the_words() -> None:
    points = np.random.default_rng(1).normal(size=(5, 3))
    rotated = Element((1, 2, 0.5), 40).act(points)
    expected = rotated * [1, 1, -1] + [0, 0, 3]
    for text in ("axis=1,2,0.5 angle=40 mirror=z shift=0,0,3", "shift=0,0,3 mirror=z angle=40 axis=1,2,0.5"):
        assert np.allclose(parse_element(text).act(points), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("axs=0,0,1 angle=90", "“axis”"),
        ("axis=0,0,1", "needs an angle"),
        ("axis=0,0,0 angle=3", "length of zero"),
        ("axis=0,1 angle=3", "three components"),
        ("angle=ninety", "made of numbers"),
        ("angle=1/0", "made of numbers"),
        ("angle=nan", "finite"),
        ("angle=1 angle=2", "given twice"),
        ("inversion=yes", "stands alone"),
        ("shift", "needs a value"),
        ("identity inversion", "stands alone"),
        ("90 about w", "three components"),
        ("hello world", "means nothing"),
    ],
)
def test_what_is_refused_with_a_sentence(text: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        parse_element(text)


@given(st.text(max_size=40))
def test_any_text_is_an_element_or_a_sentence(text: str) -> None:
    try:
        assert isinstance(parse_element(text), Element)
    except UserError as error:
        assert error.message.endswith(".")


def test_a_vector_is_three_numbers_or_a_name() -> None:
    assert parse_vector("-y", "A direction") == (0, -1, 0)
    assert parse_vector("1; 2 3", "A direction") == (1, 2, 3)
