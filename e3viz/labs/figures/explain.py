"""What the Figures lab says about figures for papers."""

EXPLAIN = """
A figure in a paper is seldom one picture. Here pictures of **any lab** are put on one page, at the size it will have on paper.

**Add** what is on view in a lab with *Add to figure page* (Ctrl+Shift+P). A part remembers the state it came from: the file, the
frame, the settings, $g$, and where it is looked at from. So it is drawn anew, never copied as pixels: another width, another text size
or another theme is one choice, and *Open in its lab* leads back to where it can be changed.

**Arrange** parts with a *mosaic*, a drawing in letters: `aab` over `ccb` makes $a$ two columns wide and $b$ two rows high; a dot
leaves a place empty. Scenes can be turned right here.

**Widths** are those that publishers ask for: about 85 to 90 mm for one column and 178 to 190 mm for two. Text of 6 to 8 pt reads well
at that size; the letters are set bold, as in most journals.

**Export** writes the whole page as one PDF or SVG, text as text and scenes as vector shapes where their surfaces allow it, or as a
PNG at any dpi. *Save as* keeps the page as a small file (`.e3fig`) that can be opened and changed later, also with
`e3viz render figures PAGE.e3fig -o figure.pdf`.

The element $g$ of the bar acts on all parts at once, each through the representation that belongs to what it shows: a good way to see
that $D(g)$, the surfaces, the arrows and the charts of invariants are pictures of one and the same transformation.

Reference for the mosaic: J. D. Hunter, *Computing in Science & Engineering* **9**, 90 (2007), and the function `subplot_mosaic` of
Matplotlib, whose notation it follows.
"""
