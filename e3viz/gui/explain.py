"""The explanation of a lab: Markdown with formulas between dollar signs, `$…$` in a line and `$$…$$` on a line of their own.

The text is there at once; the formulas are outlined off the GUI thread (matplotlib is imported for that) and take their places when
they are ready. Qt puts the middle of an inline picture half the height of an x above half its own height, so each formula's picture
is padded until its baseline comes to lie on the text's.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QImage,
    QPainter,
    QShowEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextImageFormat,
)
from PySide6.QtWidgets import QTextBrowser, QWidget

from e3viz.errors import UserError
from e3viz.gui.diagram_paint import formula_path
from e3viz.gui.work import Worker
from e3viz.pictures import formulas
from e3viz.pictures.formulas import Outline
from e3viz.pictures.style import Theme

FORMULA = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$", re.DOTALL)
INLINE, DISPLAY = 15.0, 17.0
HEADINGS = {1: 18, 2: 16, 3: 14}
"""Pixels of a heading's letters by its level."""


@dataclass(frozen=True)
class Piece:
    """One formula of a text. display: on a line of its own."""

    latex: str
    display: bool

    @property
    def size(self) -> float:
        """Size of its letters in points."""
        return DISPLAY if self.display else INLINE


class Explanation(QTextBrowser):
    """A text with formulas."""

    def __init__(self, text: str, worker: Worker, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("explanation")
        self.setAccessibleName("Explanation")
        self.setOpenExternalLinks(True)
        self._text, self._worker, self._theme = text.strip(), worker, theme
        self._pieces: list[Piece] = []
        self._outlines: dict[Piece, Outline | None] | None = None
        self._shown: tuple[Theme, bool, float] | None = None
        self.document().setDocumentMargin(16)

    def set_theme(self, theme: Theme) -> None:
        """Draw the formulas in another ink."""
        self._theme = theme
        if self.isVisible():
            self._typeset()

    @property
    def ready(self) -> bool:
        """Whether the formulas stand in their places."""
        return self._shown is not None and self._shown[1]

    def showEvent(self, event: QShowEvent) -> None:
        """Typeset when first looked at."""
        super().showEvent(event)
        self._typeset()
        if self._outlines is None:
            pieces = list(self._pieces)
            self._worker.run(f"formulas.{id(self)}", lambda: {piece: _outlined(piece) for piece in pieces}, self._place, text="formulas")

    def _place(self, outlines: dict[Piece, Outline | None]) -> None:
        self._outlines = outlines
        self._typeset()

    def _typeset(self) -> None:
        wanted = (self._theme, self._outlines is not None, self.devicePixelRatioF())
        if self._shown == wanted:
            return
        self._shown = wanted
        self._pieces = []

        def marked(match: re.Match[str]) -> str:
            self._pieces.append(Piece(" ".join((match[1] or match[2]).split()), match[1] is not None))
            return f"\ue000{len(self._pieces) - 1}\ue001"

        place = self.verticalScrollBar().value()
        document = self.document()
        document.setMarkdown(FORMULA.sub(marked, self._text), QTextDocument.MarkdownFeature.MarkdownDialectGitHub)
        self._space_out()
        for number, piece in enumerate(self._pieces):
            self._insert(number, piece)
        self.verticalScrollBar().setValue(place)

    def _space_out(self) -> None:
        block = self.document().begin()
        while block.isValid():
            cursor, shape = QTextCursor(block), QTextBlockFormat()
            level = block.blockFormat().headingLevel()
            shape.setBottomMargin(6 if level or block.textList() else 10)
            shape.setTopMargin(10 if level and block.position() else 0)
            shape.setLineHeight(4.0, QTextBlockFormat.LineHeightTypes.LineDistanceHeight.value)
            cursor.mergeBlockFormat(shape)
            if level:
                letters = QTextCharFormat()
                letters.setProperty(QTextCharFormat.Property.FontPixelSize, HEADINGS.get(level, 13))
                letters.clearProperty(QTextCharFormat.Property.FontSizeAdjustment)
                cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
                cursor.mergeCharFormat(letters)
            block = block.next()

    def _insert(self, number: int, piece: Piece) -> None:
        cursor = self.document().find(f"\ue000{number}\ue001")
        outline = self._outlines.get(piece) if self._outlines else None
        if outline is None:
            words = QTextCharFormat(cursor.charFormat())
            words.setFontItalic(True)
            cursor.insertText(piece.latex, words)
            return
        if piece.display:
            centred = QTextBlockFormat()
            centred.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            cursor.mergeBlockFormat(centred)
        x_height = QFontMetrics(self.document().defaultFont()).xHeight()
        image = picture(outline, self._theme.ink, x_height / 2.0, self.devicePixelRatioF())
        address = f"formula:{number}"
        self.document().addResource(QTextDocument.ResourceType.ImageResource, QUrl(address), image)
        shape = QTextImageFormat()
        shape.setName(address)
        shape.setWidth(image.width() / image.devicePixelRatio())
        shape.setHeight(image.height() / image.devicePixelRatio())
        shape.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
        cursor.removeSelectedText()
        cursor.insertImage(shape)


def picture(outline: Outline, ink: str, above: float, ratio: float) -> QImage:
    """A formula as pixels, with its baseline as far under the middle as Qt puts the baseline of text: half of `above` points."""
    below = max(outline.descent, outline.ascent - above) + 0.5
    width, height = math.ceil((outline.width + 2.0) * ratio), math.ceil((2.0 * below + above) * ratio)
    image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(ratio, ratio)
    painter.translate(1.0, below + above)
    painter.fillPath(formula_path(outline), QColor(ink))
    painter.end()
    image.setDevicePixelRatio(ratio)
    return image


def _outlined(piece: Piece) -> Outline | None:
    """The outlines of a formula; None for one that cannot be typeset, which is then shown as it was written."""
    try:
        return formulas.outline(piece.latex, piece.size)
    except UserError:
        return None
