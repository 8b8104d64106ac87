"""Files that come with the program: the bundled data set, fonts, icons, published values."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
SAMPLE = FOLDER / "ethanol_pbe.extxyz"
