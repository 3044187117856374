"""Letters as a PDF for the printer, a page each, folded in three for a DL envelope with its window on the right.

The window that offices in France and Spain use is 100 × 35 mm, 20 mm from the right and 20 mm from the bottom of an envelope of
220 × 110 mm (DL, ISO 269). A4 folded in three is 99 × 210 mm and slides in it by 11 mm and 10 mm; what shows however it slides is
100 to 190 mm from the left and 55 to 79 mm from the top of the page.
"""

from __future__ import annotations

import tempfile
import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import BinaryIO, cast

from flask import current_app
from flask_babel import gettext
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from app.core.formats import format_day
from app.mail import letters
from app.paper_codes.rules import grouped
from app.paper_codes.service import Letter

PLAIN, BOLD = "Vera", "VeraBd"
"""Bitstream Vera comes with reportlab; its licence lets it be embedded."""
WINDOW_LEFT, WINDOW_TOP = 105 * mm, 59 * mm
LEFT, WIDTH = 25 * mm, 160 * mm
_LINE = 3.7 * mm


def write(made: Sequence[Letter], language: str, until: date) -> BinaryIO:
    """A file without a name with all pages; whoever asked closes it."""
    for font in (PLAIN, BOLD):
        pdfmetrics.registerFont(TTFont(font, f"{font}.ttf"))
    file = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - whoever asked for it closes it
    with letters.writing_in(language):
        canvas = Canvas(file, pagesize=A4, pageCompression=1, lang=language)
        canvas.setTitle(gettext("Letters with a code"))
        said = [_printable(one) for one in _sentences(until)]
        for recipient, index, code in made:
            _window(canvas, recipient.lines)
            _page(canvas, said, str(index), grouped(code))
            canvas.showPage()
        canvas.save()
    file.seek(0)
    return file


def _sentences(until: date) -> list[str]:
    day = format_day(until)
    return [
        gettext("Your code for taking part"),
        gettext("With this code you show that you live at this address. You can then take part in votes that ask for it."),
        gettext("1. Open %(address)s and sign in.", address=letters.link("paper_codes.show")),
        gettext("2. Type the index and the code. Capitals and the dash do not matter."),
        gettext("3. That is all. The code works once, until %(day)s.", day=day),
        gettext("This letter is for you alone. Nobody from the council will ever ask you for the code."),
        gettext("If you have no internet, or need help, come to the town hall with your identity document."),
    ]  # fmt: skip


def _window(canvas: Canvas, lines: Sequence[str]) -> None:
    top = A4[1] - WINDOW_TOP
    for place, line in enumerate(lines):
        canvas.setFont(PLAIN, 9)
        canvas.drawString(WINDOW_LEFT, top - place * _LINE, _printable(line))


def _page(canvas: Canvas, said: list[str], index: str, code: str) -> None:
    canvas.setFont(BOLD, 13)
    canvas.drawString(LEFT, A4[1] - 25 * mm, _printable(current_app.config["CIVIC"].site_name))
    top = A4[1] - 112 * mm
    canvas.drawString(LEFT, top, said[0])
    top = _text(canvas, said[1], top - 10 * mm) - 6 * mm
    for label, value in ((gettext("Index"), index), (gettext("Code"), code)):
        canvas.setFont(PLAIN, 11)
        canvas.drawString(LEFT, top, label)
        canvas.setFont(BOLD, 18)
        canvas.drawString(LEFT + 30 * mm, top, value)
        top -= 11 * mm
    for sentence in said[2:]:
        top = _text(canvas, sentence, top) - 3 * mm


def _text(canvas: Canvas, sentence: str, top: float) -> float:
    canvas.setFont(PLAIN, 11)
    for line in simpleSplit(sentence, PLAIN, 11, WIDTH):
        canvas.drawString(LEFT, top, line)
        top -= 5.5 * mm
    return top


def _printable(text: str) -> str:
    """A text with what the font has: a sign that is not in it loses its accent (Ş → S), a narrow space its width, rather than
    become a box."""
    known = pdfmetrics.getFont(PLAIN).face.charToGlyph
    return "".join(
        sign if ord(sign) in known else unicodedata.normalize("NFKD", sign)[0]
        for sign in unicodedata.normalize("NFC", text)
    )
