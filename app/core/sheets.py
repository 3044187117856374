"""Sheets of paper for window envelopes, as a PDF: where the window is, the council's name, and text below the fold.

The window that offices in France and Spain use is 100 × 35 mm, 20 mm from the right and 20 mm from the bottom of an envelope of
220 × 110 mm (DL, ISO 269). A4 folded in three is 99 × 210 mm and slides in it by 11 mm and 10 mm; what shows however it slides is
100 to 190 mm from the left and 55 to 79 mm from the top of the page.
Import this only where letters are written: reportlab takes 14 MB.
"""

from __future__ import annotations

import tempfile
import unicodedata
from collections.abc import Sequence
from typing import BinaryIO, cast

from flask import current_app
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

PLAIN, BOLD = "Vera", "VeraBd"
"""Bitstream Vera comes with reportlab; its licence lets it be embedded."""
WINDOW_LEFT, WINDOW_TOP = 105 * mm, 59 * mm
LEFT, WIDTH = 25 * mm, 160 * mm
TOP, BOTTOM = A4[1] - 112 * mm, 18 * mm
_LINE = 3.7 * mm


class PageFull(Exception):
    """What is to be written does not fit on the page."""


class Sheets:
    """Pages one after the other; `top` is where the next line goes, in points from the bottom."""

    def __init__(self, title: str, language: str) -> None:
        for font in (PLAIN, BOLD):
            pdfmetrics.registerFont(TTFont(font, f"{font}.ttf"))
        self._file = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - whoever asked for it closes it
        self._canvas = Canvas(self._file, pagesize=A4, pageCompression=1, lang=language)
        self._canvas.setTitle(title)
        self.top = TOP

    def begin(self, lines: Sequence[str]) -> None:
        """A page: the lines in the window, the council's name above."""
        for place, line in enumerate(lines):
            self._write(line, WINDOW_LEFT, A4[1] - WINDOW_TOP - place * _LINE, PLAIN, 9)
        self._write(current_app.config["CIVIC"].site_name, LEFT, A4[1] - 25 * mm, BOLD, 13)
        self.top = TOP

    def heading(self, text: str) -> None:
        """What the letter is about."""
        self._write(text, LEFT, self.top, BOLD, 13)
        self.top -= 10 * mm

    def value(self, label: str, value: str) -> None:
        """Something to be typed, in large signs beside its name. Raises: PageFull."""
        if self.top < BOTTOM:
            raise PageFull
        self._write(label, LEFT, self.top, PLAIN, 11)
        self._write(value, LEFT + 30 * mm, self.top, BOLD, 18)
        self.top -= 11 * mm

    def paragraph(self, lines: Sequence[str], below: float = 3 * mm) -> None:
        """Lines, each broken where the page ends, and some room below them. Raises: PageFull."""
        for line in lines:
            for part in simpleSplit(printable(line), PLAIN, 11, WIDTH) or [""]:
                if self.top < BOTTOM:
                    raise PageFull
                self._write(part, LEFT, self.top, PLAIN, 11)
                self.top -= 5.5 * mm
        self.top -= below

    def end(self) -> None:
        """The page is done."""
        self._canvas.showPage()

    def close(self) -> BinaryIO:
        """A file without a name with all pages; whoever asked closes it."""
        self._canvas.save()
        self._file.seek(0)
        return self._file

    def discard(self) -> None:
        """Nothing comes of it."""
        self._file.close()

    def _write(self, text: str, left: float, top: float, font: str, size: int) -> None:
        self._canvas.setFont(font, size)
        self._canvas.drawString(left, top, printable(text))


def printable(text: str) -> str:
    """A text with what the font has: a sign that is not in it loses its accent (Ş → S), a narrow space its width, rather than
    become a box."""
    known = pdfmetrics.getFont(PLAIN).face.charToGlyph
    return "".join(
        sign if ord(sign) in known else unicodedata.normalize("NFKD", sign)[0]
        for sign in unicodedata.normalize("NFC", text)
    )
