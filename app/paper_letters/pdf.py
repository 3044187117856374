"""The letters as a PDF for the printer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from flask_babel import gettext

from app.core.sheets import PageFull, Sheets
from app.mail.letters import writing_in
from app.paper_codes.pdf import add_code, sentences
from app.paper_letters.errors import TextTooLong
from app.paper_letters.rules import Codes, Letter, paragraphs


def write(letters: Sequence[Letter], text: str, language: str, codes: Codes) -> BinaryIO:
    """A file without a name with all pages, in the language of the text; whoever asked closes it. Raises: TextTooLong."""
    with writing_in(language):
        sheets = Sheets(gettext("Letters on paper"), language)
    try:
        with writing_in(language):
            for letter in letters:
                sheets.begin(letter.lines)
                for lines in paragraphs(text, letter.known):
                    sheets.paragraph(lines)
                if letter.person_id in codes.of and codes.until:
                    index, code = codes.of[letter.person_id]
                    add_code(sheets, index, code, sentences(codes.until))
                sheets.end()
    except PageFull:
        sheets.discard()
        raise TextTooLong from None
    return sheets.close()
