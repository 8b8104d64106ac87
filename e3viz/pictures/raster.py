"""Diagrams as pixels: through a PDF and PDFium, so that a bitmap shows exactly what the vector file shows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from e3viz.pictures import pdf
from e3viz.pictures.diagram import Diagram
from e3viz.pictures.style import Theme


def draw(diagram: Diagram, theme: Theme, size: tuple[int, int], background: str = "") -> NDArray[np.uint8]:
    """Pixels (h, w, 4), straight alpha, of the diagram stretched to a size in pixels. background: colour, "" for transparent."""
    data = pdf.write(diagram, theme)
    if background:
        r, g, b = (int(theme.colour(background)[k : k + 2], 16) for k in (1, 3, 5))
        opaque = np.full((size[1], size[0], 4), 255, dtype=np.uint8)
        opaque[..., :3] = _on(data, size, (r, g, b))
        return opaque
    black, white = (_on(data, size, (v, v, v)).astype(np.float32) for v in (0, 255))
    alpha = np.clip(255.0 - (white - black).mean(axis=2), 0.0, 255.0)
    alpha[alpha < 0.5] = 0.0
    colour = np.divide(black * 255.0, alpha[..., None], out=np.zeros_like(black), where=alpha[..., None] > 0)
    pixels: NDArray[np.uint8] = np.rint(np.dstack([np.clip(colour, 0.0, 255.0), alpha])).astype(np.uint8)
    return pixels


def _on(data: bytes, size: tuple[int, int], page: tuple[int, int, int]) -> NDArray[np.uint8]:
    """The first page of a PDF, (h, w, 3), on a page of a colour."""
    import pypdfium2
    from pypdfium2 import raw

    document = pypdfium2.PdfDocument(data)
    try:
        bitmap = pypdfium2.PdfBitmap.new_native(size[0], size[1], raw.FPDFBitmap_BGRx)
        bitmap.fill_rect((*page, 255), 0, 0, size[0], size[1])
        sheet = document[0]
        raw.FPDF_RenderPageBitmap(bitmap, sheet, 0, 0, size[0], size[1], 0, raw.FPDF_ANNOT)
        pixels: NDArray[np.uint8] = bitmap.to_numpy()[..., 2::-1].copy()
        sheet.close()
        bitmap.close()
    finally:
        document.close()
    return pixels


def over(below: NDArray[np.uint8], above: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Two pictures (h, w, 4) of straight alpha, one laid over the other."""
    a, b = above[..., 3:].astype(np.float32) / 255.0, below[..., 3:].astype(np.float32) / 255.0
    alpha = a + b * (1.0 - a)
    mixed = above[..., :3] * a + below[..., :3] * b * (1.0 - a)
    colour = np.divide(mixed, alpha, out=np.zeros_like(mixed), where=alpha > 0)
    pixels: NDArray[np.uint8] = np.rint(np.dstack([colour, alpha * 255.0])).astype(np.uint8)
    return pixels
