"""Letters with a code as a PDF for the printer, a page each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import BinaryIO

from flask_babel import gettext
from reportlab.lib.units import mm

from app.core.formats import format_day
from app.core.sheets import Sheets
from app.mail import letters
from app.paper_codes.rules import grouped
from app.paper_codes.service import Letter


def write(made: Sequence[Letter], language: str, until: date) -> BinaryIO:
    """A file without a name with all pages; whoever asked closes it."""
    with letters.writing_in(language):
        sheets = Sheets(gettext("Letters with a code"), language)
        said = sentences(until)
        for recipient, index, code in made:
            sheets.begin(recipient.lines)
            sheets.heading(said[0])
            add_code(sheets, index, code, said)
            sheets.end()
    return sheets.close()


def add_code(sheets: Sheets, index: int, code: str, said: Sequence[str]) -> None:
    """The code and how it is used, in these `sentences`. Raises: PageFull."""
    _, why, *how = said
    sheets.paragraph([why], below=6 * mm)
    sheets.value(gettext("Index"), str(index))
    sheets.value(gettext("Code"), grouped(code))
    for sentence in how:
        sheets.paragraph([sentence])


def sentences(until: date) -> list[str]:
    """What a letter says of its code: a heading, what for, and how."""
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
