"""The explanation of a lab: Markdown with formulas between dollar signs, typeset when it is first looked at.

Formulas are set by matplotlib's mathtext (imported only then) as SVG, drawn in the theme's ink.
"""

from __future__ import annotations

import re
from functools import lru_cache

from PySide6.QtCore import QUrl
from PySide6.QtGui import QImage, QPainter, QShowEvent, QTextDocument
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QTextBrowser, QWidget

from e3viz.pictures.style import Theme

FORMULA = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$", re.DOTALL)
SCALE = 3.0


class Explanation(QTextBrowser):
    """A text with formulas."""

    def __init__(self, text: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("explanation")
        self.setAccessibleName("Explanation")
        self.setToolTip("")
        self.setOpenExternalLinks(True)
        self._text, self._theme = text, theme
        self._shown: Theme | None = None
        self.document().setDocumentMargin(16)

    def set_theme(self, theme: Theme) -> None:
        """Draw the formulas in another ink."""
        self._theme = theme
        if self.isVisible():
            self._typeset()

    def showEvent(self, event: QShowEvent) -> None:
        """Typeset when first looked at."""
        super().showEvent(event)
        self._typeset()

    def _typeset(self) -> None:
        if self._shown is self._theme:
            return
        self._shown = self._theme
        document = self.document()
        formulas: list[tuple[str, bool]] = []

        def placed(match: re.Match[str]) -> str:
            formulas.append((match[1] or match[2], match[1] is not None))
            return f"![](formula:{len(formulas) - 1})"

        html = QTextDocument()
        html.setMarkdown(FORMULA.sub(placed, self._text.strip()))
        text = html.toHtml()
        for number, (latex, display) in enumerate(formulas):
            image, _depth = formula_image(latex.strip(), self._theme.ink, 17 if display else 14)
            address = QUrl(f"formula:{number}")
            document.addResource(QTextDocument.ResourceType.ImageResource, address, image)
            width, height = round(image.width() / SCALE), round(image.height() / SCALE)
            tag = f'<img src="formula:{number}" width="{width}" height="{height}" style="vertical-align: middle;" />'
            text = re.sub(rf'<img src="formula:{number}"[^>]*/>', tag, text)
        self.setHtml(text)
        for number, (latex, display) in enumerate(formulas):
            image, _ = formula_image(latex.strip(), self._theme.ink, 17 if display else 14)
            document.addResource(QTextDocument.ResourceType.ImageResource, QUrl(f"formula:{number}"), image)


@lru_cache(maxsize=512)
def formula_image(latex: str, ink: str, size: float) -> tuple[QImage, float]:
    """A formula as pixels, at SCALE device pixels per point, and how far it reaches under the baseline."""
    svg, depth = formula_svg(latex, ink, size)
    renderer = QSvgRenderer(svg)
    image = QImage(renderer.defaultSize() * SCALE, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    return image, depth


@lru_cache(maxsize=512)
def formula_svg(latex: str, ink: str, size: float) -> tuple[bytes, float]:
    """A formula as SVG, and its depth under the baseline in points; one that mathtext cannot set is shown as it was typed."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.path import Path
    from matplotlib.textpath import TextToPath

    setter, font = TextToPath(), FontProperties(family="DejaVu Sans", math_fontfamily="stixsans", size=size)
    try:
        width, height, depth = setter.get_text_width_height_descent(f"${latex}$", font, ismath=True)
        vertices, codes = setter.get_text_path(font, f"${latex}$", ismath=True)
    except ValueError:
        width, height, depth = setter.get_text_width_height_descent(latex, font, ismath=False)
        vertices, codes = setter.get_text_path(font, latex, ismath=False)
    scale = size / setter.FONT_SCALE
    letters = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C", Path.CLOSEPOLY: "Z"}
    parts, last = [], None
    for (x, y), code in zip(vertices, codes, strict=True):
        continued = code == last and code in (Path.CURVE3, Path.CURVE4)
        parts.append(
            "Z" if code == Path.CLOSEPOLY else f"{'' if continued else letters[code]}{x * scale:.3f},{height - depth - y * scale:.3f}"
        )
        last = code
    path = " ".join(parts)
    w, h = width + 2, height + 2
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{w:.2f}" height="{h:.2f}" viewBox="-1 -1 {w:.2f} {h:.2f}">'
        f'<path d="{path}" fill="{ink}"/></svg>'
    )
    return text.encode(), depth
