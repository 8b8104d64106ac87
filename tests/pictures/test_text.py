"""Fonts, formulas, ticks and colours: what words and numbers look like."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from e3viz.errors import UserError
from e3viz.pictures import fonts, formulas, light, ticks
from e3viz.pictures.colourmaps import DIVERGING, SEQUENTIAL, UNKNOWN, diverging, sequential
from e3viz.pictures.overlay_actors import drawn_text


@pytest.mark.parametrize("face", fonts.FILES)
def test_widths_are_those_the_font_draws(face: str) -> None:
    text = "→ ⊗" if face == "signs" else "Data efficiency 0.971"
    font = ImageFont.truetype(str(fonts.FILES[face]), 200, layout_engine=ImageFont.Layout.BASIC)
    assert fonts.plain_width(text, face, 200) == pytest.approx(sum(font.getlength(sign) for sign in text), rel=0.01)


def test_signs_that_inter_lacks_come_from_the_font_of_signs() -> None:
    assert fonts.runs("1o ⊗ 1o") == (("regular", "1o "), ("signs", "⊗"), ("regular", " 1o"))
    assert fonts.runs("C₂H₆O αβγ Å −→ Жук") == (("regular", "C₂H₆O αβγ Å −→ Жук"),)
    for sign in "⊗⊕∘∈∀∃↦∓∇⟨⟩∥⊥ℝℂᵀ∪∩≡":
        assert fonts.runs(sign)[0][0] == "signs"
    assert fonts.runs("漢")[0] == ("regular", "漢"), "a letter that no font has stays in place"


def test_markup_raises_and_lowers() -> None:
    pieces = fonts.layout("C^{1e}_{1o,1o} x", 10.0)
    assert [p.text for p in pieces] == ["C", "1e", "1o,1o", " x"]
    assert pieces[1].rise > 0 > pieces[2].rise and pieces[1].size < 10
    assert pieces[1].x == pieces[2].x, "lowered stands below raised"
    assert pieces[3].x == pytest.approx(pieces[2].x + pieces[2].width)
    assert fonts.plain("C^{1e}_{1o}") == "C1e1o"
    assert [p.text for p in fonts.layout("a^b_c {x}", 10.0)] == ["a^b_c {x}"]
    assert fonts.layout("", 10.0) == ()


@given(st.text(max_size=30))
def test_any_text_has_a_width(text: str) -> None:
    assert fonts.text_width(text, 12.0) >= 0
    assert "".join(p.text for p in fonts.layout(text, 12.0)) == fonts.plain(text)


def test_formulas_become_outlines_on_their_baseline() -> None:
    made = formulas.outline(r"Y_{\ell m}(\hat r)", 20.0)
    ys = [v for code, numbers in made.steps for v in numbers[1::2]]
    xs = [v for code, numbers in made.steps for v in numbers[::2]]
    assert made.steps[0][0] == "M" and {code for code, _ in made.steps} <= set("MLQCZ")
    assert min(ys) < -10 and 0 < max(ys) < 12 and max(xs) <= made.width + 1
    assert formulas.outline(r"x", 40.0).width == pytest.approx(2 * formulas.outline("x", 20.0).width, rel=0.02)
    with pytest.raises(UserError, match="cannot be typeset"):
        formulas.outline(r"\nosuchcommand{", 20.0)


@given(st.floats(-1e5, 1e5), st.floats(1e-3, 1e5), st.integers(2, 12))
def test_ticks_are_round_inside_and_not_too_many(low: float, span: float, most: int) -> None:
    found = ticks.linear(low, low + span, most)
    values = np.array([v for v, _ in found])
    assert 1 <= len(values) <= most + 1
    assert (values >= low - 1e-6 * span).all() and (values <= low + span * (1 + 1e-6)).all()
    assert len({t for _, t in found}) == len(found), "all are written differently"
    for value, text in found:
        if "10^" not in text:
            assert float(text.replace(",", "").replace("−", "-")) == pytest.approx(value, abs=1e-6 * span + 1e-9)


def test_logarithmic_ticks_are_plain_numbers() -> None:
    assert [t for _, t in ticks.logarithmic(3, 300, 9)] == ["5", "10", "20", "50", "100", "200"]
    assert [t for _, t in ticks.logarithmic(3, 300, 5)] == ["3", "10", "30", "100", "300"]
    assert [t for _, t in ticks.logarithmic(1e-7, 1, 5)] == ["10^{−7}", "10^{−5}", "0.001", "0.1"]
    assert ticks.logarithmic(0, 10, 5) == ()
    assert len(ticks.logarithmic(41, 47, 5)) >= 2


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1000, "1,000"),
        (0.05, "0.05"),
        (-3, "−3"),
        (2e-7, "2×10^{−7}"),
        (1e6, "10^{6}"),
        (-1e-5, "−10^{−5}"),
        (123456.7, "123,456.7"),
    ],
)
def test_numbers_are_written_plainly(value: float, text: str) -> None:
    assert ticks.plain(value) == text


def lab(table: np.ndarray) -> np.ndarray:
    """CIELAB of sRGB by the standard's own formulas, independent of the module under test."""
    c = table.astype(float) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    xyz = linear @ np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]).T
    t = xyz / [0.95047, 1.0, 1.08883]
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


@pytest.mark.parametrize("table", [DIVERGING, SEQUENTIAL], ids=["diverging", "sequential"])
def test_equal_steps_look_equally_large(table: np.ndarray) -> None:
    steps = np.linalg.norm(np.diff(lab(table[::8]), axis=0), axis=1)
    assert steps.max() / np.median(steps) < 1.35 and steps.min() / np.median(steps) > 0.7


def test_the_maps_order_numbers_by_lightness() -> None:
    lightness = lab(SEQUENTIAL)[:, 0]
    assert (np.diff(lightness[::4]) > 0).all()
    arms = lab(DIVERGING)[:, 0]
    assert np.abs(arms - arms[::-1]).max() < 3, "neither sign stands out"
    assert arms[127] > 95


def test_colours_of_numbers() -> None:
    blue, white, red, unknown = diverging(np.array([-9.0, 0.0, 2.0, np.nan]), 2.0)
    assert blue[2] > 2 * blue[0] and red[0] > 2 * red[2] and white.min() > 235 and (unknown == UNKNOWN).all()
    assert diverging(np.zeros((2, 3)), 0.0).shape == (2, 3, 3)
    low, high = sequential(np.array([1.0, 5.0]), 1.0, 5.0)
    assert low.sum() < high.sum()
    assert (sequential(np.array([3.0, np.nan]), 3.0, 3.0)[1] == UNKNOWN).all()


def test_the_gradient_of_a_disc_is_the_light_on_a_ball() -> None:
    """Along the line through the highlight, at the places where the gradient's circles cross it."""
    colour = (200, 60, 40)
    stops = light.ball_stops(colour)
    assert stops[0][0] == 0 and stops[-1][0] == 1
    assert sum(stops[0][1]) > sum(stops[-1][1]), "brightest near the middle"
    x, y = light.FOCUS
    normal = np.array([[x, -y, np.sqrt(1 - x**2 - y**2)]])
    assert np.allclose(light.shade(normal, np.array([colour])), stops[0][1], atol=1)


def test_shading_is_brightest_towards_the_light() -> None:
    rng = np.random.default_rng(0)
    normals = rng.normal(size=(500, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    grey = np.full((500, 3), 128.0)
    shaded = light.shade(normals, grey)[:, 0]
    assert np.corrcoef(shaded, normals @ light.LIGHT)[0, 1] > 0.9
    assert (shaded > 0).all() and (shaded <= 255).all()


@pytest.mark.parametrize("size", [11.0, 13.0, 16.5, 26.0])
def test_a_label_is_as_wide_as_what_is_drawn_of_it(size: float) -> None:
    opacity = drawn_text("e3nn, component normalisation", size, "#000000", "#ffffff")[..., 3]
    assert opacity.max() > 200
    assert not opacity[:, 0].any() and not opacity[:, -1].any()
