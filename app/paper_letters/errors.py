"""Refusals of this feature."""

from __future__ import annotations

from flask_babel import gettext

from app.core.errors import Refusal


class WrongText(Refusal):
    """The text or what it is for cannot be taken; a sentence for each field."""


class TooFewLetters(Refusal):
    """A file of so few people would point at each of them."""

    status = 409

    def __init__(self, floor: int) -> None:
        sentence = gettext(
            "Fewer than %(floor)s people would get a letter, so no file is made: it would point at each of them. "
            "Note more postal addresses, or widen the segment.",
            floor=floor,
        )
        super().__init__(sentence, fields={"text": sentence})


class TooManyLetters(Refusal):
    """More letters than are made at once."""

    status = 409

    def __init__(self, most: int) -> None:
        sentence = gettext(
            "At most %(most)s letters are made at once. Divide the segment, for example by district.",
            most=most,
        )
        super().__init__(sentence, fields={"text": sentence})


class TextTooLong(Refusal):
    """With somebody's name in it, the text does not fit on a page."""

    def __init__(self) -> None:
        sentence = gettext("The text does not fit on one page for everybody. Shorten it.")
        super().__init__(sentence, fields={"text": sentence})
