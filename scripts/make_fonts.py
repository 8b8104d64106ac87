"""Make the fonts in e3viz/resources/fonts from their releases: cut down to the letters and signs a picture needs, as TrueType.

    python scripts/make_fonts.py INTER_FOLDER JETBRAINS_FOLDER DEJAVU_FOLDER OFL_TEXT

INTER_FOLDER holds Inter-Regular.otf and Inter-SemiBold.otf (release 3.19 or newer), JETBRAINS_FOLDER JetBrainsMono-Regular.ttf,
DEJAVU_FOLDER DejaVuSans.ttf and LICENSE_DEJAVU (both are in matplotlib's mpl-data/fonts/ttf), and OFL_TEXT is the text of the SIL Open
Font License 1.1. PDF and VTK want TrueType outlines, so Inter's cubic ones are approximated to a thousandth of an em.
Needs fonttools.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, newTable

TARGET = Path(__file__).resolve().parent.parent / "e3viz" / "resources" / "fonts"
WORDS = [*range(0x20, 0x250), *range(0x300, 0x370), *range(0x370, 0x530), *range(0x1E00, 0x2000)]
SIGNS = [*range(0x2000, 0x2C00), *range(0x1D00, 0x1DC0), *range(0x2B0, 0x300), *range(0xA700, 0xA7C0)]
FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "tnum", "case", "zero"]


def cut_down(font: TTFont, wanted: list[int]) -> None:
    options = Options()
    options.layout_features = FEATURES
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 13, 14, 16, 17]
    options.notdef_outline = True
    options.hinting = False
    options.drop_tables += ["DSIG", "FFTM"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[u for u in wanted if u in font.getBestCmap()])
    subsetter.subset(font)


def to_truetype(font: TTFont) -> None:
    """Replace cubic outlines (CFF) by quadratic ones (glyf)."""
    order, source = font.getGlyphOrder(), font.getGlyphSet()
    tolerance = font["head"].unitsPerEm / 1000.0
    glyphs = {}
    for name in order:
        pen = TTGlyphPen(None)
        source[name].draw(Cu2QuPen(pen, tolerance, reverse_direction=True))
        glyphs[name] = pen.glyph()
    font["loca"] = newTable("loca")
    font["glyf"] = glyf = newTable("glyf")
    glyf.glyphOrder, glyf.glyphs = order, glyphs
    del font["CFF "]
    if "VORG" in font:
        del font["VORG"]
    glyf.compile(font)
    font["hmtx"].metrics = {name: (font["hmtx"].metrics[name][0], getattr(glyphs[name], "xMin", 0)) for name in order}
    maxp = font["maxp"]
    maxp.tableVersion = 0x00010000
    for field in ("maxZones", "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements"):
        setattr(maxp, field, 0)
    maxp.maxZones, maxp.maxSizeOfInstructions = 1, 0
    maxp.maxComponentElements = 0
    font["post"].formatType = 2.0
    font["post"].extraNames, font["post"].mapping, font["post"].glyphOrder = [], {}, order
    font.sfntVersion = "\000\001\000\000"


def licence(text: str, font: TTFont, name: str) -> None:
    head = f"{font['name'].getDebugName(0)}\n\nThis Font Software is licensed under the SIL Open Font License, Version 1.1.\n"
    note = "The files here are modified versions: cut down to fewer characters and, for Inter, converted to TrueType outlines.\n"
    (TARGET / f"OFL-{name}.txt").write_text(f"{head}{note}\n{text.strip()}\n", encoding="utf-8")


def main() -> None:
    inter, jetbrains, dejavu = (Path(a) for a in sys.argv[1:4])
    ofl = Path(sys.argv[4]).read_text(encoding="utf-8")
    TARGET.mkdir(parents=True, exist_ok=True)
    for style in ("Regular", "SemiBold"):
        font = TTFont(inter / f"Inter-{style}.otf", recalcTimestamp=False)
        cut_down(font, WORDS + SIGNS)
        to_truetype(font)
        font.save(TARGET / f"Inter-{style}.ttf")
    licence(ofl, font, "Inter")
    font = TTFont(jetbrains / "JetBrainsMono-Regular.ttf", recalcTimestamp=False)
    cut_down(font, WORDS + SIGNS)
    font.save(TARGET / "JetBrainsMono-Regular.ttf")
    licence(ofl, font, "JetBrainsMono")
    font = TTFont(dejavu / "DejaVuSans.ttf", recalcTimestamp=False)
    cut_down(font, WORDS[:0] + SIGNS + [0x20])
    font.save(TARGET / "DejaVuSans-Signs.ttf")
    (TARGET / "LICENSE-DejaVu.txt").write_bytes((dejavu / "LICENSE_DEJAVU").read_bytes())
    for path in sorted(TARGET.glob("*.ttf")):
        print(path.name, path.stat().st_size // 1024, "kB", len(TTFont(path).getBestCmap()), "characters")


if __name__ == "__main__":
    main()
