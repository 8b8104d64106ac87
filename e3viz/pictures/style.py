"""The visual grammar: hue means degree l, outline means parity, red is positive and blue negative; light and dark theme.

A colour in a picture is either a role of the theme ("ink", "muted", "line", "accent", …: looked up when it is drawn, so one picture
serves both themes) or a fixed `#rrggbb`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

DEGREE_HUES = ("#8a93a3", "#3f74d1", "#e08a2e", "#2f9e77", "#8b5fd0")
POSITIVE, NEGATIVE = "#d1503b", "#3b6fc9"
SERIES = ("#2f55d4", "#e08a2e", "#2f9e77", "#8b5fd0", "#8a93a3", "#c2457f", "#4aa3b5", "#9a7b2f")


def degree_hue(l: int) -> str:
    """The hue of degree l as #rrggbb; beyond 4 the same hues again, darker each time round."""
    base = DEGREE_HUES[l % 5]
    factor = 0.8 ** (l // 5)
    return "#" + "".join(f"{round(int(base[i : i + 2], 16) * factor):02x}" for i in (1, 3, 5))


@dataclass(frozen=True)
class Theme:
    """Colours by role. page: behind pictures; panel: rail and inspector; raised: cards and fields; line: hairlines."""

    name: str
    page: str
    panel: str
    raised: str
    line: str
    ink: str
    muted: str
    faint: str
    accent: str
    accent_soft: str
    good: str
    good_soft: str
    bad: str
    bad_soft: str
    code: str
    code_ink: str

    def colour(self, name: str) -> str:
        """#rrggbb of a role or of a fixed colour."""
        if name.startswith("#"):
            return name
        if name not in ROLES:
            raise KeyError(f"no colour role named {name}")
        value: str = getattr(self, name)
        return value


LIGHT = Theme(
    name="light", page="#ffffff", panel="#fafbfd", raised="#ffffff", line="#e1e5ec", ink="#1c2230", muted="#667085", faint="#98a1b2",
    accent="#2f55d4", accent_soft="#e6ecfb", good="#1f7a4d", good_soft="#e3f4ea", bad="#b3261e", bad_soft="#fbe9e7",
    code="#1c2230", code_ink="#e6e9f0",
)  # fmt: skip
DARK = Theme(
    name="dark", page="#15181f", panel="#181c24", raised="#1f242e", line="#2c323e", ink="#e8ebf1", muted="#98a1b3", faint="#6b7486",
    accent="#5b7ff0", accent_soft="#243361", good="#6fd09c", good_soft="#16362a", bad="#ff9086", bad_soft="#43201f",
    code="#0f1218", code_ink="#dfe4ee",
)  # fmt: skip
THEMES = {"light": LIGHT, "dark": DARK}
ROLES = frozenset(f.name for f in fields(Theme)) - {"name"}


def rgb(colour: str) -> tuple[int, int, int]:
    """(r, g, b), 0 to 255, of #rrggbb."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
